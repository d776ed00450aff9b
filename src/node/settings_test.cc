#include "node/settings.h"

#include "node/settings_file.h"

#include <gtest/gtest.h>

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
