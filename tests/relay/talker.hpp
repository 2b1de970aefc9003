// talker.hpp - the stranger of a RelayLab speaks SMTP with the relay: in the clear, under TLS, or
// through a proxy.
#pragma once
#include <string>
#include <vector>

#include "tests/relay/lab.hpp"

namespace mxlab::relay {

/// A self-signed certificate for mx2.example.org and its key, PEM; made once.
struct TalkerCertificate {
  std::string chain, key;
};
const TalkerCertificate& talker_certificate();

struct Talk {
  bool tls = false;          // STARTTLS first
  bool implicit = false;     // or TLS from the beginning
  bool keep_banner = false;  // the banner is the first of the replies
  std::string opening{};     // sent before anything else: a PROXY header
};

/// Greets, says each line and waits for its reply: the last line of each, "closed" where the relay
/// had left.
std::vector<std::string> talk_to(RelayLab& lab, std::vector<std::string> lines, Talk talk = {});

}  // namespace mxlab::relay
