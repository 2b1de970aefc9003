#include "relay/delivery/recipients.hpp"

#include <fmt/format.h>
#include <set>

#include "relay/config/table.hpp"
#include "relay/config/units.hpp"
#include "relay/delivery/context.hpp"
#include "relay/smtp/address.hpp"

namespace mxlab::delivery {
namespace {

constexpr int kMaxAliasDepth = 10;
constexpr std::size_t kMaxTargets = 1000;  // of one recipient

/// Local users are written in any case (smtpd(8) lowers them too).
std::string user_of(const std::string& mailbox) {
  return config::lowered(smtp::local_part_of(mailbox));
}

smtp::Reply invalid_recipient(const std::string& recipient) {
  return {550, "5.1.1", fmt::format("Invalid recipient: <{}>", recipient)};
}

std::vector<std::string> split_members(const std::string& members) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= members.size();) {
    std::size_t end = std::min(members.find(',', begin), members.size());
    std::string name = members.substr(begin, end - begin);
    name.erase(0, name.find_first_not_of(" \t"));
    name.erase(name.find_last_not_of(" \t") + 1);
    if (!name.empty()) names.push_back(name);
    begin = end + 1;
  }
  return names;
}

/// Follows the aliases of one local action. One member that leads nowhere fails the whole: better
/// that the sender hears of it than that somebody on a list never gets his mail.
class Expansion {
 public:
  Expansion(const Directory& directory, const config::Action& action)
      : directory_(directory), action_(action) {}

  void expand(const std::string& user, int depth) {
    if (!seen_.insert(user).second) return;
    if (depth > kMaxAliasDepth) return fail();
    if (auto members = action_.aliases ? action_.aliases->lookup(user) : std::nullopt) {
      for (const std::string& member : split_members(*members)) add_member(member, depth);
      return;
    }
    if (!directory_.accounts.find(user)) return fail();
    add_target({queue::EnvelopeKind::kLocal, user, action_.name, depth > 0});
  }
  /// Empty when some member leads nowhere.
  std::vector<Target> take() { return failed_ ? std::vector<Target>() : std::move(targets_); }

 private:
  void add_member(const std::string& member, int depth) {
    if (member.find('@') == std::string::npos) return expand(user_of(member), depth + 1);
    config::Transaction inside;
    inside.socket = true;
    inside.recipient = member;
    const config::Rule* rule = config::match(directory_.config, inside, directory_.server_name);
    if (rule == nullptr || rule->reject) return fail();
    const config::Action& action = directory_.config.actions.at(rule->action);
    if (action.method == config::Method::kRelay)
      add_target({queue::EnvelopeKind::kRelay, member, action.name, true});
    else
      expand(user_of(member), depth + 1);
  }
  void add_target(Target target) {
    if (targets_.size() >= kMaxTargets) return fail();
    targets_.push_back(std::move(target));
  }
  void fail() { failed_ = true; }

  const Directory& directory_;
  const config::Action& action_;
  std::set<std::string> seen_;
  std::vector<Target> targets_;
  bool failed_ = false;
};

}  // namespace

std::variant<std::vector<Target>, smtp::Reply> resolve_recipient(
    const Directory& directory, const config::Transaction& transaction) {
  const config::Rule* rule = config::match(directory.config, transaction, directory.server_name);
  if (rule == nullptr || rule->reject) return invalid_recipient(transaction.recipient);
  const config::Action& action = directory.config.actions.at(rule->action);
  if (action.method == config::Method::kRelay)
    return std::vector<Target>{
        {queue::EnvelopeKind::kRelay, transaction.recipient, action.name, false}};
  Expansion expansion(directory, action);
  expansion.expand(user_of(transaction.recipient), 0);
  auto targets = expansion.take();
  if (targets.empty()) return invalid_recipient(transaction.recipient);
  return targets;
}

std::optional<std::vector<Target>> resolve_report(const Directory& directory,
                                                  const std::string& recipient) {
  config::Transaction report;
  report.socket = true;
  report.recipient = recipient;
  if (config::match(directory.config, report, directory.server_name) == nullptr)
    return std::vector<Target>{{queue::EnvelopeKind::kRelay, recipient, "", false}};
  auto resolved = resolve_recipient(directory, report);
  if (auto* targets = std::get_if<std::vector<Target>>(&resolved)) return std::move(*targets);
  return std::nullopt;
}

}  // namespace mxlab::delivery
