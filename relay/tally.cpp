#include "relay/tally.hpp"

#include <algorithm>
#include <map>

namespace mxlab::relay {
namespace {

constexpr world::Duration kPause = std::chrono::seconds(5);
constexpr std::size_t kPage = 500;
constexpr std::uint64_t kMostCounted = 10'000;
constexpr std::size_t kMostShown = 20;

std::string domain_of(const std::string& mailbox) {
  const auto at = mailbox.rfind('@');
  return at == std::string::npos ? mailbox : mailbox.substr(at + 1);
}

}  // namespace

world::awaitable<void> Tally::refresh(delivery::Context& context) {
  if (counting_ || context.world.clock.steady_now() < next_) co_return;
  counting_ = true;
  std::map<std::string, DomainTally> found;
  std::uint64_t count = 0;
  std::size_t size = kPage;
  try {
    for (queue::EnvelopeId after{}; size == kPage && count < kMostCounted;) {
      const auto page = co_await context.queue.list(std::nullopt, after, kPage);
      size = page.size();
      count += size;
      for (const queue::Envelope& envelope : page) {
        DomainTally& domain = found[domain_of(envelope.destination)];
        if (domain.envelopes++ == 0 || envelope.creation < domain.oldest)
          domain.oldest = envelope.creation;
        after = envelope.id;
      }
    }
  } catch (const std::system_error&) {
    // What was counted is still worth to be shown.
  }
  domains_.clear();
  for (auto& [name, domain] : found) domains_.push_back({name, domain.envelopes, domain.oldest});
  std::ranges::stable_sort(domains_, std::greater{}, &DomainTally::envelopes);
  if (domains_.size() > kMostShown) domains_.resize(kMostShown);
  counted_ = count;
  complete_ = size < kPage;
  next_ = context.world.clock.steady_now() + kPause;
  counting_ = false;
}

}  // namespace mxlab::relay
