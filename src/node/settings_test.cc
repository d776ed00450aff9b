#include "node/settings.h"

#include "node/settings_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace weft::node {
namespace {

using Map = std::map<std::string, std::string>;

constexpr const char* kGoodSecret = "a-secret-of-some-length";

Environment environment_of(Map values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(Settings, EveryDefaultOfTheTableIsAGoodValue) {
  const auto loaded = load_settings({}, environment_of({}));
  ASSERT_TRUE(loaded) << loaded.error().lines.front();
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

TEST(Settings, ASecretIsTakenAndNeverShown) {
  const auto without = load_settings({}, environment_of({}));
  EXPECT_EQ(without->values.find("consul.sync.token")->second.text, "");
  const auto loaded = load_settings({}, environment_of({{"WEFT_CONSUL_SYNC_TOKEN", "t0ken"}}));
  EXPECT_EQ(loaded->settings.consul_sync_token.text, "t0ken");
  for (const SettingFacts& facts : setting_table()) {
    const auto& value = loaded->values.find(facts.key)->second;
    EXPECT_FALSE(shown_value(facts, value.text).contains("t0ken")) << facts.key;
  }
  EXPECT_EQ(changed_settings(*without, *loaded).at(0).to, kSecretShown);
}

TEST(Settings, TheConsulToSyncWithIsNamedWithoutHttps) {
  const auto off = load_settings({}, environment_of({}));
  EXPECT_FALSE(off->settings.consul_sync_address.at);
  const Map file{{"consul.sync.address", "http://consul.example"}, {"consul.sync.direction", "in"}};
  const auto loaded = load_settings(file, environment_of({}));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->settings.consul_sync_address.at->to_string(), "consul.example:8500");
  EXPECT_EQ(loaded->settings.consul_sync_direction, sync::Direction::kIn);
  EXPECT_FALSE(load_settings({{"consul.sync.address", "https://consul"}}, environment_of({})));
}

// The lines about bad values, joined.
std::string refusals(const Map& file, const Map& environment = {}) {
  const auto loaded = load_settings(file, environment_of(environment));
  std::string out;
  for (const std::string& line : loaded ? std::vector<std::string>{} : loaded.error().lines) {
    out += line + "\n";
  }
  return out;
}

TEST(Settings, ABadValueIsNamedWithWhereItCameFromAndWhatIsAllowed) {
  EXPECT_EQ(refusals({{"proxy.loops", "many"}}),
            "proxy.loops: \"many\": expected a whole number; allowed is 0 to 1024\n");
  EXPECT_EQ(refusals({}, {{"LOG_LEVEL", "loud"}}),
            "LOG_LEVEL: \"loud\": expected debug, info, warning or error\n");
}

TEST(Settings, EveryBadValueIsTold) {
  EXPECT_EQ(refusals({{"proxy.loops", "-1"}, {"data_dir", "/x"}},
                     {{"WEFT_HEALTH_INTERVAL", "0"}, {"WEFT_WHATEVER", "0"}}),
            "proxy.loops: \"-1\": expected a whole number; allowed is 0 to 1024\n"
            "WEFT_HEALTH_INTERVAL: \"0\": out of range; allowed is 100ms to 1h\n");
}

TEST(Settings, LimitsAreAllowedAndWhatLiesBeyondIsNot) {
  for (const SettingFacts& facts : setting_table()) {
    if (!facts.minimum.empty()) {
      const std::string key(facts.key);
      EXPECT_EQ(refusals({{key, std::string(facts.minimum)}}), "");
      EXPECT_EQ(refusals({{key, std::string(facts.maximum)}}), "");
      EXPECT_NE(refusals({{key, std::string(facts.maximum) + "0"}}), "") << key;
    }
  }
  for (const char* name : {"WEFT_HEALTH_INTERVAL", "WEFT_HEALTH_TIMEOUT", "HEALTH_CHECK_TIMEOUT",
                           "WEFT_CLUSTER_BREAKER_FAILURES", "WEFT_CLUSTER_BREAKER_RECOVERY",
                           "HEALTH_CHECK_INTERVAL"}) {
    EXPECT_NE(refusals({}, {{name, "0"}}), "") << name;
  }
}

TEST(Settings, OriginsAreACommaListOrAJsonArray) {
  for (const char* good : {"", "*", "http://a", "http://a:1, https://b.c", R"(["http://a"])", "[]",
                           R"([ "http://a", "https://[::1]:8" ])"}) {
    EXPECT_EQ(refusals({}, {{"CORS_ORIGINS", good}}), "") << good;
  }
  for (const char* bad : {R"(["http://a")", R"(["http://a",5])", "foo", "http://", "http://a/",
                          "http://a,,http://b", "ftp://a", "[*]", "https://a:99999"}) {
    EXPECT_NE(refusals({}, {{"CORS_ORIGINS", bad}}), "") << bad;
  }
}

TEST(Settings, NamesAndNetworksAreCheckedToo) {
  EXPECT_EQ(refusals({{"security.hosts", "mesh.example.org,*.corp"}}), "");
  EXPECT_EQ(refusals({{"health.allowed_networks", "10.0.0.0/8,::1"}}), "");
  EXPECT_NE(refusals({{"security.hosts", "http://mesh"}}), "");
  EXPECT_NE(refusals({{"health.allowed_networks", "10.0.0.0/33"}}), "");
}

TEST(Settings, FamiliesThatCannotAskForATokenYetSaySo) {
  const auto loaded = load_settings({{"security.protect", "consul,mesh"}},
                                    environment_of({{"WEFT_MANAGEMENT_TOKEN", kGoodSecret}}));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->without_effect, std::vector<std::string>{"security.protect: mesh"});
  EXPECT_NE(refusals({{"security.protect", "consul,everything"}}).find("apg, ose"),
            std::string::npos);
  EXPECT_NE(refusals({{"security.protect", "consul"}}).find("WEFT_MANAGEMENT_TOKEN"),
            std::string::npos);
  const auto unprotected =
      load_settings({}, environment_of({{"WEFT_MANAGEMENT_TOKEN", kGoodSecret}}));
  ASSERT_TRUE(unprotected);
  EXPECT_EQ(unprotected->warnings.size(), 1U);
}

TEST(Settings, OtherDatacentersAreAListOrAMap) {
  const auto list = load_settings(
      {{"cluster.wan_peers", "dc2=http://10.0.0.2:8501, dc3=http://other.example.org/"}},
      environment_of({}));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->settings.wan_peers.list.size(), 2U);
  EXPECT_EQ(list->settings.wan_peers.list[0].second.to_string(), "10.0.0.2:8501");
  EXPECT_EQ(list->settings.wan_peers.list[1].second.to_string(), "other.example.org:8500");
  const auto map =
      load_settings({{"cluster.wan_peers.dc2", "http://10.0.0.2:8501"}}, environment_of({}));
  ASSERT_TRUE(map);
  EXPECT_EQ(map->settings.wan_peers.list.at(0).first, "dc2");
  for (const char* bad : {"dc2", "dc2=", "dc2=10.0.0.2", "dc2=https://10.0.0.2", "=http://a",
                          "d.c=http://a", "dc2=http://a,DC2=http://b", "dc2=http://"}) {
    EXPECT_NE(refusals({{"cluster.wan_peers", bad}}), "") << bad;
  }
}

TEST(Settings, KeysOfPartsThatDoNotExistYetAreTakenWithANote) {
  const auto loaded = load_settings({{"service_mesh.namespace", "shop"},
                                     {"monitoring.metrics_enabled", "true"},
                                     {"listeners.admin", "127.0.0.1:1"}},
                                    environment_of({{"MESH_ENVIRONMENT", "test"}}));
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->warnings.empty());
  EXPECT_EQ(loaded->without_effect,
            (std::vector<std::string>{"service_mesh.namespace", "MESH_ENVIRONMENT",
                                      "monitoring.metrics_enabled", "listeners.admin"}));
  EXPECT_NE(refusals({{"monitoring.jaeger.sampling_rate", "2"}}), "");
}

