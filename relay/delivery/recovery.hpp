// recovery.hpp - notices that a primary is back, long before its mail would be tried again.
//
// After some hours of outage the next regular attempts lie hours apart. Where `mta recovery-probe`
// says so, the hosts of a domain that a `relay backup` could not reach are asked for their banner
// in between; when one greets, all mail of the domain is tried at once. A host that greets and then
// takes no mail is asked ever more rarely. The watch ends when mail gets through, which may be
// before any probe: then the rest of the domain's mail is tried at once, too. It also ends when
// none is left.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "relay/delivery/context.hpp"
#include "relay/delivery/route.hpp"

namespace mxlab::delivery {

class Recovery {
 public:
  /// Schedules the mail of a domain; returns how many envelopes that are.
  using Wake = std::function<awaitable<std::size_t>(std::string domain)>;
  Recovery(Context& context, Wake wake) : context_(context), wake_(std::move(wake)) {}

  /// The domain's hosts have failed; mail waits for them.
  void lost(const std::string& domain, const Route& route);
  /// Mail of the domain was answered.
  void found(const std::string& domain);
  /// How many domains are watched.
  std::size_t size() const { return watches_.size(); }

 private:
  struct Watch {
    Route route;                    // the best hosts
    std::uint32_t false_hopes = 0;  // they greeted, and then took no mail
    bool rung = false;              // its mail is being tried: no more probes until that has failed
  };
  static awaitable<void> keep(Recovery* self, std::string domain, std::shared_ptr<Watch> watch);
  bool is_watched(const std::string& domain, const std::shared_ptr<Watch>& watch) const;
  Duration pause(const Watch& watch) const;
  awaitable<bool> greets(Hop hop);
  awaitable<void> ring(std::string domain, std::shared_ptr<Watch> watch, Hop hop);
  awaitable<std::optional<std::size_t>> wake(std::string domain);
  static awaitable<void> wake_rest(Recovery* self, std::string domain);

  Context& context_;
  Wake wake_;
  std::map<std::string, std::shared_ptr<Watch>> watches_;
};

}  // namespace mxlab::delivery
