// actions.hpp - what actions.cpp and host_actions.cpp share; nobody else needs it.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/scenario/reader.hpp"

namespace mxlab::scenario {

/// A host's name where somebody wrote it.
struct Named {
  std::string host;
  Place place;
};

/// Reports unless the host exists and has one of the roles; `ability` completes "only a relay …".
void want_role(Reading& reading, const Named& named, const std::vector<Role>& roles,
               std::string_view ability);

enum class TypeIs { kWanted, kOptional };

/// "example.org MX": name and type of a DNS question.
std::pair<std::string, std::string> read_question(Reading& reading, const Node& node, TypeIs type);

bool is_null_sender(const Node& node);

void read_answers(Reading& reading, const Entry& entry, std::vector<Action>& out);
void read_host_actions(Reading& reading, const Entry& entry, HostVerb verb,
                       std::vector<Action>& out);

}  // namespace mxlab::scenario
