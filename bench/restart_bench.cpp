// restart_bench.cpp - a relay that starts on a full queue: how soon it delivers, what it holds.
//
// Fills a queue, starts a relay on it in a process of its own, and plays the host to which all of
// it goes: it takes one message and leaves everybody else waiting.
#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <chrono>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

#include "bench/relay_child.hpp"
#include "relay/queue/queue.hpp"

namespace {

using namespace mxlab;
using SteadyClock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// Not one of the addresses that the relay takes for its own.
constexpr std::uint32_t kSinkAddress = INADDR_LOOPBACK + 8;

struct Load {
  std::uint32_t messages = 100'000, recipients = 1;
  std::size_t size = 1024;
};

queue::NewMessage make_message(queue::MessageId id, const Load& load, world::TimePoint now) {
  queue::NewMessage message;
  message.id = id;
  message.size = load.size;
  message.last_chunk = "Subject: waiting\r\n\r\n";
  message.last_chunk.resize(std::max(load.size, message.last_chunk.size()), 'x');
  for (std::uint32_t i = 0; i < load.recipients; ++i) {
    queue::Envelope envelope;
    envelope.id = queue::EnvelopeId::of(id, i);
    envelope.sender = "sender@example.net";
    envelope.recipient = envelope.destination =
        fmt::format("user{}@domain{}.example.org", i, id % 1000);
    envelope.action = "out";
    envelope.smtp_name = "mx2.example.org";
    envelope.helo = "client.example.net";
    envelope.peer_address = "192.0.2.77";
    envelope.creation = envelope.next_attempt = envelope.wake = now;
    message.envelopes.push_back(std::move(envelope));
  }
  return message;
}

world::awaitable<void> fill(world::RealWorld& real, queue::Queue& queue, Load load) {
  co_await queue.open();
  asio::co_spawn(real.io(), queue.run(), asio::detached);
  const std::uint32_t batch = std::max(1u, 1000 / load.recipients);
  for (std::uint32_t done = 0; done < load.messages;) {
    queue::Transaction transaction;
    for (; done < load.messages && transaction.accepted.size() < batch; ++done)
      transaction.accepted.push_back(
          make_message(queue.new_message(), load, real.world().clock.now()));
    co_await queue.commit(std::move(transaction));
  }
  queue.stop();
}

/// Runs something on a queue in a process of its own, so that its memory does not count.
template <class Work>
void with_queue(const std::string& folder, Work work) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child != 0) {
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) throw std::runtime_error("the queue's process failed");
    return;
  }
  world::RealDisk disk;
  bench::NoJournal journal;
  world::RealWorld real(disk, journal);
  queue::Queue queue(real.world(), {.path = folder + "/spool/queue.sqlite"});
  asio::co_spawn(real.io(), work(real, queue), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  real.run();
  std::fflush(stdout);
  ::_exit(0);
}

/// What the scheduler asks in each round, while so many envelopes are on their way.
world::awaitable<void> ask(world::RealWorld& real, queue::Queue& queue, std::size_t inflight) {
  constexpr int kRounds = 20;
  constexpr std::size_t kBatch = 500;
  co_await queue.open();
  const auto now = real.world().clock.now();
  std::vector<queue::EnvelopeId> ids;
  for (const auto& envelope : co_await queue.due(now, {}, inflight)) ids.push_back(envelope.id);
  auto begin = SteadyClock::now();
  for (int i = 0; i < kRounds; ++i) co_await queue.due(now, ids, kBatch);
  const Seconds due = (SteadyClock::now() - begin) / kRounds;
  begin = SteadyClock::now();
  for (int i = 0; i < kRounds; ++i) co_await queue.next_wake(ids);
  const Seconds wake = (SteadyClock::now() - begin) / kRounds;
  fmt::print("  with {} in flight: due() {:.2f} ms, next_wake() {:.2f} ms\n", ids.size(),
             due.count() * 1e3, wake.count() * 1e3);
}

int listen_as_sink(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const timeval patience{60, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(kSinkAddress);
  if (::bind(socket, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 ||
      ::listen(socket, 128) != 0)
    throw std::runtime_error(fmt::format("port {}: {}", port, std::strerror(errno)));
  return socket;
}

/// Speaks to one client until a message has been taken.
void take_one(int listener) {
  const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) throw std::runtime_error("the relay delivers nothing");
  auto say = [client](std::string_view text) {
    if (::send(client, text.data(), text.size(), MSG_NOSIGNAL) < 0)
      throw std::runtime_error("the relay hung up");
  };
  say("220 sink ESMTP\r\n");
  std::string heard;
  char piece[4096];
  for (bool data = false;;) {
    const auto count = ::recv(client, piece, sizeof piece, 0);
    if (count <= 0) throw std::runtime_error("the relay hung up");
    heard.append(piece, static_cast<std::size_t>(count));
    const std::string_view end = data ? "\r\n.\r\n" : "\r\n";
    if (!heard.ends_with(end)) continue;
    const bool over = data;
    data = heard.starts_with("DATA");
    say(data ? "354 go on\r\n" : "250 sink\r\n");
    if (over) return;  // the socket stays open: its client waits with everybody else
    heard.clear();
  }
}

void restart(const std::string& directory, const Load& load) {
  bench::Folder folder(directory);
  std::filesystem::create_directory(folder.path() + "/spool");
  with_queue(folder.path(), [&load](auto& real, auto& queue) { return fill(real, queue, load); });
  fmt::print("{} messages to {} recipients each, {} bytes:\n", load.messages, load.recipients,
             load.size);
  with_queue(folder.path(), [](auto& real, auto& queue) { return ask(real, queue, 5000); });
  const std::uint16_t sink_port = bench::free_port(), relay_port = bench::free_port();
  const int sink = listen_as_sink(sink_port);
  const auto begin = SteadyClock::now();
  bench::RelayChild relay(
      {folder.path(), fmt::format("listen on 127.0.0.1 port {}\n"
                                  "action \"out\" relay host \"smtp+notls://127.0.0.9:{}\"\n"
                                  "match from any for domain \"example.org\" action \"out\"\n",
                                  relay_port, sink_port)});
  take_one(sink);
  const Seconds spent = SteadyClock::now() - begin;
  const double first = relay.mebibytes("VmHWM");
  std::this_thread::sleep_for(std::chrono::seconds(5));
  fmt::print("  first delivery after {:.2f} s; {:.1f} MiB resident then, {:.1f} five seconds on\n",
             spent.count(), first, relay.mebibytes("VmRSS"));
  ::close(sink);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("A relay that starts on a full queue.\nExample: restart_bench --messages 1000000");
  std::string directory = std::filesystem::temp_directory_path();
  Load load;
  app.add_option("-d,--directory", directory, "For the spool")->check(CLI::ExistingDirectory);
  app.add_option("-m,--messages", load.messages, "Messages in the queue");
  app.add_option("-r,--recipients", load.recipients, "Recipients of each")
      ->check(CLI::Range(1u, 1000u));
  app.add_option("-s,--size", load.size, "Bytes of each");
  CLI11_PARSE(app, argc, argv);
  restart(directory, load);
} catch (const std::exception& error) {
  fmt::print(stderr, "restart_bench: {}\n", error.what());
  return 1;
}
