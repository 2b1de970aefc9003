// outbound.hpp - all destinations that have work.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "relay/delivery/destination.hpp"

namespace mxlab::delivery {

class Outbound {
 public:
  Outbound(Context& context, Recorder& recorder, Destination::Revived revived, Recovery::Wake wake)
      : context_(context),
        recorder_(recorder),
        revived_(std::move(revived)),
        recovery_(context, std::move(wake)) {}

  /// Envelopes of one message; they are split by destination.
  void deliver(const std::vector<Envelope>& envelopes);

  /// What has not begun stays in the queue; sessions leave after the mail that they are sending.
  void stop();

  // --- what smtpctl(8) asks and does; false: it is so already, or there is no such thing ---
  Snapshot snapshot() const;
  /// Frees a route from its penalty (resume route ID).
  bool resume_route(std::uint64_t id);
  /// pause mta from ADDRESS for DOMAIN; an unspecified address is every one, an empty domain too.
  bool block(Block block);
  bool unblock(Block block);
  const std::set<Block>& blocks() const { return context_.hosts.blocks(); }

 private:
  static awaitable<void> drive(Outbound* self, DestinationKey key,
                               std::shared_ptr<Destination> destination);
  static awaitable<void> refuse(Outbound* self, Envelope envelope, queue::Failure failure);
  static awaitable<void> deliver_utf8(Outbound* self, Way way, Task task);
  void give(const Way& way, Task task);
  void reconsider();
  Destination& destination_for(const Way& way);

  Context& context_;
  Recorder& recorder_;
  Destination::Revived revived_;
  Recovery recovery_;
  std::map<DestinationKey, std::shared_ptr<Destination>> destinations_;
  bool stopping_ = false;
};

}  // namespace mxlab::delivery
