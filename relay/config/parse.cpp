// parse.cpp - reads a configuration line by line: macros, include, and the parser of each kind of
// line. A mistake ends its line, not the reading, so that all of them are found at once.
#include <algorithm>
#include <array>
#include <utility>

#include "relay/config/context.hpp"
#include "relay/config/file_loader.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxIncludeDepth = 16;

class Reader {
 public:
  explicit Reader(Context& context) : context_(context) {}

  void read_file(const std::string& path, const Span& from);

 private:
  void read_line(const Line& line);
  void parse_line(Cursor& cursor);
  void parse_directive(const Token& first, Cursor& cursor);
  void parse_macro(Cursor& cursor);
  void parse_include(Cursor& cursor);
  void mark_broken(const Line& line);

  Context& context_;
  std::vector<std::string> open_files_;
};

void Reader::read_file(const std::string& path, const Span& from) {
  const Source* source = load_config(context_, from, path);
  if (!source) return;
  open_files_.push_back(path);
  Lexer lexer(*source, context_.macros, context_.report);
  while (const std::optional<Line> line = lexer.next_line()) {
    if (context_.report.full()) break;
    read_line(*line);
  }
  open_files_.pop_back();
}

void Reader::read_line(const Line& line) {
  if (line.bad) return mark_broken(line);
  try {
    Cursor cursor(line.tokens);
    parse_line(cursor);
  } catch (const LineError& error) {
    if (!error.message.empty()) context_.report.error(error.span, error.message, error.hint);
    mark_broken(line);
  }
}

// Whoever refers to what this line meant to declare need not hear of it again.
void Reader::mark_broken(const Line& line) {
  if (line.tokens.empty()) return;
  const Token& first = line.tokens.front();
  if (first.is_word("match") || first.is_word("accept")) context_.any_rule = true;
  if (line.tokens.size() < 2) return;
  if (line.tokens[1].is_sign("=") && line.tokens.size() > 2)
    context_.macros.emplace(first.text, line.tokens[2].text);
  const std::string& name = line.tokens[1].text;
  if (first.is_word("table")) context_.broken.emplace(Kind::kTable, name);
  if (first.is_word("filter")) context_.broken.emplace(Kind::kFilter, name);
  if (first.is_word("action")) context_.broken.emplace(Kind::kAction, name);
  if (first.is_word("pki")) context_.broken.emplace(Kind::kPki, lowered(name));
  if (first.is_word("ca")) context_.broken.emplace(Kind::kCa, lowered(name));
}

void Reader::parse_line(Cursor& cursor) {
  if (cursor.ahead().is_sign("=") || cursor.ahead().is_sign("=>")) return parse_macro(cursor);
  const Token first = cursor.take();
  if (first.kind == Token::Kind::kWord && is_directive(first.text))
    return parse_directive(first, cursor);
  if (first.is_word("accept") || (first.is_word("reject") && !cursor.at_end()))
    fail(first.span, "rules are written differently since OpenSMTPD 6.4",
         "action \"NAME\" relay backup, then: match from any for domain example.org action "
         "\"NAME\"");
  if (first.kind == Token::Kind::kQuoted && is_directive(first.text))
    fail(first.span, "a directive is written without quotes: " + first.text);
  fail(first.span, "unknown directive: " + first.text,
       did_you_mean(first.text, directives(), "a line begins with " + listed(directives())));
}

using LineParser = void (*)(Context&, Cursor&);
struct Supported {
  std::string_view word;
  LineParser parse;
};
constexpr std::array kSupported{
    Supported{"action", parse_action}, Supported{"admd", parse_admd},
    Supported{"bounce", parse_bounce}, Supported{"ca", parse_ca},
    Supported{"filter", parse_filter}, Supported{"listen", parse_listen},
    Supported{"match", parse_match},   Supported{"mda", parse_mda},
    Supported{"mta", parse_mta},       Supported{"pki", parse_pki},
    Supported{"queue", parse_queue},   Supported{"scheduler", parse_scheduler},
    Supported{"smtp", parse_smtp},     Supported{"srs", parse_srs},
    Supported{"table", parse_table}};

void Reader::parse_directive(const Token& first, Cursor& cursor) {
  if (first.text == "include") return parse_include(cursor);
  const auto supported = std::find_if(kSupported.begin(), kSupported.end(),
                                      [&](const Supported& s) { return s.word == first.text; });
  if (supported != kSupported.end()) return supported->parse(context_, cursor);
  not_supported(context_, first.span, first.text);
}

bool macro_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

void Reader::parse_macro(Cursor& cursor) {
  const Token name = cursor.expect_string("the name of a macro");
  if (!macro_name(name.text))
    fail(name.span, "not a name for a macro: " + name.text, "letters, digits and _ only");
  cursor.expect_sign("=", "after the macro's name");
  const Token value = cursor.expect_string("the macro's value");
  cursor.expect_end("the macro's value");
  if (!context_.defines.contains(name.text)) context_.macros[name.text] = value.text;
}

void Reader::parse_include(Cursor& cursor) {
  const Token path = cursor.expect_string("the name of a file");
  cursor.expect_end("the file's name");
  const auto open = std::find(open_files_.begin(), open_files_.end(), path.text);
  if (open != open_files_.end()) {
    std::string circle;
    for (auto at = open; at != open_files_.end(); ++at) circle += *at + " → ";
    fail(path.span, "this file is being read already: " + path.text,
         "the files include each other in a circle: " + circle + path.text);
  }
  if (open_files_.size() >= kMaxIncludeDepth)
    fail(path.span, "files include each other more than 16 deep");
  read_file(path.text, path.span);
}

void add_defines(Context& context) {
  for (const auto& [name, value] : context.defines) {
    const bool one_line = std::none_of(value.begin(), value.end(), [](char c) {
      return static_cast<unsigned char>(c) < ' ' && c != '\t';
    });
    if (!macro_name(name))
      context.report.error({}, "not a name for a macro: " + name, "letters, digits and _ only");
    else if (!one_line)
      context.report.error({}, "the value of macro " + name + " is not one line of text");
    else
      context.macros[name] = value;
  }
}

void check_whole(Context& context, const std::string& file_name) {
  explain_order(context);
  for (const auto& table : context.all_tables)
    table->set_sub_address(context.config.sub_address.front());
  if (!context.any_rule && !context.sources.empty()) {
    context.report.error_in_file(file_name, "no rules, nothing to do",
                                 "a relay needs a line like: match from any for domain example.org "
                                 "action \"NAME\"");
  }
  if (context.any_socket) return;
  Listen socket;
  socket.socket = true;
  socket.port = 0;
  context.config.listeners.push_back(std::move(socket));
}

}  // namespace

ParseResult parse(const std::string& file_name, const FileReader& files,
                  const ParseOptions& options) {
  Context context(files, options.defines);
  add_defines(context);
  Reader(context).read_file(file_name, {});
  check_whole(context, file_name);
  ParseResult result;
  if (!context.report.has_errors()) result.config = std::move(context.config);
  result.diagnostics = context.report.take();
  return result;
}

}  // namespace mxlab::config
