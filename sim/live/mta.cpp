#include "sim/live/mta.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <stdexcept>

namespace mxlab::sim::live {
namespace {

using scenario::Role;

std::string domain_of(const std::string& address) {
  return address.substr(std::min(address.size(), address.find('@') + 1));
}

/// Those for which no other host of ours is better (primary), or for which some is (relay).
std::set<std::string> mx_domains(const scenario::HostSpec& spec, const MxHosts& mx) {
  std::set<std::string> domains;
  for (const auto& [domain, hosts] : mx) {
    const auto ours = hosts.find(spec.name);
    if (ours == hosts.end()) continue;
    const bool best = std::all_of(hosts.begin(), hosts.end(),
                                  [&](const auto& other) { return other.second >= ours->second; });
    if (best == (spec.role != Role::kRelay)) domains.insert(domain);
  }
  return domains;
}

/// Whose letters leave through this host: reports must come back to them.
void add_senders(const scenario::Scenario& scenario, const scenario::HostSpec& spec,
                 std::set<std::string>& domains) {
  const auto is_sender = [](const scenario::HostSpec& host) { return host.role == Role::kSender; };
  const auto first = std::find_if(scenario.hosts.begin(), scenario.hosts.end(), is_sender);
  const bool is_first = first != scenario.hosts.end() && first->name == spec.name;
  for (const scenario::Step& step : scenario.steps)
    for (const scenario::Action& action : step.actions) {
      const auto* send = std::get_if<scenario::Send>(&action.value);
      if (!send || send->from.empty()) continue;
      if (send->via.empty() ? is_first : send->via == spec.name)
        domains.insert(domain_of(send->from));
    }
}

/// A certificate and its key wherever the configuration names one that the scenario lacks.
void add_keys(MtaHost& host) {
  static const std::regex kPki(R"(pki\s+(\S+)\s+(cert|key)\s+\"([^\"]+)\")");
  for (std::sregex_iterator at(host.config.begin(), host.config.end(), kPki), end; at != end;
       ++at) {
    const Certificate certificate = make_certificate((*at)[1]);
    host.files.try_emplace((*at)[3], (*at)[2] == "cert" ? certificate.chain : certificate.key);
  }
}

}  // namespace

std::unique_ptr<Mta> make_mta(MtaHost host) {
  switch (host.kind) {
    case Kind::kOpensmtpd:
      return make_opensmtpd(std::move(host));
    case Kind::kPostfix:
      return make_postfix(std::move(host));
    case Kind::kExim:
      return make_exim(std::move(host));
    default:
      throw std::logic_error("an actor or mxrelayd is no foreign mail system");
  }
}

std::string_view mta_name(Kind kind) {
  switch (kind) {
    case Kind::kActor:
      return "actor";
    case Kind::kMxrelayd:
      return "mxrelayd";
    case Kind::kOpensmtpd:
      return "opensmtpd";
    case Kind::kPostfix:
      return "postfix";
    case Kind::kExim:
      return "exim";
  }
  return "";
}

bool is_mta(Kind kind) { return kind != Kind::kActor && kind != Kind::kMxrelayd; }

MtaHost mta_host(const scenario::Scenario& scenario, const scenario::HostSpec& spec,
                 const MxHosts& mx) {
  MtaHost host;
  host.kind = spec.kind;
  host.role = spec.role;
  host.name = spec.name;
  host.addresses = spec.addresses;
  std::set<std::string> domains = mx_domains(spec, mx);
  if (spec.role != Role::kRelay) domains.insert(spec.name);
  if (spec.role == Role::kSender) add_senders(scenario, spec, domains);
  host.domains.assign(domains.begin(), domains.end());
  if (spec.tls) host.certificate = make_certificate(spec.name, spec.certificate_expired);
  if (auto extra = scenario.live.config.find(spec.name); extra != scenario.live.config.end())
    host.extra = extra->second;
  if (spec.kind != Kind::kOpensmtpd || spec.config_text.empty()) return host;
  // It has no interface groups where the kernel has none.
  static const std::regex kEgress(R"(listen on egress\b)");
  host.config = std::regex_replace(spec.config_text, kEgress, "listen on eth0");
  host.files = spec.files;
  add_keys(host);
  return host;
}

}  // namespace mxlab::sim::live
