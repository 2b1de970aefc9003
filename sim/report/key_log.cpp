#include "sim/report/key_log.hpp"

#include <cerrno>
#include <system_error>

#include "sim/world/tls_secrets.hpp"

namespace mxlab::report {

KeyLog::KeyLog(const std::string& file)
    : name_(file), file_(std::fopen(file.c_str(), "wb"), std::fclose) {
  if (!file_) throw std::system_error(errno, std::generic_category(), name_);
  sim::on_tls_secret([this](std::string_view line) {
    if (!told_.emplace(line).second) return;
    std::fwrite(line.data(), 1, line.size(), file_.get());
    std::fputc('\n', file_.get());
  });
}

KeyLog::~KeyLog() { sim::on_tls_secret({}); }

void KeyLog::finish() {
  if (std::fflush(file_.get()) != 0 || std::ferror(file_.get()) != 0)
    throw std::system_error(EIO, std::generic_category(), name_);
}

}  // namespace mxlab::report
