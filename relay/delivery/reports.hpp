// reports.hpp - turns bounce envelopes into delivery status notifications in our own queue.
//
// Reports about one message are gathered for a second, so that ten unknown recipients make one
// report. The report enters the queue in the same transaction in which its bounce envelopes leave
// it. To the counters it is a short local session, as in OpenSMTPD.
#pragma once
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "relay/delivery/recipients.hpp"
#include "relay/delivery/recorder.hpp"
#include "relay/queue/bounce.hpp"

namespace mxlab::delivery {

class Reports {
 public:
  Reports(Context& context, Recorder& recorder, std::shared_ptr<const Accounts>& accounts)
      : context_(context), recorder_(recorder), accounts_(accounts) {}

  /// Takes one bounce envelope.
  void add(Envelope bounce);

 private:
  using Key = std::tuple<queue::MessageId, queue::BounceKind, std::string>;  // …, sender
  static awaitable<void> run(Reports* self, Key key);
  awaitable<void> inject(std::vector<Envelope> bounces);
  awaitable<void> read_original(const Envelope& bounce, queue::Report& report);
  awaitable<std::string> original(queue::MessageId id, bool full);
  awaitable<void> store_chunks(queue::NewMessage& message);
  awaitable<queue::NewMessage> write(const std::vector<Envelope>& bounces,
                                     const std::vector<Target>& targets);
  Lifetime life_of_original(Envelope bounce) const;
  void tell(const queue::NewMessage& report, const std::vector<Envelope>& bounces);
  awaitable<void> drop(const std::vector<Envelope>& bounces);

  Context& context_;
  Recorder& recorder_;
  std::shared_ptr<const Accounts>& accounts_;
  std::map<Key, std::vector<Envelope>> gathering_;
};

}  // namespace mxlab::delivery
