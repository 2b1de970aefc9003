#include "relay/dns/cache.hpp"

#include <algorithm>

namespace mxlab::dns {

void Cache::put(const Question& question, const Found& found, world::SteadyPoint now) {
  erase(question);
  if (found.status == Status::kTemporaryFailure) return;
  auto ttl = std::min(found.ttl, found.status == Status::kOk ? kMaxTtl : kMaxNegativeTtl);
  if (ttl == 0 || most_ == 0) return;
  if (entries_.size() >= most_) {
    auto first = by_expiry_.begin();
    entries_.erase(first->second);
    by_expiry_.erase(first);
  }
  auto expires = now + std::chrono::seconds(ttl);
  entries_.emplace(question, Entry{found, expires});
  by_expiry_.emplace(expires, question);
}

const Found* Cache::get(const Question& question, world::SteadyPoint now) const {
  auto entry = entries_.find(question);
  return entry == entries_.end() || entry->second.expires <= now ? nullptr : &entry->second.found;
}

void Cache::clear() {
  entries_.clear();
  by_expiry_.clear();
}

void Cache::erase(const Question& question) {
  auto entry = entries_.find(question);
  if (entry == entries_.end()) return;
  by_expiry_.erase({entry->second.expires, question});
  entries_.erase(entry);
}

}  // namespace mxlab::dns
