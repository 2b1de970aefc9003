// remembered.hpp - replies that have been worked out before: most questions come again and again.
//
// answer() is pure, so the same question to the same zones has the same reply, but for its id. Any
// change of the zones forgets them all; so does their number when it grows too large.
#pragma once
#include <array>
#include <map>
#include <string>

#include "fakedns/answer.hpp"

namespace mxlab::fakedns {

class RememberedAnswers {
 public:
  explicit RememberedAnswers(const ZoneSet& zones) : zones_(zones) {}

  /// The truth. Its wire bears the id of whoever asked first, see wire_for(). Holds until the next
  /// call.
  const Answer& answer(std::string_view query, Transport transport);

 private:
  using Answers = std::map<std::string, Answer, std::less<>>;
  static constexpr std::size_t kMost = 16'384;

  const ZoneSet& zones_;
  std::uint64_t version_ = 0;
  std::array<Answers, 2> answers_;  // by transport; by the query without its id
  Answer odd_;                      // the last one that is not worth remembering
};

/// The reply's bytes with the id of this query.
std::string wire_for(std::string_view query, const Answer& answer);

}  // namespace mxlab::fakedns
