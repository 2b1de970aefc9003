// schema_test.cpp - scenarios/schema.json, which editors read, and the reader know the same words.
#include <cstdlib>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/scenario/words.hpp"
#include "tests/scenario/files.hpp"

namespace mxlab::scenario {
namespace {

using nlohmann::json;
using Words = std::set<std::string>;

const json& schema() {
  static const json parsed =
      json::parse(testing::read_file(testing::source_dir() / "scenarios" / "schema.json"));
  return parsed;
}

json at(const std::string& pointer) { return schema().at(json::json_pointer(pointer)); }

Words keys(const std::string& pointer) {
  Words out;
  const json node = at(pointer);
  for (const auto& [key, value] : node.items()) out.insert(key);
  return out;
}

Words choices(const std::string& pointer) { return at(pointer).get<Words>(); }

Words known(std::initializer_list<words::List> lists) {
  Words out;
  for (const auto list : lists) out.insert(list.begin(), list.end());
  return out;
}

/// The counters of a group without its name.
Words known_in(const std::string& group) {
  Words out;
  for (const auto name : words::kCounters) {
    if (name.starts_with(group + ".")) out.emplace(name.substr(group.size() + 1));
  }
  return out;
}

TEST(Schema, KnowsTheKeysThatTheReaderKnows) {
  const std::string definitions = "/definitions/";
  EXPECT_EQ(keys("/properties"), known({words::kScenario}));
  EXPECT_EQ(keys(definitions + "host/properties"), known({words::kHost}));
  EXPECT_EQ(keys("/properties/live/properties"), known({words::kLive}));
  EXPECT_EQ(keys(definitions + "network/properties"), known({words::kNetwork}));
  EXPECT_EQ(keys(definitions + "step/properties"),
            known({words::kStep, words::kActions, words::kVerbs}));
  EXPECT_EQ(keys(definitions + "send/properties"), known({words::kSend}));
  EXPECT_EQ(keys(definitions + "fault/anyOf/1/properties"), known({words::kFault}));
  EXPECT_EQ(keys(definitions + "answers/anyOf/1/properties"), known({words::kPoints}));
  EXPECT_EQ(keys(definitions + "limited_reply/anyOf/1/properties"), known({words::kAnswer}));
  EXPECT_EQ(keys(definitions + "step/properties/dialogue/properties"), known({words::kDialogue}));
  EXPECT_EQ(keys(definitions + "step/properties/disk/additionalProperties/anyOf/1/properties"),
            known({words::kDisk}));
  EXPECT_EQ(keys(definitions + "host_expectation/properties"),
            known({words::kCounters, words::kExpectations}));
  EXPECT_EQ(keys(definitions + "host_expectation/properties/client/properties"),
            known_in("client"));
  EXPECT_EQ(keys(definitions + "host_expectation/properties/envelope/properties"),
            known_in("envelope"));
  EXPECT_EQ(keys(definitions + "host_expectation/properties/attempts/anyOf/2/properties"),
            known({words::kAttempts}));
  EXPECT_EQ(keys(definitions + "queue_row/properties"), known({words::kQueueRow}));
  EXPECT_EQ(keys(definitions + "message/properties"), known({words::kMessage}));
}

TEST(Schema, KnowsTheChoicesThatTheReaderKnows) {
  const std::string definitions = "/definitions/";
  EXPECT_EQ(choices("/properties/group/enum"), known({words::kGroups}));
  EXPECT_EQ(choices("/properties/never/anyOf/0/enum"), known({words::kNever}));
  EXPECT_EQ(choices(definitions + "host/properties/is/enum"), known({words::kRoles}));
  EXPECT_EQ(choices(definitions + "host/properties/kind/enum"), known({words::kKinds}));
  EXPECT_EQ(choices(definitions + "host/properties/like/enum"), known({words::kProfiles}));
  EXPECT_EQ(choices(definitions + "part/anyOf/1/additionalProperties/enum"),
            known({words::kParts}));
  EXPECT_EQ(choices(definitions + "disk_error/enum"), known({words::kDiskErrors}));
  EXPECT_EQ(choices(definitions + "queue_row/properties/kind/enum"), known({words::kQueueKinds}));
  EXPECT_EQ(choices(definitions + "queue_row/properties/state/enum"), known({words::kQueueStates}));
  EXPECT_EQ(choices(definitions + "queue_row/properties/source/enum"),
            known({words::kQueueSources}));
  const std::string lies = at(definitions + "step/properties/lie/additionalProperties/pattern");
  for (const auto lie : words::kLies) EXPECT_NE(lies.find(lie), std::string::npos) << lie;
}

void expect_descriptions(const json& node, const std::string& where) {
  if (node.is_object() && node.contains("properties")) {
    EXPECT_TRUE(node.contains("description") || node.contains("patternProperties")) << where;
    for (const auto& [key, value] : node.at("properties").items()) {
      EXPECT_TRUE(value.contains("description") || value.contains("$ref")) << where << "/" << key;
    }
  }
  if (!node.is_structured()) return;
  for (const auto& [key, value] : node.items()) expect_descriptions(value, where + "/" + key);
}

TEST(Schema, TellsEditorsWhatEveryKeyIs) { expect_descriptions(schema(), ""); }

TEST(Schema, AcceptsWhatTheReaderAccepts) {
  if (std::system("python3 -c 'import jsonschema, yaml' 2>/dev/null") != 0) {
    GTEST_SKIP() << "python3-jsonschema and python3-yaml are not installed";
  }
  const auto script = testing::source_dir() / "tests" / "scenario" / "validate.py";
  const auto command = "python3 '" + script.string() + "' '" + testing::source_dir().string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0) << "the lines above name the files";
}

}  // namespace
}  // namespace mxlab::scenario
