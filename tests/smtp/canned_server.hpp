// canned_server.hpp - a server that answers each verb with what a test has laid down, in the clear
// or under TLS, and keeps what it heard. Its replies know no state.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/smtp/lab.hpp"

namespace mxlab::smtp {

struct CannedServer {
  std::vector<std::string> offers;             // EHLO lines behind the greeting
  std::map<std::string, std::string> answers;  // by verb; "." is the final dot; default 250 ok
  bool implicit_tls = false;
  std::shared_ptr<TlsContext> tls;

  std::vector<std::string> heard;  // lines, bodies left out
  std::string server_name;         // what the client said as SNI
};

/// Boots it on the lab's server host.
void boot_canned_server(Lab& lab, CannedServer& canned);

}  // namespace mxlab::smtp
