// What an operator sees and does, through the control socket of a relay on virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/ctl/lab.hpp"

namespace mxlab::ctl {
namespace {
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr const char* kFrom = "test23442@websteading.net";
constexpr const char* kTo = "someone@example.org";

/// mx2.example.org is the backup of mail.example.org, which is down unless it is booted.
class Control : public testing::Test {
 protected:
  static constexpr const char* kBackup =
      "listen on egress\nlisten on socket\n"
      "action \"local_mail\" relay backup\naction \"out\" relay\n"
      "match from any for domain \"example.org\" action \"local_mail\"\n"
      "match from any for any action \"out\"\n";

  explicit Control(std::string config = kBackup) : lab(std::move(config)) {
    lab.zones.add_zone("example.org");
    lab.zones.add("example.org", "MX 10 mail.example.org.");
    lab.zones.add("example.org", "MX 100 mx2.example.org.");
    primary = &lab.add_peer("mail.example.org", 20);
    lab.simulation.kill(*primary->host);
  }
  void primary_comes_back() { lab.boot(*primary); }
  void primary_hangs() {
    primary->manners.set_answer("connect", "silence");
    lab.boot(*primary);
  }
  /// The id of the one envelope in the queue.
  std::string id() { return lab.rows().at(0).envelope_id; }
  std::string message() { return id().substr(0, 8); }
  void submit() { ASSERT_THAT(lab.submit(kFrom, {kTo}), StartsWith("250")); }

  ControlLab lab;
  relay::Peer* primary = nullptr;
};

TEST_F(Control, PausesAndResumesWithSmtpctlsWordsAndExitCodes) {
  for (const char* part : {"smtp", "mta", "mda"}) {
    const std::string what(part);
    EXPECT_EQ(lab.out("pause " + what), "command succeeded\n") << what;
    const Said again = lab.ctl("pause " + what);
    EXPECT_EQ(again.out, "command failed\n");
    EXPECT_EQ(again.status, 1);
    EXPECT_THAT(lab.out("show status"), HasSubstr("paused"));
    EXPECT_EQ(lab.ctl("resume " + what).status, 0);
    EXPECT_EQ(lab.out("resume " + what), "command failed\n");
  }
  EXPECT_EQ(lab.out("show status"), "MDA running\nMTA running\nSMTP running\n");
}

TEST_F(Control, PauseSmtpLeavesClientsInSilenceAndRefuseTellsThemAtOnce) {
  lab.ctl("pause smtp");
  EXPECT_NE(lab.talk({}, {"220"}, std::chrono::seconds(20)), "") << "no banner in 20 s";
  EXPECT_EQ(lab.out("pause smtp refuse"), "command succeeded\n");
  EXPECT_EQ(lab.talk({}, {"421 4.3.2"}, std::chrono::seconds(20)), "");
  EXPECT_EQ(lab.out("show status"), "MDA running\nMTA running\nSMTP refusing\n");
  EXPECT_THAT(lab.submit(kFrom, {kTo}), StartsWith("421"));
  EXPECT_EQ(lab.out("resume smtp"), "command succeeded\n");
  EXPECT_EQ(lab.talk({"QUIT"}, {"220", "221"}), "");
}

TEST_F(Control, ShowsTheQueueAsSmtpctlDoes) {
  EXPECT_EQ(lab.out("show queue"), "");
  EXPECT_EQ(lab.out("show queue --json"), "[]\n");
  submit();
  lab.run_until(30);
  EXPECT_THAT(lab.out("show queue"),
              MatchesRegex("[0-9a-f]{16}\\|local\\|mta\\|auth\\|test23442@websteading.net\\|"
                           "someone@example.org\\|someone@example.org\\|[0-9]+\\|[0-9]+\\|0\\|1\\|"
                           "pending\\|3[67][0-9]\\|Network error on destination MXs\n"));
  const auto json = nlohmann::json::parse(lab.out("show queue --json"));
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["id"], id());
  EXPECT_EQ(json[0]["flags"], nlohmann::json({"auth"}));
  EXPECT_EQ(json[0]["retry"], 1);
  EXPECT_EQ(lab.out("show queue " + message()), lab.out("show queue"));
  EXPECT_EQ(lab.out("show queue 7fffffff"), "");
}

TEST_F(Control, ShowsAnEnvelopeAndItsMessageAndSaysWhatIsNotThere) {
  submit();
  lab.run_until(30);
  EXPECT_THAT(lab.out("show envelope " + id()),
              AllOf(StartsWith("version: 3\ndispatcher: local_mail\ntype: mta\n"
                               "smtpname: mx2.example.org\nhelo: localhost\n"),
                    HasSubstr("errorline: Network error on destination MXs\nsockaddr: local\n"
                              "sender: test23442@websteading.net\nrcpt: someone@example.org\n"
                              "dest: someone@example.org\nctime: "),
                    HasSubstr("\nretry: 1\nflags: authenticated\ndsn-notify: 0\n"),
                    EndsWith("esc-class: 4\nesc-code: 41\n")));
  EXPECT_THAT(
      lab.out("show message " + message()),
      AllOf(StartsWith("Received: from "), EndsWith("Subject: hello\r\n\r\nA letter.\r\n")));
  EXPECT_EQ(lab.out("show message " + id()), lab.out("show message " + message()));
  const Said missing = lab.ctl("show envelope 00000001ffffffff");
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.err, "mxrelayctl: 00000001ffffffff: no such envelope in the queue\n");
  EXPECT_EQ(lab.ctl("show message 00000fff").status, 1);
}

