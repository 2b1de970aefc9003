// from_header.hpp - makes the From header of a message that streams by name its envelope's sender
// (listen … senders <table> masquerade). Pure: bytes in, bytes out.
#pragma once
#include <string>
#include <string_view>

namespace mxlab::relay {

/// "Name <old@address>" becomes "Name <new@address>"; what is not one such mailbox becomes the
/// address alone. All else passes unchanged.
class FromEditor {
 public:
  /// An empty address changes nothing.
  explicit FromEditor(std::string address) : address_(std::move(address)) {}

  /// What may leave now. A line is held back until it is whole, a From header until it has ended.
  std::string feed(std::string bytes);
  /// What was still held back.
  std::string finish();

 private:
  void take_line(std::string line, std::string& out);
  void end_field(std::string& out);

  std::string address_;
  std::string line_;   // that has not ended
  std::string field_;  // a From header that may go on
  bool in_header_ = true;
};

}  // namespace mxlab::relay
