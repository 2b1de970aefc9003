// Postfix: its log (maillog_file), and postqueue -j.
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/live/mta_book.hpp"

namespace mxlab::sim::live {
namespace {

// The accounts of scripts/fetch-mtas.
constexpr unsigned kPostfix = 901, kPostdrop = 905, kSomeone = 1000;
constexpr const char* kSpool = "/var/spool/postfix/";
constexpr const char* kCertificate = "/etc/postfix/tls.pem";

// service, type, private, unprivileged, chroot, wakeup, most processes, command
constexpr const char* kMaster = R"(smtp inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
)";

constexpr const char* kMain = R"(compatibility_level = 3.6
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = all
inet_protocols = all
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = /dev/stdout
)";

class Postfix final : public Mta {
 public:
  explicit Postfix(MtaHost host) : host_(std::move(host)) {}

  std::vector<MtaFile> files() const override {
    std::vector<MtaFile> all{
        {"/etc/postfix/main.cf", main()},
        {"/etc/postfix/master.cf", kMaster},
        {kMaildir, {}, 0755, kSomeone, kSomeone, MtaFile::Type::kDirectory},
        {"/var/lib/postfix", {}, 0755, kPostfix, kPostfix, MtaFile::Type::kDirectory},
        {std::string(kSpool) + "pid", {}, 0755, 0, 0, MtaFile::Type::kDirectory},
    };
    for (const char* name : {"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
                             "incoming", "private", "saved", "trace"})
      all.push_back({std::string(kSpool) + name, {}, 0700, kPostfix, 0, MtaFile::Type::kDirectory});
    for (const auto& [name, mode] : {std::pair("maildrop", 01730u), std::pair("public", 02710u)})
      all.push_back(
          {std::string(kSpool) + name, {}, mode, kPostfix, kPostdrop, MtaFile::Type::kDirectory});
    if (host_.certificate)
      all.push_back({kCertificate, host_.certificate->key + host_.certificate->chain, 0600});
    return all;
  }

  // -s: standard output stays open, for the log.
  Words start() const override { return {"/usr/lib/postfix/sbin/master", "-s"}; }
  Words submit(const Letter& letter) const override {
    Words words{"/usr/sbin/sendmail", "-i", "-f", letter.sender};
    words.insert(words.end(), letter.recipients.begin(), letter.recipients.end());
    return words;
  }
  Words schedule() const override { return {"/usr/sbin/postqueue", "-f"}; }
  /// Who accepts is whichever smtpd is idle, and the master where there is none.
  Pausing pausing(const std::string& part, bool) const override {
    if (part == "smtp") return {{}, true, {"smtpd"}, {}};
    return {{}, false, {}, "Postfix cannot pause its deliveries without deferring them all."};
  }
  Words queue() const override { return {"/usr/sbin/postqueue", "-j"}; }
  std::string_view mailbox_header() const override { return "Delivered-To"; }

  std::vector<control::QueueRow> rows(const std::string& printed) const override {
    std::vector<control::QueueRow> rows;
    std::istringstream lines(printed);
    for (std::string line; std::getline(lines, line);) {
      const auto message = nlohmann::json::parse(line, nullptr, false);
      if (message.is_discarded()) continue;
      for (const auto& recipient : message.at("recipients"))
        rows.push_back(row_of(message, recipient));
    }
    return rows;
  }

  void begin(const std::vector<control::QueueRow>& rows, const Told& told) override {
    book_.begin(rows, told);
  }

  /// "Nov 23 00:45:17 mail postfix/smtp[85]: D1DDC5C: to=<x@example.net>, relay=none, …"
  void read(std::string_view line, const Told& told) override {
    const auto who = between(line, " postfix/", "[");
    const auto text = between(line, "]: ", "");
    if (who == "smtpd" && text.starts_with("connect from ")) return book_.connected(told);
    if (who == "smtpd" && text.starts_with("disconnect from ")) return book_.disconnected(told);
    const std::string id(text.substr(0, text.find(": ")));
    const auto rest = between(text, ": ", "");
    if (rest.starts_with("to=<")) return read_attempt(id, rest, told);
    if (who == "bounce" && rest.starts_with("sender non-delivery notification"))
      return book_.bounced(told);
    if (who == "qmgr" || who == "postsuper") read_queue(id, rest, told);
  }
  bool serves(std::string_view line) const override {
    return line.find("daemon started -- version") != line.npos;
  }

