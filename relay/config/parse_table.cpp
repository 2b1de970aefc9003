// parse_table.cpp - `table NAME …`, and the places where a table may be written.
#include <set>
#include <utility>

#include "relay/config/context.hpp"
#include "relay/config/file_loader.hpp"
#include "relay/config/table.hpp"
#include "relay/config/table_check.hpp"
#include "relay/config/table_file.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kKnownTypes[] = {"file"sv,     "static"sv,   "db"sv,     "passwd"sv,
                                            "getpwnam"sv, "proc"sv,     "sqlite"sv, "ldap"sv,
                                            "mysql"sv,    "postgres"sv, "redis"sv,  "socketmap"sv};

bool at_assignment(const Token& token) { return token.is_sign("=") || token.is_sign("=>"); }

struct InlineList {
  std::vector<std::string> values;
  std::vector<std::pair<std::string, std::string>> pairs;
  std::vector<Span> places;
  std::set<std::string> keys;
};

void parse_item(Cursor& cursor, InlineList& list) {
  const Token key = cursor.expect_string("a value of the list");
  list.places.push_back(key.span);
  const bool assigned = at_assignment(cursor.peek());
  if (assigned ? !list.values.empty() : !list.pairs.empty())
    fail(key.span, "a table holds either values or key = value pairs, not both");
  if (!assigned) return list.values.push_back(key.text);
  if (!list.keys.insert(lowered(key.text)).second) fail(key.span, "key given twice: " + key.text);
  cursor.take();
  list.pairs.emplace_back(key.text, cursor.expect_string("the value of " + key.text).text);
}

// Values are separated by commas or by nothing; the lexer has dropped line ends inside braces.
PlacedTable parse_inline(Cursor& cursor, const std::string& name) {
  InlineList list;
  cursor.expect_sign("{", "before the values of the table");
  do {
    parse_item(cursor, list);
    if (cursor.accept_sign(",") && cursor.peek().is_sign("}"))
      fail(cursor.peek().span, "a value is missing after the comma", "drop the last comma");
  } while (!cursor.peek().is_sign("}") && !cursor.at_end());
  cursor.expect_sign("}", "after the values of the table");
  if (!list.pairs.empty())
    return {std::make_shared<Table>(name, std::move(list.pairs)), std::move(list.places)};
  return {std::make_shared<Table>(name, std::move(list.values)), std::move(list.places)};
}

// [type:]/path
PlacedTable parse_file_table(Context& context, const Token& where, const std::string& name) {
  std::string path = where.text;
  std::string type = "file";
  if (!path.starts_with('/')) {
    const std::size_t colon = path.find(':');
    type = path.substr(0, colon);
    path = colon == std::string::npos ? "" : path.substr(colon + 1);
  }
  if (type != "file" && type != "static") {
    for (std::string_view known_type : kKnownTypes)
      if (type == known_type) fail(where.span, "known, but not supported yet: table type " + type);
    fail(where.span, "unknown table type: " + type,
         did_you_mean(type, kKnownTypes, "a file is written file:/path, a list { a, b }"));
  }
  if (!path.starts_with('/'))
    fail(where.span, "invalid backend parameter for table: " + name,
         "the path must be absolute: file:/etc/mail/" + (path.empty() ? name : path));
  const Source* source = load_table(context, where.span, path);
  if (!source) throw LineError{};
  PlacedTable placed = read_table_file(name, *source, context.report);
  placed.table->set_path(path);
  return placed;
}

}  // namespace

void parse_table(Context& context, Cursor& cursor) {
  const Token name = cursor.expect_string("the name of a table");
  declare(context, Kind::kTable, name);
  if (cursor.at_end())
    fail(cursor.peek().span, "expected the contents of table " + name.text,
         "table " + name.text + " { a, b } or table " + name.text + " file:/path");
  PlacedTable placed = cursor.at_string() ? parse_file_table(context, cursor.take(), name.text)
                                          : parse_inline(cursor, name.text);
  cursor.expect_end("the table's contents");
  context.config.tables[name.text] = placed.table;
  context.all_tables.push_back(placed.table);
  context.tables[name.text] = std::move(placed);
}

TableRef parse_table_use(Context& context, Cursor& cursor, Lookup lookup, std::string_view what) {
  static const TableRef kEmpty = std::make_shared<Table>("", std::vector<std::string>{});
  PlacedTable placed;
  Span span = cursor.peek().span;
  if (cursor.accept_sign("<")) {
    const Token name = cursor.expect_string("the name of a table");
    cursor.expect_sign(">", "after the table's name");
    if (!known(context, Kind::kTable, name)) return kEmpty;
    placed = context.tables.at(name.text);
    span = name.span;
  } else if (cursor.peek().is_sign("{")) {
    placed = parse_inline(cursor, "");
  } else {
    const Token value =
        cursor.expect_string("a value, a list { … } or a <table> after " + std::string(what));
    placed = {std::make_shared<Table>("", std::vector{value.text}), {value.span}};
  }
  if (placed.table->uses().contains(lookup)) return placed.table;
  if (!check_use(context.report, placed, lookup, span)) return kEmpty;
  placed.table->add_use(lookup);
  context.all_tables.push_back(placed.table);
  return placed.table;
}

}  // namespace mxlab::config
