#include "node/settings.h"

#include "node/settings_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace weft::node {
namespace {

using Map = std::map<std::string, std::string>;

Environment environment_of(Map values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(Settings, EveryDefaultOfTheTableIsAGoodValue) {
  const auto loaded = load_settings({}, environment_of({}));
  ASSERT_TRUE(loaded) << loaded.error().line;
  EXPECT_EQ(loaded->settings.control_listen.list.at(0).to_string(), "127.0.0.1:8000");
  EXPECT_EQ(loaded->settings.consul_listen.list.size(), 2U);
  EXPECT_TRUE(loaded->settings.redis_listen.is_off());
  EXPECT_EQ(loaded->values.size(), setting_table().size());
}

TEST(Settings, TheEnvironmentWinsOverTheFileAndTheFileOverTheDefault) {
  const Map file{{"data_dir", "/file"}, {"service_mesh.name", "file-mesh"}};
  const auto loaded = load_settings(file, environment_of({{"WEFT_DATA_DIR", "/environment"}}));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->settings.data_dir, "/environment");
  EXPECT_EQ(loaded->values.find("data_dir")->second.source, SettingSource::kEnvironment);
  EXPECT_EQ(loaded->settings.mesh_name, "file-mesh");
  EXPECT_EQ(loaded->values.find("service_mesh.name")->second.source, SettingSource::kFile);
}

TEST(Settings, TheSeedsPortVariableShapesTheControlListenerUnlessOursIsSet) {
  const auto seed = load_settings({}, environment_of({{"SERVICE_MESH_PORT", "9000"}}));
  EXPECT_EQ(seed->settings.control_listen.list.at(0).to_string(), "127.0.0.1:9000");
  const auto both = load_settings(
      {}, environment_of({{"SERVICE_MESH_PORT", "9000"}, {"WEFT_CONTROL_LISTEN", "127.0.0.1:7"}}));
  EXPECT_EQ(both->settings.control_listen.list.at(0).to_string(), "127.0.0.1:7");
}

TEST(Settings, ABadValueIsNamedWithWhereItCameFrom) {
  const auto from_file = load_settings({{"proxy.loops", "many"}}, environment_of({}));
  ASSERT_FALSE(from_file);
  EXPECT_EQ(from_file.error().line, "proxy.loops: \"many\": expected a whole number");
  const auto from_environment = load_settings({}, environment_of({{"LOG_LEVEL", "loud"}}));
  ASSERT_FALSE(from_environment);
  EXPECT_TRUE(from_environment.error().line.starts_with("LOG_LEVEL: \"loud\": "));
}

std::string env_of_limit(std::string_view name) {
  std::string env = "WEFT_LIMITS_";
  for (const char c : name) {
    env += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return env;
}

TEST(Settings, EveryLimitIsASettingOfTheFileAndOfTheEnvironment) {
  for (const base::LimitFacts& facts : base::kLimitTable) {
    const std::string key = fmt::format("limits.{}", facts.name);
    const std::string env = env_of_limit(facts.name);
    const auto by_file = load_settings({{key, fmt::to_string(facts.least)}}, environment_of({}));
    ASSERT_TRUE(by_file) << by_file.error().line;
    EXPECT_EQ(by_file->settings.limits[facts.limit], facts.least);
    EXPECT_TRUE(by_file->warnings.empty());
    const auto by_environment = load_settings({{key, fmt::to_string(facts.least)}},
                                              environment_of({{env, fmt::to_string(facts.most)}}));
    ASSERT_TRUE(by_environment) << by_environment.error().line;
    EXPECT_EQ(by_environment->settings.limits[facts.limit], facts.most);
    EXPECT_EQ(by_environment->values.find(key)->second.source, SettingSource::kEnvironment);
    EXPECT_EQ(load_limits(environment_of({{env, fmt::to_string(facts.most)}})).value()[facts.limit],
              facts.most);
  }
}

TEST(Settings, ALimitOutOfItsBoundsIsRefusedWithThem) {
  for (const base::LimitFacts& facts : base::kLimitTable) {
    const std::string key = fmt::format("limits.{}", facts.name);
    std::vector<std::string> bad{fmt::to_string(facts.most + 1), "many", "-1", ""};
    if (facts.least > 0) {
      bad.push_back(fmt::to_string(facts.least - 1));
    }
    for (const std::string& text : bad) {
      const auto loaded = load_settings({{key, text}}, environment_of({}));
      ASSERT_FALSE(loaded) << key << " " << text;
      EXPECT_EQ(loaded.error().line,
                fmt::format("{}: \"{}\": expected a whole number from {} to {} ({})", key, text,
                            facts.least, facts.most, facts.unit));
    }
  }
  const auto named = load_limits(environment_of({{"WEFT_LIMITS_STALL_MS", "1"}}));
  ASSERT_FALSE(named);
  EXPECT_TRUE(named.error().line.starts_with("WEFT_LIMITS_STALL_MS: \"1\": "));
}

TEST(Settings, TheTableOfHelpHoldsEveryLimit) {
  for (const base::LimitFacts& facts : base::kLimitTable) {
    const auto row = std::ranges::find(setting_table(), fmt::format("limits.{}", facts.name),
                                       &SettingFacts::key);
    ASSERT_NE(row, setting_table().end());
    EXPECT_EQ(row->env, env_of_limit(facts.name));
    EXPECT_EQ(row->fallback, fmt::to_string(facts.fallback));
    EXPECT_TRUE(row->what.starts_with(facts.what));
  }
}

TEST(Settings, AnUnknownKeyIsAWarningWithItsPath) {
  const auto loaded = load_settings({{"listeners.contrl", "off"}}, environment_of({}));
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->warnings.size(), 1U);
  EXPECT_EQ(loaded->warnings[0], "unknown setting listeners.contrl");
}

TEST(SettingsFile, MapsAreFlattenedListsJoinedAndVariablesExpanded) {
  const auto flat = parse_settings_text(
      "listeners:\n  control: [\"127.0.0.1:1\", \"127.0.0.1:2\"]\n  proxy: off\n"
      "data_dir: ${HOME_DIR}/x${MISSING}\nservice_mesh:\n  name: ${NAME:-fallback}\n",
      "test.yaml", environment_of({{"HOME_DIR", "/home"}}));
  ASSERT_TRUE(flat);
  EXPECT_EQ(flat->at("listeners.control"), "127.0.0.1:1,127.0.0.1:2");
  EXPECT_EQ(flat->at("listeners.proxy"), "off");
  EXPECT_EQ(flat->at("data_dir"), "/home/x");
  EXPECT_EQ(flat->at("service_mesh.name"), "fallback");
}

TEST(SettingsFile, WhatIsNoYamlIsRefusedWithItsLine) {
  const auto broken = parse_settings_text("a: 1\nb: [\n", "test.yaml", environment_of({}));
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().line.starts_with("test.yaml:")) << broken.error().line;
  EXPECT_FALSE(parse_settings_text("just text", "test.yaml", environment_of({})));
}

}  // namespace
}  // namespace weft::node
