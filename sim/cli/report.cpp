// report.cpp - mxlab report: published results, written anew from runs.
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/report/blog.hpp"
#include "sim/report/files.hpp"

namespace mxlab::cli {
namespace {

struct ReportSettings {
  std::string subject, scenarios = "scenarios", folder = "reports/blog";
};

int write_blog(const ReportSettings& settings) {
  for (const auto& [name, text] : report::blog_pages(settings.scenarios)) {
    const std::string file = settings.folder + "/" + name;
    report::write_report(file, text);
    print(file + "\n");
  }
  return 0;
}

}  // namespace

void add_report(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<ReportSettings>();
  CLI::App* command = app.add_subcommand("report", "Write published results anew from runs");
  command->add_option("SUBJECT", settings->subject, "blog: the tutorial's two experiments")
      ->required()
      ->check(CLI::IsMember({"blog"}));
  command->add_option("-o,--output", settings->folder, "The folder to write into")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--scenarios", settings->scenarios, "Where the scenarios are")
      ->type_name("DIR")
      ->capture_default_str();
  command->footer("Example:\n  mxlab report blog -o reports/blog");
  command->callback([settings, &exit] { exit.code = write_blog(*settings); });
}

}  // namespace mxlab::cli
