#include "relay/delivery/mailbox.hpp"

#include <fmt/format.h>
#include <system_error>

namespace mxlab::delivery {
namespace {

[[noreturn]] void refuse(const std::string& sentence) {
  throw std::system_error(std::make_error_code(std::errc::operation_not_permitted), sentence);
}

}  // namespace

void check_mailbox_file(world::File& file, const std::string& path, const Account& owner) {
  const world::FileFacts facts = file.facts();
  if (!facts.regular) refuse(path + " is no plain file");
  if (facts.names > 1) refuse(path + " has a second name somewhere (a hard link)");
  if (facts.owner && *facts.owner != owner.user)
    refuse(
        fmt::format("{} belongs (or would belong) to user {}, not to {}: make it once as root, "
                    "writable for us, or deliver to {} by lmtp",
                    path, *facts.owner, owner.name, owner.name));
}

}  // namespace mxlab::delivery
