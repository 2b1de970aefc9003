// scenario_fuzzer.cpp - whatever a scenario file contains: no crash, no hang, and a scenario is
// given exactly when nothing is wrong; every message can be written out.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/scenario.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mxlab::scenario;
  const auto result = parse("fuzz.yaml", std::string(data, data + size));
  if (result.scenario.has_value() != result.diagnostics.empty()) std::abort();
  if (result.diagnostics.size() > kMaxDiagnostics) std::abort();
  for (const Diagnostic& diagnostic : result.diagnostics) {
    if (format(diagnostic).empty() || diagnostic.place.line < 1 || diagnostic.place.column < 1) {
      std::abort();
    }
  }
  return 0;
}
