// main.cpp - the tests of sim/live; the same program plays the actors of those tests.
#include <gtest/gtest.h>
#include <string_view>

#include "sim/live/actor_process.hpp"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "actor") return mxlab::sim::live::run_actor();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
