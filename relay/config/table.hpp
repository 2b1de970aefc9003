// table.hpp - table(5): lists and mappings that rules, filters and aliases look into.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/config.hpp"

namespace re2 {
class RE2;
}

namespace mxlab::config {

class Table {
 public:
  Table(std::string name, std::vector<std::string> values);
  Table(std::string name, std::vector<std::pair<std::string, std::string>> pairs);
  ~Table();

  const std::string& name() const { return name_; }
  const std::vector<std::string>& values() const { return values_; }  // values, or keys of pairs
  bool mapping() const { return mapping_; }

  bool contains(std::string_view value) const;                 // equal, case-insensitive
  bool contains_domain(std::string_view domain) const;         // also *.example.org
  bool contains_address(const world::Address& address) const;  // also networks, "local"
  bool contains_mailbox(std::string_view mailbox) const;       // user@domain, @domain, domain, user
  bool matches_regex(std::string_view value) const;            // any value as POSIX ERE, unanchored
  std::optional<std::string> lookup(std::string_view key) const;

 private:
  std::string name_;
  bool mapping_ = false;
  std::vector<std::string> values_;
  std::map<std::string, std::string> pairs_;
  mutable std::vector<std::unique_ptr<re2::RE2>> regexes_;  // compiled at first use
};

}  // namespace mxlab::config
