#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/report/files.hpp"
#include "sim/report/text_report.hpp"
#include "sim/report/workers.hpp"

namespace mxlab::report {
namespace {
using testing::HasSubstr;

Outcome failed_outcome() {
  Outcome outcome;
  outcome.file = "down/<odd> & \"strange\".yaml";
  outcome.name = "Odd characters";
  outcome.group = "weird";
  outcome.verdict = Verdict::kFailed;
  outcome.checked = 3;
  outcome.failures = {{outcome.file, 12, 7, "mx2.example.org", "ok", "1 < 2", "2 & \x01", "310.1s",
                       "down.yaml:12:7: ok\n"}};
  outcome.invariants = {"a mail is lost"};
  outcome.seed = 0xffffffffffffffff;
  outcome.trace_hash = 0x8899aabbccddeeff;
  outcome.virtual_seconds = 346.5;
  outcome.last_events = {"1.0s  something"};
  outcome.story = "line\n";
  outcome.monitors["mx2.example.org"] = {{1, 300, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}};
  return outcome;
}

/// Elements nest and end, attributes are quoted, nothing stands bare.
bool well_formed(std::string_view xml) {
  std::vector<std::string> open;
  while (!xml.empty()) {
    const std::size_t begin = xml.find('<');
    const std::string_view text = xml.substr(0, begin);
    if (text.find('>') != text.npos || text.find_first_of("\x01\x02\x1b") != text.npos)
      return false;
    if (begin == xml.npos) break;
    const std::size_t end = xml.find('>', begin);
    if (end == xml.npos) return false;
    std::string tag(xml.substr(begin + 1, end - begin - 1));
    xml.remove_prefix(end + 1);
    if (tag.find('<') != tag.npos || std::count(tag.begin(), tag.end(), '"') % 2 != 0) return false;
    if (tag.starts_with("?") || tag.ends_with("/")) continue;
    const std::string name = tag.substr(0, tag.find(' '));
    if (!name.starts_with("/")) {
      open.push_back(name);
    } else if (open.empty() || "/" + open.back() != name) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

TEST(Outcome, SurvivesTheWayFromOneProcessToAnother) {
  const Outcome outcome = failed_outcome();
  const Outcome copy = outcome_of(nlohmann::ordered_json::parse(to_json(outcome).dump()));
  EXPECT_EQ(to_json(copy).dump(), to_json(outcome).dump());
  EXPECT_EQ(copy.seed, outcome.seed);
  EXPECT_EQ(copy.story, outcome.story);
}

TEST(ExitCode, IsThatOfTheWorst) {
  Outcome passed, failed, wrong, lab;
  passed.verdict = Verdict::kPassed;
  failed.verdict = Verdict::kFailed;
  wrong.verdict = Verdict::kWrong;
  lab.verdict = Verdict::kLabFailed;
  EXPECT_EQ(exit_code(std::vector<Outcome>{}), 5);
  EXPECT_EQ(exit_code({passed, passed}), 0);
  EXPECT_EQ(exit_code({passed, failed}), 1);
  EXPECT_EQ(exit_code({failed, wrong, passed}), 2);
  EXPECT_EQ(exit_code({lab, wrong}), 3);
}

TEST(JsonReport, HasTheKeysThatReadersKnow) {
  const auto json = nlohmann::json::parse(json_report({failed_outcome()}));
  const auto& scenario = json.at("scenarios").at(0);
  for (const char* key : {"file", "name", "seed", "verdict", "checked", "failures", "invariants",
                          "virtual_seconds", "run_ms", "trace_hash", "monitors"})
    EXPECT_TRUE(scenario.contains(key)) << key;
  EXPECT_FALSE(scenario.contains("story"));
  EXPECT_EQ(scenario.at("trace_hash"), "8899aabbccddeeff");
}

TEST(JunitReport, IsWellFormedWhateverFilesAreCalled) {
  Outcome wrong;
  wrong.file = "down/wrong.yaml";
  wrong.verdict = Verdict::kWrong;
  wrong.errors = {"down/wrong.yaml:1:1: <what> & why\n"};
  const std::string xml = junit_report({failed_outcome(), wrong});
  EXPECT_TRUE(well_formed(xml)) << xml;
  EXPECT_THAT(xml, HasSubstr("tests=\"2\" failures=\"1\" errors=\"1\""));
  EXPECT_THAT(xml, HasSubstr("&lt;odd&gt; &amp; &quot;strange&quot;"));
  EXPECT_FALSE(well_formed("<a><b></a></b>")) << "the judge of this test must be able to fail";
  EXPECT_FALSE(well_formed("<a>1 > 2</a>"));
}

TEST(Comparison, SetsLinesThatDifferApart) {
  const Paint plain;
  EXPECT_EQ(comparison_text("3", "4", plain), "expected  3\nactual    4\n");
  EXPECT_EQ(comparison_text("a\nb\nc\n", "a\nc\nd\n", plain),
            "- expected  + actual\n  a\n- b\n  c\n+ d\n");
}

TEST(Comparison, ShortensWhatNobodyReads) {
  std::string lines;
  for (int i = 0; i < 500; ++i) lines += std::to_string(i) + "\n";
  const std::string text = comparison_text("one", lines, Paint{});
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 50);
  EXPECT_THAT(text, HasSubstr("more lines"));
}

TEST(Workers, TellWhatKilledAProcessAndGoOn) {
  std::vector<Outcome> outcomes;
  const auto work = [](const std::string& file) {
    if (file == "aborts") std::abort();
    if (file == "throws") throw std::runtime_error("not today");
    Outcome outcome;
    outcome.file = file;
    outcome.verdict = Verdict::kPassed;
    return outcome;
  };
  run_in_processes({"aborts", "first", "throws", "second"}, 3, work,
                   [&](Outcome outcome) { outcomes.push_back(std::move(outcome)); });
  ASSERT_EQ(outcomes.size(), 4u);
  EXPECT_EQ(outcomes[0].verdict, Verdict::kLabFailed);
  EXPECT_THAT(outcomes[0].errors.at(0), HasSubstr("signal 6"));
  EXPECT_EQ(outcomes[1].file, "first");
  EXPECT_EQ(outcomes[1].verdict, Verdict::kPassed);
  EXPECT_EQ(outcomes[2].verdict, Verdict::kLabFailed);
  EXPECT_EQ(outcomes[3].file, "second");
}

TEST(Spans, AreReadAtAGlance) {
  EXPECT_EQ(span_text(346.5), "346.5 s");
  EXPECT_EQ(span_text(1600), "26.7 min");
  EXPECT_EQ(span_text(40000), "11.1 h");
  EXPECT_EQ(span_text(345600), "4.0 d");
}

}  // namespace
}  // namespace mxlab::report
