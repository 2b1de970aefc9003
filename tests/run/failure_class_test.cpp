// Two failures are the same when they differ in names and numbers alone.
#include "sim/judge/failure_class.hpp"

#include <gtest/gtest.h>

namespace mxlab::sim::testing {
namespace {

TEST(FailureClass, LeavesOutNamesIdentifiersAndNumbers) {
  const std::pair<const char*, const char*> cases[] = {
      {"<4a1f.2@mail.example.net> from <a@example.net> to <b@example.org> is lost: not delivered, "
       "not bounced, not in any queue",
       "<…> from <…> to <…> is lost: not delivered, not bounced, not in any queue"},
      {"<m1@x> from <> was delivered to <b@example.org> 3 times",
       "<…> from <…> was delivered to <…> N times"},
      {"mx2.example.org connected to mail.example.org, which is no better an MX than itself",
       "HOST connected to HOST, which is no better an MX than itself"},
      {"a queue has not drained 432000.0s after everything was healed",
       "a queue has not drained N after everything was healed"},
      {"a queue holds 0000000100000002 for <b@example.org>, and its host's counters say that it is "
       "empty",
       "a queue holds ID for <…>, and its host's counters say that it is empty"},
      {"mx2.example.org: cannot bind 192.0.2.1 (for 5m)", "HOST: cannot bind ADDRESS (for N)"}};
  for (const auto& [sentence, wanted] : cases) EXPECT_EQ(failure_class(sentence), wanted);
}

TEST(FailureClass, OfAnExpectationSaysInWhichDirectionItFails) {
  const auto of = [](const char* what, const char* expected, const char* actual) {
    return failure_class(Broken{{}, "mx2.example.org", what, expected, actual});
  };
  EXPECT_EQ(of("mailbox b@example.org", "1", "0"), "mailbox <…>: too few");
  EXPECT_EQ(of("mailbox c@example.org", "at most 1", "2"), "mailbox <…>: too many");
  EXPECT_EQ(of("ok", "1 at 301.0s", "1 at 302s"), "ok: too early or too late");
  EXPECT_EQ(of("queue", "a row like this", "an empty queue"), "queue: not as expected");
}

}  // namespace
}  // namespace mxlab::sim::testing
