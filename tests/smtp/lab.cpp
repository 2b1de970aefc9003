#include "tests/smtp/lab.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/write.hpp>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "relay/smtp/errors.hpp"

namespace mxlab::smtp {
namespace {

std::string take(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

TestCertificate make_certificate() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "20200101000000Z");
  ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "20490101000000Z");
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("mx.test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  BIO* chain = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(chain, certificate);
  BIO* secret = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(secret, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {take(chain), take(secret)};
}

class TestSink final : public MessageSink {
 public:
  TestSink(Inbox& inbox, const SessionState& state)
      : inbox_(inbox), message_{state.sender, state.recipients, {}}, user_(state.user) {}
  awaitable<void> write(std::string bytes) override {
    if (!inbox_.write_throws.empty()) throw std::runtime_error(inbox_.write_throws);
    message_.body += bytes;
    co_return;
  }
  awaitable<Refusal> commit() override {
    if (!inbox_.commit_throws.empty()) throw std::runtime_error(inbox_.commit_throws);
    if (inbox_.at_commit.positive()) inbox_.users.push_back(user_);
    if (inbox_.at_commit.positive()) inbox_.messages.push_back(std::move(message_));
    co_return Refusal{inbox_.at_commit, false};
  }

 private:
  Inbox& inbox_;
  Inbox::Message message_;
  std::string user_;
};

class TestBackend final : public Backend {
 public:
  explicit TestBackend(Inbox& inbox) : inbox_(inbox) {}
  awaitable<Verdict> arrived(const SessionState& state) override {
    inbox_.guest = state.guest;
    inbox_.peer = state.peer;
    inbox_.local = state.local;
    co_return inbox_.at_arrival;
  }
  awaitable<Verdict> connected(const SessionState&) override { co_return inbox_.at_connect; }
  awaitable<Verdict> authenticate(const SessionState&, std::string user,
                                  std::string password) override {
    inbox_.logins.push_back(user + ":" + password);
    if (user == "alice" && password == "secret") co_return std::nullopt;
    co_return Refusal{Reply(535, "5.7.8", "Authentication failed"), false};
  }
  awaitable<Verdict> helo(const SessionState&) override { co_return inbox_.at_helo; }
  awaitable<Verdict> starttls(const SessionState&) override { co_return inbox_.at_starttls; }
  awaitable<Verdict> mail(const SessionState& state) override {
    if (!inbox_.mail_throws.empty()) throw std::runtime_error(inbox_.mail_throws);
    inbox_.senders.push_back(state.sender);
    inbox_.body_8bit = state.body_8bit;
    inbox_.declared_size = state.declared_size;
    inbox_.transaction = state;
    co_return inbox_.at_mail;
  }
  awaitable<Verdict> rcpt(const SessionState&, Recipient recipient) override {
    inbox_.recipients.push_back(recipient);
    co_return inbox_.at_rcpt ? inbox_.at_rcpt(recipient.address) : std::nullopt;
  }
  awaitable<DataVerdict> data(const SessionState& state) override {
    if (!inbox_.data_throws.empty()) throw std::runtime_error(inbox_.data_throws);
    co_return DataVerdict{inbox_.at_data, std::make_unique<TestSink>(inbox_, state)};
  }
  void reset(const SessionState&) override { ++inbox_.resets; }
  void secured(const SessionState& state) override { inbox_.tls = state.tls_description; }
  void disconnected(const SessionState&, const std::string& reason) override {
    inbox_.ends.push_back(reason);
  }

 private:
  Inbox& inbox_;
};

/// Follows a script on one stream.
class ScriptedPeer {
 public:
  ScriptedPeer(World& world, Script script, Seen& seen)
      : world_(world), script_(std::move(script)), seen_(seen) {}

  awaitable<void> run(std::unique_ptr<world::Stream> stream) {
    try {
      for (const Act& act : script_) co_await play(*stream, act);
      while (!seen_.closed) co_await read(*stream);
    } catch (const std::system_error&) {
      seen_.closed = true;
    }
    stream->close();
  }

 private:
  awaitable<void> play(world::Stream& stream, const Act& act) {
    if (act.kind == Act::Kind::kSay)
      co_await asio::async_write(stream, asio::buffer(act.text), asio::use_awaitable);
    else if (act.kind == Act::Kind::kPause)
      co_await world_.clock.sleep_for(act.span);
    else if (act.kind == Act::Kind::kClose)
      throw std::system_error(std::make_error_code(std::errc::connection_aborted));
    else
      co_await await_text(stream, act.text);
  }
  awaitable<void> await_text(world::Stream& stream, const std::string& text) {
    for (std::size_t at; (at = seen_.text.find(text, awaited_)) == std::string::npos;)
      co_await read(stream);
    awaited_ = seen_.text.find(text, awaited_) + text.size();
  }
  awaitable<void> read(world::Stream& stream) {
    char buffer[4096];
    std::size_t n = co_await stream.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    seen_.text.append(buffer, n);
  }

  World& world_;
  Script script_;
  Seen& seen_;
  std::size_t awaited_ = 0;
};

awaitable<void> play_once(World& world, std::unique_ptr<world::Stream> stream, Script script,
                          std::shared_ptr<Seen> seen) {
  ScriptedPeer peer(world, std::move(script), *seen);
  co_await peer.run(std::move(stream));
}

awaitable<void> accept_loop(World& world, Lab& lab, std::shared_ptr<Backend> backend) {
  auto listener = world.network.listen(lab.endpoint(), 5);
  for (;;)
    asio::co_spawn(world.executor,
                   serve(world, co_await listener->accept(), lab.server_options, backend),
                   asio::detached);
}

awaitable<void> scripted_loop(World& world, Lab& lab, Script script) {
  auto listener = world.network.listen(lab.endpoint(), 5);
  for (;;) {
    auto stream = co_await listener->accept();
    auto seen = std::make_shared<Seen>();
    co_await play_once(world, std::move(stream), script, seen);
    seen->at = lab.simulation.elapsed();
    lab.server_saw.push_back(*seen);
  }
}

class PieceSource final : public BodySource {
 public:
  explicit PieceSource(std::string body) : body_(std::move(body)) {}
  awaitable<std::string> next() override {
    constexpr std::size_t kPiece = 1000;
    std::string piece = body_.substr(at_, kPiece);
    at_ += piece.size();
    co_return piece;
  }

 private:
  std::string body_;
  std::size_t at_ = 0;
};

}  // namespace

const TestCertificate& test_certificate() {
  static const TestCertificate certificate = make_certificate();
  return certificate;
}

std::shared_ptr<Backend> make_backend(Inbox& inbox) { return std::make_shared<TestBackend>(inbox); }

Lab::Lab(std::uint64_t seed)
    : simulation(seed),
      server(simulation.add_host("mx", {asio::ip::make_address("192.0.2.25")})),
      client(simulation.add_host("sender", {asio::ip::make_address("192.0.2.10")})) {
  server_options.hostname = "mx.test";
  client_options.helo = "sender.test";
  client_options.session = "00000000000000c1";
}

Lab::~Lab() {
  if (client.up) simulation.stop(client);
  if (server.up) simulation.stop(server);
}

world::Endpoint Lab::endpoint() const { return {server.addresses.front(), 25}; }

void Lab::use_tls() {
  server_options.tls = TlsContext::server(test_certificate().chain, test_certificate().key);
  client_options.tls = TlsContext::opportunistic_client();
}

void Lab::boot_server() {
  simulation.boot(server, [this](World& world) -> std::shared_ptr<void> {
    asio::co_spawn(world.executor, accept_loop(world, *this, make_backend(inbox)), asio::detached);
    return nullptr;
  });
  simulation.run_for({});  // it listens before anybody comes
}

void Lab::boot_scripted_server(Script script) {
  simulation.boot(server, [this, script](World& world) -> std::shared_ptr<void> {
    asio::co_spawn(world.executor, scripted_loop(world, *this, script), asio::detached);
    return nullptr;
  });
  simulation.run_for({});  // it listens before anybody comes
}

void Lab::run_client(Body body) {
  // The coroutine refers to its lambda, which therefore outlives the process.
  auto kept = std::make_shared<Body>(std::move(body));
  simulation.boot(client, [kept](World& world) -> std::shared_ptr<void> {
    asio::co_spawn(world.executor, (*kept)(world), asio::detached);
    return kept;
  });
  simulation.run_for(kEver);
  simulation.stop(client);
}

Seen Lab::talk(Script script) {
  auto seen = std::make_shared<Seen>();
  run_client([this, script, seen](World& world) -> awaitable<void> {
    auto stream = co_await world.network.connect(endpoint());
    co_await play_once(world, std::move(stream), script, seen);
    seen->at = simulation.elapsed();
  });
  return *seen;
}

Sent send_through(Lab& lab, OutgoingMessage message, std::string body) {
  Sent sent;
  lab.run_client([&](World& world) -> awaitable<void> {
    std::unique_ptr<world::Stream> stream;
    try {
      stream = co_await connect_within(world, lab.endpoint(), lab.client_options.timeouts.connect);
    } catch (const std::system_error& error) {
      sent.connect_error = describe(error.code());
    }
    if (stream) {
      ClientSession session(world, std::move(stream), lab.client_options);
      sent.not_ready = co_await session.start();
      PieceSource source(body);
      if (!sent.not_ready) sent.outcomes = co_await session.send(message, source);
      sent.usable_after = session.usable();
      sent.secure = session.secure();
      co_await session.quit();
    }
    sent.took = lab.simulation.elapsed();
  });
  return sent;
}

std::string to_string(const Outcome& outcome) {
  constexpr const char* kKinds[] = {"delivered", "temporary", "permanent", "indefinite"};
  return std::string(kKinds[static_cast<int>(outcome.kind)]) + " " + outcome.reason;
}

}  // namespace mxlab::smtp