 private:
  std::string main() const {
    std::string text = kMain + fmt::format("myhostname = {}\n", host_.name);
    if (host_.certificate)
      text += fmt::format(
          "smtpd_tls_chain_files = {}\nsmtpd_tls_security_level = may\n"
          "smtp_tls_security_level = may\n",
          kCertificate);
    if (host_.retry > world::Duration{}) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(host_.retry).count();
      text += fmt::format(
          "minimal_backoff_time = {0}s\nmaximal_backoff_time = {0}s\nqueue_run_delay = {1}s\n",
          seconds, std::max<std::int64_t>(1, seconds / 2));
    }
    text += host_.role == scenario::Role::kRelay
                ? fmt::format("relay_domains = {}\n", fmt::join(host_.domains, ", "))
                : mailboxes();
    return text + host_.extra;
  }
  std::string mailboxes() const {
    std::string boxes = "static:in/";
    if (!host_.mailboxes.empty()) {
      std::vector<std::string> each;
      for (const std::string& mailbox : host_.mailboxes) each.push_back("{" + mailbox + " = in/}");
      boxes = "inline:{ " + fmt::format("{}", fmt::join(each, ", ")) + " }";
    }
    return fmt::format(
        "relay_domains =\nvirtual_mailbox_domains = {}\nvirtual_mailbox_base = /var/mail\n"
        "virtual_mailbox_maps = {}\nvirtual_uid_maps = static:{}\nvirtual_gid_maps = static:{}\n"
        "virtual_mailbox_limit = 0\n",
        fmt::join(host_.domains, ", "), boxes, kSomeone, kSomeone);
  }

  control::QueueRow row_of(const nlohmann::json& message, const nlohmann::json& recipient) const {
    const std::string place = message.value("queue_name", "");
    control::QueueRow row;
    row.recipient = row.destination = recipient.value("address", "");
    row.envelope_id = MtaBook::envelope(message.value("queue_id", ""), row.recipient);
    row.source = "inet4";  // it does not say
    row.kind = "mta";
    row.flags = place == "hold" ? "hold" : "";
    row.sender = message.value("sender", "");
    if (row.sender == "MAILER-DAEMON") row.sender.clear();
    row.creation = message.value("arrival_time", std::int64_t{});
    row.retry = book_.tries(row.envelope_id);
    row.state = place == "active" ? "inflight" : "pending";
    row.error = recipient.value("delay_reason", "");
    return row;
  }

  void read_attempt(const std::string& id, std::string_view rest, const Told& told) {
    const std::string to(between(rest, "to=<", ">"));
    const auto status = between(rest, "status=", " ");
    auto text = std::string(between(rest, "status=", "").substr(status.size()));
    if (text.starts_with(" (")) text = text.substr(2, text.size() - 3);
    if (status == "sent") return book_.attempt(id, to, {MtaOutcome::Kind::kOk, text}, told);
    if (status == "deferred")
      return book_.attempt(id, to, {MtaOutcome::Kind::kTemporary, text}, told);
    if (status == "bounced") book_.attempt(id, to, {MtaOutcome::Kind::kPermanent, text}, told);
  }

  void read_queue(const std::string& id, std::string_view rest, const Told& told) {
    if (rest == "removed") return book_.gone(id, told);
    if (rest.find("status=expired") != rest.npos) return expired(id, told);
    const auto count = between(rest, "nrcpt=", " ");
    if (count.empty()) return;
    std::uint32_t recipients = 0;
    std::from_chars(count.data(), count.data() + count.size(), recipients);
    book_.accepted(id, std::string(between(rest, "from=<", ">")), recipients, told);
  }
  /// It names no recipient then: all that are left have expired.
  void expired(const std::string& id, const Told& told) {
    for (const std::string& recipient : book_.recipients(id))
      book_.attempt(id, recipient, {MtaOutcome::Kind::kExpired, "returned to sender"}, told);
  }

  MtaHost host_;
  MtaBook book_;
};

}  // namespace

std::unique_ptr<Mta> make_postfix(MtaHost host) {
  return std::make_unique<Postfix>(std::move(host));
}

}  // namespace mxlab::sim::live
