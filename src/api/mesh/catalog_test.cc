#include "api/mesh/catalog.h"

#include "api/kit/face_for_test.h"

#include <gmock/gmock.h>

namespace weft::api::mesh {
namespace {

using testing::ElementsAre;

io::Task<void> apply_into(state::State* state, model::Command command) {
  const auto applied = co_await state->apply(std::move(command));
  EXPECT_TRUE(applied);
}

class Catalog : public testing::Test, protected kit::FaceForTest {
 protected:
  Catalog() { add_catalog_routes(router, style_, parts); }

  // A registration of web at 10.0.0.1:80 with these members beside.
  json::value register_with(const json::object& more) {
    json::object body{{"service_name", "web"}, {"address", "10.0.0.1"}, {"port", 80}};
    for (const auto& member : more) {
      body[member.key()] = member.value();
    }
    return ask_json("POST", "/api/v1/mesh/v2/register", base::write_json(body));
  }
  std::vector<std::string> refused_with(const json::object& more) {
    auto fields = refused(register_with(more));
    EXPECT_EQ(status, 422);
    EXPECT_EQ(state.view()->index(), 0U) << "a refused body changes nothing";
    return fields;
  }
  void put(const model::CheckState& check) {
    model::Command command;
    command.steps.push_back(model::Put{check, {}});
    loop.run_until_done(apply_into(&state, std::move(command)));
  }
  const model::Instance* find(std::string_view id) {
    view_ = state.view();
    const auto* row = view_->find<model::Instance>(id);
    return row == nullptr ? nullptr : &row->object;
  }