TEST(Settings, TheDatabaseIsAFileOrAServer) {
  const auto kind_of = [](const char* url) {
    const auto loaded = load_settings({}, environment_of({{"DATABASE_URL", url}}));
    EXPECT_TRUE(loaded) << url;
    return loaded ? loaded->settings.database : DatabaseUrl{};
  };
  EXPECT_EQ(kind_of("").kind, DatabaseUrl::Kind::kInDataDir);
  EXPECT_EQ(kind_of("sqlite:///here.db").path, "here.db");
  EXPECT_EQ(kind_of("sqlite:////var/lib/there.db").path, "/var/lib/there.db");
  EXPECT_EQ(kind_of("postgresql://a:b@c/d").kind, DatabaseUrl::Kind::kPostgres);
  EXPECT_EQ(kind_of("postgres:///d").url, "postgres:///d");
  for (const char* bad : {"mysql://a/b", "sqlite:///", "sqlite://host/x", "/var/lib/there.db"}) {
    EXPECT_NE(refusals({}, {{"DATABASE_URL", bad}}), "") << bad;
  }
}

TEST(Settings, APasswordIsNeverShown) {
  for (const auto& [given, shown] : std::map<std::string, std::string>{
           {"postgresql://u:secret@h/d", "postgresql://u:***@h/d"},
           {"postgresql://u:se@cret@h:1,i:2/d?x=1", "postgresql://u:***@h:1,i:2/d?x=1"},
           {"postgresql://u@h/d?password=secret&x=1", "postgresql://u@h/d?password=***&x=1"},
           {"postgresql://h:5432/d", "postgresql://h:5432/d"},
           {"sqlite:///a", "sqlite:///a"}}) {
    EXPECT_EQ(without_password(given), shown);
  }
  EXPECT_EQ(refusals({}, {{"DATABASE_URL", "mysql://u:secret@h/d"}}).find("secret"),
            std::string::npos);
  const auto one = load_settings({}, environment_of({{"DATABASE_URL", "postgresql://u:one@h/d"}}));
  const auto two = load_settings({}, environment_of({{"DATABASE_URL", "postgresql://u:two@h/d"}}));
  ASSERT_TRUE(one && two);
  const auto changes = changed_settings(*one, *two);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].from + changes[0].to, "postgresql://u:***@h/dpostgresql://u:***@h/d");
}

