// Exim: its main log, which it writes into a FIFO, and exim -bp.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>

#include "sim/live/mta_book.hpp"

namespace mxlab::sim::live {
namespace {

// The accounts of scripts/fetch-mtas.
constexpr unsigned kExim = 904, kSomeone = 1000;
constexpr const char* kProgram = "/usr/sbin/exim4";
constexpr const char* kLogs = "/var/log/exim4";
constexpr const char* kCertificate = "/etc/exim4/tls.pem";

constexpr const char* kMain = R"(acl_smtp_rcpt = recipient
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
log_selector = +smtp_connection +received_recipients +smtp_confirmation +pid
daemon_smtp_ports = 25
exim_user = Debian-exim
exim_group = Debian-exim
keep_environment =
)";

constexpr const char* kRest = R"(begin acl
recipient:
  accept domains = +ours
         verify = recipient
  deny domains = +ours
       message = no such mailbox
  deny message = relay not permitted
begin routers
)";

constexpr const char* kBackupRouter = R"(backup:
  driver = dnslookup
  domains = +ours
  transport = remote
  no_more
)";

constexpr const char* kMailboxRouters = R"(mailbox:
  driver = accept
  domains = +ours
{}  transport = maildir
refuse:
  driver = redirect
  domains = +ours
  data = :fail: no such mailbox
  allow_fail
)";

constexpr const char* kTransports = R"(mx:
  driver = dnslookup
  domains = ! +ours
  transport = remote
begin transports
remote:
  driver = smtp
maildir:
  driver = appendfile
  directory = /var/mail/in
  maildir_format
  return_path_add
  envelope_to_add
  user = someone
begin retry
)";

std::int64_t arrival_of(const std::string& id) {
  constexpr std::string_view kDigits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::int64_t seconds = 0;
  for (char c : id.substr(0, 6))
    seconds = seconds * 62 + static_cast<std::int64_t>(std::min(kDigits.find(c), kDigits.size()));
  return seconds;
}

/// "1xVIBI-00000W-18": six, six and two, later Exims have more.
bool is_message(std::string_view word) {
  return word.size() >= 16 && word[6] == '-' && word.find('-', 7) != word.npos;
}

class Exim final : public Mta {
 public:
  explicit Exim(MtaHost host) : host_(std::move(host)) {}

  std::vector<MtaFile> files() const override {
    using Type = MtaFile::Type;
    std::vector<MtaFile> all{
        {"/etc/exim4/exim4.conf", config()},
        {kMaildir, {}, 0755, kSomeone, kSomeone, Type::kDirectory},
        {"/var/spool/exim4", {}, 0750, kExim, kExim, Type::kDirectory},
        {kLogs, {}, 0750, kExim, kExim, Type::kDirectory},
        {log(), {}, 0640, kExim, kExim, Type::kFifo},
    };
    if (host_.certificate)
      all.push_back(
          {kCertificate, host_.certificate->key + host_.certificate->chain, 0640, 0, kExim});
    return all;
  }

  Words start() const override {
    const auto every = std::chrono::ceil<std::chrono::seconds>(host_.retry).count();
    return {kProgram, "-bdf", every > 0 ? fmt::format("-q{}s", every) : "-q30m"};
  }
  Words submit(const Letter& letter) const override {
    Words words{kProgram, "-i", "-f", letter.sender.empty() ? "<>" : letter.sender};
    words.insert(words.end(), letter.recipients.begin(), letter.recipients.end());
    return words;
  }
  Words schedule() const override { return {kProgram, "-qff"}; }
  /// Only the daemon accepts; sessions are processes of their own, and go on.
  Pausing pausing(const std::string& part, bool) const override {
    if (part == "smtp") return {{}, true, {}, {}};
    return {{}, false, {}, "Exim cannot pause its deliveries."};
  }
  Words queue() const override { return {kProgram, "-bp"}; }
  std::string_view mailbox_header() const override { return "Envelope-to"; }
  std::string log() const override { return std::string(kLogs) + "/mainlog"; }

