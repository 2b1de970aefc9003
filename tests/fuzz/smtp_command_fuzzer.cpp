// Whatever a client sends: lines, commands, addresses, parameters, log-ins, PROXY headers, bodies.
// What is accepted must be safe to repeat, and how the bytes were cut must not matter.
#include <cstdlib>

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"
#include "relay/smtp/body.hpp"
#include "relay/smtp/command.hpp"
#include "relay/smtp/lines.hpp"
#include "relay/smtp/proxy_header.hpp"
#include "relay/smtp/sasl.hpp"
#include "relay/smtp/server_checks.hpp"
#include "relay/smtp/utf8.hpp"

namespace {

using namespace mxlab::smtp;

void require(bool promise) {
  if (!promise) std::abort();
}

/// Nothing in it ends a line, a word or a path.
bool is_one_word(std::string_view text) {
  return is_clean_utf8(text) &&
         text.find_first_of(std::string_view("\0\r\n\t ", 5)) == std::string_view::npos;
}

void mailbox(const std::string& address) {
  require(address.size() <= kMaxPath && !check_mailbox(address, Charset::kUtf8));
  require(is_clean_utf8(address) && address.find_first_of("\r\n") == std::string::npos);
  if (is_ascii(address)) require(!check_mailbox(address) && printable(address) == address);
}

void command(const std::string& line) {
  const Command parsed = parse_command(line);
  auto mail = parse_mail(parsed.argument);
  if (auto* found = std::get_if<MailArguments>(&mail)) {
    if (!found->sender.empty()) mailbox(found->sender);
    require(found->utf8 || is_ascii(found->sender));
    require(found->envid.size() <= kMaxEnvelopeId && is_one_word(found->envid + found->ret));
  } else {
    require(std::get<Reply>(mail).permanent());
  }
  auto rcpt = parse_rcpt(parsed.argument);
  if (auto* found = std::get_if<Recipient>(&rcpt)) {
    if (!is_bare_postmaster(found->address)) mailbox(found->address);
    require(found->orcpt.size() <= kMaxOriginalRecipient);
    require(is_one_word(found->notify + found->orcpt) && is_ascii(found->notify));
  }
  if (const auto chunk = parse_bdat(parsed.argument))
    require(parsed.argument.starts_with('0') || chunk->size > 0);
  auto step = read_step(line);
  if (auto* refusal = std::get_if<Refusal>(&step))
    require(refusal->reply.permanent() && refusal->reply.wire().ends_with("\r\n"));
}

void log_in(std::string_view text) {
  if (const auto bytes = decode_base64(text)) {
    require(encode_base64(*bytes) == text);
    if (const auto login = read_plain(*bytes))
      require(!login->user.empty() && !login->password.empty() &&
              login->password.find('\0') == std::string::npos);
  }
  require(decode_base64(encode_base64(text)) == text);
}

void proxy(std::string_view bytes) {
  const auto length = proxy_length(bytes.substr(0, kProxyPreamble));
  if (length) require(kProxyPreamble + *length <= kMaxProxyHeader);
  if (parse_proxy_header(bytes)) require(length && bytes.size() == kProxyPreamble + *length);
}

/// What is said of a text that comes in chunks, and where its header ends.
std::string chunks(std::string_view bytes, std::size_t cut) {
  TextChecker checker;
  HeaderMeter meter;
  for (std::string_view piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
    checker.feed(piece);
    meter.feed(piece);
  }
  checker.finish();
  require(meter.bytes() <= bytes.size());
  return std::to_string(static_cast<int>(checker.flaw())) + " " + std::to_string(meter.bytes()) +
         " " + std::to_string(meter.lines());
}

/// A chunked text without a flaw leaves as it is, and ends where it ends.
void relay_chunks(std::string_view bytes) {
  TextChecker checker;
  checker.feed(bytes);
  checker.finish();
  if (checker.flaw() != BodyFlaw::kNone) return;
  BodyEncoder encoder;
  const std::string wire = encoder.encode(bytes) + encoder.finish();
  BodyDecoder decoder;
  std::string body;
  require(decoder.decode(wire, body) == wire.size() && decoder.done());
  require(decoder.flaw() == BodyFlaw::kNone);
  require(body == bytes || body == std::string(bytes) + "\r\n");
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
  require(chunks(bytes, cut) == chunks(bytes, 0));
  round_trip(bytes, cut);
  relay_chunks(bytes);
  log_in(bytes);
  proxy(bytes);
  command(std::string(bytes));
  return 0;
}
