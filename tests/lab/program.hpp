// program.hpp - for tests: the built mxlab, run in a folder of its own with files made for it.
#pragma once
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <sys/wait.h>

namespace mxlab::test {

struct Ran {
  int code = -1;
  std::string text;
};

/// An empty folder named after the running test.
class Folder {
 public:
  Folder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(testing::TempDir()) /
            (std::string("mxlab-") + test->test_suite_name() + "-" + test->name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path_ / name).rdbuf();
    return text.str();
  }
  /// "run a.yaml"; the locale is C, so that symbols are ASCII. Errors are in the text, too.
  Ran mxlab(const std::string& arguments) const {
    return shell("env -u NO_COLOR LC_ALL=C '" MXLAB_PROGRAM "' " + arguments + " 2>&1");
  }
  Ran shell(const std::string& what) const {
    const std::string command = "cd '" + path_.string() + "' && " + what;
    Ran ran;
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return ran;
    std::array<char, 4096> buffer;
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
      ran.text.append(buffer.data(), got);
    const int status = pclose(pipe);
    if (WIFEXITED(status)) ran.code = WEXITSTATUS(status);
    return ran;
  }

 private:
  std::filesystem::path path_;
};

inline const std::string kHolds = R"(name: One mail arrives
explain: Nothing is in its way. It is short.
dns: {example.org: [MX 10 mail.example.org]}
hosts:
  mail.example.net: {is: sender}
  mail.example.org: {is: primary}
steps:
  - at: 5s
    send: {from: a@example.net, to: b@example.org}
  - at: 10s
    explain: It has arrived.
    expect: {mail.example.org: {mailbox: {b@example.org: 1}}}
)";

inline const std::string kFails = R"(name: A promise that cannot hold
explain: Nobody writes, and three are expected.
hosts:
  mail.example.org: {is: primary}
steps:
  - at: 2s
    note: nobody writes
  - at: 4s
    expect:
      mail.example.org:
        client.conn: 3
        monitor: [3x 0 0 0 | 0 0 0 | 0 0 0 0 | 0 0 0, 1 1 0 | 0 1 1 | 1 0 0 0 | 0 0 0]
)";

inline const std::string kWrong = R"(name: A misspelt word
explain: Its steps are called stpes.
hosts:
  mail.example.org: {is: primary}
stpes: []
)";

}  // namespace mxlab::test
