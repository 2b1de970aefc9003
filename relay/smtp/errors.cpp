#include "relay/smtp/errors.hpp"

#include <asio/error.hpp>
#include <asio/ssl/error.hpp>
#include <cerrno>

#include "relay/smtp/ascii.hpp"

namespace mxlab::smtp {
namespace {

/// Asio's system category is not the standard library's, and the two do not compare.
bool is_timeout(std::error_code error) {
  return error == asio::error::timed_out || error == std::errc::timed_out;
}

bool is_tls(std::error_code error) {
  return error.category() == asio::error::get_ssl_category() ||
         error.category() == asio::ssl::error::get_stream_category();
}

}  // namespace

bool is_unroutable(std::error_code error) {
  return error == asio::error::network_unreachable || error == std::errc::network_unreachable ||
         error == asio::error::address_family_not_supported ||
         error == std::errc::address_family_not_supported ||
         error == std::errc::address_not_available ||
         error == std::error_code(EADDRNOTAVAIL, asio::error::get_system_category());
}

bool is_disconnect(std::error_code error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

std::string describe(std::error_code error) {
  if (is_disconnect(error)) return "Connection closed unexpectedly";
  if (is_timeout(error)) return "Connection timeout";
  if (error == std::errc::bad_message) return "Protocol error: malformed reply";
  if (is_tls(error)) return "TLS Error: " + printable(error.message());
  return "IO Error: " + printable(error.message());
}

std::string session_end(std::error_code error) {
  if (is_disconnect(error)) return "disconnect";
  if (is_timeout(error)) return "timeout";
  return "io-error: " + printable(error.message());
}

}  // namespace mxlab::smtp
