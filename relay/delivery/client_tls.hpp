// client_tls.hpp - the TLS contexts that relay actions need, made once when the settings are read.
//
// Every file is read before the first mail goes out: a certificate that cannot be read stops the
// start (or the reload), and not some delivery in the night.
#pragma once
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "relay/config/config.hpp"
#include "relay/smtp/tls.hpp"
#include "relay/world/disk.hpp"

namespace mxlab::delivery {

class ClientTlsContexts {
 public:
  /// For relays that neither show a certificate nor verify one.
  ClientTlsContexts();
  /// Reads what the relay actions name. Blocks: call it on storage. Throws std::runtime_error with
  /// a sentence that names the pki or ca and its file.
  static std::shared_ptr<const ClientTlsContexts> read(world::Disk& disk,
                                                       const config::Config& config);

  std::shared_ptr<smtp::TlsContext> find(const config::Action& action, bool verify) const;

 private:
  std::map<std::string, std::shared_ptr<smtp::TlsContext>> contexts_;  // by what they are made of
};

}  // namespace mxlab::delivery
