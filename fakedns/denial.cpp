#include "fakedns/denial.hpp"

#include <algorithm>
#include <utility>

#include "relay/dns/ldns.hpp"
#include "relay/dns/name.hpp"

namespace mxlab::fakedns {
namespace {

std::string wildcard_below(const std::string& name) { return name == "." ? "*" : "*." + name; }

/// Collects records, none twice.
class Proof {
 public:
  explicit Proof(const Zone& zone) : zone_(zone) {}

  /// The NSEC record at the name, or the one whose gap it falls into.
  void add_nsec(const std::string& name) {
    const auto* records = zone_.nsec_at_or_before(name);
    if (!records) return;
    for (const Record& record : *records)
      if (record.type == kNsec || record.covered == kNsec) add(record);
  }

  bool has_nsec3() const { return !zone_.nsec3_chain().empty(); }
  bool has_nsec3_at(const std::string& name) const {
    return zone_.nsec3_chain().contains(hash_of(name));
  }

  /// The NSEC3 record at the name's hash, or the one whose gap it falls into.
  void add_nsec3(const std::string& name) {
    const auto& chain = zone_.nsec3_chain();
    auto after = chain.upper_bound(hash_of(name));
    // The chain is a circle.
    for (const Record& record :
         (after == chain.begin() ? std::prev(chain.end()) : std::prev(after))->second)
      add(record);
  }

  /// RFC 5155 7.2.1: the closest name above that is in the chain, and that the name below it on the
  /// way is not. Returns the former.
  std::string add_closest_encloser(const std::string& name) {
    std::string_view next_closer = name, encloser = name;
    while (encloser != zone_.origin() && !has_nsec3_at(std::string(encloser)))
      next_closer = std::exchange(encloser, dns::parent_name(encloser));
    add_nsec3(std::string(encloser));
    add_nsec3(std::string(next_closer));
    return std::string(encloser);
  }

  std::vector<Record> take() { return std::move(records_); }

 private:
  void add(const Record& record) {
    const bool there = std::any_of(records_.begin(), records_.end(),
                                   [&](const Record& other) { return other.rr == record.rr; });
    if (!there) records_.push_back(record);
  }

  /// By the parameters of the chain, which each of its records repeats.
  std::string hash_of(const std::string& name) const {
    for (const Record& record : zone_.nsec3_chain().begin()->second) {
      if (record.type != kNsec3) continue;
      const dns::RdfPtr hashed(
          ldns_nsec3_hash_name_frm_nsec3(record.rr.get(), dns::dname_of(name).get()));
      if (!hashed) break;
      const std::string text = dns::text_of(*hashed);
      return text.substr(0, text.find('.'));
    }
    return {};
  }

  const Zone& zone_;
  std::vector<Record> records_;
};

}  // namespace

std::vector<Record> denial_of_name(const Zone& zone, const std::string& name) {
  Proof proof(zone);
  if (proof.has_nsec3()) {
    proof.add_nsec3(wildcard_below(proof.add_closest_encloser(name)));
  } else {
    proof.add_nsec(name);
    proof.add_nsec(wildcard_below(zone.closest_encloser(name)));
  }
  return proof.take();
}

std::vector<Record> denial_of_type(const Zone& zone, const std::string& name) {
  Proof proof(zone);
  if (!proof.has_nsec3())
    proof.add_nsec(name);
  else if (proof.has_nsec3_at(name))
    proof.add_nsec3(name);
  else
    proof.add_closest_encloser(name);  // RFC 5155 7.2.4: left out of the chain (opt-out)
  return proof.take();
}

// RFC 5155 7.2.5 and RFC 4035 3.1.3.4: as for a name, but here the wildcard itself is shown.
std::vector<Record> denial_of_wildcard_type(const Zone& zone, const std::string& name) {
  return denial_of_name(zone, name);
}

std::vector<Record> denial_of_closer_name(const Zone& zone, const std::string& name) {
  Proof proof(zone);
  if (!proof.has_nsec3()) {
    proof.add_nsec(name);
    return proof.take();
  }
  std::string next_closer = name;
  const std::string encloser = zone.closest_encloser(name);
  while (dns::parent_name(next_closer) != encloser) next_closer = dns::parent_name(next_closer);
  proof.add_nsec3(next_closer);
  return proof.take();
}

}  // namespace mxlab::fakedns
