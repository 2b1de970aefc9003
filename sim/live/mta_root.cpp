#include "sim/live/mta_root.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/live/mta_roots.hpp"
#include "sim/live/system.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;

std::string line_of(const fs::path& file) {
  std::string line;
  std::ifstream in(file);
  std::getline(in, line);
  return line;
}

void bind(const fs::path& what, const fs::path& where) {
  require(::mount(what.c_str(), where.c_str(), nullptr, MS_BIND, nullptr) == 0,
          fmt::format("cannot show {} as {}", what.string(), where.string()));
}

}  // namespace

MtaRoot::MtaRoot(const Machine& machine, Kind kind, const std::vector<MtaFile>& files)
    : root_(machine.at(kMtaRoot)) {
  mount(machine, kind);
  for (const char* path : {"/etc/resolv.conf", "/etc/hosts"})
    fs::copy_file(machine.at(path), at(path), fs::copy_options::overwrite_existing);
  for (const MtaFile& file : files) write(file);
}

fs::path MtaRoot::at(const std::string& path) const {
  return root_ / fs::path(path).relative_path();
}

void MtaRoot::mount(const Machine& machine, Kind kind) const {
  const fs::path layer = machine.at("/.mta");
  for (const fs::path& place : {root_, layer / "upper", layer / "work"})
    fs::create_directories(place);
  const std::string how =
      fmt::format("lowerdir={},upperdir={},workdir={}", (mta_roots() / mta_name(kind)).string(),
                  (layer / "upper").string(), (layer / "work").string());
  require(::mount("mta", root_.c_str(), "overlay", 0, how.c_str()) == 0,
          fmt::format("cannot put a layer over the root of {}", mta_name(kind)));
  bind("/proc", at("/proc"));
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}) {
    std::ofstream(at(device)).flush();
    bind(device, at(device));
  }
  fs::create_symlink("/proc/self/fd/1", at("/dev/stdout"));
}

void MtaRoot::write(const MtaFile& file) const {
  const fs::path place = at(file.path);
  fs::create_directories(place.parent_path());
  switch (file.type) {
    case MtaFile::Type::kDirectory:
      fs::create_directories(place);
      break;
    case MtaFile::Type::kFifo:
      require(::mkfifo(place.c_str(), file.mode) == 0, "cannot make " + place.string());
      break;
    case MtaFile::Type::kFile:
      std::ofstream(place, std::ios::binary) << file.text;
      break;
  }
  require(
      ::chown(place.c_str(), file.user, file.group) == 0 && ::chmod(place.c_str(), file.mode) == 0,
      "cannot set who owns " + place.string());
}

void MtaRoot::signal(int number, const std::vector<std::string>& names) const {
  struct stat ours {
  }, theirs{};
  require(::stat(root_.c_str(), &ours) == 0, "cannot look at " + root_.string());
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const int process = std::atoi(entry.path().filename().c_str());
    // Whoever has ended meanwhile has no root any more.
    if (process <= 0 || ::stat((entry.path() / "root").c_str(), &theirs) != 0) continue;
    if (theirs.st_dev != ours.st_dev || theirs.st_ino != ours.st_ino) continue;
    const bool wanted = names.empty() || std::find(names.begin(), names.end(),
                                                   line_of(entry.path() / "comm")) != names.end();
    if (wanted) ::kill(process, number);
  }
}

}  // namespace mxlab::sim::live
