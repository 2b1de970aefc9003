// spf.hpp - mxrelayctl spf walk: the networks that a domain's SPF record allows (RFC 7208), as a
// list for a firewall or a table. Nothing is judged by it.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/world/address.hpp"

namespace mxlab::ctl {

/// What is asked of DNS. A failure is an empty answer.
class SpfNames {
 public:
  virtual ~SpfNames() = default;
  virtual std::vector<std::string> texts(const std::string& name) = 0;  // TXT, strings joined
  virtual std::vector<std::string> exchanges(const std::string& name) = 0;
  virtual std::vector<world::Address> addresses(const std::string& name) = 0;
};

/// The system's name servers, or this one.
std::unique_ptr<SpfNames> system_names(const std::optional<world::Endpoint>& server);

/// One network or address a line to `out`, in the order in which they are found; what cannot be
/// resolved without a message (macros) is told to `warn`. Each term is followed once.
void walk_spf(SpfNames& names, const std::vector<std::string>& domains,
              const std::function<void(std::string_view)>& out,
              const std::function<void(std::string_view)>& warn);

}  // namespace mxlab::ctl
