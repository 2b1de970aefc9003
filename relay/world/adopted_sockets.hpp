// adopted_sockets.hpp - bound sockets that this process was started with.
//
// Each is known by the address it is bound to. It stays bound as long as the process: a listener
// borrows a duplicate, so a port below 1024 can be listened on again after the privileges are gone.
// While nobody borrows it, clients are refused, so that they turn to somebody else; but a socket
// that listened when it came is shared with who handed it over, and goes on listening.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "relay/world/network.hpp"

namespace mxlab::world {

class AdoptedSockets {
 public:
  AdoptedSockets() = default;
  AdoptedSockets(const AdoptedSockets&) = delete;
  AdoptedSockets& operator=(const AdoptedSockets&) = delete;

  /// Takes ownership. Throws std::system_error with a sentence: not a stream socket, not bound, or
  /// an IPv6 socket that takes IPv4 connections too.
  void add(int descriptor);

  struct Loan {
    int descriptor;  // a duplicate, the borrower's to close
    std::shared_ptr<void> lease;
  };
  /// The socket of this name, if there is one; address_in_use while another lease of it lives.
  std::optional<Loan> lend(const std::string& name);
  std::optional<Loan> lend(const Endpoint& local) { return lend(to_string(local)); }

 private:
  class Descriptor;
  class Lease;
  struct Socket {
    std::shared_ptr<Descriptor> descriptor;
    std::weak_ptr<void> lease;
  };
  std::map<std::string, Socket> sockets_;  // by "192.0.2.1:25" or path
};

}  // namespace mxlab::world
