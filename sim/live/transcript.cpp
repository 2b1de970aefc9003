#include "sim/live/transcript.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <regex>

namespace mxlab::sim::live {
namespace {

using Json = nlohmann::ordered_json;

struct Rule {
  std::regex pattern;
  const char* instead;
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> table{
      {std::regex("(2\\.0\\.0 )[0-9a-f]{8}\\b"), "$1ID"},
      {std::regex("SIZE=[0-9]+"), "SIZE=N"},
      {std::regex("[0-9]+ bytes"), "N bytes"},
      {std::regex("(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} "
                  "[0-9:]{8} [+-][0-9]{4}"),
       "DATE"},
      {std::regex("(\\]|\\b[0-9]+\\.[0-9.]+):[0-9]{4,5}\\b"), "$1:PORT"}};
  return table;
}

std::string lines_text(const std::vector<std::string>& lines, std::string_view mark) {
  std::string out;
  for (const std::string& line : lines) out += fmt::format("  {} {}\n", mark, line);
  return out;
}

/// Sessions that only one of the two runs has.
std::string session_difference(std::vector<std::vector<std::string>> simulated,
                               std::vector<std::vector<std::string>> live) {
  std::vector<std::vector<std::string>> only_simulated, only_live;
  std::set_difference(simulated.begin(), simulated.end(), live.begin(), live.end(),
                      std::back_inserter(only_simulated));
  std::set_difference(live.begin(), live.end(), simulated.begin(), simulated.end(),
                      std::back_inserter(only_live));
  std::string out;
  for (const auto& lines : only_simulated)
    out += "  a session that is only simulated:\n" + lines_text(lines, "-");
  for (const auto& lines : only_live)
    out += "  a session that is only live:\n" + lines_text(lines, "+");
  return out;
}

std::string number_difference(const std::map<std::string, std::int64_t>& simulated,
                              const std::map<std::string, std::int64_t>& live) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> both;
  for (const auto& [name, value] : simulated) both[name].first = value;
  for (const auto& [name, value] : live) both[name].second = value;
  std::string out;
  for (const auto& [name, values] : both)
    if (values.first != values.second)
      out += fmt::format("  {}: {} simulated, {} live\n", name, values.first, values.second);
  return out;
}

}  // namespace

std::string normalised(const std::string& line) {
  std::string out = line;
  for (const Rule& rule : rules()) out = std::regex_replace(out, rule.pattern, rule.instead);
  return out;
}

Transcriber::Transcriber(Stage& stage) : stage_(stage), lines_(stage.scenario().hosts.size()) {
  stage.trace().on_event([this](const Event& event) {
    if (event.host >= lines_.size()) return;
    if (event.kind != EventKind::kSent && event.kind != EventKind::kReceived) return;
    const char* mark = event.kind == EventKind::kSent ? "> " : "< ";
    lines_[event.host][event.subject].push_back(mark + normalised(event.text));
  });
}

Transcript Transcriber::transcript() const {
  Transcript transcript;
  for (HostNumber i = 0; i < lines_.size(); ++i) {
    if (stage_.spec(i).role == scenario::Role::kClient) continue;
    HostTranscript& host = transcript[stage_.spec(i).name];
    const HostChronicle& chronicle = stage_.chronicle.host(i);
    const Columns columns = control::columns(chronicle.digest(), {});
    for (std::size_t c = 0; c < columns.size(); ++c)
      host.counters[scenario::kCounterNames[c]] = columns[c];
    for (const auto& [question, count] : chronicle.asked)
      host.questions[question.first + " " + question.second] = count;
    for (const auto& [session, lines] : lines_[i]) host.sessions.push_back(lines);
    std::sort(host.sessions.begin(), host.sessions.end());
  }
  return transcript;
}

Json to_json(const Transcript& transcript) {
  Json json = Json::object();
  for (const auto& [name, host] : transcript)
    json[name] = {
        {"counters", host.counters}, {"questions", host.questions}, {"sessions", host.sessions}};
  return json;
}

Transcript transcript_of(const Json& json) {
  Transcript transcript;
  for (const auto& [name, value] : json.items()) {
    HostTranscript& host = transcript[name];
    value.at("counters").get_to(host.counters);
    value.at("questions").get_to(host.questions);
    value.at("sessions").get_to(host.sessions);
  }
  return transcript;
}

std::vector<Difference> differences(const Transcript& simulated, const Transcript& live) {
  std::vector<Difference> out;
  for (const auto& [name, host] : simulated) {
    const auto at = live.find(name);
    const HostTranscript other = at == live.end() ? HostTranscript{} : at->second;
    const auto add = [&, &host_name = name](const char* aspect, const std::string& text) {
      if (!text.empty())
        out.push_back(
            {host_name, aspect, fmt::format("{}: {} differ\n{}", host_name, aspect, text)});
    };
    add("counters", number_difference(host.counters, other.counters));
    add("dialogues", session_difference(host.sessions, other.sessions));
    add("questions", number_difference(host.questions, other.questions));
  }
  return out;
}

std::string extent_of(const Transcript& transcript) {
  std::size_t sessions = 0, lines = 0;
  std::int64_t questions = 0;
  for (const auto& [name, host] : transcript) {
    sessions += host.sessions.size();
    for (const auto& session : host.sessions) lines += session.size();
    for (const auto& [question, count] : host.questions) questions += count;
  }
  return fmt::format("{} hosts, {} ends of sessions with {} lines, {} DNS questions",
                     transcript.size(), sessions, lines, questions);
}

}  // namespace mxlab::sim::live
