// intake.hpp - one message on its way into the queue: trace header, hop limit, chunks, commit.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "relay/delivery/received.hpp"
#include "relay/delivery/scheduler.hpp"
#include "relay/from_header.hpp"
#include "relay/smtp/server_session.hpp"

namespace mxlab::relay {

/// What is known of the message before its body.
struct Intake {
  std::string session;
  std::vector<queue::Envelope> envelopes;  // without ids and times
  delivery::Trace trace;                   // without id and time
  bool junk = false;                       // X-Spam: Yes is added
  std::string from{};                      // what From is made to say; empty: it stays
  /// May still refuse the whole message, just before it is accepted; may be absent.
  std::function<world::awaitable<smtp::Verdict>()> last_word{};
};

class IntakeSink final : public smtp::MessageSink {
 public:
  IntakeSink(delivery::Context& context, delivery::Scheduler& scheduler, Intake intake);
  /// Not committed: the chunks that were stored are forgotten.
  ~IntakeSink() override;

  world::awaitable<void> write(std::string bytes) override;
  world::awaitable<smtp::Refusal> commit() override;

 private:
  world::awaitable<void> store_full_chunks();
  world::awaitable<smtp::Verdict> ask_last_word();
  queue::NewMessage message();
  void tell(const queue::NewMessage& message);

  delivery::Context& context_;
  delivery::Scheduler& scheduler_;
  Intake intake_;
  queue::MessageId id_;
  std::string pending_;
  std::uint32_t chunks_ = 0;
  std::uint64_t size_ = 0;
  delivery::HopCounter hops_;
  FromEditor from_;
  bool committed_ = false;
};

}  // namespace mxlab::relay
