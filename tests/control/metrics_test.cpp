// The metrics page, read as strictly as a scraper that obeys OpenMetrics 1.0.0 reads it.
#include "relay/control/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace mxlab::control {
namespace {
using namespace std::chrono_literals;
using testing::HasSubstr;

struct Silent final : world::Journal {
  void record(const world::Fact&) override {}
};

struct Family {
  std::string type;
  std::map<std::string, double> samples;  // by name and labels
};

/// Throws std::runtime_error where the page breaks a rule of the format.
std::map<std::string, Family> parse(const std::string& page) {
  static const std::regex meta("# (TYPE|HELP|UNIT) ([a-z_][a-z0-9_]*) (.+)");
  static const std::regex sample(
      "([a-z_][a-z0-9_]*)(\\{[a-z_]+=\"[^\"\\\\\\n]*\"\\})? ([-+0-9.e]+)");
  auto fail = [](const std::string& line, const char* why) {
    throw std::runtime_error(std::string(why) + ": " + line);
  };
  static const std::map<std::string, std::set<std::string>> suffixes{
      {"counter", {"_total"}},
      {"gauge", {""}},
      {"info", {"_info"}},
      {"histogram", {"_bucket", "_count", "_sum"}}};
  std::map<std::string, Family> families;
  std::string current;
  std::istringstream lines(page);
  bool ended = false;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (ended) fail(line, "after the end");
    if (line == "# EOF") {
      ended = true;
    } else if (std::regex_match(line, found, meta)) {
      if (found[1] == "TYPE") {
        current = found[2];
        if (!families.try_emplace(current, Family{found[3], {}}).second)
          fail(line, "a family comes twice");
      } else if (found[2] != current) {
        fail(line, "of another family");
      }
    } else if (std::regex_match(line, found, sample)) {
      const std::string name = found[1];
      if (!name.starts_with(current)) fail(line, "a sample outside its family");
      Family& family = families.at(current);
      if (!suffixes.at(family.type).contains(name.substr(current.size())))
        fail(line, "a suffix that does not belong to the type");
      if (!family.samples.emplace(name + found[2].str(), std::stod(found[3])).second)
        fail(line, "a sample comes twice");
    } else {
      fail(line, "no line of the format");
    }
  }
  if (!ended) throw std::runtime_error("no # EOF");
  return families;
}

class Metrics : public testing::Test {
 protected:
  std::string page() {
    return metrics_text({counters_, 90s, world::TimePoint(1795332790s), "0.1.0"});
  }
  Silent journal_;
  Counters counters_{journal_};
};

TEST_F(Metrics, OfARelayThatHasJustBegunAreAllThere) {
  auto families = parse(page());
  EXPECT_EQ(families.at("mxrelay_scheduler_delivery_ok")
                .samples.at("mxrelay_scheduler_delivery_ok_total"),
            0);
  EXPECT_EQ(families.at("mxrelay_smtp_session").type, "gauge");
  EXPECT_EQ(families.at("mxrelay_build").samples.at("mxrelay_build_info{version=\"0.1.0\"}"), 1);
  EXPECT_EQ(families.at("mxrelay_uptime_seconds").samples.at("mxrelay_uptime_seconds"), 90);
}

TEST_F(Metrics, FollowTheCounters) {
  counters_.add("smtp.session");
  counters_.add("smtp.session");
  counters_.add("smtp.session", -1);
  counters_.add("smtp.session.inet4", 2);
  counters_.add("scheduler.envelope", 5);
  counters_.add("scheduler.envelope.inflight", 2);
  counters_.add("scheduler.delivery.tempfail", 3);
  auto families = parse(page());
  EXPECT_EQ(families.at("mxrelay_smtp_session").samples.at("mxrelay_smtp_session"), 1);
  EXPECT_EQ(families.at("mxrelay_smtp_connects").samples.at("mxrelay_smtp_connects_total"), 2);
  EXPECT_EQ(families.at("mxrelay_smtp_session_inet4").type, "counter");
  auto& queue = families.at("mxrelay_queue_envelopes").samples;
  EXPECT_EQ(queue.at("mxrelay_queue_envelopes{state=\"inflight\"}"), 2);
  EXPECT_EQ(queue.at("mxrelay_queue_envelopes{state=\"pending\"}"), 3);
}

TEST_F(Metrics, ShowHowLongThingsTookInCumulativeBuckets) {
  counters_.observe(kCommitKey, 3ms);
  counters_.observe(kCommitKey, 3ms);
  counters_.observe(kCommitKey, 1min);
  counters_.observe(kDelayKey, 1s);
  auto families = parse(page());
  auto& commit = families.at("mxrelay_queue_commit_seconds").samples;
  EXPECT_EQ(commit.at("mxrelay_queue_commit_seconds_bucket{le=\"0.0025\"}"), 0);
  EXPECT_EQ(commit.at("mxrelay_queue_commit_seconds_bucket{le=\"0.005\"}"), 2);
  EXPECT_EQ(commit.at("mxrelay_queue_commit_seconds_bucket{le=\"2.5\"}"), 2);
  EXPECT_EQ(commit.at("mxrelay_queue_commit_seconds_bucket{le=\"+Inf\"}"), 3);
  EXPECT_EQ(commit.at("mxrelay_queue_commit_seconds_count"), 3);
  EXPECT_NEAR(commit.at("mxrelay_queue_commit_seconds_sum"), 60.006, 1e-9);
  auto& delay = families.at("mxrelay_delivery_delay_seconds").samples;
  EXPECT_EQ(delay.at("mxrelay_delivery_delay_seconds_bucket{le=\"1.0\"}"), 1) << "a bound is in";
}

TEST_F(Metrics, SayTheirUnitInTheirName) {
  EXPECT_THAT(page(), HasSubstr("# UNIT mxrelay_queue_commit_seconds seconds\n"));
}

}  // namespace
}  // namespace mxlab::control
