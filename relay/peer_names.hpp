// peer_names.hpp - the reverse name of a client, looked up beside the dialogue.
//
// Nobody waits for it but who needs it: a filter or a rule that asks for names, and the Received
// header, for a while. A look-up that failed is not a name that does not exist.
#pragma once
#include <memory>
#include <string>

#include "relay/delivery/context.hpp"

namespace mxlab::relay {

using world::awaitable;

class PeerNames {
 public:
  /// At most so many look-ups run at once: clients that come and go faster than names are found
  /// must not fill the memory with questions. One more finds out nothing.
  static constexpr std::size_t kMaxLookups = 500;

  /// `running` counts them, for all sessions of the relay.
  PeerNames(delivery::Context& context, std::shared_ptr<std::size_t> running, std::string session,
            world::Address address);

  /// Begins; the look-up shares ownership, so that a session may end before it.
  static void start(std::shared_ptr<PeerNames> names);
  awaitable<void> wait_until(world::SteadyPoint until);

  const std::string& name() const { return name_; }  // empty: none, or not known
  bool confirmed() const { return confirmed_; }      // it leads back to the address (FCrDNS)
  bool failed() const { return failed_; }            // whether there is one could not be found out
  /// "smtp connected address=… host=…", once: as soon as the name is known, or when it is too late.
  void announce();

 private:
  static awaitable<void> run(std::shared_ptr<PeerNames> self);
  awaitable<void> look_up();

  delivery::Context& context_;
  std::shared_ptr<std::size_t> running_;
  std::string session_;
  world::Address address_;
  world::Signal done_;
  std::string name_;
  bool confirmed_ = false, failed_ = false, known_ = false, announced_ = false;
};

}  // namespace mxlab::relay
