// user_info.cpp - "uid:gid:home", the value of a userbase table. Pure.
#include <charconv>

#include "relay/config/table.hpp"

namespace mxlab::config {
namespace {

// Takes "1000:" away.
std::optional<std::uint32_t> take_id(std::string_view& rest) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), id);
  const auto length = static_cast<std::size_t>(end - rest.data());
  if (error != std::errc() || length >= rest.size() || rest[length] != ':') return std::nullopt;
  rest.remove_prefix(length + 1);
  return id;
}

}  // namespace

std::optional<UserInfo> parse_user_info(std::string_view text) {
  const auto uid = take_id(text);
  const auto gid = uid ? take_id(text) : std::nullopt;
  if (!gid || !text.starts_with('/')) return std::nullopt;
  return UserInfo{*uid, *gid, std::string(text)};
}

}  // namespace mxlab::config
