// page.cpp - the study as a page for who runs a mail server and wonders whether one is enough.
#include <fmt/format.h>

#include "sim/study/files.hpp"

namespace mxlab::study {
namespace {
using namespace std::chrono_literals;
using std::chrono::days;

struct Writer {
  const Question& question;
  const Study& study;
  const Count& at(Down down, std::size_t plan, Duration length) const {
    return study.at(down, plan, length);
  }
};

std::string failed(const Count& count) { return percent_with_band(count.failed(), count.letters); }
std::string part(std::size_t hits, const Count& count) {
  return percent_with_band(hits, count.letters);
}
std::string short_part(std::size_t hits, const Count& count) {
  return percent(wilson(hits, count.letters).share);
}

std::string answer(const Writer& page) {
  const Count& none = page.at(Down::kRefused, kNone, kWeekend);
  const Count& one = page.at(Down::kRefused, kFourteen, kWeekend);
  const Count& night = page.at(Down::kRefused, kNone, 8h);
  const Count& nameless = page.at(Down::kNameless, kFourteen, kWeekend);
  const Count& probing = page.at(Down::kRefused, kProbing, kWeekend);
  const auto& together = page.study.shared.back().second;
  return fmt::format(
      "# Do I need a backup MX?\n\n"
      "**With no backup, an outage of 60 hours (Friday evening to Monday morning) loses {} of the "
      "mail sent meanwhile by this mix of senders: {} comes back to a person who wrote it, and {} "
      "is given up without a person being told. With one backup that keeps mail 14 days it is "
      "{}.**\n\n"
      "- **An outage of a night**: after 8 hours {} never arrives, and {} comes more than four "
      "hours "
      "late. Against lateness no backup helps: mail waits there, or here.\n"
      "- **What is left with a backup is the chance that it is down as well**, here {}. A second "
      "one brings the 60 hours down to {}; a backup that always dies with the primary (same "
      "building, same account) is no backup: {}.\n"
      "- **It must keep mail for longer than you may be away.** Set to 4 days, it fails {} in an "
      "outage of 7 days; set to 30 days, {}.\n"
      "- **It is worth nothing when your name servers die with the primary**: {} at 60 hours, as "
      "if there were none. Move the DNS first.\n"
      "- **It delays the rest, unless it looks for the primary.** After 60 hours of outage, 95 of "
      "100 letters are there {} after the recovery with no backup, {} with one that keeps to its "
      "schedule, and {} with `mta recovery-probe 5m`.\n"
      "- **It tells authors.** A backup's own notice of delay (after four hours) reaches the "
      "authors of {} of the letters, against {} without a backup; `bounce warn-interval` sets "
      "when.\n\n"
      "Percentages are of all letters sent during the outage; in parentheses, the 95 % band.\n\n",
      failed(none), part(none.bounced, none), part(none.lost, none), failed(one), failed(night),
      part(night.late, night), percent(page.question.shared),
      failed(page.at(Down::kRefused, kTwo, kWeekend)), failed(together),
      failed(page.at(Down::kRefused, kFour, days(7))),
      failed(page.at(Down::kRefused, kThirty, days(7))), failed(nameless),
      wait_text(none.most_wait), wait_text(one.most_wait), wait_text(probing.most_wait),
      part(one.noticed, one), part(none.noticed, none));
}

std::string table(const Writer& page) {
  std::string out = "| outage |";
  for (const Plan& plan : page.study.plans)
    if (plan.backups.probe == Duration::zero()) out += " " + plan.name + " |";
  out += " no backup: later than 4 h | … than 24 h |\n|---|";
  for (std::size_t i = 0; i < page.study.plans.size() + 1; ++i) out += "--:|";
  out += "\n";
  for (Duration length : lengths()) {
    out += fmt::format("| {} |", length_text(length));
    for (std::size_t plan = 0; plan < page.study.plans.size(); ++plan)
      if (page.study.plans[plan].backups.probe == Duration::zero()) {
        const Count& count = page.at(Down::kRefused, plan, length);
        out += " " + short_part(count.failed(), count) + " |";
      }
    const Count& none = page.at(Down::kRefused, kNone, length);
    out +=
        fmt::format(" {} | {} |\n", short_part(none.late, none), short_part(none.very_late, none));
  }
  return out;
}

std::string charts(const Writer& page) {
  const Count& silent = page.at(Down::kSilent, kFourteen, kWeekend);
  const Count& edge = page.at(Down::kRefused, kFourteen, days(14));
  const Count& edge_probing = page.at(Down::kRefused, kProbing, days(14));
  return "## How much mail never arrives\n\n"
         "![Share of mail that never arrives, by length of the outage and kind of backup]"
         "(outage-never-arrives.svg)\n\n"
         "A backup's curve stays flat until the outage is as long as its patience, then rises: "
         "the oldest mail expires first. Take the patience with a margin: a schedule whose "
         "attempts lie hours apart may have none left between the recovery and the end. At 14 "
         "days of outage, a backup of 14 days fails " +
         failed(edge) + ", one that probes " + failed(edge_probing) +
         ".\n\nIn figures, the share that never arrives:\n\n" + table(page) +
         "\n## What becomes of it\n\n"
         "![Without a backup: bounced, lost and late mail](outage-without-backup.svg)\n\n"
         "*Bounced* means that the report of failure goes to a person who wrote the letter. "
         "*Lost* means that no person is told: letters of the null sender (reports, some "
         "notifications), and those of mailing services, whose failures are events for a program. "
         "Password mails, invoices and alarms are of that kind, and their senders give up "
         "soonest.\n\n"
         "## How it is down matters\n\n"
         "![Mail that never arrives by the way in which the primary is down]"
         "(outage-kinds.svg)\n\n"
         "*Refused*: the machine runs, the mail server does not. *Dropped*: no answer at all (no "
         "power, no line). *Silent*: it accepts connections and says nothing; senders come to the "
         "backup after their time-out, except those who never leave a host that has accepted "
         "(qmail). *DNS is down too*: nobody learns that there is a backup. Between the first "
         "three, most senders see a difference of minutes: silent fails " +
         failed(silent) +
         " at 60 hours.\n\n"
         "## After the recovery\n\n"
         "![Hours until 95 of 100 letters have arrived](outage-after-recovery.svg)\n\n"
         "The schedules of senders have a ceiling of an hour or a few; a backup with "
         "OpenSMTPD's schedule (400 s times n squared) tries ever more rarely. "
         "`mta recovery-probe 5m`, a directive of mxrelayd, asks for the primary's banner in "
         "between and then sends all that waits.\n\n"
         "How much the backup shares the primary's fate, at 60 hours with one backup of 14 days:"
         "\n\n";
}

std::string shared_table(const Writer& page) {
  std::string out = "| chance that both are down | never arrives |\n|--:|--:|\n";
  for (const auto& [chance, count] : page.study.shared)
    out += fmt::format("| {} | {} |\n", percent(chance), failed(count));
  return out + "\n";
}

double part_of(const Mix& mix, std::size_t sender) {
  for (const Share& share : mix.shares)
    if (share.sender == sender) return share.part;
  return 0;
}

std::string sender_table(const Writer& page) {
  std::string out =
      "## Sender by sender\n\n"
      "Without a backup, refused: the share of each sender's own letters that never arrives. "
      "Read your log, and weigh for yourself.\n\n"
      "| sender | in the mix | gives up after | failure is told to |";
  for (Duration length : sender_lengths()) out += " " + length_text(length) + " |";
  out += "\n|---|--:|--:|---|";
  for (std::size_t i = 0; i < sender_lengths().size(); ++i) out += "--:|";
  out += "\n";
  for (const SenderRow& row : page.study.senders) {
    const Sender& sender = page.question.senders[row.sender];
    const double share = part_of(page.question.mix, row.sender);
    out += fmt::format("| {} | {} | {} | {} |", sender.profile.name,
                       share > 0 ? percent(share) : "–", length_text(sender.profile.lifetime),
                       sender.tells_person ? "a person" : "a program");
    for (const Count& count : row.counts) out += " " + short_part(count.failed(), count) + " |";
    out += "\n";
  }
  return out + "\n";
}

std::string assumptions(const Writer& page) {
  const Mix& mix = page.question.mix;
  std::string out = fmt::format(
      "## What this rests on\n\n"
      "- **The mix of senders**: {}.\n"
      "- **Null senders**: {} of the letters have the sender <>. An assumption.\n"
      "- **Arrivals**: evenly over the outage, each letter for itself. Real mail comes by day: an "
      "outage of a night meets less of it.\n"
      "- **The outage**: total from its first to its last second, over at once. A backup is down "
      "for the same time with a chance of {}, each for itself. An assumption; the table above "
      "shows others.\n"
      "- **The backup**: mxrelayd's own functions for the next attempt and the end "
      "(`relay/queue/backoff`), the schedule that OpenSMTPD has too; its first notice of delay "
      "after 4 h (smtpd.conf(5)).\n"
      "- **Failures of amazon-ses, mailgun, sendgrid and kumomta go to a program**, all others "
      "to a person. An assumption about who sends through them.\n"
      "- **TCP**: SYNs after 0, 1, 3, 7 … 63 s, given up after 134.7 s (Linux); a name server that "
      "is gone costs 15 s an attempt, and no answer of it is cached.\n"
      "- **Senders**: schedule and lifetime of each, and where they are from:\n\n"
      "| sender | what is known is | source | what is assumed |\n|---|---|---|---|\n",
      mix.source.empty() ? "your own" : mix.source, percent(mix.null_senders),
      percent(page.question.shared));
  for (const Sender& sender : page.question.senders)
    out += fmt::format("| {} | {} | {} | {} |\n", sender.profile.name, sender.basis, sender.source,
                       sender.assumed.empty() ? "–" : sender.assumed);
  return out + "\n";
}

std::string limits(const Writer& page, const std::string& command) {
  return fmt::format(
      "Bands are Wilson's score intervals (95 %): they hold near 0 and 100 %, where most points "
      "lie. They say how well {} letters a point tell the model's true share, and nothing about "
      "how well the model tells the world: the lifetimes of Gmail, Outlook.com and Amazon SES "
      "are worth more than all bands. Where each letter draws whether the backup is down, each "
      "has an outage of its own; in one real outage either all letters find a backup or none.\n\n"
      "The same letters meet every kind of outage and backup, so curves differ by what they "
      "show, not by chance. A test plays outages of half an hour to fourteen days in the full "
      "simulator (relay, TCP, DNS and disks) and compares letter by letter "
      "(`tests/study/simulator_test.cpp`); it has OpenSMTPD as the sender.\n\n"
      "## What the model leaves out\n\n"
      "- **Spam through the backup**, and the bounces to forged authors that it makes. This is "
      "the usual reason against a backup; it needs the primary's list of recipients and filters.\n"
      "- **A primary that comes back broken** and refuses what the backup delivers.\n"
      "- **What senders remember**: a host that has just failed is skipped for a while (seconds "
      "to an hour); systems that have talked to the domain within four hours try again at once "
      "when it answers (OpenSMTPD); Exim counts its four days for the address, so mail sent late "
      "in a long outage fails sooner.\n"
      "- **The backlog of a silent host**: once it is full, the host drops, as one without power.\n"
      "- **Cached DNS** while the name servers are down: for some hours senders still find the "
      "backup.\n"
      "- **Limits**: quotas, full disks, rate limits when the backup drains, senders who suspend "
      "an address after bounces (mailing lists do).\n"
      "- **What people do**: an operator who repairs, repeats `ETRN`, or changes the MX record; "
      "an author who sends again.\n\n"
      "## Again\n\n"
      "```sh\n{}\n```\n\n"
      "With your own mix: `mxlab study outage --mix gmail=40,postfix=30,mailgun=5`, or a file like "
      "`sim/study/mix.yaml`; other senders: `--profiles FILE`, like `sim/study/senders.yaml`. All "
      "figures, with bands: [outage.csv](outage.csv).\n",
      page.question.letters, command);
}

}  // namespace

std::string page_of(const Question& question, const Study& study, const std::string& command) {
  const Writer page{question, study};
  return answer(page) + charts(page) + shared_table(page) + sender_table(page) + assumptions(page) +
         limits(page, command);
}

}  // namespace mxlab::study
