// context.hpp - what is known while a configuration is read: names declared so far, settings, and
// the mistakes found. Each kind of line has its own parser, a function over this.
//
// Order matters in smtpd.conf: a name must be declared above the line that uses it. A name whose
// own line was wrong counts as declared, so that one mistake is reported once.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/config/cursor.hpp"
#include "relay/config/source.hpp"
#include "relay/config/table.hpp"

namespace mxlab::config {

enum class Kind { kTable, kFilter, kAction, kPki, kCa };

/// A table with the places its values were written at, for mistakes that show only in use.
struct PlacedTable {
  std::shared_ptr<Table> table;
  std::vector<Span> places;
};

struct NamedFilter {
  FilterChain filters;
  bool chain = false;
};

struct Context {
  Context(const FileReader& reader, Macros given) : files(reader), defines(std::move(given)) {}

  const FileReader& files;
  Macros defines;  // -D, stronger than the file's own macros
  Macros macros;
  std::deque<Source> sources;  // every file read; spans point into them
  Report report;
  Config config;

  std::map<std::string, PlacedTable> tables;
  std::vector<std::shared_ptr<Table>> all_tables;  // those without a name too
  std::map<std::string, NamedFilter> filters;
  std::map<std::pair<Kind, std::string>, Span> declared;
  std::set<std::pair<Kind, std::string>> broken;
  std::map<std::string, Span> settings;  // "queue ttl": where it was set
  bool any_rule = false;                 // even a wrong one
  bool any_socket = false;

  struct Unresolved {
    Kind kind;
    std::string name;
    std::size_t diagnostic;
  };
  std::vector<Unresolved> unresolved;
};

/// Registers a name; the same name twice is a mistake.
void declare(Context& context, Kind kind, const Token& name);

/// True if the name stands above; else reports it (once per use) and returns false.
bool known(Context& context, Kind kind, const Token& name);

/// Hints for names that are declared, but only further below.
void explain_order(Context& context);

/// For a setting that a later line replaces.
void set_once(Context& context, const std::string& setting, const Span& span);

void not_supported(Context& context, const Span& span, const std::string& what);

// One parser per kind of line; the cursor stands behind the first word.
void parse_table(Context& context, Cursor& cursor);
void parse_filter(Context& context, Cursor& cursor);
void parse_listen(Context& context, Cursor& cursor);
void parse_action(Context& context, Cursor& cursor);
void parse_match(Context& context, Cursor& cursor);
void parse_pki(Context& context, Cursor& cursor);
void parse_bounce(Context& context, Cursor& cursor);
void parse_queue(Context& context, Cursor& cursor);
void parse_smtp(Context& context, Cursor& cursor);
void parse_mta(Context& context, Cursor& cursor);
void parse_scheduler(Context& context, Cursor& cursor);
void parse_mda(Context& context, Cursor& cursor);
void parse_srs(Context& context, Cursor& cursor);
void parse_smtp_limit(Context& context, Cursor& cursor);  // behind smtp limit
void parse_admd(Context& context, Cursor& cursor);
void parse_ca(Context& context, Cursor& cursor);

/// <name>, { list } or one value; `what` names the use in messages: "alias". Checks the values.
TableRef parse_table_use(Context& context, Cursor& cursor, Lookup lookup, std::string_view what);

/// The name of a pki that stands above and is complete; null if it is unknown, which is reported.
const Pki* parse_pki_use(Context& context, Cursor& cursor);

/// The name of a ca that stands above; empty if it is unknown, which is reported.
std::string parse_ca_use(Context& context, Cursor& cursor);

/// ciphers and protocols of a listener or an action; `option` is the word itself.
void parse_tuning(Cursor& cursor, const Token& option, TlsTuning& tuning);

/// A filter's name or a list of names in braces.
FilterChain parse_filter_use(Context& context, Cursor& cursor);

/// The names in braces behind `filter NAME chain`, and behind `filter` elsewhere.
FilterChain parse_filter_list(Context& context, Cursor& cursor);

/// The duration behind `setting`.
Duration expect_duration(Cursor& cursor, std::string_view setting);

/// A number of at least one behind `setting`.
std::size_t expect_count(Cursor& cursor, const std::string& setting);

/// A host name behind `option`.
std::string expect_host_name(Cursor& cursor, std::string_view option);

}  // namespace mxlab::config
