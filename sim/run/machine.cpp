#include "sim/run/machine.hpp"

#include <fmt/format.h>

#include "sim/actors/certificate.hpp"

namespace mxlab::sim {
namespace {

constexpr const char* kSpool = "/var/mail";
constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/sh\nadmin:x:1000:1000::/home/admin:/bin/sh\n";

bool is_inline(const scenario::HostSpec& spec) { return spec.config_first_line > 0; }

class HostFiles final : public config::FileReader {
 public:
  HostFiles(const scenario::HostSpec& spec, std::string config_name)
      : spec_(spec), config_name_(std::move(config_name)) {}

  std::string read(const std::string& path) const override {
    if (path == config_name_)
      return std::string(static_cast<std::size_t>(std::max(spec_.config_first_line - 1, 0)), '\n') +
             spec_.config_text;
    auto at = spec_.files.find(path);
    if (at == spec_.files.end())
      throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory), path);
    return at->second;
  }

 private:
  /// An inline text with the lines above it and the columns before it, so that places in messages
  /// are places in the scenario.
  std::string placed_config() const {
    if (!is_inline(spec_)) return spec_.config_text;
    std::string text(static_cast<std::size_t>(spec_.config_first_line - 1), '\n');
    const std::string indent(static_cast<std::size_t>(spec_.config_indent), ' ');
    for (std::size_t begin = 0; begin < spec_.config_text.size();) {
      std::size_t end = std::min(spec_.config_text.find('\n', begin), spec_.config_text.size() - 1);
      text += indent + spec_.config_text.substr(begin, end + 1 - begin);
      begin = end + 1;
    }
    return text;
  }

  const scenario::HostSpec& spec_;
  std::string config_name_;
};

std::string with_crlf(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

/// One message of an mbox file, from its From_ line on.
Delivered parse_mbox_message(const std::string& text, const std::string& mailbox) {
  Delivered mail;
  mail.mailbox = mailbox;
  mail.sender = text.substr(5, text.find(' ', 5) - 5);
  if (mail.sender == "MAILER-DAEMON") mail.sender.clear();
  mail.text = with_crlf(text.substr(text.find('\n') + 1));
  return mail;
}

}  // namespace

config::ParseResult parse_host_config(const scenario::HostSpec& spec,
                                      const std::string& scenario_file) {
  std::string name = scenario_file;
  if (!is_inline(spec)) {
    auto slash = scenario_file.rfind('/');
    name = slash == std::string::npos ? spec.config_file
                                      : scenario_file.substr(0, slash + 1) + spec.config_file;
  }
  return config::parse(name, HostFiles(spec, name));
}

std::map<std::string, std::string> relay_files(const scenario::HostSpec& spec) {
  std::map<std::string, std::string> files = spec.files;
  files.emplace(kConfigPath, spec.config_text);
  files.emplace("/etc/mailname", spec.name + "\n");
  files.emplace("/etc/passwd", kPasswd);
  auto parsed = parse_host_config(spec, spec.name);
  if (!parsed.config) return files;
  for (const auto& [name, pki] : parsed.config->pki) {
    const Certificate certificate = make_certificate(name);
    files.emplace(pki.certificate_file, certificate.chain);
    files.emplace(pki.key_file, certificate.key);
  }
  return files;
}

void prepare_relay_disk(SimDisk& disk, const scenario::HostSpec& spec) {
  disk.set_capacity(kDiskSize);
  for (const auto& [path, text] : relay_files(spec)) disk.install(path, text);
}

std::vector<Delivered> read_mbox(const std::string& text, const std::string& mailbox) {
  std::vector<Delivered> mail;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t next = text.find("\n\nFrom ", begin);
    std::size_t end = next == std::string::npos ? text.size() : next + 2;
    mail.push_back(parse_mbox_message(text.substr(begin, end - begin), mailbox));
    begin = end;
  }
  return mail;
}

std::vector<Delivered> read_mbox_files(SimDisk& disk, const std::string& host) {
  std::vector<Delivered> mail;
  if (disk.dead() || !disk.exists(kSpool)) return mail;
  for (const std::string& user : disk.list(kSpool))
    for (Delivered& message :
         read_mbox(disk.peek(fmt::format("{}/{}", kSpool, user)).value_or(""), user + "@" + host))
      mail.push_back(std::move(message));
  return mail;
}

}  // namespace mxlab::sim
