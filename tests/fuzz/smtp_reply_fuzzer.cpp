// Whatever a server answers: what is read from it must be bounded, and harmless to repeat.
#include <cstdlib>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/reply_reader.hpp"

namespace {

using namespace mxlab::smtp;

void require(bool promise) {
  if (!promise) std::abort();
}

void inspect(const Reply& reply) {
  require(reply.code >= 200 && reply.code <= 599);
  require(!reply.lines.empty() && reply.lines.size() <= kMaxReplyLines);
  for (const std::string& line : reply.lines)
    require(printable(line) == line && line.size() <= kMaxReplyLine);
  require(reply.enhanced.empty() || reply.enhanced[0] == static_cast<char>('0' + reply.code / 100));
  // What we read, another reader reads from what we write.
  LineBuffer buffer(kMaxReplyLine);
  buffer.append(reply.wire());
  ReplyReader reader;
  auto status = ReplyReader::Status::kMore;
  while (auto line = buffer.next()) status = reader.add(*line);
  require(status == ReplyReader::Status::kComplete && reader.take().code == reply.code);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  LineBuffer buffer(kMaxReplyLine);
  buffer.append(bytes);
  ReplyReader reader;
  while (auto line = buffer.next()) {
    const auto status = reader.add(*line);
    if (status == ReplyReader::Status::kMore) continue;
    if (status == ReplyReader::Status::kComplete) inspect(reader.take());
    reader = {};
  }
  const Reply configured = parse_reply_text(bytes);
  require(configured.code >= 200 && configured.code <= 599);
  require(configured.wire().ends_with("\r\n"));
  return 0;
}
