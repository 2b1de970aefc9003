// list.cpp - mxlab list: which scenarios there are, and what each is about.
#include "sim/cli/commands.hpp"
#include "sim/report/catalogue.hpp"
#include "sim/report/outcome.hpp"
#include "sim/run/load.hpp"
#include "sim/scenario/words.hpp"

namespace mxlab::cli {
namespace {

struct ListSettings {
  std::vector<std::string> paths{"scenarios"};
  std::string group;
  bool detailed = false, page = false;
};

int list(const ListSettings& settings) {
  const auto entries =
      report::of_group(report::read_catalogue(sim::find_scenarios(settings.paths)), settings.group);
  print(settings.page
            ? report::catalogue_page(entries)
            : report::catalogue_text(entries, settings.detailed, report::Paint::for_output()));
  return entries.empty() ? report::kNothingTested : 0;
}

}  // namespace

void add_list(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<ListSettings>();
  CLI::App* command =
      app.add_subcommand("list", "The catalogue: name each scenario, and what is to be learnt");
  command->add_option("PATHS", settings->paths, "Scenario files, and folders with *.yaml below")
      ->capture_default_str();
  command->add_option("--group", settings->group, "Only this group: tutorial, useful or weird")
      ->type_name("GROUP")
      ->check(CLI::IsMember(std::vector<std::string>(scenario::words::kGroups.begin(),
                                                     scenario::words::kGroups.end())));
  command->add_flag("--long", settings->detailed, "Tell each story as well");
  command->add_flag("--markdown", settings->page, "As a page, as in reports/catalogue.md");
  command->footer("Examples:\n  mxlab list scenarios/route\n  mxlab list --group weird --long");
  command->callback([settings, &exit] { exit.code = list(*settings); });
}

}  // namespace mxlab::cli
