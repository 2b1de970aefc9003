// operators.hpp - what the operators of a story's hosts see: the rows of smtpctl monitor and of
// smtpctl show queue, without ids and dates, so that two plays of the story can be laid side by
// side.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/run/stage.hpp"

namespace mxlab::sim::live {

/// So many equal rows of the monitor: "1 2 1 | 0 1 1 | 1 0 0 0 | 0 0 0".
struct SeenRows {
  std::int64_t times = 1;
  std::string row;
};

/// A row of the queue at the end of a step.
struct SeenEnvelope {
  std::string step;                     // "330s"
  std::string text;                     // smtpctl's fourteen fields, numbers as below
  std::int64_t last_try = 0;            // seconds after its creation
  std::optional<std::int64_t> seconds;  // in flight, or until the next attempt
};

struct OperatorView {
  std::vector<SeenRows> monitor;  // what follows one upon the other is one row
  std::vector<SeenEnvelope> queue;
};
using OperatorViews = std::map<std::string, OperatorView>;  // by host

/// Looks on while a story is told.
class Onlooker {
 public:
  explicit Onlooker(Stage& stage) : stage_(stage) {}
  /// Asks for every host's queue; `step`: the time that the scenario gives.
  void look(Duration step);
  /// Without looks in the midst of changes, where two plays are never the same.
  OperatorViews views() const;

 private:
  struct Look {
    TimePoint at{};
    SeenEnvelope envelope;
  };
  bool is_settled(HostNumber host, TimePoint at) const;

  Stage& stage_;
  std::map<HostNumber, std::vector<Look>> looks_;
};

/// How the second view differs from the first, a line each. Three seconds more or less are none.
std::vector<std::string> differences(const OperatorView& first, const OperatorView& second);

/// As smtpctl prints it, in lines.
std::string text_of(const OperatorView& view);

nlohmann::ordered_json to_json(const OperatorViews& views);
/// The opposite. Throws nlohmann::json::exception.
OperatorViews operator_views_of(const nlohmann::ordered_json& json);

}  // namespace mxlab::sim::live
