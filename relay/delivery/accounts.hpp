// accounts.hpp - the local users: who has a mailbox here (passwd(5)).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mxlab::delivery {

struct Account {
  std::string name, home;
};

class Accounts {
 public:
  Accounts() = default;
  /// Reads passwd(5) text; lines that are not accounts are skipped, as getpwent does.
  explicit Accounts(std::string_view passwd);
  std::optional<Account> find(const std::string& name) const;

 private:
  std::map<std::string, Account> accounts_;
};

}  // namespace mxlab::delivery
