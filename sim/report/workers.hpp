// workers.hpp - each scenario in a process of its own, several at a time.
//
// A simulation owns process-wide state (OpenSSL's and SQLite's generators, libc's clock), and a bug
// in it may abort: so each file gets a process, and what kills it is a verdict about that file.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "sim/report/outcome.hpp"

namespace mxlab::report {

/// Runs `work` for every file, at most `jobs` at a time; `done` gets the outcomes here, in the
/// order of the files, each as soon as those before it are known.
void run_in_processes(const std::vector<std::string>& files, std::size_t jobs,
                      const std::function<Outcome(const std::string&)>& work,
                      const std::function<void(Outcome)>& done);

}  // namespace mxlab::report
