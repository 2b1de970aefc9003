// Whatever a client sends: lines, commands, addresses, bodies. What is accepted must be safe to
// repeat, and how the bytes were cut must not matter.
#include <cstdlib>

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"
#include "relay/smtp/body.hpp"
#include "relay/smtp/command.hpp"
#include "relay/smtp/lines.hpp"

namespace {

using namespace mxlab::smtp;

void require(bool promise) {
  if (!promise) std::abort();
}

void command(const std::string& line) {
  const Command parsed = parse_command(line);
  auto mail = parse_mail(parsed.argument);
  if (auto* found = std::get_if<MailArguments>(&mail))
    require(found->sender.empty() || !check_mailbox(found->sender));
  else
    require(std::get<Reply>(mail).permanent());
  auto rcpt = parse_rcpt(parsed.argument);
  if (auto* recipient = std::get_if<std::string>(&rcpt)) {
    require(printable(*recipient) == *recipient && recipient->size() <= kMaxPath);
    require(is_bare_postmaster(*recipient) || !check_mailbox(*recipient));
  }
}

std::string all_lines(std::string_view bytes, std::size_t cut) {
  LineBuffer buffer(64);
  std::string seen;
  for (std::string_view piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
    buffer.append(piece);
    while (auto line = buffer.next()) {
      seen += std::to_string(static_cast<int>(line->flaw)) + line->text + "\n";
      if (line->flaw == LineFlaw::kNone) command(line->text);
    }
  }
  return seen;
}

std::string whole_body(std::string_view bytes, std::size_t cut) {
  BodyDecoder decoder;
  std::string body;
  std::size_t taken = decoder.decode(bytes.substr(0, cut), body);
  if (!decoder.done()) taken += decoder.decode(bytes.substr(cut), body);
  if (decoder.done()) {
    std::string_view end = bytes.substr(0, taken);
    require(end == ".\r\n" || end.ends_with("\r\n.\r\n"));
  }
  return body + std::to_string(taken) + (decoder.done() ? "done" : "open");
}

/// Encoded and decoded again, a body is itself with proper line ends.
void round_trip(std::string_view bytes, std::size_t cut) {
  BodyEncoder encoder;
  std::string wire = encoder.encode(bytes.substr(0, cut));
  wire += encoder.encode(bytes.substr(cut));
  wire += encoder.finish();
  BodyDecoder decoder;
  std::string body;
  require(decoder.decode(wire, body) == wire.size() && decoder.done());
  require(decoder.flaw() != BodyFlaw::kBareLineEnd);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = size == 0 ? 0 : data[0] % size;
  require(all_lines(bytes, cut) == all_lines(bytes, 0));
  require(whole_body(bytes, cut) == whole_body(bytes, 0));
  round_trip(bytes, cut);
  command(std::string(bytes));
  return 0;
}
