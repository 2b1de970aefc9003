// cast.hpp - who takes part in a drawn world: domains with their MX hosts, backups, senders.
#pragma once
#include <string>
#include <vector>

#include "sim/sweep/chance.hpp"
#include "sim/sweep/swarm.hpp"

namespace mxlab::sim {

struct Domain {
  std::string name;
  std::vector<std::string> primaries;
};

struct Cast {
  std::vector<Domain> domains;
  std::vector<std::string> backups;  // of every domain
  std::vector<std::string> senders;  // "mail.home1.example", MX of "home1.example"
  bool local_mail = false;           // the backups send mail of their own users, too
  /// Everybody to whom mail may go: primaries, then backups, then senders.
  std::vector<std::string> hosts() const;
  std::vector<std::string> primaries() const;
};

/// The domain whose users write from there.
std::string home_of(const std::string& sender);

Cast draw_cast(const Swarm& swarm, Chance& chance);
/// The cast as `dns:` and `hosts:` of a scenario, with what chance decides of their settings.
std::string cast_text(const Cast& cast, const Swarm& swarm, Chance& chance);
/// `network:`, or nothing where the lines are good.
std::string network_text(const Swarm& swarm, Chance& chance);

}  // namespace mxlab::sim
