#include "relay/delivery/recipients.hpp"

#include <fmt/format.h>
#include <set>

#include "relay/config/table.hpp"
#include "relay/config/units.hpp"
#include "relay/delivery/alias.hpp"
#include "relay/delivery/context.hpp"
#include "relay/delivery/srs.hpp"
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

/// Follows one recipient through rules and aliases. One member that leads nowhere fails the whole:
/// better that the sender hears of it than that somebody on a list never gets his mail.
class Expansion {
 public:
  Expansion(const Directory& directory, const config::Transaction& transaction)
      : directory_(directory), transaction_(transaction) {}

  void run() {
    Step step;
    if (auto original = rewritten_sender()) {
      step.depth = 1;
      return follow_address(step, from_here(*original));
    }
    follow_address(step, transaction_);
  }

  /// The targets, or why there are none.
  std::variant<std::vector<Target>, smtp::Reply> take() {
    if (refusal_) return *refusal_;
    if (failed_ || targets_.empty()) return invalid_recipient(transaction_.recipient);
    return std::move(targets_);
  }

 private:
  /// Where on the way we are.
  struct Step {
    const config::Action* action = nullptr;
    std::string address;  // the last one that went through the rules
    std::string parent;   // the user whose alias brought us here; empty: none
    int depth = 0;
  };

  void follow_address(Step step, const config::Transaction& transaction) {
    const config::Rule* rule =
        config::match(directory_.config, transaction, directory_.server_name);
    if (rule == nullptr || rule->reject) return fail();
    step.action = &directory_.config.actions.at(rule->action);
    step.address = transaction.recipient;
    if (step.action->method != config::Method::kRelay && !step.action->virtuals)
      return follow_user(step, user_of(step.address));
    if (!seen_.insert(step.action->name + '\0' + step.address).second) return;
    if (step.action->method == config::Method::kRelay)
      return add(
          {queue::EnvelopeKind::kRelay, step.address, "", step.action->name, step.depth > 0});
    auto members = step.action->virtuals->lookup_virtual(step.address);
    if (!members) return fail();
    step.parent.clear();
    follow_members(step, parse_members(*members));
  }

  void follow_user(Step step, const std::string& user) {
    // "jane: jane, joe" keeps a copy for herself.
    if (user == step.parent) return deliver(step, user, false);
    if (!seen_.insert(step.action->name + '\0' + user).second) return;
    std::optional<std::string> members;
    if (step.action->aliases) members = step.action->aliases->lookup_alias(user);
    if (step.action->virtuals) members = step.action->virtuals->lookup_virtual(user);
    if (!members) return deliver(step, user, true);
    step.parent = user;
    follow_members(step, parse_members(*members));
  }

  void follow_members(Step step, const std::vector<Member>& members) {
    if (++step.depth > kMaxAliasDepth) return fail();
    for (const Member& member : members) {
      if (failed_ || refusal_) return;
      follow_member(step, member);
    }
  }

  void follow_member(const Step& step, const Member& member) {
    switch (member.kind) {
      case MemberKind::kUser:
        return follow_user(step, member.text);
      case MemberKind::kAddress:
        return follow_address(step, from_here(member.text));
      case MemberKind::kError:
        refusal_ = smtp::parse_reply_text(member.text);
        return;
      case MemberKind::kInclude:
        return follow_list(step, member.text);
      case MemberKind::kCommand:
      case MemberKind::kFile:
      case MemberKind::kInvalid:
        refusal_ = smtp::Reply{550, "5.2.4", "Mailing list expansion problem"};
        return;
    }
  }

  void follow_list(const Step& step, const std::string& path) {
    const std::string* text = directory_.accounts.list(path);
    if (text == nullptr) {
      refusal_ = smtp::Reply{451, "4.2.4", "Mailing list expansion problem, try again later"};
      return;
    }
    if (seen_.insert(path).second) follow_members(step, parse_list(*text));
  }

  /// Reports alone come back to a sender that we have rewritten.
  std::optional<std::string> rewritten_sender() const {
    const config::Srs& srs = directory_.config.srs;
    if (srs.key.empty() || !transaction_.sender.empty()) return std::nullopt;
    return srs_reverse(srs, transaction_.recipient, directory_.now);
  }

  /// The rules see what an alias names as this host's own mail (smtpd(8): internal).
  config::Transaction from_here(const std::string& recipient) const {
    config::Transaction inside = transaction_;
    inside.socket = true;
    inside.source.reset();
    inside.recipient = recipient;
    return inside;
  }

  /// A mailbox of this host; `required`: that there is none is a failure.
  void deliver(const Step& step, std::string user, bool required) {
    const config::Action& action = *step.action;
    const bool only_aliases = action.method == config::Method::kExpandOnly ||
                              action.method == config::Method::kForwardOnly;
    user.erase(std::min(user.find_first_of(directory_.config.sub_address), user.size()));
    if (!only_aliases && find_account(directory_.accounts, action, user)) {
      if (mailboxes_.insert(action.name + '\0' + user).second)
        add({queue::EnvelopeKind::kLocal, step.address, user, action.name, step.depth > 0});
    } else if (required) {
      fail();
    }
  }

  void add(Target target) {
    if (targets_.size() >= kMaxTargets) return fail();
    targets_.push_back(std::move(target));
  }
  void fail() { failed_ = true; }

  const Directory& directory_;
  const config::Transaction& transaction_;
  std::set<std::string> seen_, mailboxes_;
  std::vector<Target> targets_;
  std::optional<smtp::Reply> refusal_;
  bool failed_ = false;
};

}  // namespace

void direct(queue::Envelope& envelope, const Target& target) {
  envelope.kind = target.kind;
  envelope.internal = target.internal;
  envelope.destination = target.destination;
  envelope.user = target.user;
  envelope.action = target.action;
}

std::variant<std::vector<Target>, smtp::Reply> resolve_recipient(
    const Directory& directory, const config::Transaction& transaction) {
  Expansion expansion(directory, transaction);
  expansion.run();
  return expansion.take();
}

std::optional<std::vector<Target>> resolve_report(const Directory& directory,
                                                  const std::string& recipient) {
  config::Transaction report;
  report.socket = true;
  report.recipient = recipient;
  if (config::match(directory.config, report, directory.server_name) == nullptr)
    return std::vector<Target>{{queue::EnvelopeKind::kRelay, recipient, "", "", false}};
  auto resolved = resolve_recipient(directory, report);
  if (auto* targets = std::get_if<std::vector<Target>>(&resolved)) return std::move(*targets);
  return std::nullopt;
}

}  // namespace mxlab::delivery
