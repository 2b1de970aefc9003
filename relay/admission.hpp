// admission.hpp - how many clients may be here at once, in all and from one network.
//
// When the house is full, whoever has kept us waiting the longest makes room: a crowd of slow
// clients holds no honest one out. The count is of sessions that are open, so memory is bounded by
// them. No I/O here: addresses and times in, answers out.
#pragma once
#include <map>

#include "relay/smtp/server_session.hpp"
#include "relay/world/address.hpp"

namespace mxlab::relay {

struct AdmissionLimits {
  std::size_t sessions = 960;
  /// From one IPv4 address or one IPv6 /64. Postfix allows 50
  /// (smtpd_client_connection_count_limit).
  std::size_t per_network = 100;
  /// Who has been silent for this long may have to go when others come.
  world::Duration patience = std::chrono::seconds(10);
  /// Of a network that has more than `crowd` sessions, and more than twice as many as that of the
  /// newcomer: so that many who come again and again hold out nobody who comes once.
  std::size_t crowd = 2;
  world::Duration crowd_patience = std::chrono::seconds(1);
};

class Admission {
 public:
  using Ticket = std::uint64_t;  // of one who was let in; 0: nobody
  enum class Answer { kWelcome, kFull, kTooMany, kClosing, kRefused };
  struct Decision {
    Answer answer = Answer::kFull;
    Ticket ticket = 0;
  };

  /// Room for so many sessions that the accept loop, which stops at `most`, always has some left to
  /// tell the others to come back later.
  static AdmissionLimits limits_for(std::size_t most);

  explicit Admission(AdmissionLimits limits = {}) : limits_(limits) {}

  /// `trusted`: this host itself, which no limit of its own network holds back.
  Decision admit(const world::Address& address, smtp::Guest* guest, world::SteadyPoint now,
                 bool trusted = false);
  void leave(Ticket ticket);
  /// Nobody is let in any more; who is here may end what it has begun (RFC 5321 3.8).
  void close();
  /// Nobody is let in until the operator says so (pause smtp refuse).
  void refuse(bool refusing) { refusing_ = refusing; }

  std::size_t guests() const { return guests_.size(); }
  std::size_t dismissed() const { return dismissed_; }

 private:
  struct Entry {
    smtp::Guest* guest = nullptr;
    world::Address network;
    bool trusted = false;
    bool dismissed = false;  // on its way out: counts no more
  };
  std::size_t neighbours(const world::Address& network) const;
  bool make_room(std::size_t neighbours, world::SteadyPoint now);
  template <class Allowed>
  Entry* longest_silent(Allowed allowed);

  AdmissionLimits limits_;
  std::map<Ticket, Entry> guests_;
  std::map<world::Address, std::size_t> per_network_;
  std::size_t leaving_ = 0;    // guests that are on their way out
  std::size_t dismissed_ = 0;  // ever
  Ticket last_ = 0;
  bool closing_ = false, refusing_ = false;
};

}  // namespace mxlab::relay
