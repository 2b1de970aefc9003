// local_agent.hpp - delivers local envelopes: into mailboxes of this host, or to its LMTP server.
//
// It decides where a message goes, whose turn it is and how long a lock is waited for; how a
// mailbox is written is mbox.cpp's, maildir.cpp's and lmtp.cpp's. What it could not do now is tried
// again, as mail to other hosts is.
#pragma once
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "relay/delivery/accounts.hpp"
#include "relay/delivery/lock_watch.hpp"
#include "relay/delivery/mailbox.hpp"
#include "relay/delivery/recorder.hpp"
#include "relay/delivery/turns.hpp"

namespace mxlab::delivery {

class LocalAgent {
 public:
  LocalAgent(Context& context, Recorder& recorder, std::shared_ptr<const Accounts>& accounts);

  /// Spawns the delivery of one envelope. Those of one message that go to one LMTP server and are
  /// handed over together go there together.
  void deliver(Envelope envelope);

 private:
  struct Job;
  using Group = std::pair<queue::MessageId, std::string>;  // …, action
  using Writer = std::shared_ptr<MailboxWriter>;
  static awaitable<void> run(LocalAgent* self, Envelope envelope);
  static awaitable<void> run_lmtp(LocalAgent* self, Group group);
  awaitable<Result> attempt(Envelope envelope);
  awaitable<Result> attempt(Job job);
  awaitable<std::string> fill(const Job& job);
  awaitable<Writer> open(const Job& job);
  awaitable<Writer> open_mailbox_file(const Job& job);
  awaitable<void> copy_body(queue::MessageId id, Writer writer);

  Context& context_;
  Recorder& recorder_;
  std::shared_ptr<const Accounts>& accounts_;
  Turns turns_;
  LockWatch locks_;
  std::map<Group, std::vector<Envelope>> gathering_;
};

}  // namespace mxlab::delivery
