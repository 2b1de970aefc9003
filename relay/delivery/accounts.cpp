#include "relay/delivery/accounts.hpp"

#include <charconv>
#include <fmt/format.h>
#include <set>
#include <system_error>

#include "relay/config/table.hpp"
#include "relay/delivery/alias.hpp"

namespace mxlab::delivery {
namespace {

constexpr std::size_t kUserField = 2, kGroupField = 3, kHomeField = 5;  // passwd(5)
constexpr std::size_t kMaxLists = 1000;
constexpr std::uint64_t kMaxListSize = 4 * 1024 * 1024;

std::vector<std::string> split(std::string_view line, char separator) {
  std::vector<std::string> fields;
  for (;;) {
    auto end = line.find(separator);
    fields.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

bool read_number(const std::string& text, std::uint32_t& number) {
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && at == end;
}

/// Reads the lists that aliases include, and the lists that those include.
class ListReader {
 public:
  ListReader(world::Disk& disk, Accounts& accounts, std::vector<std::string>& warnings)
      : disk_(disk), accounts_(accounts), warnings_(warnings) {}

  void read(const config::Table& aliases) {
    for (const std::string& key : aliases.values())
      if (auto members = aliases.lookup(key)) look_at(key, parse_members(*members));
    while (!waiting_.empty()) {
      const std::string path = std::move(waiting_.back());
      waiting_.pop_back();
      if (seen_.size() < kMaxLists && seen_.insert(path).second) read_list(path);
    }
  }

 private:
  void look_at(const std::string& where, const std::vector<Member>& members) {
    for (const Member& member : members) {
      if (member.kind == MemberKind::kInclude) waiting_.push_back(member.text);
      if (auto trouble = trouble_with(member); !trouble.empty())
        warnings_.push_back(
            fmt::format("alias {}: {}: {}: mail for it is refused", where, member.text, trouble));
    }
  }

  void read_list(const std::string& path) {
    try {
      if (disk_.open(path, world::OpenMode::kRead)->size() > kMaxListSize)
        throw std::system_error(std::make_error_code(std::errc::file_too_large), path);
      std::string text = disk_.read_file(path);
      look_at(path, parse_list(text));
      accounts_.add_list(path, std::move(text));
    } catch (const std::system_error& error) {
      warnings_.push_back(fmt::format("alias list {} cannot be read ({}): mail for it has to wait",
                                      path, error.code().message()));
    }
  }

  world::Disk& disk_;
  Accounts& accounts_;
  std::vector<std::string>& warnings_;
  std::vector<std::string> waiting_;
  std::set<std::string> seen_;
};

}  // namespace

Accounts::Accounts(std::string_view passwd) {
  for (const std::string& line : split(passwd, '\n')) {
    auto fields = split(line, ':');
    if (fields.size() <= kHomeField || fields[0].empty()) continue;
    Account account{fields[0], fields[kHomeField]};
    if (read_number(fields[kUserField], account.user) &&
        read_number(fields[kGroupField], account.group))
      accounts_[fields[0]] = std::move(account);
  }
}

std::optional<Account> Accounts::find(const std::string& name) const {
  auto at = accounts_.find(name);
  if (at == accounts_.end()) return std::nullopt;
  return at->second;
}

const std::string* Accounts::list(const std::string& path) const {
  auto at = lists_.find(path);
  return at == lists_.end() ? nullptr : &at->second;
}

std::optional<Account> find_account(const Accounts& accounts, const config::Action& action,
                                    const std::string& name) {
  if (!action.userbase) return accounts.find(name);
  auto info = action.userbase->lookup_user(name);
  if (!info) return std::nullopt;
  return Account{name, info->home, info->uid, info->gid};
}

Accounts read_accounts(world::Disk& disk, const config::Config& config,
                       std::vector<std::string>& warnings) {
  constexpr const char* kPasswd = "/etc/passwd";
  Accounts accounts(disk.exists(kPasswd) ? disk.read_file(kPasswd) : std::string());
  ListReader reader(disk, accounts, warnings);
  for (const auto& [name, action] : config.actions)
    for (const auto& table : {action.aliases, action.virtuals})
      if (table) reader.read(*table);
  return accounts;
}

}  // namespace mxlab::delivery
