// certificate.hpp - TLS certificates for the lab's hosts: no files, no chance, always the same.
#pragma once
#include <string>

namespace mxlab::sim {

/// PEM texts.
struct Certificate {
  std::string chain, key;
};

/// A P-256 key that follows from the name alone, and a certificate for it, valid from 2020 to 2049,
/// or to the end of 2020 when it shall have expired. The same name gives the same bytes in every
/// process; nothing is drawn from OpenSSL's generator.
Certificate make_certificate(const std::string& name, bool expired = false);

}  // namespace mxlab::sim
