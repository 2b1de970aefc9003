// OpenSMTPD: its own counters, told one by one (smtpd -T stat), and its log.
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <sstream>

#include "sim/live/mta_book.hpp"

namespace mxlab::sim::live {
namespace {

using world::FactKind;

constexpr const char* kConfig = "/etc/smtpd.conf";
constexpr unsigned kSomeone = 1000;

std::string quoted_list(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back('"' + word + '"');
  return "{ " + fmt::format("{}", fmt::join(quoted, ", ")) + " }";
}

template <class Number>
Number number(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

control::QueueRow row_of(const std::vector<std::string>& f) {
  control::QueueRow row;
  row.envelope_id = f[0];
  row.source = f[1];
  row.kind = f[2];
  row.flags = f[3];
  row.sender = f[4] == "@" ? "" : f[4];
  row.recipient = f[5];
  row.destination = f[6];
  row.creation = number<std::int64_t>(f[7]);
  row.expiration = number<std::int64_t>(f[8]);
  row.last_try = number<std::int64_t>(f[9]);
  row.retry = number<std::uint32_t>(f[10]);
  row.state = f[11];
  if (!f[12].empty()) row.seconds = number<std::int64_t>(f[12]);
  row.error = f[13];
  return row;
}

class Opensmtpd final : public Mta {
 public:
  explicit Opensmtpd(MtaHost host) : host_(std::move(host)) {}

  std::vector<MtaFile> files() const override {
    std::vector<MtaFile> all{
        {kMaildir, {}, 0755, kSomeone, kSomeone, MtaFile::Type::kDirectory},
        {"/var/spool/smtpd", {}, 0711, 0, 0, MtaFile::Type::kDirectory},
        {"/etc/mailname", host_.name + "\n"},
        {kConfig, (host_.config.empty() ? generated() : host_.config) + host_.extra},
    };
    for (const auto& [path, text] : host_.files) all.push_back({path, text});
    if (host_.certificate) {
      all.push_back({cert_path(), host_.certificate->chain});
      all.push_back({key_path(), host_.certificate->key, 0600});
    }
    return all;
  }

  Words start() const override {
    return {"/usr/sbin/smtpd", "-d", "-v", "-f", kConfig, "-T", "stat"};
  }
  Words submit(const Letter& letter) const override {
    Words words{"/usr/sbin/sendmail", "-f", letter.sender.empty() ? "<>" : letter.sender};
    words.insert(words.end(), letter.recipients.begin(), letter.recipients.end());
    return words;
  }
  Words schedule() const override { return {"/usr/sbin/smtpctl", "schedule", "all"}; }
  Pausing pausing(const std::string& part, bool paused) const override {
    return {{"/usr/sbin/smtpctl", paused ? "pause" : "resume", part}, false, {}, {}};
  }
  Words queue() const override { return {"/usr/sbin/smtpctl", "show", "queue"}; }
  std::string_view mailbox_header() const override { return "Delivered-To"; }

  std::vector<control::QueueRow> rows(const std::string& printed) const override {
    constexpr std::size_t kFields = 14;
    std::vector<control::QueueRow> rows;
    std::istringstream lines(printed);
    for (std::string line; std::getline(lines, line);) {
      std::vector<std::string> fields;
      std::istringstream parts(line);
      for (std::string part; fields.size() + 1 < kFields && std::getline(parts, part, '|');)
        fields.push_back(part);
      std::string error;
      std::getline(parts, error);  // the last field may have bars in it
      fields.push_back(error);
      if (fields.size() == kFields) rows.push_back(row_of(fields));
    }
    return rows;
  }

  /// It tells by itself what it finds in its spool.
  void begin(const std::vector<control::QueueRow>&, const Told&) override {}

  void read(std::string_view line, const Told& told) override {
    if (line.starts_with("ramstat: ")) return read_counter(line.substr(9), told);
    if (line.find(" smtp envelope evpid=") != line.npos) return read_envelope(line, told);
    if (const auto id = between(line, "debug: mta: received evp:", " "); !id.empty())
      return tell(id, "attempt", told);
    if (line.starts_with("debug: mda: new session "))
      return tell(between(line, "evpid ", ""), "attempt", told);
    if (line.find(" delivery evpid=") != line.npos) return read_delivery(line, told);
    if (const auto id = between(line, ": Expire for ", ":"); !id.empty())
      tell(id, "Expired Envelope expired", told);
  }
  bool is_detail(std::string_view line) const override {
    return line.starts_with("ramstat: ") || line.starts_with("debug: ") ||
           line.starts_with("setup_");
  }
  bool serves(std::string_view line) const override {
    return line.find("offline scanning done") != line.npos;
  }

 private:
  std::string cert_path() const { return "/etc/ssl/" + host_.name + ".fullchain.pem"; }
  std::string key_path() const { return "/etc/ssl/private/" + host_.name + ".key"; }

  std::string generated() const {
    std::string text, tls;
    if (host_.certificate) {
      tls = " tls pki " + host_.name;
      text += fmt::format("pki {0} cert \"{1}\"\npki {0} key \"{2}\"\n", host_.name, cert_path(),
                          key_path());
    }
    text += "listen on socket\n";
    for (const Address& address : host_.addresses)
      text += fmt::format("listen on {}{}\n", address.to_string(), tls);
    text += "action \"out\" relay\n";
    text += host_.role == scenario::Role::kRelay ? backup() : mailboxes();
    return text + "match from local for any action \"out\"\n";
  }
  std::string backup() const {
    return fmt::format(
        "action \"backup\" relay backup\nmatch from any for domain {} action \"backup\"\n",
        quoted_list(host_.domains));
  }
  std::string mailboxes() const {
    const bool all = host_.mailboxes.empty();
    return fmt::format(
        "action \"in\" maildir \"{}\" virtual {{ \"@\" = someone }}\n"
        "match from any for {} {} action \"in\"\n",
        kMaildir, all ? "domain" : "rcpt-to", quoted_list(all ? host_.domains : host_.mailboxes));
  }

  /// "smtp.session (0x55de4d053951): 0 -> 1"
  static void read_counter(std::string_view line, const Told& told) {
    const std::size_t end = line.find(" (0x");
    const auto values = between(line, "): ", "");
    const std::size_t arrow = values.find(" -> ");
    if (end == line.npos || arrow == values.npos) return;
    const auto change = number<std::int64_t>(values.substr(arrow + 4)) -
                        number<std::int64_t>(values.substr(0, arrow));
    told({FactKind::kStat, line.substr(0, end), {}, change});
  }

  void read_envelope(std::string_view line, const Told& told) {
    const std::string id(between(line, "evpid=", " "));
    const bool report = between(line, "from=<", ">").empty();
    const std::string to(between(line, " to=<", ">"));
    told({FactKind::kQueue, id, (report ? "report to " : "accepted for ") + to});
    known_.insert(id);
    for (auto [at, end] = early_.equal_range(id); at != end; ++at)
      told({FactKind::kQueue, id, at->second});
    early_.erase(id);
  }

  void read_delivery(std::string_view line, const Told& told) {
    auto value = [&](std::string_view key) {
      const auto rest = between(line, key, "");
      return std::string(rest.starts_with('"') ? rest.substr(1, rest.rfind('"') - 1) : rest);
    };
    const std::string result = value("result=");
    const std::string word = result.substr(0, result.find_first_of("\" "));
    tell(between(line, "evpid=", " "), word + " " + value("stat="), told);
  }

  /// Its processes write to one log side by side: an envelope's first attempt can come before it.
  void tell(std::string_view envelope, const std::string& what, const Told& told) {
    const std::string id(envelope.substr(0, 16));
    if (known_.contains(id))
      told({FactKind::kQueue, id, what});
    else
      early_.emplace(id, what);
  }

  MtaHost host_;
  std::set<std::string> known_;
  std::multimap<std::string, std::string> early_;
};

}  // namespace

std::unique_ptr<Mta> make_opensmtpd(MtaHost host) {
  return std::make_unique<Opensmtpd>(std::move(host));
}

}  // namespace mxlab::sim::live
