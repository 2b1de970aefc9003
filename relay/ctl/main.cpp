// main.cpp - mxrelayctl: an operator's way into a running mxrelayd.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "relay/ctl/program.hpp"

namespace {

void write(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace mxlab::ctl;
  Options options;
  CLI::App app("", "mxrelayctl");
  app.set_help_flag();  // --help after a command is about that command
  app.set_version_flag("--version", "mxrelayctl " MXLAB_VERSION);
  app.add_flag("-h,--help", options.help);
  app.add_flag("--json", options.json);
  app.add_flag("--watch", options.watch);
  app.add_option("--socket", options.socket);
  app.add_option("--spool", options.spool);
  app.add_option("--rows", options.rows)->check(CLI::PositiveNumber);
  app.add_option("--resolver", options.resolver);
  app.add_option("COMMAND", options.words);
  Output output{[](std::string_view text) { write(stdout, text); },
                [](std::string_view text) { write(stderr, text); }, [] { std::fflush(stdout); }};
  std::signal(SIGPIPE, SIG_DFL);  // mxrelayctl show queue | head
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --version
    output.err(std::string("mxrelayctl: ") + error.what() + "; see mxrelayctl --help\n");
    return kFailed;
  }
  // Installed as mailq it is what mailq always was.
  const std::string_view name = argv[0];
  if (name.substr(name.rfind('/') + 1) == "mailq") options.words = {"show", "queue"};
  const int status = run(options, output);
  std::fflush(stdout);
  return status;
}
