// local_agent.hpp - delivers local envelopes into mailboxes, and records what came of it.
#pragma once
#include <memory>

#include "relay/delivery/accounts.hpp"
#include "relay/delivery/recorder.hpp"

namespace mxlab::delivery {

class LocalAgent {
 public:
  LocalAgent(Context& context, Recorder& recorder, std::shared_ptr<const Accounts>& accounts)
      : context_(context), recorder_(recorder), accounts_(accounts) {}

  /// Spawns the delivery of one envelope.
  void deliver(Envelope envelope);

 private:
  static awaitable<void> run(LocalAgent* self, Envelope envelope);
  awaitable<Result> attempt(Envelope envelope);
  awaitable<std::string> whole_body(queue::MessageId id);

  Context& context_;
  Recorder& recorder_;
  std::shared_ptr<const Accounts>& accounts_;
};

}  // namespace mxlab::delivery