TEST_F(Control, SchedulesOneEnvelopeAMessageOrAll) {
  EXPECT_EQ(lab.out("schedule all"), "0 envelope scheduled\n");
  lab.submit(kFrom, {kTo, "other@example.org"});
  lab.run_until(30);
  EXPECT_EQ(lab.out("schedule " + id()), "1 envelope scheduled\n");
  lab.run_until(60);
  EXPECT_EQ(lab.out("schedule " + message()), "2 envelopes scheduled\n");
  primary_comes_back();
  lab.run_until(120);
  lab.ctl("schedule all");
  lab.run_until(180);
  EXPECT_EQ(primary->mails(), 2u) << "one for each recipient";
  EXPECT_EQ(lab.out("show queue"), "");
  EXPECT_EQ(lab.out("schedule 0000000100000001"), "0 envelope scheduled\n");
}

TEST_F(Control, ScheduleFindsAHostThatIsBackAlthoughItWasInPenalty) {
  submit();
  lab.run_until(12);
  ASSERT_THAT(lab.out("show routes"), HasSubstr("ND-- nconn=0"));
  primary_comes_back();
  lab.ctl("schedule all");
  lab.run_until(16);
  EXPECT_EQ(primary->mails(), 1u) << "OpenSMTPD fails at once here, and costs a retry step";
}

TEST_F(Control, RemovesWithoutAReportToAnybody) {
  submit();
  lab.run_until(30);
  EXPECT_EQ(lab.out("remove " + id()), "1 envelope removed\n");
  EXPECT_EQ(lab.out("remove all"), "0 envelope removed\n");
  EXPECT_EQ(lab.out("show queue"), "");
  EXPECT_EQ(lab.counter("scheduler.envelope.removed"), 1);
  EXPECT_EQ(lab.counter("scheduler.envelope"), 0);
  EXPECT_EQ(lab.counter("queue.bounce"), 0);
  EXPECT_EQ(lab.count_logs("stat=Removed by administrator"), 1u);
}

TEST_F(Control, WhatIsInFlightIsRemovedWhenItsAttemptHasEnded) {
  primary_hangs();
  submit();
  lab.run_until(5);
  EXPECT_EQ(lab.out("remove all"), "1 envelope removed\n");
  EXPECT_EQ(lab.out("remove all"), "0 envelope removed\n") << "it is on its way out already";
  EXPECT_THAT(lab.out("show queue"), HasSubstr("|inflight|"));
  lab.run_until(400);
  EXPECT_EQ(lab.out("show queue"), "");
  EXPECT_EQ(lab.counter("scheduler.envelope.removed"), 1);
  EXPECT_EQ(lab.counter("scheduler.envelope.inflight"), 0);
}

