#include "sim/sweep/cast.hpp"

#include <fmt/format.h>

#include "sim/scenario/values.hpp"

namespace mxlab::sim {
namespace {
using namespace std::chrono_literals;

/// Enough for the smallest numbers to be told apart from equal ones.
const std::vector<int> kPrimaryPreferences{10, 10, 20, 30};
const std::vector<int> kBackupPreferences{100, 100, 110, 200};

std::string records_text(const Domain& domain, const Cast& cast, Chance& chance) {
  std::string records;
  const auto add = [&](const std::string& host, const std::vector<int>& preferences) {
    records += fmt::format("{}MX {} {}", records.empty() ? "" : ", ", chance.of(preferences), host);
  };
  for (const std::string& primary : domain.primaries) add(primary, kPrimaryPreferences);
  for (const std::string& backup : cast.backups) add(backup, kBackupPreferences);
  return fmt::format("  {}: [{}]\n", domain.name, records);
}

/// What operators set, each in some of the worlds.
std::string settings_text(Chance& chance) {
  std::string text;
  if (chance.one_in(3))
    text += fmt::format("      queue ttl {}\n", chance.of(std::vector{"6h", "1d", "4d", "6d"}));
  if (chance.one_in(3))
    text +=
        fmt::format("      bounce warn-interval {}\n", chance.of(std::vector{"1h", "4h", "1d"}));
  if (chance.one_in(3)) text += "      mta recovery-probe 5m\n";
  return text;
}

std::string backup_text(const std::string& name, const Cast& cast, const Swarm& swarm,
                        Chance& chance) {
  const bool tls = chance.share(swarm.tls);
  std::string config = settings_text(chance);
  if (tls)
    config += fmt::format(
        "      pki {0} cert \"/etc/ssl/{0}.pem\"\n      pki {0} key \"/etc/ssl/{0}.key\"\n", name);
  config += fmt::format("      listen on egress{}\n", tls ? " tls pki " + name : "");
  if (cast.local_mail) config += "      listen on socket\n";
  config += "      action \"backup\" relay backup\n";
  std::string domains;
  for (const Domain& domain : cast.domains)
    domains += fmt::format("{}\"{}\"", domains.empty() ? "" : ", ", domain.name);
  config += fmt::format("      match from any for domain {{ {} }} action \"backup\"\n", domains);
  if (cast.local_mail)
    config +=
        "      action \"outbound\" relay\n"
        "      match from local for any action \"outbound\"\n";
  return fmt::format("  {}:\n    is: relay\n    restarts: 10s\n    config: |\n{}", name, config);
}

std::string sender_text(const std::string& name, const Swarm& swarm, Chance& chance) {
  return fmt::format("  {}: {{is: sender, like: {}{}}}\n", name, chance.of(swarm.profiles),
                     chance.share(swarm.tls) ? "" : ", tls: no");
}

}  // namespace

std::vector<std::string> Cast::primaries() const {
  std::vector<std::string> all;
  for (const Domain& domain : domains)
    all.insert(all.end(), domain.primaries.begin(), domain.primaries.end());
  return all;
}

std::vector<std::string> Cast::hosts() const {
  std::vector<std::string> all = primaries();
  all.insert(all.end(), backups.begin(), backups.end());
  all.insert(all.end(), senders.begin(), senders.end());
  return all;
}

std::string home_of(const std::string& sender) { return sender.substr(sender.find('.') + 1); }

Cast draw_cast(const Swarm& swarm, Chance& chance) {
  Cast cast;
  const std::uint64_t domains = chance.from(swarm.domains);
  for (std::uint64_t i = 1; i <= domains; ++i) {
    Domain domain{fmt::format("shop{}.example", i), {}};
    const std::uint64_t primaries = chance.from(swarm.primaries);
    for (std::uint64_t k = 1; k <= primaries; ++k)
      domain.primaries.push_back(fmt::format("mx{}.{}", k, domain.name));
    cast.domains.push_back(std::move(domain));
  }
  const std::uint64_t backups = chance.from(swarm.backups);
  for (std::uint64_t i = 1; i <= backups; ++i)
    cast.backups.push_back(fmt::format("backup{}.example", i));
  const std::uint64_t senders = chance.from(swarm.senders);
  for (std::uint64_t i = 1; i <= senders; ++i)
    cast.senders.push_back(fmt::format("mail.home{}.example", i));
  cast.local_mail = chance.share(swarm.local_mail);
  return cast;
}

std::string cast_text(const Cast& cast, const Swarm& swarm, Chance& chance) {
  std::string text = "dns:\n";
  for (const Domain& domain : cast.domains) text += records_text(domain, cast, chance);
  for (const std::string& sender : cast.senders)
    text += fmt::format("  {}: [MX 10 {}]\n", home_of(sender), sender);
  text += "\nhosts:\n";
  for (const std::string& sender : cast.senders) text += sender_text(sender, swarm, chance);
  for (const std::string& primary : cast.primaries())
    text += fmt::format("  {}: {{is: primary{}}}\n", primary,
                        chance.share(swarm.tls) ? "" : ", tls: no");
  for (const std::string& backup : cast.backups) text += backup_text(backup, cast, swarm, chance);
  return text;
}

std::string network_text(const Swarm& swarm, Chance& chance) {
  if (!chance.share(swarm.bad_lines)) return {};
  std::string text = "\nnetwork:\n";
  text += fmt::format("  latency: 1ms..{}\n",
                      scenario::to_text(std::chrono::floor<std::chrono::milliseconds>(
                          chance.magnitude(2ms, 400ms))));
  if (chance.one_in(2)) text += fmt::format("  lose datagrams: {}%\n", 1 + chance.below(20));
  if (chance.one_in(2)) text += fmt::format("  duplicate datagrams: {}%\n", 1 + chance.below(5));
  if (chance.one_in(2)) text += fmt::format("  lose connections: 0.{}%\n", 1 + chance.below(9));
  if (chance.one_in(3))
    text += fmt::format("  rate: {}\n", chance.of(std::vector{"8k", "64k", "1m"}));
  if (chance.one_in(3))
    text += fmt::format("  disk latency: {}\n", chance.of(std::vector{"50us", "5ms", "200ms"}));
  return text;
}

}  // namespace mxlab::sim
