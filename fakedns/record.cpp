#include "fakedns/record.hpp"

#include <fmt/format.h>
#include <sstream>
#include <vector>

#include "relay/dns/ldns.hpp"
#include "relay/dns/name.hpp"

namespace mxlab::fakedns {
namespace {

// Absolute, with the final dot, as zone files want it.
std::string absolute(const std::string& text, const std::string& origin) {
  if (text.ends_with('.')) return text;
  if (text == "@") return origin == "." ? origin : origin + ".";
  if (text.find('.') != std::string::npos) return text + ".";
  return origin == "." ? text + "." : text + "." + origin + ".";
}

// The types whose data holds names have no quoted strings, so words are words. Their names stand in
// the fields that every record has; the maximum is without bound for types such as TXT.
std::string with_absolute_names(const std::string& text, const ldns_rr_descriptor& type,
                                const std::string& origin) {
  std::istringstream input(text);
  std::string result, word;
  input >> result;
  const std::size_t fields = ldns_rr_descriptor_minimum(&type);
  for (std::size_t i = 0; input >> word; ++i) {
    bool is_name = i < fields && ldns_rr_descriptor_field_type(&type, i) == LDNS_RDF_TYPE_DNAME;
    result += " " + (is_name ? absolute(word, origin) : word);
  }
  return result;
}

bool holds_names(const ldns_rr_descriptor& type) {
  for (std::size_t i = 0; i < ldns_rr_descriptor_minimum(&type); ++i)
    if (ldns_rr_descriptor_field_type(&type, i) == LDNS_RDF_TYPE_DNAME) return true;
  return false;
}

// RFC 6895 3.1: 0, OPT (RFC 6891) and 128 to 255 are never data.
bool is_data(std::uint16_t type) {
  return type != 0 && type != LDNS_RR_TYPE_OPT && (type < 128 || type > 255);
}

std::string first_word(const std::string& text) {
  std::string word;
  std::istringstream(text) >> word;
  return word;
}

}  // namespace

Record make_record(std::shared_ptr<const ldns_struct_rr> rr) {
  Record record{.owner = dns::text_of(*ldns_rr_owner(rr.get())),
                .type = static_cast<std::uint16_t>(ldns_rr_get_type(rr.get())),
                .ttl = ldns_rr_ttl(rr.get()),
                .target = {},
                .covered = 0,
                .rr = rr};
  if (ldns_rr_get_class(rr.get()) != LDNS_RR_CLASS_IN)
    throw ZoneError("the record at " + record.owner + " is not of class IN");
  if (!is_data(record.type))
    throw ZoneError(type_name(record.type) + " is not a type that a zone can hold");
  if (record.type == kCname || record.type == kNs)
    record.target = dns::text_of(*ldns_rr_rdf(rr.get(), 0));
  if (record.type == kRrsig)
    record.covered =
        static_cast<std::uint16_t>(ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr.get())));
  return record;
}

Record parse_record(const std::string& owner, const std::string& text, std::uint32_t ttl,
                    const std::string& origin) {
  const auto type = type_of_text(text);
  if (type == 0) throw ZoneError(fmt::format("\"{}\" is not a record type", first_word(text)));
  const auto& descriptor = *ldns_rr_descript(type);
  const auto line =
      fmt::format("{} {} IN {}", owner == "." ? owner : owner + ".", ttl,
                  holds_names(descriptor) ? with_absolute_names(text, descriptor, origin) : text);
  ldns_rr* rr = nullptr;
  auto status = ldns_rr_new_frm_str(&rr, line.c_str(), ttl, nullptr, nullptr);
  if (status != LDNS_STATUS_OK)
    throw ZoneError(
        fmt::format("\"{}\" is not a record: {}", text, ldns_get_errorstr_by_id(status)));
  return make_record({rr, ldns_rr_free});
}

std::string parse_name(const std::string& text, const std::string& origin) {
  asio::error_code not_an_address;
  auto address = asio::ip::make_address(text, not_an_address);
  if (!not_an_address) return dns::reverse_name(address);
  auto name = text.empty() ? std::nullopt : dns::canonical_name(absolute(text, origin));
  if (!name) throw ZoneError(fmt::format("\"{}\" is not a domain name", text));
  return *name;
}

std::uint16_t type_of_text(const std::string& text) { return type_number(first_word(text)); }

std::string type_name(std::uint16_t type) {
  dns::TextPtr text(ldns_rr_type2str(static_cast<ldns_rr_type>(type)));
  return text ? text.get() : fmt::format("TYPE{}", type);
}

std::uint16_t type_number(const std::string& name) {
  if (name.find('\0') != std::string::npos) return 0;
  return static_cast<std::uint16_t>(ldns_get_rr_type_by_name(name.c_str()));
}

}  // namespace mxlab::fakedns
