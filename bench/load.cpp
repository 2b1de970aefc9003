// load.cpp - a sender without mercy: many SMTP sessions at once, as cheap as they can be.
//
// It speaks as smtp-source does, a line and its reply, and costs a fraction of its time, so that
// the server is measured and not the sender. Prints one JSON object. --idle opens sessions, says
// EHLO in each, and holds them until its input ends.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <asio.hpp>
#include <asio/ssl.hpp>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <netinet/in.h>
#include <optional>
#include <unistd.h>

namespace {

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostReply = 16 * 1024;
constexpr std::size_t kMostFailures = 1000;    // after them there is no server worth a load
constexpr double kGrace = 5, kLongest = 3600;  // seconds
constexpr auto kAfterFailure = std::chrono::milliseconds(50);

struct Options {
  std::string to = "127.0.0.1:25", sender = "load@example.net", recipient = "someone@example.org";
  std::string helo = "load.example.net", source;
  std::size_t sessions = 1, messages = 0, size = 1024, per_session = 1, sources = 1;
  double seconds = 0;
  bool tls = false, idle = false;
};

struct Totals {
  std::size_t begun = 0, done = 0, failures = 0, ready = 0;
  std::vector<double> latencies;  // seconds, from MAIL to the last 250
  std::string last_failure;
  SteadyClock::time_point begin = SteadyClock::now();
  double elapsed() const {
    return std::chrono::duration<double>(SteadyClock::now() - begin).count();
  }
};

/// Header and lines of 64 characters, `size` bytes in all, with the final dot.
std::string make_message(std::size_t size) {
  std::string text =
      "From: <load@example.net>\r\nTo: <someone@example.org>\r\nSubject: load\r\n"
      "Date: Sun, 22 Nov 2026 07:33:37 +0000\r\nMessage-ID: <1@load.example.net>\r\n\r\n";
  while (text.size() < size)
    text += std::string(std::min<std::size_t>(64, size - text.size()), 'X') + "\r\n";
  return text + ".\r\n";
}

struct Shared {
  Options options;
  tcp::endpoint server;
  std::string message;
  asio::ssl::context tls{asio::ssl::context::tls_client};
  Totals totals;
  std::size_t connections = 0;

  /// Whence the next connection comes; nothing: let the kernel choose.
  std::optional<tcp::endpoint> next_source() {
    if (options.source.empty()) return std::nullopt;
    const auto first = asio::ip::make_address_v4(options.source).to_uint();
    const auto nth = static_cast<std::uint32_t>(connections++ % options.sources);
    return tcp::endpoint(asio::ip::address_v4(first + nth), 0);
  }

  /// Takes the right to send one more message.
  bool begin_one() {
    if (options.seconds > 0 && totals.elapsed() >= options.seconds) return false;
    if (options.messages > 0 && totals.begun >= options.messages) return false;
    ++totals.begun;
    return true;
  }
};

struct UnexpectedReply : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One connection; the socket alone, or TLS over it once secure() has returned.
class Session {
 public:
  Session(asio::any_io_executor executor, asio::ssl::context& tls)
      : stream_(tcp::socket(executor), tls) {}

  awaitable<void> open(const tcp::endpoint& server, std::optional<tcp::endpoint> source) {
    if (source) bind(*source);
    co_await socket().async_connect(server, use_awaitable);
    socket().set_option(tcp::no_delay(true));
    co_await expect("220");
  }
  awaitable<void> secure() {
    co_await ask("STARTTLS\r\n", "220");
    co_await stream_.async_handshake(asio::ssl::stream_base::client, use_awaitable);
    secure_ = true;
  }
  awaitable<void> ask(std::string_view command, std::string_view code) {
    if (secure_)
      co_await asio::async_write(stream_, asio::buffer(command), use_awaitable);
    else
      co_await asio::async_write(socket(), asio::buffer(command), use_awaitable);
    co_await expect(code);
  }

 private:
  tcp::socket& socket() { return stream_.next_layer(); }

