// signer.hpp - signs a zone's text as ldns-signzone does, and judges replies with ldns' validator.
#pragma once
#include <string>

#include "relay/dns/ldns.hpp"

namespace mxlab::fakedns {

enum class Denials { kNsec, kNsec3, kNsec3OptOut };

/// One ECDSA key signs everything; the signatures hold whenever the tests run.
class Signer {
 public:
  explicit Signer(const std::string& origin);

  /// The zone file with DNSKEY, RRSIG, and NSEC or NSEC3 records.
  std::string sign(const std::string& zone_file, Denials denials) const;

  /// True when each set of the section is signed by the key, and there is one at least. Sets that
  /// no zone signs (the NS records of a referral) are left to the caller.
  bool is_signed(const ldns_rr_list& section) const;
  /// True when the reply proves that its question has no answer.
  static bool proves_denial(const ldns_pkt& reply);

 private:
  std::unique_ptr<ldns_key_list, dns::FreeWith<ldns_key_list_free>> keys_;
  dns::RrPtr public_key_;
};

}  // namespace mxlab::fakedns
