// update.cpp - one table read anew from its file, as `mxrelayctl update table` asks for. Pure.
//
// A configuration in use is never changed: sessions and deliveries keep the one they began with,
// and a file with a mistake changes nothing.
#include <utility>

#include "relay/config/context.hpp"
#include "relay/config/file_loader.hpp"
#include "relay/config/table_check.hpp"
#include "relay/config/table_file.hpp"

namespace mxlab::config {
namespace {

/// Puts one table in another's place, wherever a configuration refers to it.
class Exchange {
 public:
  Exchange(TableRef old, TableRef fresh) : old_(std::move(old)), fresh_(std::move(fresh)) {}

  void in(Config& config) {
    for (auto& [name, table] : config.tables) put(table);
    for (auto& [name, action] : config.actions) in_action(action);
    for (Listen& listen : config.listeners) in_listen(listen);
    for (Rule& rule : config.rules) in_rule(rule);
  }

 private:
  bool put(TableRef& table) const {
    if (table != old_) return false;
    table = fresh_;
    return true;
  }

  void in_action(Action& action) const {
    for (TableRef* table : {&action.domains, &action.credentials, &action.helo_by_source,
                            &action.aliases, &action.virtuals, &action.userbase})
      put(*table);
    if (put(action.host_table)) action.hosts = relay_hosts(*fresh_);
    if (put(action.source_table)) action.sources = source_addresses(*fresh_);
  }

  void in_listen(Listen& listen) {
    for (TableRef* table : {&listen.credentials, &listen.hostnames, &listen.senders}) put(*table);
    for (auto& filter : listen.filters)
      if (filter->condition.table == old_) filter = exchanged(*filter);
  }

  std::shared_ptr<const Filter> exchanged(const Filter& filter) const {
    auto copy = std::make_shared<Filter>(filter);
    copy->condition.table = fresh_;
    return copy;
  }

  void in_rule(Rule& rule) const {
    put(rule.from_condition.table);
    put(rule.target_condition.table);
    for (auto* part : {&rule.auth, &rule.helo, &rule.mail_from, &rule.rcpt_to, &rule.tag})
      if (*part) put((*part)->table);
  }

  TableRef old_, fresh_;
};

std::vector<std::string_view> table_names(const Config& config) {
  std::vector<std::string_view> names;
  for (const auto& [name, table] : config.tables) names.push_back(name);
  return names;
}

// Null after a mistake, which is reported.
std::shared_ptr<Table> read_anew(Context& context, const Table& old) {
  const Source* source = load_table(context, {}, old.path());
  if (!source) return nullptr;
  const PlacedTable placed = read_table_file(old.name(), *source, context.report);
  for (const Lookup use : old.uses()) {
    check_use(context.report, placed, use, {});
    placed.table->add_use(use);
  }
  placed.table->set_path(old.path());
  return context.report.has_errors() ? nullptr : placed.table;
}

std::shared_ptr<const Config> exchanged(Context& context, const Config& config,
                                        const std::string& name) {
  const auto found = config.tables.find(name);
  if (found == config.tables.end()) {
    context.report.error({}, "no such table: " + name, did_you_mean(name, table_names(config)));
    return nullptr;
  }
  if (found->second->path().empty()) {
    context.report.error({}, "it stands in the configuration itself, not in a file",
                         "change it there, and reload the configuration");
    return nullptr;
  }
  const std::shared_ptr<Table> fresh = read_anew(context, *found->second);
  if (!fresh) return nullptr;
  fresh->set_sub_address(config.sub_address.front());
  auto changed = std::make_shared<Config>(config);
  Exchange(found->second, fresh).in(*changed);
  return changed;
}

}  // namespace

TableUpdate with_table(const Config& config, const std::string& name, const FileReader& files) {
  Context context(files, {});
  TableUpdate update;
  update.config = exchanged(context, config, name);
  update.diagnostics = context.report.take();
  for (Diagnostic& diagnostic : update.diagnostics)
    if (diagnostic.line == 0) diagnostic.file = "table " + name;
  return update;
}

}  // namespace mxlab::config
