// commands.hpp - the commands of mxlab; each adds itself to the program's command line.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace mxlab::cli {

/// What main() returns; set by the command that ran.
struct Exit {
  int code = 0;
};

inline constexpr int kWrongUsage = 2;  // and wrong scenarios
inline constexpr int kLabFailed = 3;

void add_run(CLI::App& app, Exit& exit);
void add_check(CLI::App& app, Exit& exit);
void add_list(CLI::App& app, Exit& exit);
void add_replay(CLI::App& app, Exit& exit);
void add_points(CLI::App& app, Exit& exit);
void add_minimise(CLI::App& app, Exit& exit);
void add_diverge(CLI::App& app, Exit& exit);
void add_sweep(CLI::App& app, Exit& exit);
void add_merge(CLI::App& app, Exit& exit);
void add_report(CLI::App& app, Exit& exit);
void add_study(CLI::App& app, Exit& exit);
void add_compare(CLI::App& app, Exit& exit);
void add_actor(CLI::App& app, Exit& exit);

/// mxlab compare --backup: each scenario once with each of these as the backup; the exit code.
/// `operators`: what they see is compared, not how long it takes.
int compare_backups(const std::vector<std::string>& paths, const std::vector<std::string>& backups,
                    bool operators);

/// Says why when no sandbox can be had here, and returns what the program then returns; else 0.
int need_sandbox();

/// Prints to standard output, at once.
void print(const std::string& text);

/// What every command's help ends with.
extern const char* const kExitCodes;

/// Says on standard error what is wrong with a scenario, or that one does not fail; the exit code.
int tell_wrong(const std::vector<std::string>& errors);
int tell_sound(const std::string& file, std::uint64_t seed);

/// For CLI11: an empty text when it is a time.
std::string not_a_time(const std::string& text);

/// Parses and runs the command line of mxlab.
int run_program(CLI::App& app, int argc, const char* const* argv);

}  // namespace mxlab::cli
