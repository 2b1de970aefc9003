// mta_mail.hpp - the Maildir into which a foreign mail system delivers.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/actors/station.hpp"

namespace mxlab::sim::live {

/// A message as it lies in a Maildir: the lines that delivery has put in front of it say for whom
/// it is (`mailbox_header`) and from whom; without them it is the text as it arrived.
Delivered read_delivered(const std::string& file_text, std::string_view mailbox_header);

class MtaMail {
 public:
  explicit MtaMail(std::filesystem::path maildir, std::string_view mailbox_header)
      : new_(maildir / "new"), mailbox_header_(mailbox_header) {}

  /// All that has been delivered, in order of arrival. A file is read once.
  std::vector<Delivered> all();

 private:
  std::filesystem::path new_;
  std::string mailbox_header_;
  std::map<std::string, Delivered> read_;
};

}  // namespace mxlab::sim::live