  /// The port is chosen at connect(2), where it need only be unique towards the server.
  void bind(const tcp::endpoint& source) {
    const int on = 1;
    socket().open(tcp::v4());
    ::setsockopt(socket().native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    socket().bind(source);
  }

  awaitable<void> expect(std::string_view code) {
    std::size_t have = 0;
    while (!complete({reply_.data(), have})) {
      if (have == reply_.size()) throw UnexpectedReply("endless reply");
      auto room = asio::buffer(reply_.data() + have, reply_.size() - have);
      if (secure_)
        have += co_await stream_.async_read_some(room, use_awaitable);
      else
        have += co_await socket().async_read_some(room, use_awaitable);
    }
    if (const std::string_view reply(reply_.data(), have); !reply.starts_with(code))
      throw UnexpectedReply(std::string(reply.substr(0, reply.find('\r'))));
  }

  /// Up to the end of a line "250 …", without the hyphen of those that others follow.
  static bool complete(std::string_view reply) {
    if (!reply.ends_with("\r\n")) return false;
    const auto before = reply.rfind("\r\n", reply.size() - 3);
    const auto line = before == std::string_view::npos ? reply : reply.substr(before + 2);
    return line.size() < 4 || line[3] != '-';
  }

  asio::ssl::stream<tcp::socket> stream_;
  std::array<char, kMostReply> reply_{};
  bool secure_ = false;
};

awaitable<void> send_one(Session& session, Shared& shared) {
  const auto begin = SteadyClock::now();
  const std::string mail = fmt::format("MAIL FROM:<{}>\r\n", shared.options.sender);
  const std::string rcpt = fmt::format("RCPT TO:<{}>\r\n", shared.options.recipient);
  co_await session.ask(mail, "250");
  co_await session.ask(rcpt, "250");
  co_await session.ask("DATA\r\n", "354");
  co_await session.ask(shared.message, "250");
  ++shared.totals.done;
  shared.totals.latencies.push_back(
      std::chrono::duration<double>(SteadyClock::now() - begin).count());
}

awaitable<void> greet(Session& session, Shared& shared) {
  const std::string ehlo = fmt::format("EHLO {}\r\n", shared.options.helo);
  co_await session.open(shared.server, shared.next_source());
  co_await session.ask(ehlo, "250");
  if (!shared.options.tls) co_return;
  co_await session.secure();
  co_await session.ask(ehlo, "250");
}

/// One connection's worth of messages; the first of them is already ours.
awaitable<void> run_connection(Shared& shared) {
  Session session(co_await asio::this_coro::executor, shared.tls);
  co_await greet(session, shared);
  std::size_t sent = 0;
  do co_await send_one(session, shared);
  while (++sent != shared.options.per_session && shared.begin_one());
  co_await session.ask("QUIT\r\n", "221");
}

awaitable<void> run_sender(Shared& shared) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (shared.totals.failures < kMostFailures && shared.begin_one()) {
    std::string failure;
    try {
      co_await run_connection(shared);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    if (failure.empty()) continue;
    ++shared.totals.failures;
    shared.totals.last_failure = failure;
    pause.expires_after(kAfterFailure);
    co_await pause.async_wait(use_awaitable);
  }
}

awaitable<void> hold_one(Shared& shared) {
  Session session(co_await asio::this_coro::executor, shared.tls);
  try {
    co_await greet(session, shared);
    ++shared.totals.ready;
  } catch (const std::exception& error) {
    ++shared.totals.failures;
    shared.totals.last_failure = error.what();
    co_return;
  }
  co_await asio::steady_timer(co_await asio::this_coro::executor, SteadyClock::time_point::max())
      .async_wait(use_awaitable);
}

/// Says how many sessions stand once all have been tried, and ends with the standard input.
awaitable<void> watch_idle(asio::io_context& io, Shared& shared) {
  asio::steady_timer tick(io);
  const auto all = [&] {
    return shared.totals.ready + shared.totals.failures >= shared.options.sessions;
  };
  while (!all() && shared.totals.elapsed() < shared.options.seconds) {
    tick.expires_after(kAfterFailure);
    co_await tick.async_wait(use_awaitable);
  }
  fmt::print("{{\"ready\": {}, \"failures\": {}, \"seconds\": {:.3f}, \"last_failure\": \"{}\"}}\n",
             shared.totals.ready, shared.totals.failures, shared.totals.elapsed(),
             shared.totals.last_failure);
  std::fflush(stdout);
  asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
  char byte = 0;
  asio::error_code end;
  co_await input.async_read_some(asio::buffer(&byte, 1), asio::redirect_error(use_awaitable, end));
  io.stop();
}

/// Few at a time: the kernel's backlog is not what is measured.
awaitable<void> open_idle(asio::io_context& io, Shared& shared) {
  constexpr std::size_t kAtOnce = 100;
  asio::steady_timer tick(io);
  for (std::size_t i = 0; i < shared.options.sessions; ++i) {
    while (i - shared.totals.ready - shared.totals.failures > kAtOnce) {
      tick.expires_after(std::chrono::milliseconds(1));
      co_await tick.async_wait(use_awaitable);
    }
    asio::co_spawn(io, hold_one(shared), asio::detached);
  }
}

double percentile(std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

void print_totals(Totals& totals) {
  const double seconds = totals.elapsed();
  fmt::print(
      "{{\"messages\": {}, \"seconds\": {:.3f}, \"rate\": {:.1f}, \"failures\": {}, "
      "\"p50_ms\": {:.3f}, \"p99_ms\": {:.3f}, \"last_failure\": \"{}\"}}\n",
      totals.done, seconds, static_cast<double>(totals.done) / seconds, totals.failures,
      percentile(totals.latencies, 0.5) * 1e3, percentile(totals.latencies, 0.99) * 1e3,
      totals.last_failure);
}

int run(const Options& options) {
  Shared shared;
  shared.options = options;
  shared.message = make_message(options.size);
  const auto colon = options.to.rfind(':');
  shared.server = {asio::ip::make_address(options.to.substr(0, colon)),
                   static_cast<std::uint16_t>(std::stoul(options.to.substr(colon + 1)))};
  asio::io_context io(1);
  if (options.idle) {
    asio::co_spawn(io, open_idle(io, shared), asio::detached);
    asio::co_spawn(io, watch_idle(io, shared), asio::detached);
  } else {
    for (std::size_t i = 0; i < options.sessions; ++i)
      asio::co_spawn(io, run_sender(shared), asio::detached);
  }
  // A server that lets connections hang ends the measurement all the same.
  const double limit = options.seconds > 0 && !options.idle ? options.seconds + kGrace : kLongest;
  io.run_for(std::chrono::milliseconds(static_cast<long long>(limit * 1e3)));
  if (!options.idle) print_totals(shared.totals);
  return shared.totals.failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Loads a mail server, and says how fast it was.", "load");
  app.add_option("--to", options.to, "ADDRESS:PORT of the server")->capture_default_str();
  app.add_option("--sessions", options.sessions, "sessions at once")->capture_default_str();
  app.add_option("--messages", options.messages, "messages in all");
  app.add_option("--seconds", options.seconds,
                 "or for how long; with --idle, wait at most so long");
  app.add_option("--size", options.size, "bytes of a message")->capture_default_str();
  app.add_option("--per-session", options.per_session, "messages a connection; 0: all of them");
  app.add_option("--from", options.sender, "the sender")->capture_default_str();
  app.add_option("--rcpt", options.recipient, "the recipient")->capture_default_str();
  app.add_option("--helo", options.helo, "our name")->capture_default_str();
  app.add_option("--source", options.source, "our own (first) IPv4 address");
  app.add_option("--sources", options.sources, "so many addresses, in turn")->capture_default_str();
  app.add_flag("--tls", options.tls, "STARTTLS in each connection");
  app.add_flag("--idle", options.idle, "open the sessions and hold them until the input ends");
  CLI11_PARSE(app, argc, argv);
  if (options.messages == 0 && options.seconds <= 0) {
    fmt::print(stderr, "load: say how much: --messages N or --seconds S\n");
    return 2;
  }
  return run(options);
}
