// relay_bench.cpp - messages a second through a relay on real loopback sockets and real files.
//
// `drain`: so many are queued, the relay starts, and the clock runs until the next hop has them
// all. `straight`: sessions hand them in and the relay hands them on. The next hop is a sink that
// parses no more than it must, in this process; the relay runs in one of its own.
#include <CLI/CLI.hpp>
#include <asio.hpp>
#include <chrono>
#include <fmt/format.h>
#include <thread>

#include "bench/relay_child.hpp"
#include "relay/queue/queue.hpp"

namespace {

using namespace mxlab;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kBufferSize = 64 * 1024;
constexpr std::size_t kBatch = 500;  // messages in one transaction while the queue is filled
constexpr auto kLook = std::chrono::milliseconds(1);

struct Options {
  std::string mode = "drain", directory = "/var/tmp";
  std::size_t messages = 10'000, size = 1024, sessions = 50;
};

/// Takes everything, as fast as it comes.
class Sink {
 public:
  explicit Sink(asio::io_context& io) : acceptor_(io, {asio::ip::make_address("127.0.0.1"), 0}) {
    asio::co_spawn(io, accept_all(), asio::detached);
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::size_t taken() const { return taken_; }
  std::size_t sessions() const { return sessions_; }

 private:
  awaitable<void> accept_all() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(use_awaitable);
      socket.set_option(tcp::no_delay(true));
      ++sessions_;
      asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
    }
  }
  awaitable<void> serve(tcp::socket socket) try {
    std::string input, output = "220 sink ESMTP\r\n";
    bool in_body = false;
    std::vector<char> buffer(kBufferSize);
    for (;;) {
      co_await asio::async_write(socket, asio::buffer(output), use_awaitable);
      output.clear();
      while (output.empty()) {
        const auto count = co_await socket.async_read_some(asio::buffer(buffer), use_awaitable);
        input.append(buffer.data(), count);
        if (!answer(input, in_body, output)) co_return;
      }
    }
  } catch (const std::system_error&) {
  }

  /// Consumes whole lines; false after QUIT.
  bool answer(std::string& input, bool& in_body, std::string& output) {
    std::size_t at = 0;
    for (;;) {
      if (in_body) {
        const auto dot = input.find("\r\n.\r\n", at);
        if (dot == std::string::npos) break;
        at = dot + 5;
        in_body = false;
        ++taken_;
        output += "250 ok\r\n";
        continue;
      }
      const auto end = input.find("\r\n", at);
      if (end == std::string::npos) break;
      const std::string_view verb = std::string_view(input).substr(at, 4);
      if (verb == "QUIT") return false;
      if (verb == "EHLO") {
        output += "250-sink\r\n250-PIPELINING\r\n250-SIZE 0\r\n250 8BITMIME\r\n";
      } else if (verb == "DATA") {
        in_body = true;
        output += "354 go\r\n";
        at = end;  // the body may be a lone dot: its CRLF stays
        continue;
      } else {
        output += "250 ok\r\n";
      }
      at = end + 2;
    }
    input.erase(0, at);
    return true;
  }

  tcp::acceptor acceptor_;
  std::size_t taken_ = 0, sessions_ = 0;
};

std::string body_of(std::size_t size) {
  std::string body = "From: <load@example.net>\r\nSubject: load\r\n\r\n";
  while (body.size() < size)
    body += std::string(std::min<std::size_t>(70, size - body.size()), 'x') + "\r\n";
  return body;
}

awaitable<void> fill(world::RealWorld& real, queue::Queue& queue, Options options) {
  co_await queue.open();
  asio::co_spawn(real.io(), queue.run(), asio::detached);
  const std::string body = body_of(options.size);
  const auto now = real.world().clock.now();
  for (std::size_t done = 0; done < options.messages;) {
    queue::Transaction transaction;
    for (; transaction.accepted.size() < kBatch && done < options.messages; ++done) {
      queue::NewMessage message;
      message.id = queue.new_message();
      message.last_chunk = body;
      message.size = body.size();
      queue::Envelope envelope;
      envelope.id = queue::EnvelopeId::of(message.id, 0);
      envelope.sender = "load@example.net";
      envelope.recipient = envelope.destination = "someone@example.org";
      envelope.action = "out";
      envelope.creation = envelope.next_attempt = envelope.wake = now;
      message.envelopes.push_back(std::move(envelope));
      transaction.accepted.push_back(std::move(message));
    }
    co_await queue.commit(std::move(transaction));
  }
  queue.stop();
}

