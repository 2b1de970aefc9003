// actor_orders.cpp - the orders as the lab writes them, and letters and messages in them.
#include "sim/live/actor.hpp"
#include "sim/live/json_texts.hpp"

namespace mxlab::sim::live {

using nlohmann::json;

json begin_order(const scenario::HostSpec& spec, const Machine& machine) {
  using scenario::Role;
  const char* role = spec.role == Role::kSender    ? "sender"
                     : spec.role == Role::kPrimary ? "primary"
                                                   : "client";
  return {{"do", "begin"},
          {"role", role},
          {"name", spec.name},
          {"tls", spec.tls},
          {"expired", spec.certificate_expired},
          {"profile", spec.profile},
          {"keepalive", spec.keepalive.count()},
          {"dns", machine.name_server().to_string()}};
}

json letter_object(const Letter& letter) {
  return {{"do", "submit"},
          {"sender", text_of_bytes(letter.sender)},
          {"recipients", letter.recipients},
          {"text", text_of_bytes(letter.text)}};
}

json script_object(const DialogueScript& script) {
  json say = json::array(), hear = json::array();
  for (const std::string& line : script.say) say.push_back(text_of_bytes(line));
  for (const std::string& line : script.hear) hear.push_back(text_of_bytes(line));
  return {{"do", "hold"},           {"address", script.to.address.to_string()},
          {"port", script.to.port}, {"say", say},
          {"hear", hear},           {"patience", script.patience.count()}};
}

json mail_object(const Delivered& mail) {
  return {{"t", mail.at.time_since_epoch().count()},
          {"kind", "mail"},
          {"mailbox", text_of_bytes(mail.mailbox)},
          {"sender", text_of_bytes(mail.sender)},
          {"body", text_of_bytes(mail.text)}};
}

Delivered mail_of_object(const json& object) {
  Delivered mail;
  mail.at = world::TimePoint(world::Duration(object.at("t").get<std::int64_t>()));
  mail.mailbox = bytes_of_text(object.at("mailbox"));
  mail.sender = bytes_of_text(object.at("sender"));
  mail.text = bytes_of_text(object.at("body"));
  return mail;
}

}  // namespace mxlab::sim::live