 private:
  http::DetailStyle style_;
  std::shared_ptr<const model::View> view_;
};

TEST_F(Catalog, AnswersAWriteWhenTheLoopsWorkByIt) {
  register_with({});
  EXPECT_EQ(status, 200);
  EXPECT_GT(data_plane.adopted_index, 0U);
  EXPECT_EQ(data_plane.adopted_index, state.view()->index());
}

TEST_F(Catalog, NamesTheFieldOfEveryRuleOfTheModel) {
  using Refused = std::vector<std::string>;
  const auto check = [&](const json::object& members) {
    return refused_with({{"health_check", members}});
  };
  EXPECT_EQ(check({{"interval", 0}}), Refused{"body.health_check.interval"});
  EXPECT_EQ(check({{"interval", 0.001}}), Refused{"body.health_check.interval"});
  EXPECT_EQ(check({{"timeout", 0}}), Refused{"body.health_check.timeout"});
  EXPECT_EQ(check({{"ttl", 0}}), Refused{"body.health_check.ttl"});
  EXPECT_EQ(check({{"http", "ftp://x"}}), Refused{"body.health_check.http"});
  EXPECT_EQ(check({{"deregister_after", "0s"}}), Refused{"body.health_check.deregister_after"});
  EXPECT_EQ(check({{"path", "/" + std::string(3000, 'x')}}), Refused{"body.health_check.path"});
}

TEST_F(Catalog, NamesEverythingThatIsWrongAtOnce) {
  EXPECT_THAT(refused_with({{"health_check", {{"interval", "abc"}, {"deregister_after", "zz"}}}}),
              ElementsAre("body.health_check.interval", "body.health_check.deregister_after"));
  EXPECT_THAT(refused_with({{"service_name", "U"}, {"health_check", {{"interval", 0}}}}),
              ElementsAre("body.service_name", "body.health_check.interval"));
  EXPECT_THAT(refused(ask_json("POST", "/api/v1/mesh/v2/register", "{}")),
              ElementsAre("body.service_name", "body.address", "body.port"));
}

TEST_F(Catalog, ReadsAWeightFromTheMetadata) {
  for (const json::value& weight : {json::value("abc"), json::value(70000), json::value(-1),
                                    json::value(1.5), json::value("70000"), json::value(true)}) {
    EXPECT_THAT(refused_with({{"metadata", {{"weight", weight}}}}),
                ElementsAre("body.metadata.weight"))
        << base::write_json(weight);
  }
  register_with({{"service_id", "a"}, {"metadata", {{"weight", 7}}}});
  register_with({{"service_id", "b"}, {"metadata", {{"weight", "8"}}}});
  register_with({{"service_id", "c"}, {"metadata", {{"weight", "heavy"}}}, {"weight", 9}});
  register_with({{"service_id", "d"}, {"metadata", {{"weight", nullptr}}}});
  EXPECT_EQ(find("a")->weight, 7);
  EXPECT_EQ(find("b")->weight, 8);
  EXPECT_EQ(find("c")->weight, 9) << "its own word counts, and metadata may say anything";
  EXPECT_EQ(find("d")->weight, 100);
}

TEST_F(Catalog, RefusesLabelsBeyondTheirLimits) {
  EXPECT_THAT(refused_with({{"tags", {"a", std::string(7'000'000, 'x')}}}),
              ElementsAre("body.tags.1"));
  EXPECT_THAT(refused_with({{"metadata", {{"note", std::string(100'000, 'x')}}}}),
              ElementsAre("body.metadata.note", "body.metadata"));
  EXPECT_THAT(refused_with({{"tags", json::array(model::kTagsMax + 1, "x")}}),
              ElementsAre("body.tags"));
}

TEST_F(Catalog, RegisteringAgainIsTheReportOfACheckByTtl) {
  const json::object ttl{{"health_check", {{"ttl", "10s"}}}};
  const auto state_of = [](const json::value& answer) {
    return std::string(answer.at("service").at("instance").at("state").as_string());
  };
  EXPECT_EQ(state_of(register_with(ttl)), "unknown") << "nobody has heard of it before";
  EXPECT_EQ(state_of(register_with(ttl)), "healthy");
  const health::CheckSoft soft =
      health.soft_state("web-10.0.0.1-80", "default").value_or(health::CheckSoft{});
  EXPECT_EQ(soft.status, model::CheckStatus::kPassing);
  EXPECT_EQ(soft.beats, "p");
}

TEST_F(Catalog, CataloguesAnInstanceOnTheNodeThatIsAsked) {
  node.name = "n1";
  register_with({});
  ASSERT_NE(find("web-10.0.0.1-80"), nullptr);
  EXPECT_EQ(find("web-10.0.0.1-80")->node, "n1") << "or its agent would not list it";
}

TEST_F(Catalog, ListsWhatEachCheckSaysToWhoAsks) {
  const json::object ttl{{"health_check", {{"ttl", "10s"}}}};
  const auto listed = [&](const char* query) {
    const json::value answer = ask_json("GET", std::string("/api/v1/mesh/v2/services") + query);
    return answer.at("services").at(0);
  };
  register_with(ttl);
  EXPECT_FALSE(listed("").as_object().contains("checks"));
  const json::value silent = listed("?checks=true").at("checks").at(0);
  EXPECT_EQ(silent.at("id"), json::value("default"));
  EXPECT_EQ(silent.at("kind"), json::value("ttl"));
  EXPECT_EQ(silent.at("status"), json::value("none"));
  EXPECT_FALSE(silent.as_object().contains("since"));
  EXPECT_FALSE(silent.as_object().contains("for_seconds"));

  model::CheckState said;
  said.service = "web";
  said.instance = "web-10.0.0.1-80";
  said.check = "default";
  said.status = model::CheckStatus::kCritical;
  said.output = "TTL expired";
  said.since = loop.wall_now() - base::Seconds(3600);
  put(said);
  const json::value expired = listed("?checks=true").at("checks").at(0);
  EXPECT_EQ(expired.at("status"), json::value("critical"));
  EXPECT_EQ(expired.at("output"), json::value("TTL expired"));
  EXPECT_EQ(expired.at("since"), json::value(base::format_rfc3339(said.since)));
  EXPECT_GE(expired.at("for_seconds").to_number<double>(), 3600);
}

TEST_F(Catalog, TakesTheBracketsOffAnIpv6Address) {
  const json::value answer = register_with({{"address", "[::1]"}});
  EXPECT_EQ(answer.at("service_id"), json::value("web-::1-80"));
  EXPECT_EQ(answer.at("service").at("instance").at("address"), json::value("[::1]:80"));
  ASSERT_NE(find("web-::1-80"), nullptr);
  EXPECT_EQ(find("web-::1-80")->address, "::1");
}

TEST_F(Catalog, RefusesAnAddressNobodyCanConnectTo) {
  for (const char* address : {"[::1", "[::zz]", "[web]", "web:80", "[::1]:80", "fe80::1%eth0"}) {
    EXPECT_THAT(refused_with({{"address", address}}), ElementsAre("body.address")) << address;
  }
}

}  // namespace
}  // namespace weft::api::mesh
