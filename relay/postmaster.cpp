#include "relay/postmaster.hpp"

#include "relay/config/table.hpp"
#include "relay/smtp/address.hpp"

namespace mxlab::relay {
namespace {

constexpr std::size_t kMaxCandidates = 20;

/// Does the rule name its domains as they are?
bool names_domains(const config::Rule& rule) {
  const config::Condition& condition = rule.target_condition;
  return rule.target == config::Rule::For::kDomain && !rule.reject && !condition.negated &&
         !condition.regex && condition.table;
}

}  // namespace

bool is_postmaster(std::string_view recipient) {
  return smtp::is_bare_postmaster(smtp::local_part_of(recipient));
}

std::vector<std::string> postmaster_addresses(const config::Config& config,
                                              const std::string& postmaster,
                                              const std::string& server_name) {
  std::vector<std::string> addresses{postmaster + "@" + server_name};
  for (const config::Rule& rule : config.rules) {
    if (!names_domains(rule)) continue;
    for (const std::string& domain : rule.target_condition.table->values())
      if (smtp::is_domain(domain) && addresses.size() < kMaxCandidates)
        addresses.push_back(postmaster + "@" + domain);
  }
  return addresses;
}

}  // namespace mxlab::relay
