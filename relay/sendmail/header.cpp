#include "relay/sendmail/header.hpp"

#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "relay/sendmail/addresses.hpp"
#include "relay/smtp/ascii.hpp"

namespace mxlab::sendmail {
namespace {

bool has(const std::vector<Field>& header, std::string_view name) {
  return std::any_of(header.begin(), header.end(), [&](const Field& f) { return f.is(name); });
}

void add_addresses(const std::vector<Field>& header, std::string_view name,
                   std::vector<std::string>& found) {
  for (const Field& field : header) {
    if (!field.is(name)) continue;
    for (std::string& address : read_addresses(field.value())) found.push_back(std::move(address));
  }
}

bool is_8bit(char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }
bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// RFC 2047 4.2: words of at most 75 letters, none of which splits a character.
std::string encoded_words(const std::string& text) {
  constexpr std::string_view kBegin = "=?utf-8?q?", kEnd = "?=";
  constexpr std::size_t kRoom = 75 - kBegin.size() - kEnd.size();
  constexpr std::size_t kLongestCharacter = 12;  // four bytes, three letters each
  std::string words(kBegin);
  std::size_t length = 0;
  for (char c : text) {
    if (length + kLongestCharacter > kRoom && !is_inside_character(c)) {
      words.append(kEnd).append(" ").append(kBegin);
      length = 0;
    }
    const std::string letter = smtp::is_alpha(c) || smtp::is_digit(c)
                                   ? std::string(1, c)
                                   : fmt::format("={:02X}", static_cast<unsigned char>(c));
    words += letter;
    length += letter.size();
  }
  return words.append(kEnd);
}

/// A name as a header may hold it (RFC 5322 3.2.5).
std::string phrase(std::string name) {
  std::erase_if(name, [](char c) { return !is_8bit(c) && !smtp::is_printable(c); });
  if (std::any_of(name.begin(), name.end(), is_8bit)) return encoded_words(name);
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return smtp::is_alpha(c) || smtp::is_digit(c) || c == ' ' || c == '-';
  });
  if (plain) return name;
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string from_field(const Writer& writer) {
  const std::string address =
      writer.sender.empty() ? "MAILER-DAEMON@" + writer.host : writer.sender;
  if (writer.full_name.empty()) return fmt::format("From: {}\n", address);
  return fmt::format("From: {} <{}>\n", phrase(writer.full_name), address);
}

std::string date_field(world::TimePoint now) {
  return fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} +0000\n",
                     fmt::gmtime(static_cast<std::time_t>(world::epoch_seconds(now))));
}

}  // namespace

std::vector<std::string> recipients_in(const std::vector<Field>& header) {
  std::vector<std::string> found;
  for (const char* name : {"Resent-To", "Resent-Cc", "Resent-Bcc"})
    add_addresses(header, name, found);
  if (!found.empty()) return found;
  for (const char* name : {"To", "Cc", "Bcc"}) add_addresses(header, name, found);
  return found;
}

std::string complete_header(const std::vector<Field>& header, const Writer& writer) {
  std::string text;
  if (!has(header, "From")) text += from_field(writer);
  if (!has(header, "Date")) text += date_field(writer.now);
  if (!has(header, "Message-ID"))
    text += fmt::format("Message-ID: <{}.{:016x}@{}>\n", world::epoch_seconds(writer.now),
                        writer.random, writer.host);
  for (const Field& field : header)
    if (!field.is("Bcc") && !field.is("Resent-Bcc") && !field.is("Return-Path")) text += field.text;
  return text + "\n";
}

}  // namespace mxlab::sendmail
