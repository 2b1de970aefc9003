#include "relay/sendmail/addresses.hpp"

namespace mxlab::sendmail {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Reads character by character, as the grammar nests.
class Reader {
 public:
  std::vector<std::string> read(std::string_view header) {
    for (char c : header) take(c);
    end_address();
    return std::move(found_);
  }

 private:
  void take(char c) {
    if (escaped_ || (c == '\\' && (quoted_ || comments_ > 0))) return take_quoted_pair(c);
    if (comments_ > 0) return take_comment(c);
    if (c == '"') quoted_ = !quoted_;
    if (quoted_ || c == '"') return put(c);
    if (c == '(') {
      ++comments_;
    } else if (c == '<') {
      word_.clear();  // what came before was a name
      brackets_ = true;
    } else if (c == '>') {
      brackets_ = false;
      closed_ = true;
    } else if (c == ',' || c == ';') {
      end_address();
    } else if (c == ':' && !brackets_ && literal_ == 0) {
      word_.clear();  // the name of a group
    } else if (!is_blank(c)) {
      if (c == '[') ++literal_;
      put(c);
    }
  }

  void take_quoted_pair(char c) {
    if (comments_ == 0) put(c);
    escaped_ = !escaped_;
  }
  void take_comment(char c) {
    if (c == '(') ++comments_;
    if (c == ')') --comments_;
  }
  void put(char c) {
    if (!closed_) word_ += c;
  }

  void end_address() {
    if (!word_.empty() && found_.size() < kMaxAddresses) found_.push_back(word_);
    word_.clear();
    brackets_ = closed_ = quoted_ = false;
    comments_ = literal_ = 0;
  }

  std::vector<std::string> found_;
  std::string word_;
  bool quoted_ = false, escaped_ = false;
  bool brackets_ = false, closed_ = false;  // inside <…>, behind it
  int comments_ = 0, literal_ = 0;
};

}  // namespace

std::vector<std::string> read_addresses(std::string_view header) { return Reader().read(header); }

}  // namespace mxlab::sendmail