TEST_F(Control, WhatIsDeliveredMeanwhileIsNotRemoved) {
  primary->manners.slow(std::chrono::seconds(2));
  primary_comes_back();
  submit();
  lab.run_until(1.2);
  const std::string answer = lab.out("remove all");
  lab.run_until(60);
  if (answer == "1 envelope removed\n") EXPECT_EQ(primary->mails(), 1u);
  EXPECT_EQ(lab.out("show queue"), "");
  EXPECT_EQ(lab.counter("scheduler.envelope"), 0);
}

TEST_F(Control, APausedEnvelopeWaitsForEverAndThenGoes) {
  submit();
  lab.run_until(30);
  EXPECT_EQ(lab.out("pause envelope " + id()), "1 envelope paused\n");
  EXPECT_EQ(lab.out("pause envelope all"), "0 envelope paused\n");
  EXPECT_THAT(lab.out("show queue"), HasSubstr("|auth,suspend|"));
  EXPECT_EQ(lab.out("schedule all"), "0 envelope scheduled\n");
  primary_comes_back();
  lab.run_until(5 * 86400);
  EXPECT_THAT(lab.out("show queue"), HasSubstr("|auth,suspend|")) << "nor does it expire";
  EXPECT_EQ(lab.out("resume envelope " + message()), "1 envelope resumed\n");
  lab.run_until(5 * 86400 + 60);
  EXPECT_EQ(lab.out("show queue"), "");
}

TEST_F(Control, PausingWhatIsInFlightHoldsWhenTheAttemptHasEnded) {
  primary_hangs();
  submit();
  lab.run_until(5);
  EXPECT_EQ(lab.out("pause envelope all"), "1 envelope paused\n");
  lab.run_until(2000);
  EXPECT_THAT(lab.out("show queue"), AllOf(HasSubstr("|auth,suspend|"), HasSubstr("|1|pending|")));
}

TEST_F(Control, ShowsStatsAndRelaysWhileAHostIsTried) {
  primary_hangs();
  submit();
  lab.run_until(5);
  EXPECT_THAT(lab.out("show stats"),
              AllOf(HasSubstr("control.session=1\n"), HasSubstr("\nscheduler.envelope=1\n"),
                    MatchesRegex("(.|\n)*uptime=[0-9]+\nuptime.human=[0-9]+s\n")));
  EXPECT_THAT(lab.out("show relays"),
              MatchesRegex("\\[relay:example.org,smtp,backup=mx2.example.org\\] refcount=[0-9]+ "
                           "ntask=1 nconn=[01] lastconn=(-|[0-9]+s) timeout=(-|[0-9]+s) wait=.*\n"
                           "  connector \\[\\] refcount=0 nconn=[01] .*flags=.*\n"));
  EXPECT_EQ(nlohmann::json::parse(lab.out("show relays --json")).at(0)["tasks"], 1);
  EXPECT_EQ(nlohmann::json::parse(lab.out("show status --json"))["smtp"], "running");
}

TEST_F(Control, ShowsHostsAndRoutesInPenaltyToTheBlank) {
  submit();
  lab.run_until(5);
  EXPECT_THAT(lab.out("show hosts"),
              MatchesRegex("192.0.2.20 mail.example.org refcount=[0-9]+ nconn=0 lastconn=.*\n"));
  EXPECT_THAT(lab.out("show routes"),
              MatchesRegex("1\\. \\[\\] <-> 192.0.2.20 \\(mail.example.org\\) ND-- nconn=0 "
                           "nerror=[01] penalty=1 timeout=1[0-9]s\n"));
  EXPECT_EQ(lab.out("show hoststats"), "");
  for (const char* what : {"hosts", "routes", "relays", "hoststats"})
    EXPECT_TRUE(nlohmann::json::parse(lab.out(std::string("show ") + what + " --json")).is_array())
        << what;
}