  /// " 0m   296 1xVIBI-00000W-18 <a@websteading.net> *** frozen ***", then a recipient a line,
  /// "D" before those that have it.
  std::vector<control::QueueRow> rows(const std::string& printed) const override {
    std::vector<control::QueueRow> rows;
    std::istringstream lines(printed);
    control::QueueRow row;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream parts(line);
      std::string first, size, id, sender;
      parts >> first >> size >> id >> sender;
      if (is_message(id))
        row = message_row(id, bare(sender), line.find("*** frozen ***") != line.npos);
      else if (!first.empty() && first != "D")
        rows.push_back(recipient_row(row, first));
    }
    return rows;
  }

  void begin(const std::vector<control::QueueRow>& rows, const Told& told) override {
    book_.begin(rows, told);
  }

  /// "2026-11-23 00:45:16 [32] 1xVIBI-00000W-18 <= a@websteading.net U=root P=local S=296 for …"
  void read(std::string_view line, const Told& told) override {
    const auto text = between(line, "] ", "");
    const std::string id(text.substr(0, text.find(' ')));
    if (is_message(id)) return read_message(id, between(text, " ", ""), told);
    if (text.starts_with("SMTP connection from "))
      return text.find("(TCP/IP connection count") != text.npos ? book_.connected(told)
                                                                : book_.disconnected(told);
    if (text.starts_with("SMTP command timeout ") || text.starts_with("SMTP data timeout "))
      book_.disconnected(told);
  }
  bool serves(std::string_view line) const override {
    return line.find("daemon started: pid=") != line.npos;
  }

 private:
  std::string config() const {
    std::string text = fmt::format("primary_hostname = {}\ndomainlist ours = {}\n", host_.name,
                                   fmt::join(host_.domains, " : "));
    std::vector<std::string> addresses;
    for (const Address& address : host_.addresses) addresses.push_back(address.to_string());
    // A list whose separator is no colon, because of IPv6.
    text += fmt::format("local_interfaces = <; {}\n", fmt::join(addresses, " ; "));
    text += host_.certificate
                ? fmt::format("tls_certificate = {0}\ntls_privatekey = {0}\n", kCertificate)
                : "tls_advertise_hosts =\n";
    const auto retry = std::chrono::ceil<std::chrono::seconds>(host_.retry).count();
    return text + kMain + host_.extra + kRest +
           (host_.role == scenario::Role::kRelay ? kBackupRouter : mailbox_routers()) +
           kTransports +
           (retry > 0 ? fmt::format("* * F,4d,{}s\n", retry)
                      : "* * F,2h,15m; G,16h,1h,1.5; F,4d,6h\n");
  }
  std::string mailbox_routers() const {
    std::string known;
    if (!host_.mailboxes.empty())
      known = fmt::format("  condition = ${{if inlisti{{$local_part@$domain}}{{{}}}}}\n",
                          fmt::join(host_.mailboxes, " : "));
    return fmt::format(kMailboxRouters, known);
  }

  static control::QueueRow message_row(const std::string& id, const std::string& sender,
                                       bool frozen) {
    control::QueueRow row;
    row.envelope_id = id;
    row.source = "inet4";  // it does not say
    row.kind = "mta";
    row.sender = sender;
    row.creation = arrival_of(id);
    row.state = "pending";
    row.flags = frozen ? "hold" : "";
    return row;
  }
  control::QueueRow recipient_row(control::QueueRow row, const std::string& recipient) const {
    row.envelope_id = MtaBook::envelope(row.envelope_id, recipient);
    row.recipient = row.destination = recipient;
    row.retry = book_.tries(row.envelope_id);
    row.error = book_.error(row.envelope_id);
    return row;
  }

  void read_message(const std::string& id, std::string_view text, const Told& told) {
    if (text.starts_with("Completed")) return book_.gone(id, told);
    if (text.starts_with("<= ")) return read_arrival(id, text, told);
    const auto mark = text.substr(0, 3);
    const std::string to = recipient_of(text.substr(std::min<std::size_t>(3, text.size())));
    if (mark == "=> " || mark == "-> ") {
      book_.attempt(id, to, {MtaOutcome::Kind::kOk, confirmation(text)}, told);
    } else if (mark == "== ") {
      if (text.find("retry time not reached") == text.npos)
        book_.attempt(id, to, {MtaOutcome::Kind::kTemporary, reason(text, " defer ")}, told);
    } else if (mark == "** ") {
      const bool expired = text.find("retry timeout exceeded") != text.npos;
      const auto kind = expired ? MtaOutcome::Kind::kExpired : MtaOutcome::Kind::kPermanent;
      book_.attempt(id, to, {kind, reason(text, " ** ")}, told);
    }
  }

  /// "<= <> R=1xVIBI-00000e-1J U=Debian-exim P=local S=1545 for a@websteading.net"
  void read_arrival(const std::string& id, std::string_view text, const Told& told) {
    const std::string sender = bare(between(text, "<= ", " "));
    std::vector<std::string> recipients;
    std::istringstream words{std::string(text.substr(text.rfind(" for ") + 5))};
    for (std::string word; words >> word;) recipients.push_back(word);
    if (sender.empty() && text.find(" R=") != text.npos) book_.bounced(told);
    book_.accepted(id, sender, static_cast<std::uint32_t>(recipients.size()), told);
    for (const std::string& recipient : recipients) book_.name(id, recipient, told);
  }

  /// "someone <other@example.org> R=…": the address in brackets is the one that was asked for.
  static std::string recipient_of(std::string_view text) {
    const auto first = text.substr(0, text.find_first_of(" :"));
    const auto rest = text.substr(first.size());
    if (rest.starts_with(" <")) return bare(rest.substr(1, rest.find('>')));
    return std::string(first);
  }
  static std::string confirmation(std::string_view text) {
    const auto quoted = between(text, " C=\"", "\"");
    return quoted.empty() ? "Delivered" : std::string(quoted);
  }
  /// What stands behind the fields with an equals sign.
  static std::string reason(std::string_view text, std::string_view mark) {
    const auto from = text.find(mark);
    const auto rest = from == text.npos ? text : text.substr(from + mark.size());
    const auto colon = rest.find(": ");
    return std::string(colon == rest.npos ? rest : rest.substr(colon + 2));
  }

  MtaHost host_;
  MtaBook book_;
};

}  // namespace

std::unique_ptr<Mta> make_exim(MtaHost host) { return std::make_unique<Exim>(std::move(host)); }

}  // namespace mxlab::sim::live
