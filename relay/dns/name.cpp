#include "relay/dns/name.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/dns/ldns.hpp"

namespace mxlab::dns {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

RdfPtr dname_of(const std::string& text) {
  // ldns reads C strings and takes the empty one for the root.
  if (text.empty() || text.find('\0') != std::string::npos) return nullptr;
  return RdfPtr(ldns_dname_new_frm_str(text.c_str()));
}

std::string text_of(const ldns_rdf& dname) {
  TextPtr text(ldns_rdf2str(&dname));
  if (!text) throw std::bad_alloc();
  std::string name(text.get());
  if (name.size() > 1 && name.ends_with('.')) name.pop_back();
  std::transform(name.begin(), name.end(), name.begin(), lower);
  return name;
}

std::optional<std::string> canonical_name(std::string_view text) {
  auto dname = dname_of(std::string(text));
  if (!dname) return std::nullopt;
  return text_of(*dname);
}

std::string_view parent_name(std::string_view canonical) {
  for (std::size_t i = 0; i < canonical.size(); ++i) {
    if (canonical[i] == '\\')
      ++i;  // the escaped byte may be a dot that belongs to the label
    else if (canonical[i] == '.' && i + 1 < canonical.size())
      return canonical.substr(i + 1);
  }
  return ".";
}

bool is_within(std::string_view canonical, std::string_view ancestor) {
  while (canonical != ancestor && canonical != ".") canonical = parent_name(canonical);
  return canonical == ancestor;
}

std::string reverse_name(const world::Address& address) {
  std::string name;
  if (address.is_v4()) {  // RFC 1035 3.5
    auto bytes = address.to_v4().to_bytes();
    for (auto i = bytes.rbegin(); i != bytes.rend(); ++i) name += fmt::format("{}.", *i);
    return name + "in-addr.arpa";
  }
  auto bytes = address.to_v6().to_bytes();  // RFC 3596 2.5
  for (auto i = bytes.rbegin(); i != bytes.rend(); ++i)
    name += fmt::format("{:x}.{:x}.", *i & 15, *i >> 4);
  return name + "ip6.arpa";
}

}  // namespace mxlab::dns
