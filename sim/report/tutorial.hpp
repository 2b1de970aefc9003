// tutorial.hpp - what the tutorial prints and what real OpenSMTPD showed in the same experiment,
// transcribed; and which seconds of our scenarios correspond. Data, nothing is computed here.
#pragma once
#include <string_view>
#include <vector>

namespace mxlab::report {

/// Consecutive rows of one monitor. Empty texts: the tutorial (or the measurement) has no such row.
struct TutorialRows {
  std::string_view tutorial;  // "2x 1 0 0 | 0 0 0 | 0 0 0 0 | 0 0 0"
  std::string_view measured;
  int from = 0, to = 0;  // the seconds of the scenario; from 0: no row of ours
  std::string_view meaning;
};

struct TutorialMonitor {
  std::string_view host;
  std::string_view title;
  std::vector<TutorialRows> rows;
};

struct TutorialQueueRow {
  std::string_view host;
  int second = 0;  // of the scenario, at which it is asked
  std::string_view tutorial;
  std::string_view meaning;
};

struct TutorialExperiment {
  std::string_view page, scenario, title, introduction;
  std::vector<TutorialMonitor> monitors;
  std::vector<TutorialQueueRow> queue;
  int sent = 0, resumed = 0;             // seconds of the scenario; resumed 0: nobody paused
  std::vector<std::string_view> errors;  // where the tutorial errs
  std::string_view conclusion;
};

extern const TutorialExperiment kFirstExperiment;
extern const TutorialExperiment kSecondExperiment;

}  // namespace mxlab::report
