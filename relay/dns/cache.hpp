// cache.hpp - what the resolver remembers: answers, and the certainty that there is none.
//
// Pure: time is passed in. Bounded: when full, what would expire first goes first. Failures of
// servers are never remembered.
#pragma once
#include <map>
#include <set>

#include "relay/dns/message.hpp"

namespace mxlab::dns {

/// What came of one question: the records of the type asked for, at the end of any CNAME chain.
struct Found {
  Status status = Status::kTemporaryFailure;
  std::vector<Record> records;
  std::uint32_t ttl = 0;  // seconds; zero is not remembered
  std::string reason;     // of a failure, for people
};

constexpr std::size_t kMaxCacheEntries = 10'000;
constexpr std::uint32_t kMaxTtl = 86'400;            // RFC 8767 5: a cap against absurd TTLs
constexpr std::uint32_t kMaxNegativeTtl = 3 * 3600;  // RFC 2308 5: "values of one to three hours"

class Cache {
 public:
  explicit Cache(std::size_t most = kMaxCacheEntries) : most_(most) {}

  void put(const Question& question, const Found& found, world::SteadyPoint now);
  /// Null when nothing is known, or no longer. The pointer is valid until the next put() or
  /// clear().
  const Found* get(const Question& question, world::SteadyPoint now) const;
  void clear();
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Found found;
    world::SteadyPoint expires;
  };
  void erase(const Question& question);

  std::size_t most_;
  std::map<Question, Entry> entries_;
  std::set<std::pair<world::SteadyPoint, Question>> by_expiry_;
};

}  // namespace mxlab::dns
