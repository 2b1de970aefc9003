#include "relay/delivery/accounts.hpp"

#include <vector>

namespace mxlab::delivery {
namespace {

constexpr std::size_t kHomeField = 5;

std::vector<std::string> split(std::string_view line, char separator) {
  std::vector<std::string> fields;
  for (;;) {
    auto end = line.find(separator);
    fields.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

}  // namespace

Accounts::Accounts(std::string_view passwd) {
  for (const std::string& line : split(passwd, '\n')) {
    auto fields = split(line, ':');
    if (fields.size() > kHomeField && !fields[0].empty())
      accounts_[fields[0]] = {fields[0], fields[kHomeField]};
  }
}

std::optional<Account> Accounts::find(const std::string& name) const {
  auto at = accounts_.find(name);
  if (at == accounts_.end()) return std::nullopt;
  return at->second;
}

}  // namespace mxlab::delivery
