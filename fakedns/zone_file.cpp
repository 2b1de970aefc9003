// zone_file.cpp - standard zone files (RFC 1035 5), read by ldns one record at a time.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fmt/format.h>
#include <system_error>

#include "fakedns/zone.hpp"
#include "relay/dns/ldns.hpp"
#include "relay/dns/name.hpp"

namespace mxlab::fakedns {
namespace {

constexpr std::size_t kMaxRecords = 1'000'000;

struct Line {
  int number = 0;
  Record record;
};

// What ldns keeps between two records of a file.
class Reader {
 public:
  Reader(const std::string& text, std::string file_name, const std::string& origin)
      : file_(fmemopen(const_cast<char*>(text.data()), text.size(), "r")),
        file_name_(std::move(file_name)),
        origin_(dns::dname_of(origin).release()) {
    if (!file_) throw std::system_error(errno, std::generic_category(), file_name_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    std::fclose(file_);
    ldns_rdf_deep_free(origin_);
    ldns_rdf_deep_free(previous_);
  }

  std::vector<Line> read_all() {
    std::vector<Line> lines;
    while (!std::feof(file_))
      if (auto record = read_one()) {
        lines.push_back({line_, std::move(*record)});
        if (lines.size() > kMaxRecords) fail(line_, "too many records");
      }
    return lines;
  }

  [[noreturn]] void fail(int line, const std::string& sentence) const {
    throw ZoneError(fmt::format("{}:{}: {}", file_name_, line, sentence));
  }

 private:
  std::optional<Record> read_one() {
    ldns_rr* rr = nullptr;
    auto status = ldns_rr_new_frm_fp_l(&rr, file_, &ttl_, &origin_, &previous_, &line_);
    switch (status) {
      case LDNS_STATUS_OK:
        break;
      case LDNS_STATUS_SYNTAX_EMPTY:
      case LDNS_STATUS_SYNTAX_TTL:
      case LDNS_STATUS_SYNTAX_ORIGIN:
        return std::nullopt;  // nothing, $TTL and $ORIGIN: ldns has kept what they say
      case LDNS_STATUS_SYNTAX_INCLUDE:
        fail(line_, "$INCLUDE is not supported");
      default:
        fail(line_, ldns_get_errorstr_by_id(status));
    }
    std::shared_ptr<const ldns_struct_rr> owned(rr, ldns_rr_free);
    try {
      return make_record(owned);
    } catch (const ZoneError& error) {
      fail(line_, error.what());
    }
  }

  std::FILE* file_;
  std::string file_name_;
  ldns_rdf* origin_;
  ldns_rdf* previous_ = nullptr;
  std::uint32_t ttl_ = kDefaultTtl;
  int line_ = 0;
};

}  // namespace

Zone parse_zone_file(const std::string& text, const std::string& file_name,
                     const std::string& origin) {
  if (text.empty()) throw ZoneError(file_name + ":1: the file is empty");
  Reader reader(text, file_name, parse_name(origin, "."));
  auto lines = reader.read_all();
  auto is_soa = [](const Line& line) { return line.record.type == kSoa; };
  auto soa = std::find_if(lines.begin(), lines.end(), is_soa);
  if (soa == lines.end()) reader.fail(1, "the zone has no SOA record");
  if (auto second = std::find_if(soa + 1, lines.end(), is_soa); second != lines.end())
    reader.fail(second->number, "a second SOA record: one file holds one zone");
  Zone zone(soa->record.owner);
  for (auto& [number, record] : lines) try {
      zone.add(std::move(record));
    } catch (const ZoneError& error) {
      reader.fail(number, error.what());
    }
  return zone;
}

}  // namespace mxlab::fakedns
