#include "api/kit/face_for_test.h"
#include "api/mesh/catalog.h"
#include "api/mesh/changes.h"
#include "api/mesh/endpoints.h"
#include "api/mesh/rollback.h"
#include "api/mesh/settings.h"

#include <gmock/gmock.h>

namespace weft::api::mesh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class History : public testing::Test, protected kit::FaceForTest {
 protected:
  History() {
    add_catalog_routes(router, style_, parts);
    add_changes_route(router, style_, parts);
    add_endpoints_route(router, style_, parts);
    add_rollback_routes(router, style_, parts);
    add_settings_routes(router, style_, parts);
  }

  // With a check that nobody looks at here: what it says would be a change of its own, sooner or
  // later. Returns: the index after it.
  std::uint64_t register_web(int port, std::string id = "a") {
    ask_json("POST", "/api/v1/mesh/v2/register",
             base::write_json(json::object{{"service_name", "web"},
                                           {"service_id", std::move(id)},
                                           {"address", "10.0.0.1"},
                                           {"port", port}}));
    EXPECT_EQ(status, 200);
    return state.view()->index();
  }
  json::value changes(const std::string& query) {
    return ask_json("GET", "/api/v1/changes" + query);
  }
  json::value roll_back(const json::object& body, http::Headers headers = {}) {
    return ask_json("POST", "/api/v1/changes/rollback", base::write_json(body), std::move(headers));
  }
  // "services/web" of each entry of a list.
  static std::vector<std::string> places(const json::value& list) {
    std::vector<std::string> out;
    for (const json::value& one : list.as_array()) {
      out.push_back(std::string(one.at("table").as_string()) + "/" +
                    std::string(one.at("key").as_string()));
    }
    return out;
  }
  std::int64_t port_of(const json::value& answer) {
    return answer.at("services").at(0).at("port").to_number<std::int64_t>();
  }
  static io::Task<void> register_later(History* self) {
    static_cast<void>(co_await self->loop.sleep_for(base::Millis(1)));
    model::Command command{.actor = "later", .steps = {}};
    model::Setting setting{.key = "x"};
    command.steps.emplace_back(model::Put{setting, {}});
    EXPECT_TRUE(co_await self->state.apply(std::move(command)));
  }

 private:
  http::DetailStyle style_;
};

TEST_F(History, TellsWhatWasChangedWhenAndByWhom) {
  const std::uint64_t index = register_web(80);
  const json::value answer = changes("?since=0");
  EXPECT_EQ(answer.at("index"), json::value(index));
  EXPECT_EQ(answer.at("next"), json::value(index));
  EXPECT_EQ(answer.at("complete"), json::value(true));
  EXPECT_THAT(places(answer.at("changes")), ElementsAre("services/web", "instances/a"));
  const json::value& change = answer.at("changes").at(1);
  EXPECT_EQ(change.at("index"), json::value(2));
  EXPECT_TRUE(change.at("before").is_null());
  EXPECT_EQ(change.at("after").at("port"), json::value(80));
  EXPECT_FALSE(change.at("actor").as_string().empty());
  EXPECT_TRUE(base::parse_rfc3339(change.at("time").as_string()));
}

