#include "sim/live/wire_secrets.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "sim/live/preload.hpp"
#include "sim/live/secret_file.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;

/// "LABEL RANDOM SECRET". A program that was killed while it wrote leaves zeros.
bool is_whole(const std::string& line) {
  return line.find('\0') == line.npos && std::count(line.begin(), line.end(), ' ') == 2;
}

}  // namespace

WireSecrets::WireSecrets(const std::string& file, const std::string& library)
    : name_(file), library_(library), file_(std::fopen(file.c_str(), "wb"), std::fclose) {
  if (!file_) throw std::system_error(errno, std::generic_category(), name_);
}

void WireSecrets::overhear(const fs::path& root) {
  constexpr unsigned kForAll = 0666;  // mail systems give up root
  write_below(root, kSecretFile, "", kForAll);
  const fs::path told = below(root, kSecretFile);
  fs::resize_file(told, sizeof(SecretFile));
  preload(root, library_);
  told_.push_back(told);
}

/// False when there was more than it has room for.
bool WireSecrets::collect(const fs::path& told) {
  std::ifstream in(told, std::ios::binary);
  std::uint64_t used = 0;
  in.read(reinterpret_cast<char*>(&used), sizeof used);
  std::string text(std::min<std::uint64_t>(used, kSecretRoom), '\0');
  in.seekg(offsetof(SecretFile, text));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in) throw std::runtime_error("cannot read " + told.string());
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (is_whole(line) && lines_.insert(line).second) fmt::print(file_.get(), "{}\n", line);
  return used <= kSecretRoom;
}

void WireSecrets::finish() {
  bool whole = true;
  for (const fs::path& told : told_) whole = collect(told) && whole;
  if (std::fflush(file_.get()) != 0 || std::ferror(file_.get()) != 0)
    throw std::system_error(EIO, std::generic_category(), name_);
  if (!whole)
    throw std::runtime_error(name_ +
                             ": there were more TLS connections than a machine can tell of");
}

}  // namespace mxlab::sim::live
