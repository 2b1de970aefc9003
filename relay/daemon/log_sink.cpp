#include "relay/daemon/log_sink.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

// Lines of this program, not of log_sink.cpp: every message would bear the same CODE_LINE.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

namespace mxlab::daemon {
namespace {

constexpr std::size_t kMostHeldBack = 64 * 1024;

/// One write for many lines. A crash of ours loses what is held back, which is at most what one
/// turn of the event loop had to say; warnings go out at once.
class StderrSink final : public LogSink {
 public:
  explicit StderrSink(LogFormat format) : format_(format) {}
  ~StderrSink() override { StderrSink::flush(); }

  void write(const LogEntry& entry) override {
    held_back_ += format_ == LogFormat::kJson ? json_line(entry) : entry.text;
    held_back_ += '\n';
    if (entry.severity == Severity::kWarning || held_back_.size() > kMostHeldBack) flush();
  }
  void flush() override {
    std::string_view rest = held_back_;
    while (!rest.empty()) {
      const auto n = ::write(STDERR_FILENO, rest.data(), rest.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;  // nobody reads us; there is nobody to tell
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
    held_back_.clear();
  }
  bool holds_back() const override { return !held_back_.empty(); }

 private:
  LogFormat format_;
  std::string held_back_;
};

class SyslogSink final : public LogSink {
 public:
  explicit SyslogSink(LogFormat format) : format_(format) {
    ::openlog("mxrelayd", LOG_PID | LOG_NDELAY, LOG_MAIL);
  }
  ~SyslogSink() override { ::closelog(); }
  void write(const LogEntry& entry) override {
    const std::string line = format_ == LogFormat::kJson ? json_line(entry) : entry.text;
    ::syslog(syslog_priority(entry.severity), "%s", line.c_str());
  }

 private:
  LogFormat format_;
};

/// systemd.journal-fields(7): upper case letters, digits, underscores, no underscore first.
std::string field_name(std::string_view key) {
  std::string name = "MXRELAY_";
  for (char c : key)
    name += std::isalnum(static_cast<unsigned char>(c))
                ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
                : '_';
  return name;
}

class JournalSink final : public LogSink {
 public:
  void write(const LogEntry& entry) override {
    std::vector<std::string> fields{
        "MESSAGE=" + entry.text, fmt::format("PRIORITY={}", syslog_priority(entry.severity)),
        "SYSLOG_IDENTIFIER=mxrelayd", fmt::format("SYSLOG_FACILITY={}", LOG_FAC(LOG_MAIL))};
    const LogParts parts = take_apart(entry.text);
    if (!parts.session.empty()) fields.push_back("MXRELAY_SESSION=" + parts.session);
    if (!parts.event.empty()) fields.push_back("MXRELAY_EVENT=" + parts.part + " " + parts.event);
    for (const auto& [key, value] : parts.fields) fields.push_back(field_name(key) + "=" + value);
    std::vector<iovec> vectors;
    for (std::string& field : fields) vectors.push_back({field.data(), field.size()});
    ::sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size()));
  }
};

/// systemd.exec(5), JOURNAL_STREAM: device and inode of a stderr that the journal reads.
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &info) != 0) return false;
  return fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
}

}  // namespace

std::unique_ptr<LogSink> stderr_sink(LogFormat format) {
  if (format == LogFormat::kText && stderr_is_the_journal()) return std::make_unique<JournalSink>();
  return std::make_unique<StderrSink>(format);
}

std::unique_ptr<LogSink> system_sink(LogFormat format) {
  if (std::getenv("JOURNAL_STREAM") != nullptr) return stderr_sink(format);
  return std::make_unique<SyslogSink>(format);
}

}  // namespace mxlab::daemon