void fill_queue(const std::string& folder, const Options& options) {
  std::filesystem::create_directories(folder + "/spool");
  world::RealDisk disk;
  bench::NoJournal journal;
  world::RealWorld real(disk, journal);
  queue::Queue queue(real.world(), {folder + "/spool/queue.sqlite"});
  asio::co_spawn(real.io(), fill(real, queue, options), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  real.run();
}

/// One sender's session after another's message: each hands in its share over one connection.
awaitable<void> send(std::uint16_t port, std::size_t messages, std::string body) {
  tcp::socket socket(co_await asio::this_coro::executor);
  std::string input;
  auto reply = [&](std::string_view command) -> awaitable<void> {
    if (!command.empty()) co_await asio::async_write(socket, asio::buffer(command), use_awaitable);
    for (;;) {
      const auto end = co_await asio::async_read_until(socket, asio::dynamic_buffer(input), "\r\n",
                                                       use_awaitable);
      const bool last = input.size() > 3 && input[3] == ' ';
      if (input[0] != '2' && input[0] != '3')
        throw std::runtime_error("the relay says " + input.substr(0, end));
      input.erase(0, end);
      if (last) co_return;
    }
  };
  for (std::size_t done = 0; done < messages; ++done) {
    if (done % 100 == 0) {  // smtp limit max-mails
      if (done > 0) socket.close();
      input.clear();
      co_await socket.async_connect({asio::ip::make_address("127.0.0.1"), port}, use_awaitable);
      socket.set_option(tcp::no_delay(true));
      co_await reply("");
      co_await reply("EHLO load.example.net\r\n");
    }
    co_await reply("MAIL FROM:<load@example.net>\r\n");
    co_await reply("RCPT TO:<someone@example.org>\r\n");
    co_await reply("DATA\r\n");
    co_await reply(body);
  }
}

std::uint16_t free_port(asio::io_context& io) {
  tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  return acceptor.local_endpoint().port();
}

void wait_for_relay(asio::io_context& io, std::uint16_t port) {
  for (;;) {
    std::error_code error;
    tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), port}, error);
    if (!error) return;
    std::this_thread::sleep_for(kLook);
  }
}

double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

void measure(const Options& options) {
  bench::Folder folder(options.directory);
  asio::io_context io(1);
  Sink sink(io);
  const std::uint16_t port = free_port(io);
  const bool drain = options.mode == "drain";
  if (drain) fill_queue(folder.path(), options);
  bench::ChildOptions wanted;
  wanted.folder = folder.path();
  wanted.config = fmt::format(
      "smtp limit max-mails 1000\nlisten on 127.0.0.1 port {}\n"
      "action \"out\" relay host smtp://127.0.0.1:{}\n"
      "match from any for any action \"out\"\n",
      port, sink.port());
  auto begin = SteadyClock::now();
  io.notify_fork(asio::io_context::fork_prepare);
  bench::RelayChild relay(wanted);
  io.notify_fork(asio::io_context::fork_parent);
  if (!drain) {
    wait_for_relay(io, port);
    begin = SteadyClock::now();
    const std::string body = body_of(options.size) + ".\r\n";
    for (std::size_t i = 0; i < options.sessions; ++i)
      asio::co_spawn(io, send(port, options.messages / options.sessions, body),
                     [](std::exception_ptr error) {
                       if (error) std::rethrow_exception(error);
                     });
  }
  const std::size_t expected =
      drain ? options.messages : options.messages / options.sessions * options.sessions;
  double first = 0;
  while (sink.taken() < expected) {
    io.run_one();
    if (first == 0 && sink.taken() > 0) first = seconds_since(begin);
  }
  const double elapsed = seconds_since(begin);
  fmt::print(
      "{:>8}: {:>7} messages of {} B in {:.2f} s: {:>6.0f}/s; {:.0f} us of processor time each; "
      "first after {:.3f} s, {} sessions at the next hop, {:.1f} MiB at most\n",
      options.mode, expected, options.size, elapsed, static_cast<double>(expected) / elapsed,
      relay.processor_seconds() * 1e6 / static_cast<double>(expected), first, sink.sessions(),
      relay.mebibytes("VmHWM"));
}

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  CLI::App app{"Messages a second through a relay to its next hop."};
  app.add_option("mode", options.mode, "drain or straight")
      ->check(CLI::IsMember({"drain", "straight"}))
      ->required();
  app.add_option("--messages", options.messages, "how many")->capture_default_str();
  app.add_option("--size", options.size, "bytes of each")->capture_default_str();
  app.add_option("--sessions", options.sessions, "of senders (straight)")->capture_default_str();
  app.add_option("--directory", options.directory, "on whose disk the spool lies")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  measure(options);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "relay_bench: {}\n", error.what());
  return 1;
}
