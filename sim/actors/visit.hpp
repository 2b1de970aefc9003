// visit.hpp - one session with a client of an Inbox, as the Manners want it.
#pragma once
#include <memory>
#include <string>

#include "sim/actors/inbox.hpp"

namespace mxlab::sim {

class Visit final : public smtp::Backend, public std::enable_shared_from_this<Visit> {
 public:
  /// `muted` is shared with the session's stream.
  Visit(Inbox& inbox, std::shared_ptr<bool> muted) : inbox_(inbox), muted_(std::move(muted)) {}

  awaitable<smtp::Verdict> connected(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> helo(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> mail(const smtp::SessionState& session) override;
  awaitable<smtp::Verdict> rcpt(const smtp::SessionState& session,
                                smtp::Recipient recipient) override;
  awaitable<DataVerdict> data(const smtp::SessionState& session) override;
  void reset(const smtp::SessionState&) override {}
  awaitable<smtp::Verdict> starttls(const smtp::SessionState& session) override;
  void secured(const smtp::SessionState& session) override;
  void disconnected(const smtp::SessionState& session, const std::string& reason) override;

  /// What the Manners say at this point, after their delay. Nothing: as usual.
  awaitable<smtp::Verdict> obey(std::string at, std::string recipient = "");

 private:
  Inbox& inbox_;
  std::shared_ptr<bool> muted_;
  std::string peer_name_;
  bool secured_ = false;
};

}  // namespace mxlab::sim