TEST(Settings, ChangesAreTheEffectiveValuesThatDiffer) {
  const auto before = load_settings({{"data_dir", "/a"}}, environment_of({}));
  const auto after = load_settings({{"data_dir", "/b"}, {"logging.level", "debug"}},
                                   environment_of({{"MESH_NAME", "apg-production"}}));
  ASSERT_TRUE(before && after);
  const auto changes = changed_settings(*before, *after);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].key, "data_dir");
  EXPECT_EQ(changes[0].when, SettingWhen::kStart);
  EXPECT_EQ(changes[1].key, "logging.level");
  EXPECT_EQ(changes[1].when, SettingWhen::kReload);
  EXPECT_EQ(changes[1].from + " " + changes[1].to, "info debug");
  EXPECT_TRUE(changed_settings(*after, *after).empty());
}

TEST(SettingsFile, ADirectoryIsRefused) {
  const auto read = read_settings_file(testing::TempDir(), environment_of({}));
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().lines.front().find("is a directory"), std::string::npos);
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
    ASSERT_TRUE(by_file) << by_file.error().lines.front();
    EXPECT_EQ(by_file->settings.limits[facts.limit], facts.least);
    EXPECT_TRUE(by_file->warnings.empty());
    const auto by_environment = load_settings({{key, fmt::to_string(facts.least)}},
                                              environment_of({{env, fmt::to_string(facts.most)}}));
    ASSERT_TRUE(by_environment) << by_environment.error().lines.front();
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
      const std::string& line = loaded.error().lines.front();
      EXPECT_TRUE(line.starts_with(fmt::format("{}: \"{}\": ", key, text))) << line;
      EXPECT_TRUE(line.ends_with(fmt::format("; allowed is {} to {}", facts.least, facts.most)))
          << line;
    }
  }
  const auto named = load_limits(environment_of({{"WEFT_LIMITS_STALL_MS", "1"}}));
  ASSERT_FALSE(named);
  EXPECT_TRUE(named.error().lines.front().starts_with("WEFT_LIMITS_STALL_MS: \"1\": "));
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
  EXPECT_TRUE(broken.error().lines.front().starts_with("test.yaml:"));
  EXPECT_FALSE(parse_settings_text("just text", "test.yaml", environment_of({})));
}

}  // namespace
}  // namespace weft::node
