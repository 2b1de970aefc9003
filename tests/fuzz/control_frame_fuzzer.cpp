// Whatever a local client sends: it is a request within its limits, or refused in words.
#include <cstdlib>

#include "relay/control/messages.hpp"

namespace {

using namespace mxlab::control;

void require(bool promise) {
  if (!promise) std::abort();
}

void take_request(std::string_view line) try {
  const auto asked = decode_request(line);
  if (const auto* request = std::get_if<Request>(&asked)) {
    require(!request->command.empty() && request->arguments.size() <= kMaxArguments);
    // What we read, another reader reads from what we write.
    const auto again = std::get<Request>(decode_request(encode(*request)));
    require(again.arguments.size() == request->arguments.size() && again.json == request->json);
  } else {
    const auto& letter = std::get<SubmitRequest>(asked);
    require(letter.recipients.size() <= kMaxSubmitRecipients);
    require(encode(letter).find('\n') == std::string::npos);
  }
} catch (const FrameError&) {
}

void take_answer(std::string_view line) try {
  const auto record = decode_answer(line);
  if (const auto* run = std::get_if<BytesRecord>(&record)) require(run->count <= kMaxRun);
  if (const auto* text = std::get_if<TextRecord>(&record))
    require(encode(*text).find('\n') == std::string::npos);
} catch (const FrameError&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  while (!bytes.empty()) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    take_request(bytes.substr(0, end));
    take_answer(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return 0;
}
