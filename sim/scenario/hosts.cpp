// hosts.cpp - who takes part and what the network between them is like.
#include <algorithm>
#include <fmt/format.h>

#include "sim/scenario/reader.hpp"

namespace mxlab::scenario {

namespace {

constexpr unsigned kFirstDrawn = 10, kNameServer = 53, kLastDrawn = 254;

/// A word that only some roles understand, and who does.
struct Belongs {
  std::string_view word;
  std::vector<Role> roles;
};

const std::vector<Belongs>& belongings() {
  static const std::vector<Belongs> table = {
      {"kind", {Role::kSender, Role::kPrimary, Role::kRelay}},
      {"like", {Role::kSender}},
      {"keepalive", {Role::kSender}},
      {"config", {Role::kRelay}},
      {"files", {Role::kRelay}},
      {"tls", {Role::kSender, Role::kPrimary}},
      {"starts", {Role::kSender, Role::kPrimary, Role::kRelay}},
      {"restarts", {Role::kRelay}}};
  return table;
}

void check_words_fit_role(Reading& reading, const Node& node, const HostSpec& host) {
  for (const Entry& entry : node.entries) {
    for (const Belongs& belongs : belongings()) {
      if (entry.key->text != belongs.word) continue;
      if (std::find(belongs.roles.begin(), belongs.roles.end(), host.role) != belongs.roles.end()) {
        continue;
      }
      std::vector<std::string_view> who;
      for (const Role role : belongs.roles) who.push_back(role_name(role));
      reading.errors.add(entry.key->place,
                         fmt::format("a {} has no \"{}\"", role_name(host.role), belongs.word),
                         fmt::format("it belongs to a {}", fmt::join(who, " or a ")));
    }
  }
}

/// yes, no, or expired: with a certificate whose time is over.
void read_tls(Reading& reading, const Node& node, HostSpec& host) {
  host.certificate_expired = node.is_text() && node.text == "expired";
  if (!host.certificate_expired) read_yes_no(reading, node, host.tls);
}

std::ptrdiff_t first_text(const std::string& text) {
  return static_cast<std::ptrdiff_t>(text.find_first_not_of(" \t\r\n"));
}

/// The first line of a block scalar's text, and how far it is indented, so that mistakes in an
/// inline smtpd.conf can be shown where they stand.
void read_config(Reading& reading, const Node& node, HostSpec& host) {
  std::string text;
  if (!read_text(reading, node, text)) return;
  if (trim(text).empty()) {
    reading.errors.add(node.place, "an empty configuration");
    return;
  }
  if (!node.block) {
    host.config_file = text;
    return;
  }
  host.config_file = reading.scenario.file;
  host.config_text = text;
  host.config_first_line = node.place.line + 1;
  const auto blank_lines = std::count(text.begin(), text.begin() + first_text(text), '\n');
  const auto line = reading.errors.line(host.config_first_line + static_cast<int>(blank_lines));
  host.config_indent = static_cast<int>(std::min(line.find_first_not_of(' '), line.size()));
}

void read_files(Reading& reading, const Node& node, HostSpec& host) {
  if (!want_map(reading, node, "a map of paths and their texts")) return;
  for (const Entry& entry : node.entries) {
    if (!entry.key->text.starts_with('/')) {
      reading.errors.add(entry.key->place, fmt::format("\"{}\" is not a path", entry.key->text),
                         "paths on a relay's disk begin with /");
      continue;
    }
    std::string text;
    if (read_text(reading, *entry.value, text)) host.files[entry.key->text] = text;
  }
}

bool is_taken(const Reading& reading, const world::Address& address) {
  const auto& hosts = reading.scenario.hosts;
  return std::any_of(hosts.begin(), hosts.end(), [&](const HostSpec& host) {
    return std::find(host.addresses.begin(), host.addresses.end(), address) != host.addresses.end();
  });
}

void read_addresses(Reading& reading, const Node& node, HostSpec& host) {
  for (const Node* item : one_or_more(reading, node, "addresses")) {
    std::string text;
    if (!read_text(reading, *item, text)) continue;
    asio::error_code error;
    const auto address = asio::ip::make_address(text, error);
    if (error) {
      reading.errors.add(item->place, fmt::format("\"{}\" is not an IP address", text));
    } else if (is_taken(reading, address)) {
      reading.errors.add(item->place, fmt::format("two hosts have the address {}", text));
    } else {
      host.addresses.push_back(address);
    }
  }
}

void read_role(Reading& reading, const Node& node, const Fields& fields, HostSpec& host) {
  const Node* is = fields.find("is");
  if (is == nullptr) {
    reading.errors.add(host.place, fmt::format("what is {}?", host.name),
                       fmt::format("say is: {}", fmt::join(words::kRoles, ", or ")));
    return;
  }
  if (!read_word(reading, *is, words::kRoles, "role")) return;
  host.role = static_cast<Role>(words::index_of(is->text, words::kRoles));
  check_words_fit_role(reading, node, host);
  if (host.role == Role::kRelay && fields.find("config") == nullptr) {
    reading.errors.add(host.place, fmt::format("{} is a relay without a configuration", host.name),
                       "say config: FILE, or config: | and the text of an smtpd.conf");
  }
}

/// Actors write and have mailboxes; only real programs relay.
void read_kind(Reading& reading, const Fields& fields, HostSpec& host) {
  if (host.role == Role::kRelay) host.kind = Kind::kMxrelayd;
  const Node* kind = fields.find("kind");
  if (kind == nullptr || !read_word(reading, *kind, words::kKinds, "kind of mail server")) return;
  const auto wanted = static_cast<Kind>(words::index_of(kind->text, words::kKinds));
  if (host.role == Role::kRelay && wanted == Kind::kActor)
    reading.errors.add(kind->place, "an actor does not relay",
                       "say kind: mxrelayd, opensmtpd, postfix or exim");
  host.kind = wanted;
}

HostSpec read_host(Reading& reading, const Entry& entry) {
  HostSpec host;
  host.place = entry.key->place;
  read_host_name(reading, *entry.key, host.name);
  host.name = entry.key->text;  // also when it is wrong: others may name it, and that is no mistake
  const Fields fields(reading, *entry.value, words::kHost, "a host");
  if (!fields.is_map()) return host;
  read_role(reading, *entry.value, fields, host);
  read_kind(reading, fields, host);
  if (const auto* like = fields.find("like")) {
    if (read_word(reading, *like, words::kProfiles, "profile")) host.profile = like->text;
  }
  if (const auto* address = fields.find("address")) read_addresses(reading, *address, host);
  if (const auto* config = fields.find("config")) read_config(reading, *config, host);
  if (const auto* files = fields.find("files")) read_files(reading, *files, host);
  if (const auto* tls = fields.find("tls")) read_tls(reading, *tls, host);
  if (const auto* name = fields.find("reverse name"))
    read_yes_no(reading, *name, host.reverse_name);
  if (const auto* keep = fields.find("keepalive")) read_duration(reading, *keep, host.keepalive);
  if (const auto* starts = fields.find("starts")) read_yes_no(reading, *starts, host.starts);
  if (const auto* restarts = fields.find("restarts")) {
    Duration after{};
    if (read_duration(reading, *restarts, after)) host.restarts = after;
  }
  return host;
}

void draw_addresses(Reading& reading) {
  unsigned next = kFirstDrawn;
  for (HostSpec& host : reading.scenario.hosts) {
    while (host.addresses.empty() && next <= kLastDrawn) {
      const auto address = asio::ip::make_address_v4(0xC0000200U + next);
      if (next != kNameServer && !is_taken(reading, address)) host.addresses = {address};
      ++next;
    }
  }
}

bool read_share(Reading& reading, const Node& node, double& out) {
  std::string text;
  if (!read_text(reading, node, text)) return false;
  const auto share = parse_share(text);
  if (!share) {
    reading.errors.add(node.place, fmt::format("\"{}\" is not a share", text),
                       "shares are written 10%, from 0% to 100%");
    return false;
  }
  out = *share;
  return true;
}

/// "1ms" or "1ms..40ms".
void read_latency(Reading& reading, const Node& node, NetworkSpec& network) {
  std::string text;
  if (!read_text(reading, node, text)) return;
  const std::size_t dots = text.find("..");
  const auto least = parse_duration(std::string_view(text).substr(0, dots));
  const auto most =
      dots == std::string::npos ? least : parse_duration(std::string_view(text).substr(dots + 2));
  if (!least || !most || *least > *most) {
    reading.errors.add(node.place, fmt::format("\"{}\" is not a latency", text),
                       "latencies are written 1ms, or 1ms..40ms with the smaller first");
    return;
  }
  network.latency_min = *least;
  network.latency_max = *most;
}

/// "64k", a second.
void read_rate(Reading& reading, const Node& node, NetworkSpec& network) {
  std::string text;
  if (!read_text(reading, node, text)) return;
  const auto rate = parse_size(text);
  if (rate.value_or(0) > 0)
    network.rate = *rate;
  else
    reading.errors.add(node.place, fmt::format("\"{}\" is not a rate", text),
                       "rates are bytes a second, written 5000, 64k or 1m");
}

}  // namespace

void read_hosts(Reading& reading, const Node& node) {
  if (!want_map(reading, node, "a map of host names")) return;
  if (node.entries.size() > kMaxHosts) {
    reading.errors.add(node.place, fmt::format("more than {} hosts", kMaxHosts));
    return;
  }
  for (const Entry& entry : node.entries) {
    reading.scenario.hosts.push_back(read_host(reading, entry));
  }
  draw_addresses(reading);
}

void read_network(Reading& reading, const Node& node) {
  const Fields fields(reading, node, words::kNetwork, "the network");
  if (!fields.is_map()) return;
  NetworkSpec& network = reading.scenario.network;
  if (const auto* latency = fields.find("latency")) read_latency(reading, *latency, network);
  if (const auto* rate = fields.find("rate")) read_rate(reading, *rate, network);
  if (const auto* lose = fields.find("lose datagrams")) {
    read_share(reading, *lose, network.datagram_loss);
  }
  if (const auto* duplicate = fields.find("duplicate datagrams")) {
    read_share(reading, *duplicate, network.datagram_duplicates);
  }
  if (const auto* disk = fields.find("disk latency")) {
    read_duration(reading, *disk, network.disk_latency);
  }
  if (const auto* split = fields.find("split writes")) {
    read_yes_no(reading, *split, network.split_writes);
  }
  if (const auto* lose = fields.find("lose connections")) {
    read_share(reading, *lose, network.connection_loss);
  }
}

}  // namespace mxlab::scenario
