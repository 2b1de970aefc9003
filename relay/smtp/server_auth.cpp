// AUTH PLAIN and LOGIN (RFC 4954, RFC 4616). What is said here is never recorded, and its memory is
// written over; whether it is right is asked of the Backend.
#include <fmt/format.h>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/server_core.hpp"

namespace mxlab::smtp {

/// One line of the client, decoded; or the reply that ends the exchange.
ServerSession::Secret ServerSession::decode_secret(const std::string& text) {
  if (text == "*") return Reply(501, "5.7.0", "Authentication cancelled");  // RFC 4954 4
  auto bytes = decode_base64(text);
  if (!bytes) return Reply(501, "5.5.2", "Cannot decode your base64");
  return std::move(*bytes);
}

awaitable<ServerSession::Secret> ServerSession::ask_secret(std::string prompt) {
  answer(Reply(334, "", encode_base64(prompt)));
  Line line = co_await read_line(Connection::Privacy::kSecret);
  if (line.flaw != LineFlaw::kNone)  // RFC 4954 4
    co_return Reply(500, "5.5.6", "Authentication exchange line is too long or malformed");
  Secret secret = decode_secret(line.text);
  wipe(line.text);
  co_return secret;
}

awaitable<std::variant<SaslLogin, Reply>> ServerSession::read_login(const std::string& argument) {
  const std::size_t blank = argument.find(' ');
  const bool plain = equals_ignoring_case(argument.substr(0, blank), "PLAIN");
  Secret first = std::string();
  if (blank == argument.npos)
    first = co_await ask_secret(plain ? "" : "Username:");
  else  // RFC 4954 4: "=" is an empty initial response
    first = argument.substr(blank + 1) == "=" ? Secret(std::string())
                                              : decode_secret(argument.substr(blank + 1));
  if (auto* refusal = std::get_if<Reply>(&first)) co_return std::move(*refusal);
  std::string& said = std::get<std::string>(first);
  if (plain) {
    auto login = read_plain(said);
    wipe(said);
    if (!login) co_return Reply(501, "5.5.2", "Not a PLAIN response for your own name");
    co_return std::move(*login);
  }
  Secret second = co_await ask_secret("Password:");
  if (auto* refusal = std::get_if<Reply>(&second)) co_return std::move(*refusal);
  co_return SaslLogin{std::move(said), std::move(std::get<std::string>(second))};
}

awaitable<void> ServerSession::proceed_auth(Step step) {
  auto read = co_await read_login(step.command.argument);
  wipe(step.command.argument);
  if (auto* refusal = std::get_if<Reply>(&read)) co_return answer(std::move(*refusal));
  SaslLogin& login = std::get<SaslLogin>(read);
  auto refusal = co_await ask(backend_->authenticate(state_, login.user, login.password));
  wipe(login.password);
  if (!refusal) {
    state_.user = std::move(login.user);
    co_return answer(Reply(235, "2.7.0", "Authentication succeeded"));
  }
  if (++login_failures_ >= options_.limits.login_failures)
    co_return answer(
        Reply(421, "4.7.0", options_.hostname + " Too many failed log-ins, closing connection"));
  refuse(std::move(*refusal));
}

}  // namespace mxlab::smtp
