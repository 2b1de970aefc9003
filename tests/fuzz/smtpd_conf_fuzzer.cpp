// smtpd_conf_fuzzer.cpp - any text as smtpd.conf: it is refused with readable mistakes, or its
// rules, filters and tables can be asked, and each table can be read anew.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>

#include "relay/config/config.hpp"
#include "relay/config/table.hpp"

namespace {

using namespace mxlab::config;

// The text itself is also every file that it names: circles and odd table files come for free.
class OneFile : public FileReader {
 public:
  explicit OneFile(std::string text) : text_(std::move(text)) {}
  std::string read(const std::string& path) const override {
    if (path.find("none") != std::string::npos)
      throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory));
    return text_;
  }

 private:
  std::string text_;
};

Transaction stranger() {
  Transaction t;
  t.source = asio::ip::make_address("198.51.100.7");
  t.rdns = "host.dyn.example.com";
  t.helo = "mail.example.com";
  t.user = "jane";
  t.sender = "bob@example.com";
  t.recipient = "jane+tag@example.org";
  t.tag = "IN";
  return t;
}

void ask(const Config& config, const Transaction& transaction) {
  const Rule* rule = match(config, transaction, "mx2.example.org");
  if (rule && !rule->reject && !config.actions.contains(rule->action)) std::abort();
  for (const Listen& listen : config.listeners)
    for (int phase = 0; phase <= static_cast<int>(Phase::kCommit); ++phase) {
      apply(listen.filters, static_cast<Phase>(phase), transaction);
      reports(listen.filters, static_cast<Phase>(phase), transaction);
    }
}

void ask(const Table& table) {
  for (const char* key : {"jane", "jane+tag@example.org", "@", "", "192.0.2.1", "label"}) {
    table.contains_mailbox(key);
    table.contains_domain(key);
    table.lookup_alias(key);
    table.lookup_virtual(key);
    table.lookup_login(key);
    table.lookup_user(key);
    table.may_send_as(key, "jane@example.org");
  }
  table.lookup_address(asio::ip::make_address("192.0.2.1"));
}

// What could be read once can be read again, and a URL that was checked has a host.
void ask_values(const Config& config, const FileReader& files) {
  for (const auto& [name, table] : config.tables) {
    ask(*table);
    if (!table->path().empty() && !with_table(config, name, files).config) std::abort();
  }
  for (const auto& [name, action] : config.actions)
    for (const RelayUrl& url : action.hosts)
      if (url.host.empty() || url.port == 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const OneFile file(std::string(reinterpret_cast<const char*>(data), size));
  const ParseResult result = parse("smtpd.conf", file);
  if (result.diagnostics.size() > 100) std::abort();
  bool errors = false;
  for (const Diagnostic& d : result.diagnostics) {
    if (format(d).find(d.message) == std::string::npos) std::abort();
    errors = errors || !d.warning;
  }
  if (errors == result.config.has_value()) std::abort();
  if (!result.config) return 0;
  if (result.config->rules.empty()) std::abort();
  ask(*result.config, stranger());
  ask(*result.config, Transaction{.socket = true});
  ask_values(*result.config, file);
  return 0;
}
