// mailbox.hpp - where messages end up. Belongs to the lab, not to a host's process: an actor's disk
// is perfect, so what was accepted survives every kill and power cut.
#pragma once
#include <string>
#include <vector>

#include "sim/actors/station.hpp"

namespace mxlab::sim {

class Mailboxes {
 public:
  void deliver(Delivered message) { messages_.push_back(std::move(message)); }
  /// In order of arrival.
  const std::vector<Delivered>& all() const { return messages_; }
  /// Of one mailbox (user@domain, case ignored), in order of arrival.
  std::vector<Delivered> of(const std::string& mailbox) const;

 private:
  std::vector<Delivered> messages_;
};

}  // namespace mxlab::sim
