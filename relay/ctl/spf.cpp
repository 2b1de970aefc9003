#include "relay/ctl/spf.hpp"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <set>
#include <strings.h>

namespace mxlab::ctl {
namespace {

constexpr std::size_t kMostQuestions = 1000;  // in one walk
constexpr std::size_t kMostTerms = 512;       // in one record

bool starts(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         strncasecmp(text.data(), prefix.data(), prefix.size()) == 0;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size() && parts.size() < kMostTerms;) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// "mail.example.org/24//64": a name and the lengths of its networks (RFC 7208 5.3).
struct Target {
  std::string name, length4, length6;
};

bool is_length(const std::string& text, int most) {
  return text.empty() || (text.size() <= 3 &&
                          std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; }) &&
                          std::stoi(text) <= most);
}

std::optional<Target> target_of(const std::string& text, const std::string& domain) {
  Target target;
  const auto slash = text.find('/');
  target.name = text.substr(0, slash);
  if (slash != std::string::npos) {
    const std::string lengths = text.substr(slash + 1);
    const auto second = lengths.find('/');
    target.length4 = lengths.substr(0, second);
    if (second != std::string::npos)
      target.length6 = lengths.substr(lengths.find_first_not_of('/', second));
  }
  if (target.name.empty()) target.name = domain;
  if (!is_length(target.length4, 32) || !is_length(target.length6, 128)) return std::nullopt;
  return target;
}

bool is_network(const std::string& text) {
  const auto slash = text.find('/');
  std::error_code wrong;
  const auto address = asio::ip::make_address(text.substr(0, slash), wrong);
  if (wrong) return false;
  return slash == std::string::npos ||
         (slash + 1 < text.size() && is_length(text.substr(slash + 1), address.is_v4() ? 32 : 128));
}

class Walk {
 public:
  using Say = std::function<void(std::string_view)>;
  Walk(SpfNames& names, const Say& out, const Say& warn) : names_(names), out_(out), warn_(warn) {}

  void run(const std::vector<std::string>& domains) {
    for (const std::string& domain : domains) follow(domain);
    while (!records_.empty()) {
      const std::string domain = std::move(records_.front());
      records_.pop_front();
      if (!may_ask(domain)) continue;
      for (const std::string& text : names_.texts(domain))
        if (starts(text, "v=spf1 ")) read(domain, text);
    }
  }

 private:
  void read(const std::string& domain, const std::string& record) {
    for (std::string term : split(record)) {
      if (term.back() == '.') term.pop_back();
      if (term.empty() || term.front() == '-' || term.front() == '~') continue;
      if (term.front() == '+' || term.front() == '?') term.erase(0, 1);
      if (!seen_.insert({domain, term}).second) continue;
      take(domain, term);
    }
  }

  void take(const std::string& domain, const std::string& term) {
    if (starts(term, "ip4:") || starts(term, "ip6:")) {
      if (is_network(term.substr(4))) print(term.substr(4));
    } else if (starts(term, "include:")) {
      follow(term.substr(8));
    } else if (starts(term, "redirect=")) {
      follow(term.substr(9));
    } else if (is_mechanism(term, "mx")) {
      hosts(target_of(argument(term, 2), domain), true);
    } else if (is_mechanism(term, "a")) {
      hosts(target_of(argument(term, 1), domain), false);
    }
  }

  /// "a", "a:host", "a/24", but not "all".
  static bool is_mechanism(const std::string& term, std::string_view name) {
    return starts(term, name) &&
           (term.size() == name.size() || term[name.size()] == ':' || term[name.size()] == '/');
  }
  static std::string argument(const std::string& term, std::size_t name) {
    if (term.size() > name && term[name] == ':') return term.substr(name + 1);
    return term.substr(name);
  }

  void hosts(const std::optional<Target>& target, bool mx) {
    if (!target || !may_ask(target->name)) return;
    std::vector<std::string> hosts{target->name};
    if (mx) hosts = names_.exchanges(target->name);
    for (const std::string& host : hosts) {
      if (mx && !may_ask(host)) continue;
      for (const world::Address& address : names_.addresses(host)) {
        const std::string& length = address.is_v4() ? target->length4 : target->length6;
        print(address.to_string() + (length.empty() ? "" : "/" + length));
      }
    }
  }

  void follow(const std::string& domain) {
    if (followed_.insert(domain).second) records_.push_back(domain);
  }

  bool may_ask(const std::string& name) {
    if (name.find('%') != std::string::npos) {
      warn_(fmt::format("{} contains macros and can't be resolved", name));
      return false;
    }
    if (questions_++ == kMostQuestions) warn_("too many names: the list is not complete");
    return questions_ <= kMostQuestions;
  }

  void print(const std::string& network) {
    if (printed_.insert(network).second) out_(network);
  }

  SpfNames& names_;
  const Say& out_;
  const Say& warn_;
  std::deque<std::string> records_;
  std::set<std::string> followed_, printed_;
  std::set<std::pair<std::string, std::string>> seen_;
  std::size_t questions_ = 0;
};

}  // namespace

void walk_spf(SpfNames& names, const std::vector<std::string>& domains,
              const std::function<void(std::string_view)>& out,
              const std::function<void(std::string_view)>& warn) {
  Walk(names, out, warn).run(domains);
}

}  // namespace mxlab::ctl