TEST_F(Control, RemembersWhatADomainAnsweredLast) {
  primary->manners.set_answer("rcpt", "451 4.3.0 come again");
  primary_comes_back();
  submit();
  lab.run_until(30);
  EXPECT_THAT(lab.out("show hoststats"),
              MatchesRegex("example.org\\|[0-9]+\\|451 4.3.0 come again\n"));
}

TEST_F(Control, FreesARouteFromItsPenalty) {
  submit();
  lab.run_until(12);
  const std::string routes = lab.out("show routes");
  ASSERT_THAT(routes, HasSubstr("D-- nconn=0"));
  const std::string route = routes.substr(0, routes.find('.'));
  EXPECT_EQ(lab.out("resume route " + route), "command succeeded\n");
  EXPECT_EQ(lab.out("resume route " + route), "command failed\n");
}

TEST_F(Control, BlocksADomainAndListsIt) {
  EXPECT_EQ(lab.out("show mta paused"), "");
  EXPECT_EQ(lab.out("pause mta from 192.0.2.30 for example.org"), "command succeeded\n");
  EXPECT_EQ(lab.out("pause mta from 192.0.2.30 for example.org"), "command failed\n");
  EXPECT_EQ(lab.out("show mta paused"), "192.0.2.30 -> example.org\n");
  EXPECT_EQ(lab.out("resume mta from 192.0.2.30 for example.org"), "command succeeded\n");
  EXPECT_EQ(lab.out("show mta paused"), "");
}

TEST_F(Control, ReloadsAndReadsATableAnewAndSaysWhyNot) {
  EXPECT_EQ(lab.out("reload"), "command succeeded\n");
  const Said unknown = lab.ctl("update table nothing");
  EXPECT_EQ(unknown.out, "command failed: smtpd.conf has no table nothing\n");
  EXPECT_EQ(unknown.status, 1);
  lab.machine->disk().install("/etc/mxrelay/smtpd.conf", "listen on moon\nactoin x\n");
  const Said broken = lab.ctl("reload");
  EXPECT_EQ(broken.status, 1);
  EXPECT_THAT(broken.out, AllOf(StartsWith("command failed: "), HasSubstr("actoin")));
  EXPECT_FALSE(broken.out.ends_with("\n\n")) << "an empty line behind the mistakes";
  submit();  // the old one is in force
}

TEST_F(Control, WithoutALogThereIsNothingToSwitch) {
  EXPECT_EQ(lab.out("log verbose"), "command failed: no log to switch\n");
  EXPECT_EQ(lab.ctl("trace smtp").status, 1);
}

TEST_F(Control, AMonitorShowsTheTotalsFirstThenEachSecondsChanges) {
  Said said;
  submit();
  lab.run_until(3);
  lab.start_monitor(27, said);
  lab.run_until(60);
  EXPECT_EQ(said.status, 0);
  const std::string header =
      "--- client ---  -- envelope --   ---- relay/delivery --- ------- misc -------\n"
      "curr conn disc  curr  enq  deq   ok tmpfail prmfail loop expire remove bounce\n";
  EXPECT_THAT(
      said.out,
      StartsWith(header + "   0    1    1     1    1    0    0       0       0    0      0      0"
                          "      0\n"
                          "   0    0    0     1    0    0    0       0       0    0      0      0"
                          "      0\n"));
  EXPECT_THAT(said.out,
              HasSubstr("   0    0    0     1    0    0    0       1       0    0      0      0"
                        "      0\n"))
      << "the attempt that failed";
  EXPECT_THAT(said.out, HasSubstr("\n\n" + header)) << "again before the 25th row";
  EXPECT_EQ(std::count(said.out.begin(), said.out.end(), '\n'), 27 + 4 + 1);
}

}  // namespace
}  // namespace mxlab::ctl
