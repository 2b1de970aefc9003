// outbound.hpp - all destinations that have work.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "relay/delivery/destination.hpp"

namespace mxlab::delivery {

class Outbound {
 public:
  Outbound(Context& context, Recorder& recorder, Destination::Revived revived)
      : context_(context), recorder_(recorder), revived_(std::move(revived)) {}

  /// Envelopes of one message; they are split by destination.
  void deliver(const std::vector<Envelope>& envelopes);

 private:
  static awaitable<void> drive(Outbound* self, DestinationKey key,
                               std::shared_ptr<Destination> destination);
  static awaitable<void> refuse(Outbound* self, Envelope envelope);
  Destination& destination_for(const DestinationKey& key);

  Context& context_;
  Recorder& recorder_;
  Destination::Revived revived_;
  std::map<DestinationKey, std::shared_ptr<Destination>> destinations_;
};

}  // namespace mxlab::delivery