TEST_F(History, PagesWithoutGapsOrRepeats) {
  for (int port = 1; port <= 20; ++port) {
    register_web(port);
  }
  std::vector<std::uint64_t> seen;
  std::uint64_t next = 0;
  for (bool is_complete = false; !is_complete;) {
    const json::value page = changes("?limit=4&table=instances&since=" + std::to_string(next));
    ASSERT_EQ(status, 200);
    for (const json::value& change : page.at("changes").as_array()) {
      seen.push_back(change.at("index").to_number<std::uint64_t>());
    }
    next = page.at("next").to_number<std::uint64_t>();
    is_complete = page.at("complete").as_bool();
  }
  ASSERT_EQ(seen.size(), 20U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(next, state.view()->index());
}

TEST_F(History, ShowsTheNewestWithoutABeginning) {
  register_web(80);
  register_web(81);
  register_web(82);
  const json::value answer = changes("?limit=2");
  ASSERT_THAT(places(answer.at("changes")), ElementsAre("instances/a", "instances/a"));
  EXPECT_EQ(answer.at("changes").at(1).at("after").at("port"), json::value(82));
  EXPECT_EQ(answer.at("next"), json::value(state.view()->index()));
  EXPECT_THAT(places(changes("?table=services").at("changes")), ElementsAre("services/web"));
  EXPECT_THAT(places(changes("?key=web").at("changes")), ElementsAre("services/web"));
  EXPECT_THAT(places(changes("?table=routes&table=services").at("changes")),
              ElementsAre("services/web"));
}

TEST_F(History, WaitsForTheNextChange) {
  const std::uint64_t index = register_web(80);
  io::TaskScope scope;
  scope.spawn("later", register_later(this));
  const json::value answer = changes("?wait=60s&since=" + std::to_string(index));
  EXPECT_THAT(places(answer.at("changes")), ElementsAre("settings/x"));
  EXPECT_EQ(answer.at("changes").at(0).at("actor"), json::value("later"));
  loop.run_until_done(scope.join());
  EXPECT_THAT(places(changes("?wait=1ms&table=routes&since=0").at("changes")), IsEmpty());
}

TEST_F(History, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(refused(changes("?since=soon")), ElementsAre("query.since"));
  EXPECT_THAT(refused(changes("?table=secrets")), ElementsAre("query.table.0"));
  EXPECT_THAT(refused(changes("?wait=601s&limit=0")), ElementsAre("query.limit", "query.wait"));
  EXPECT_THAT(refused(changes("?sinec=3")), ElementsAre("query.sinec"));
  EXPECT_THAT(refused(ask_json("GET", "/api/v1/mesh/v2/services?at=99")), ElementsAre("query.at"));
  EXPECT_THAT(refused(ask_json("GET", "/api/v1/mesh/v2/services?at=2200-01-01T00:00:00Z")),
              ElementsAre("query.at"));
  EXPECT_THAT(refused(ask_json("GET", "/api/v1/changes/diff")), ElementsAre("query.from"));
  EXPECT_THAT(refused(roll_back({{"index", 9}})), ElementsAre("body.index"));
  EXPECT_THAT(refused(roll_back({{"index", 0}, {"tables", {"services", "sessions"}}})),
              ElementsAre("body.tables.1"));
}

TEST_F(History, ReadsCanBeAskedAboutThePast) {
  const std::string then = std::to_string(register_web(80));
  ask_json("PATCH", "/api/v1/mesh/v2/services/web/settings", R"({"retry": {"retries": 0}})");
  register_web(81);
  register_web(82, "b");
  const http::Response answer = ask("GET", "/api/v1/mesh/v2/services?at=" + then);
  EXPECT_EQ(answer.headers.value("X-Weft-At"), then);
  EXPECT_EQ(ask("GET", "/api/v1/mesh/v2/services").headers.value("X-Weft-At"), "");
  const json::value list = ask_json("GET", "/api/v1/mesh/v2/services?at=" + then);
  EXPECT_EQ(list.at("count"), json::value(1));
  EXPECT_EQ(port_of(list), 80);
  EXPECT_EQ(ask_json("GET", "/api/v1/mesh/v2/discover/web?at=" + then).at("total"), json::value(1));
  EXPECT_EQ(ask_json("GET", "/api/v1/mesh/v2/discover/web").at("total"), json::value(2));
  const json::value endpoints = ask_json("GET", "/api/v1/mesh/v2/endpoints?at=" + then);
  EXPECT_EQ(endpoints.at("endpoints").at(0).at("address"), json::value("10.0.0.1:80"));
  EXPECT_TRUE(endpoints.at("endpoints").at(0).at("traffic").is_null());
  const auto settings = [&](const std::string& query) {
    return ask_json("GET", "/api/v1/mesh/v2/services/web/settings" + query).at("own");
  };
  EXPECT_EQ(settings("?at=" + then), json::array());
  EXPECT_EQ(settings(""), (json::array{"retry.retries"}));
  ask_json("GET", "/api/v1/mesh/v2/services/web/settings?at=0");
  EXPECT_EQ(status, 404) << "it was not there yet";
}

TEST_F(History, ComparesTwoMoments) {
  const std::uint64_t first = register_web(80);
  register_web(81);
  const std::uint64_t second = register_web(80, "b");
  const auto diff = [&](const std::string& query) {
    return ask_json("GET", "/api/v1/changes/diff" + query);
  };
  const std::string from = "?from=" + std::to_string(first);
  const json::value answer = diff(from);
  EXPECT_EQ(answer.at("to"), json::value(second));
  ASSERT_THAT(places(answer.at("differences")), ElementsAre("instances/a", "instances/b"));
  EXPECT_EQ(answer.at("differences").at(0).at("before").at("port"), json::value(80));
  EXPECT_EQ(answer.at("differences").at(0).at("after").at("port"), json::value(81));
  EXPECT_TRUE(answer.at("differences").at(1).at("before").is_null());
  EXPECT_THAT(places(diff("?from=0&to=" + std::to_string(first)).at("differences")),
              ElementsAre("services/web", "instances/a"));
  EXPECT_THAT(places(diff(from + "&table=services").at("differences")), IsEmpty());
  const json::value some = diff(from + "&limit=1");
  EXPECT_EQ(some.at("count"), json::value(2));
  EXPECT_EQ(some.at("complete"), json::value(false));
}

TEST_F(History, GoesBackInOneCommandThatIsRecorded) {
  const std::uint64_t then = register_web(80);
  register_web(81);
  register_web(80, "b");
  const std::uint64_t before = state.view()->index();
  const json::value dry = roll_back({{"index", then}, {"dry_run", true}});
  EXPECT_EQ(status, 200);
  EXPECT_THAT(places(dry.at("changes")), ElementsAre("instances/a", "instances/b"));
  EXPECT_EQ(state.view()->index(), before) << "a dry run changes nothing";
  const json::value done = roll_back({{"index", then}, {"expect_index", before}});
  EXPECT_EQ(status, 200);
  EXPECT_EQ(done.at("changes"), dry.at("changes"));
  EXPECT_EQ(done.at("index"), json::value(before + 2));
  EXPECT_EQ(data_plane.adopted_index, before + 2);
  EXPECT_EQ(port_of(ask_json("GET", "/api/v1/mesh/v2/services")), 80);
  EXPECT_THAT(places(changes("?since=" + std::to_string(before)).at("changes")),
              ElementsAre("instances/a", "instances/b"));
  EXPECT_EQ(roll_back({{"index", then}}).at("count"), json::value(0)) << "it is there already";
}

TEST_F(History, OverwritesNothingThatNobodyHasSeen) {
  const std::uint64_t then = register_web(80);
  const std::uint64_t seen = register_web(81);
  const std::uint64_t index = register_web(82);
  roll_back({{"index", then}, {"expect_index", seen}});
  EXPECT_EQ(status, 409);
  http::Headers match;
  match.add("If-Match", "\"" + std::to_string(seen) + "\"");
  roll_back({{"index", then}}, match);
  EXPECT_EQ(status, 412);
  roll_back({{"index", then}, {"tables", {"routes"}}}, match);
  EXPECT_EQ(status, 200) << "nobody has touched a route";
  match.set("If-Match", "yesterday");
  roll_back({{"index", then}}, match);
  EXPECT_EQ(status, 400);
  EXPECT_EQ(state.view()->index(), index);
  match.set("If-Match", std::to_string(index));
  roll_back({{"index", then}}, match);
  EXPECT_EQ(status, 200);
  EXPECT_GT(state.view()->index(), index);
}

}  // namespace
}  // namespace weft::api::mesh
