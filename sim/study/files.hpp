// files.hpp - a study as it is published: a page, its charts, all figures as CSV, a table for the
// terminal.
#pragma once
#include <map>
#include <string>

#include "sim/study/study.hpp"

namespace mxlab::study {

inline constexpr const char* kPage = "do-i-need-a-backup-mx.md";

/// File name -> contents. `command` is what repeats it.
std::map<std::string, std::string> files_of(const Question& question, const Study& study,
                                            const std::string& command);

/// The parts of it.
std::string page_of(const Question& question, const Study& study, const std::string& command);
std::string csv_of(const Study& study);
std::map<std::string, std::string> charts_of(const Study& study);

/// The share of letters that never arrive, by length and plan, for a terminal.
std::string table_of(const Question& question, const Study& study);

// --- how figures are written ---------------------------------------------------------------------

/// "15 min", "8 h", "60 h", "5 d".
std::string length_text(Duration length);
/// "36.8 %"; what is not quite nothing is "< 0.1 %".
std::string percent(double share);
/// "36.8 % (35.9–37.8)": with its 95 % band.
std::string percent_with_band(std::size_t hits, std::size_t of);
/// "4 min", "3.1 h".
std::string wait_text(Duration wait);

}  // namespace mxlab::study
