// accounts.hpp - what this host's own files say of local mail: its users (passwd(5), or the table
// of an action's `userbase`), and the lists that aliases include.
//
// Read once, with the configuration; nothing is looked up on the disk while mail comes in.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/world/disk.hpp"

namespace mxlab::delivery {

struct Account {
  std::string name, home;
  std::uint32_t user = 0, group = 0;  // their numbers
};

class Accounts {
 public:
  Accounts() = default;
  /// Reads passwd(5) text; lines that are not accounts are skipped, as getpwent does.
  explicit Accounts(std::string_view passwd);
  std::optional<Account> find(const std::string& name) const;

  void add_list(const std::string& path, std::string text) { lists_[path] = std::move(text); }
  /// The text of an included list; null: it could not be read.
  const std::string* list(const std::string& path) const;

 private:
  std::map<std::string, Account> accounts_;
  std::map<std::string, std::string> lists_;
};

/// A user as this action knows users.
std::optional<Account> find_account(const Accounts& accounts, const config::Action& action,
                                    const std::string& name);

/// Reads /etc/passwd and every :include: list of the actions' aliases. What an alias names and this
/// relay does not do (commands, files) becomes a warning. Blocks.
Accounts read_accounts(world::Disk& disk, const config::Config& config,
                       std::vector<std::string>& warnings);

}  // namespace mxlab::delivery
