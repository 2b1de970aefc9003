// diagnostics.hpp - gathers what is wrong with a scenario file, in the order of the file.
//
// Everything is collected, so that one look mends all of it; kMaxDiagnostics bounds what a hopeless
// file prints. format() (scenario.hpp) writes one of them out.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace mxlab::scenario {

inline constexpr std::size_t kMaxDiagnostics = 100;

class Diagnostics {
 public:
  Diagnostics(std::string file, std::string_view text);

  void add(Place place, std::string message, std::string hint = {});
  bool empty() const { return found_.empty(); }

  /// The text of a line (from 1) without its end; empty when there is none.
  std::string_view line(int number) const;
  int lines() const { return static_cast<int>(lines_.size()); }

  /// All of them, sorted by place; leaves this empty.
  std::vector<Diagnostic> take();

 private:
  std::string file_;
  std::vector<std::string_view> lines_;
  std::vector<Diagnostic> found_;
  std::size_t left_out_ = 0;
};

}  // namespace mxlab::scenario
