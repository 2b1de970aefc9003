#include "sim/report/tutorial.hpp"

namespace mxlab::report {
namespace {

constexpr std::string_view kSender = "mail.websteading.net";
constexpr std::string_view kPrimary = "mail.example.org";
constexpr std::string_view kBackup = "mx2.example.org";

}  // namespace

const TutorialExperiment kFirstExperiment{
    .page = "experiment-1.md",
    .scenario = "experiment-1.yaml",
    .title = "The first experiment: everybody is up",
    .introduction =
        "All servers run, and somebody at websteading.net writes to example.org. The mail goes to "
        "the exchanger with the lowest number, `mail.example.org`; the backup sees nothing.",
    .monitors =
        {{kPrimary,
          "The primary",
          {{"1 1 0 | 0 0 0 | 0 0 0 0 | 0 0 0", "", 0, 0,
            "The sender is connected; greeting and envelope are under way when the monitor asks. "
            "Where all of it falls between two polls, this row and the next are one."},
           {"1 0 0 | 0 1 1 | 1 0 0 0 | 0 0 0", "1 1 0 | 0 1 1 | 1 0 0 0 | 0 0 0", 11, 11,
            "Accepted (`enq` 1) and delivered to the mailbox (`deq` 1, `ok` 1) within a second."},
           {"2x 1 0 0 | 0 0 0 | 0 0 0 0 | 0 0 0", "9x 1 0 0 | 0 0 0 | 0 0 0 0 | 0 0 0", 12, 20,
            "The sender keeps the session for ten seconds in case it has more mail for the same "
            "domain. The tutorial shows fewer of these rows."},
           {"0 0 1 | 0 0 0 | 0 0 0 0 | 0 0 0", "0 0 1 | 0 0 0 | 0 0 0 0 | 0 0 0", 21, 21,
            "The sender says QUIT."}}},
         {kBackup,
          "The backup",
          {{"0 0 0 | 0 0 0 | 0 0 0 0 | 0 0 0", "0 0 0 | 0 0 0 | 0 0 0 0 | 0 0 0", 1, 21,
            "Nothing at all, as it should be: 10 is less than 100."}}},
         {kSender,
          "The sender",
          {{"", "0 1 1 | 0 1 1 | 1 0 0 0 | 0 0 0", 11, 11,
            "Submitted and handed over within a second. The tutorial does not print this one."}}}},
    .queue = {},
    .sent = 10,
    .resumed = 0,
    .errors =
        {"The session stays open for ten seconds after the last mail: ten rows with `curr` 1, "
         "in every version of OpenSMTPD that was looked at. The tutorial prints four; either "
         "its author cut quiet rows or that sender was set to linger for a shorter time."},
    .conclusion =
        "A quiet backup is a healthy one: the lower number wins for as long as it "
        "answers."};

const TutorialExperiment kSecondExperiment{
    .page = "experiment-2.md",
    .scenario = "experiment-2.yaml",
    .title = "The second experiment: the primary is paused",
    .introduction =
        "The primary no longer accepts sessions (`smtpctl pause smtp`), and another mail is sent. "
        "Its *kernel* goes on completing TCP handshakes, so the sender is connected to somebody "
        "who never says a word. It waits 300 seconds for the greeting, then turns to the backup, "
        "which takes the mail, tries the primary, and hangs in the same way until the primary "
        "resumes.",
    .monitors =
        {{kSender,
          "The sender",
          {{"", "0 1 1 | 1 1 0 | 0 0 0 0 | 0 0 0", 11, 11,
            "The mail is submitted (a local session) and on its way."},
           {"11x 0 0 0 | 1 0 0 | 0 0 0 0 | 0 0 0", "300x 0 0 0 | 1 0 0 | 0 0 0 0 | 0 0 0", 12, 310,
            "One attempt, waiting for a greeting. The tutorial shows some of its rows, five and "
            "later six; by the phase of the poll there are 299 or 300."},
           {"0 0 0 | 0 0 1 | 1 0 0 0 | 0 0 0", "0 0 0 | 0 0 1 | 1 0 0 0 | 0 0 0", 311, 311,
            "After 300 seconds of silence: the next exchanger, which takes the mail at once."}}},
         {kBackup,
          "The backup",
          {{"1 1 0 | 0 0 0 | 0 0 0 0 | 0 0 0", "", 0, 0,
            "The sender is connected; one row with the next when it all falls between two polls."},
           {"1 0 0 | 1 1 0 | 0 0 0 0 | 0 0 0", "1 1 0 | 1 1 0 | 0 0 0 0 | 0 0 0", 311, 311,
            "Accepted and queued. `ok` stays 0: the backup's own session waits in the primary's "
            "backlog, too."},
           {"5x 1 0 0 | 1 0 0 | 0 0 0 0 | 0 0 0", "9x 1 0 0 | 1 0 0 | 0 0 0 0 | 0 0 0", 312, 320,
            "The sender lingers; the mail is in flight."},
           {"", "0 0 1 | 1 0 0 | 0 0 0 0 | 0 0 0", 321, 321,
            "The sender's QUIT. The tutorial ends before."},
           {"", "13x 0 0 0 | 1 0 0 | 0 0 0 0 | 0 0 0", 322, 335,
            "The mail stays in flight until the primary resumes, so many rows as that takes."},
           {"", "0 0 0 | 0 0 1 | 1 0 0 0 | 0 0 0", 336, 336,
            "Delivered in the second of the resume."}}},
         {kPrimary,
          "The primary, after the resume",
          {{"1 2 1 | 0 0 0 | 0 0 0 0 | 0 0 0", "1 2 1 | 0 1 1 | 1 0 0 0 | 0 0 0", 336, 336,
            "*Two* sessions come out of the backlog: the sender's, dead since its time-out (one "
            "connect, one disconnect), and the backup's, alive."},
           {"1 0 0 | 0 0 0 | 0 0 0 0 | 0 0 0", "", 0, 0,
            "The tutorial's primary took two more seconds for TLS, look-ups and its spam filter; "
            "without them the delivery falls into the row above."},
           {"1 0 0 | 0 1 1 | 1 0 0 0 | 0 0 0", "", 0, 0,
            "The backup's mail is accepted and delivered."},
           {"4x 1 0 0 | 0 0 0 | 0 0 0 0 | 0 0 0", "9x 1 0 0 | 0 0 0 | 0 0 0 0 | 0 0 0", 337, 345,
            "The backup lingers for ten seconds."},
           {"0 0 1 | 0 0 0 | 0 0 0 0 | 0 0 0", "0 0 1 | 0 0 0 | 0 0 0 0 | 0 0 0", 346, 346,
            "The backup's QUIT."}}}},
    .queue =
        {{kSender, 39,
          "a1e24bba4ee4092b|inet4|mta|auth|test23442@websteading.net|someone@example.org|"
          "someone@example.org|209094426|209094426|209094426|0|inflight|29",
          "29 seconds *since the attempt began*. The tutorial reads it as the time that is left. "
          "(The "
          "lab hands its mail in on the sender itself, hence `local`.)"},
         {kSender, 103,
          "a1e24bba4ee4092b|inet4|mta|auth|test23442@websteading.net|someone@example.org|"
          "someone@example.org|209094426|209094426|209094426|0|inflight|93",
          "The same attempt, 64 seconds older. Nothing was reset: the field before, the number of "
          "attempts that failed, is still 0."},
         {kBackup, 330, "",
          "The backup's row. It lacks `auth`, because the mail came from outside; the attempt is "
          "as old as the mail."}},
    .sent = 10,
    .resumed = 335,
    .errors =
        {"\"about a half minute wait time left until smtpd tries again (the last value in the "
         "row)\": for a mail in flight that field counts **up**, from the beginning of the "
         "attempt. It counts down only for one that is `pending`.",
         "\"About a minute later, I see the timer reset\": 29 and 93 are the same attempt, 64 "
         "seconds apart.",
         "\"After a mail server made multiple attempts to connect to the main MX\": it made one, "
         "of five minutes. Only one connection to the primary was opened in all that time.",
         "`smtpctl enable smtp` is not a command: OpenSMTPD prints the words that it knows, and "
         "nothing changes. The opposite of `pause smtp` is `resume smtp`.",
         "The rows of `show queue` have fourteen fields; the last is empty here, and the tutorial "
         "lost its separator.",
         "\"The backup server then queued the letter until the main server went back online\" is "
         "what happens only because the primary resumed within 300 seconds after the backup took "
         "the mail: its first attempt was still waiting. Later, that attempt fails, and the mail "
         "arrives with the next one, 400, 1600, 3600, 6400 … seconds after the backup took it."},
    .conclusion =
        "A paused server is not a refused one. Where connections are refused, the sender "
        "turns to the backup after two seconds instead of five minutes."};

}  // namespace mxlab::report
