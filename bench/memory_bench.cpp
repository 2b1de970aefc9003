// memory_bench.cpp - what the relay holds in memory: idle, with idle sessions, with large bodies.
//
// The relay runs in a process of its own on loopback; this one plays the clients with plain
// blocking sockets, and reads the relay's figures from proc(5).
#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <chrono>
#include <future>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>

#include "bench/relay_child.hpp"
#include "sim/actors/certificate.hpp"

namespace {

using namespace mxlab;
using bench::RelayChild;

constexpr auto kPatience = std::chrono::seconds(10);

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

/// One SMTP client on a blocking socket, perhaps under TLS.
class Client {
 public:
  /// Spread over 127/8, because the relay may bound the sessions of one address.
  Client(std::uint16_t port, std::uint32_t number)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    require(socket_ >= 0, "socket");
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + number % 250);
    require(::bind(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0, "bind");
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(port);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
  }
  ~Client() {
    if (tls_ != nullptr) SSL_free(tls_);
    if (socket_ >= 0) ::close(socket_);
  }
  Client(Client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        tls_(std::exchange(other.tls_, nullptr)),
        connected_(other.connected_) {}
  Client& operator=(Client&&) = delete;

  bool connected() const { return connected_; }
  void expect(std::string_view code) {
    std::string reply;
    while (!reply.ends_with("\r\n") || reply.rfind(std::string(code) + ' ') == std::string::npos) {
      char piece[2048];
      const auto n = tls_ != nullptr ? SSL_read(tls_, piece, sizeof piece)
                                     : ::recv(socket_, piece, sizeof piece, 0);
      if (n <= 0) throw std::runtime_error("the relay hung up after: " + reply);
      reply.append(piece, static_cast<std::size_t>(n));
      if (reply[0] != code[0]) throw std::runtime_error("unexpected: " + reply);
    }
  }
  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                     : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      require(n > 0, "send");
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void ask(std::string_view line, std::string_view code) {
    say(line);
    expect(code);
  }
  void start_tls(SSL_CTX* context) {
    ask("STARTTLS\r\n", "220");
    tls_ = SSL_new(context);
    SSL_set_fd(tls_, socket_);
    require(SSL_connect(tls_) == 1, "TLS handshake");
  }
  /// The connection stays; what this side holds for TLS goes.
  void forget_tls() { SSL_free(std::exchange(tls_, nullptr)); }

 private:
  int socket_;
  SSL* tls_ = nullptr;
  bool connected_ = false;
};

void await_relay(std::uint16_t port) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (Client probe(port, 0); probe.connected()) {
      probe.expect("220");
      probe.ask("QUIT\r\n", "221");
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("the relay does not listen");
}

/// Lets the relay finish what it is about.
void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(300)); }

std::string config_for(const std::string& folder, std::uint16_t port) {
  const auto certificate = sim::make_certificate("mx2.example.org");
  std::ofstream(folder + "/cert.pem") << certificate.chain;
  std::ofstream(folder + "/key.pem") << certificate.key;
  std::filesystem::permissions(folder + "/key.pem", std::filesystem::perms::owner_read);
  return fmt::format(
      "pki mx2 cert \"{0}/cert.pem\"\npki mx2 key \"{0}/key.pem\"\n"
      "listen on 127.0.0.1 port {1} tls pki mx2\n"
      "action \"backup\" relay backup\n"
      "match from any for domain \"example.org\" action \"backup\"\n",
      folder, port);
}

void measure_idle(const std::string& directory, std::uint32_t sessions, bool tls) {
  bench::Folder folder(directory);
  const std::uint16_t port = bench::free_port();
  RelayChild relay({folder.path(), config_for(folder.path(), port)});
  await_relay(port);
  settle();
  const double before = relay.mebibytes("VmRSS");
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                            SSL_CTX_free);
  std::vector<Client> clients;
  for (std::uint32_t i = 0; i < sessions; ++i) {
    Client& client = clients.emplace_back(port, i);
    client.expect("220");
    client.ask("EHLO idle.example.net\r\n", "250");
    if (!tls) continue;
    client.start_tls(context.get());
    client.ask("EHLO idle.example.net\r\n", "250");
    client.forget_tls();
  }
  settle();
  const double after = relay.mebibytes("VmRSS");
  fmt::print("{:>5} idle sessions{}: {:6.1f} MiB resident, {:.1f} without them, {:.1f} KiB each\n",
             sessions, tls ? " under TLS" : "", after, before,
             (after - before) * 1024 / std::max(sessions, 1u));
}

void send_body(std::uint16_t port, std::uint32_t number, std::size_t bytes) {
  const std::string line = std::string(998, 'x') + "\r\n";
  Client client(port, number);
  client.expect("220");
  client.ask("EHLO large.example.net\r\n", "250");
  client.ask("MAIL FROM:<a@example.net>\r\n", "250");
  client.ask("RCPT TO:<b@example.org>\r\n", "250");
  client.ask("DATA\r\n", "354");
  client.say("Subject: large\r\n\r\n");
  for (std::size_t sent = 0; sent < bytes; sent += line.size()) client.say(line);
  client.ask(".\r\n", "250");
}

void measure_bodies(const std::string& directory, std::uint32_t sessions, std::size_t mebibytes) {
  bench::Folder folder(directory);
  const std::uint16_t port = bench::free_port();
  RelayChild relay({folder.path(), config_for(folder.path(), port)});
  await_relay(port);
  settle();
  const double before = relay.mebibytes("VmRSS");
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::future<void>> clients;
  for (std::uint32_t i = 0; i < sessions; ++i)
    clients.push_back(std::async(std::launch::async, send_body, port, i, mebibytes * 1024 * 1024));
  for (auto& client : clients) client.get();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  fmt::print(
      "{} bodies of {} MiB at once: peak {:.1f} MiB resident, {:.1f} before: {:.1f} more; "
      "{:.0f} MiB/s\n",
      sessions, mebibytes, relay.mebibytes("VmHWM"), before, relay.mebibytes("VmHWM") - before,
      static_cast<double>(sessions * mebibytes) / spent.count());
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("What the relay holds in memory.\nExample: memory_bench --sessions 5000");
  std::string directory = std::filesystem::temp_directory_path();
  std::uint32_t sessions = 5000, bodies = 50;
  std::size_t size = 30;
  app.add_option("-d,--directory", directory, "For the spool")->check(CLI::ExistingDirectory);
  app.add_option("-n,--sessions", sessions, "Idle sessions; 0 leaves them out");
  app.add_option("-b,--bodies", bodies, "Bodies at once; 0 leaves them out");
  app.add_option("-s,--size", size, "MiB of each body");
  CLI11_PARSE(app, argc, argv);
  raise_descriptor_limit();
  if (sessions > 0)
    for (bool tls : {false, true}) measure_idle(directory, sessions, tls);
  if (bodies > 0) measure_bodies(directory, bodies, size);
} catch (const std::exception& error) {
  fmt::print(stderr, "memory_bench: {}\n", error.what());
  return 1;
}
