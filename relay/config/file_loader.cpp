// file_loader.cpp - reads configuration and table files, within limits.
#include "relay/config/file_loader.hpp"

#include <system_error>

namespace mxlab::config {
namespace {

constexpr std::size_t kMaxConfigFile = 1024 * 1024;
constexpr std::size_t kMaxTableFile = 16 * 1024 * 1024;
constexpr std::size_t kMaxFiles = 256;  // of one configuration, tables included

struct Limits {
  const char* what;
  std::size_t size;
};

const Source* load(Context& context, const Span& from, const std::string& path, Limits limits) {
  if (context.sources.size() >= kMaxFiles) {
    context.report.error(from, "this configuration has too many files");
    return nullptr;
  }
  try {
    std::string text = context.files.read(path);
    if (text.size() > limits.size) {
      context.report.error(from, std::string(limits.what) + " " + path + " is too large");
      return nullptr;
    }
    return &context.sources.emplace_back(path, std::move(text));
  } catch (const std::system_error& error) {
    context.report.error(from, std::string("cannot read ") + limits.what + " " + path + ": " +
                                   error.code().message());
    return nullptr;
  }
}

}  // namespace

const Source* load_table(Context& context, const Span& from, const std::string& path) {
  return load(context, from, path, {"table file", kMaxTableFile});
}

const Source* load_config(Context& context, const Span& from, const std::string& path) {
  return load(context, from, path, {"configuration file", kMaxConfigFile});
}

}  // namespace mxlab::config
