// study.cpp - mxlab study: what an outage costs, with and without backups.
#include <fmt/format.h>
#include <fstream>
#include <sstream>

#include "sim/cli/commands.hpp"
#include "sim/report/files.hpp"
#include "sim/study/files.hpp"

namespace mxlab::cli {
namespace {

struct StudySettings {
  std::string subject, mix = "sim/study/mix.yaml", profiles = "sim/study/senders.yaml", folder;
  study::Question question;
};

// What the option allows: beyond, the run takes minutes and the bands no longer shrink visibly.
constexpr std::size_t kMostLetters = 1'000'000;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    throw std::runtime_error(fmt::format(
        "{} cannot be read; run from the source tree, or name it with --mix and --profiles", path));
  return text.str();
}

study::MixResult mix_of(const StudySettings& settings, const study::Senders& senders) {
  if (settings.mix.find('=') != std::string::npos) return study::parse_mix(settings.mix, senders);
  return study::read_mix(settings.mix, read_file(settings.mix), senders);
}

std::string command_of(const StudySettings& settings) {
  const StudySettings usual;
  std::string command = fmt::format("mxlab study outage --seed {} --messages {}",
                                    settings.question.seed, settings.question.letters);
  if (settings.mix != usual.mix) command += " --mix '" + settings.mix + "'";
  if (settings.profiles != usual.profiles) command += " --profiles '" + settings.profiles + "'";
  if (settings.question.shared != usual.question.shared)
    command += fmt::format(" --together {:g}", settings.question.shared);
  return command + " --out reports";
}

int study_outage(StudySettings& settings) {
  const auto senders = study::read_senders(settings.profiles, read_file(settings.profiles));
  if (!senders.errors.empty()) return tell_wrong(senders.errors);
  const auto mix = mix_of(settings, senders);
  if (!mix.mix) return tell_wrong(mix.errors);
  settings.question.senders = senders.all;
  settings.question.mix = *mix.mix;
  const auto found = study::study(settings.question);
  print(study::table_of(settings.question, found));
  if (settings.folder.empty()) return 0;
  print("\n");
  for (const auto& [name, text] : study::files_of(settings.question, found, command_of(settings))) {
    const std::string file = settings.folder + "/" + name;
    report::write_report(file, text);
    print(file + "\n");
  }
  return 0;
}

}  // namespace

void add_study(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<StudySettings>();
  CLI::App* command = app.add_subcommand("study",
                                         "Draw what an outage costs, with and without "
                                         "backups, for a mix of senders");
  command->add_option("SUBJECT", settings->subject, "outage: mail lost, bounced and late")
      ->required()
      ->check(CLI::IsMember({"outage"}));
  auto& question = settings->question;
  command->add_option("-s,--seed", question.seed, "The same seed gives the same figures")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--messages", question.letters, "So many letters at each point")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, kMostLetters));
  command->add_option("--mix", settings->mix, "Who sends: gmail=30,postfix=20 or a YAML file")
      ->type_name("MIX")
      ->capture_default_str();
  command->add_option("--profiles", settings->profiles, "How each sender retries: a YAML file")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_option("--together", question.shared, "The chance of a backup to be down as well")
      ->type_name("0…1")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command
      ->add_option("-o,--out", settings->folder,
                   "Write a page, its charts and all figures (CSV) into this folder")
      ->type_name("DIR");
  command->footer(
      "Examples:\n"
      "  mxlab study outage\n"
      "  mxlab study outage --mix gmail=40,postfix=30,mailgun=5 --out my-study");
  command->callback([settings, &exit] { exit.code = study_outage(*settings); });
}

}  // namespace mxlab::cli
