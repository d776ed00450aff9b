#include "http/endpoint.h"

#include "http/dispatch_for_test.h"
#include "http/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::http {
namespace {

using testing::HasSubstr;

struct Instance {
  std::string host;
  std::uint16_t port = 0;

  static constexpr auto kFields = base::fields(base::field("host").required().length(1, 255),
                                               base::field("port").required().range(1, 65535));
};
BOOST_DESCRIBE_STRUCT(Instance, (), (host, port))

struct Register {
  std::string service_name;
  Instance instance;
  std::vector<std::string> tags;

  static constexpr auto kFields =
      base::fields(base::field("service_name").required().alias("name").length(1, 8),
                   base::field("instance").required());
};
BOOST_DESCRIBE_STRUCT(Register, (), (service_name, instance, tags))

struct Registered {
  std::string service_id;
  bool is_new = true;
};
BOOST_DESCRIBE_STRUCT(Registered, (), (service_id, is_new))

struct Search {
  std::string service_id;
  std::vector<std::string> tag;
  std::int32_t page = 1;
  bool passing = false;

  static constexpr auto kFields = base::fields(base::field("page").at_least(1).about("which page"));
};
BOOST_DESCRIBE_STRUCT(Search, (), (service_id, tag, page, passing))

struct Configure {
  std::string strategy;
  static constexpr auto kFields =
      base::fields(base::field("strategy").required().in_query_or_body());
};
BOOST_DESCRIBE_STRUCT(Configure, (), (strategy))

struct Replace {
  std::string service_id;
  Instance instance;
  static constexpr auto kFields = base::fields(base::field("instance").required().whole_body());
};
BOOST_DESCRIBE_STRUCT(Replace, (), (service_id, instance))

// Refuses unknown fields and answers 400 to what is not JSON.
class StrictStyle final : public FaceStyle {
 public:
  Response answer_problem(const Problem& problem, const Request* /*request*/) const override {
    json::array errors;
    for (const base::FieldError& error : problem.fields) {
      errors.emplace_back(error.to_string());
    }
    return json_response({{"message", default_detail(problem)}, {"errors", std::move(errors)}},
                         problem.kind == ProblemKind::kBadJson ? 400 : problem.status);
  }
  base::UnknownFields unknown_fields() const override { return base::UnknownFields::kRefuse; }
};

io::Task<base::Result<Registered>> register_later(Context& context, Register request) {
  WEFT_CO_TRY_VOID(co_await context.loop.sleep_for(base::Millis(1)));
  if (request.service_name == "taken") {
    co_return context.refuse(base::Code::kConflict, "the name is taken");
  }
  context.headers.add("X-Index", "7");
  co_return Registered{request.service_name + ":" + std::to_string(request.instance.port), true};
}

base::Result<json::value> search(Context& /*context*/, const Search& request) {
  return json::value{{"id", request.service_id},
                     {"tags", base::encode(request.tag)},
                     {"page", request.page},
                     {"passing", request.passing}};
}

class EndpointTest : public testing::Test, protected DispatchForTest {
 protected:
  EndpointTest() {
    router.add(detail_, endpoint<Register, Registered>(
                            "POST", "/services", {"Register a service", "services", {409}, 201},
                            &register_later));
    router.add(strict_, endpoint<Register, Registered>("POST", "/strict", {}, &register_later));
    router.add(detail_, endpoint<Search, json::value>("GET", "/services/{service_id}",
                                                      {"Search", "services", {404}}, &search));
    router.add(detail_,
               endpoint<Configure, void>("POST", "/configure", {},
                                         [](Context&, const Configure& c) -> base::Result<> {
                                           if (c.strategy == "bad") {
                                             return base::fail(base::Code::kIo, "disk on fire");
                                           }
                                           return {};
                                         }));
    router.add(strict_, endpoint<Replace, json::value>(
                            "PUT", "/services/{service_id}", {},
                            [](Context&, const Replace& r) -> base::Result<json::value> {
                              return json::value{r.service_id, r.instance.host};
                            }));
  }

  DetailStyle detail_;
  StrictStyle strict_;
};

TEST_F(EndpointTest, DecodesTheBodyAndEncodesTheAnswer) {
  const Response response =
      ask("POST", "/services", R"({"name": "web", "instance": {"host": "a", "port": 80}})");
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body_text(), R"({"service_id":"web:80","is_new":true})");
  EXPECT_EQ(response.headers.value("content-type"), "application/json");
  EXPECT_EQ(response.headers.value("X-Index"), "7");
}

TEST_F(EndpointTest, ReportsEveryBadFieldInOneAnswer) {
  const Response response =
      ask("POST", "/services", R"({"service_name": "", "instance": {"port": 0}, "more": 1})");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.body_text(),
            R"({"detail":[{"loc":["body","service_name"],"msg":"at least 1 character",)"
            R"("type":"value_error.any_str.min_length"},)"
            R"({"loc":["body","instance","host"],"msg":"field required",)"
            R"("type":"value_error.missing"},)"
            R"({"loc":["body","instance","port"],"msg":"at least 1",)"
            R"("type":"value_error.number.not_ge"}]})");
}

TEST_F(EndpointTest, LetsTheFamilyRefuseUnknownFieldsAndChooseItsStatus) {
  EXPECT_EQ(ask("POST", "/strict",
                R"({"name": "web", "instance": {"host": "a", "port": 80, "x": 1}, "y": 2})")
                .body_text(),
            R"({"message":"Validation failed","errors":)"
            R"(["instance.x: unknown field","y: unknown field"]})");
  const Response broken = ask("POST", "/strict", "{");
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(broken.body_text(),
            R"({"message":"not valid JSON","errors":["body: not valid JSON"]})");
}

TEST_F(EndpointTest, RefusesABodyThatIsNoObject) {
  EXPECT_EQ(ask("POST", "/services", "[1]").status, 422);
  for (const char* body : {"[]", "[1]", "1", "null", "\"x\""}) {
    EXPECT_EQ(ask("POST", "/services", body).body_text(),
              R"({"detail":[{"loc":["body"],"msg":"must be an object","type":"type_error.dict"}]})")
        << body;
  }
  EXPECT_THAT(ask("POST", "/services", "{").body_text(), HasSubstr("value_error.jsondecode"));
  EXPECT_THAT(ask("POST", "/services").body_text(), HasSubstr("field required"));
}

TEST_F(EndpointTest, ReadsPathAndQuery) {
  EXPECT_EQ(ask("GET", "/services/a%2Fb?tag=x&tag=y+z&page=3&passing&unknown=1").body_text(),
            R"({"id":"a/b","tags":["x","y z"],"page":3,"passing":true})");
  EXPECT_EQ(ask("GET", "/services/a").body_text(),
            R"({"id":"a","tags":[],"page":1,"passing":false})");
}

TEST_F(EndpointTest, SaysThatABadFieldCameFromTheQuery) {
  const Response response = ask("GET", "/services/a?page=0&passing=maybe");
  EXPECT_EQ(response.status, 422);
  EXPECT_THAT(response.body_text(), HasSubstr(R"({"loc":["query","page"],"msg":"at least 1")"));
  EXPECT_THAT(response.body_text(), HasSubstr(R"(["query","passing"])"));
  EXPECT_EQ(ask("GET", "/services/a?page=%zz").status, 400);
}

TEST_F(EndpointTest, TakesAFieldFromQueryOrBody) {
  EXPECT_EQ(ask("POST", "/configure?strategy=random").status, 204);
  EXPECT_EQ(ask("POST", "/configure", R"({"strategy": "random"})").status, 204);
  EXPECT_EQ(ask("POST", "/configure?strategy=random", R"({"strategy": "bad"})").status, 204);
  EXPECT_EQ(ask("POST", "/configure").status, 422);
}

TEST_F(EndpointTest, RefusesAnUnknownParameterWhereTheOperationSaysSo) {
  const auto ignore_all = [](Context&, const Configure&) -> base::Result<> { return {}; };
  router.add(detail_,
             endpoint<Configure, void>(
                 "POST", "/exactly", {.unknown_query = base::UnknownFields::kRefuse}, ignore_all));
  EXPECT_EQ(ask("POST", "/exactly?strategy=random").status, 204);
  EXPECT_EQ(ask("POST", "/configure?strategy=random&stratgy=x").status, 204);
  EXPECT_EQ(ask("POST", "/exactly?strategy=random&stratgy=x").body_text(),
            R"({"detail":[{"loc":["query","stratgy"],"msg":"unknown parameter",)"
            R"("type":"value_error.extra"}]})");
}

TEST_F(EndpointTest, TakesTheWholeBodyBesideThePath) {
  EXPECT_EQ(ask("PUT", "/services/7", R"({"host": "a", "port": 80})").body_text(), R"(["7","a"])");
  EXPECT_EQ(ask("PUT", "/services/7").body_text(),
            R"({"message":"Validation failed","errors":["body: body required"]})");
  EXPECT_THAT(ask("PUT", "/services/7", R"({"host": "a", "port": 80, "x": 1})").body_text(),
              HasSubstr("x: unknown field"));
}

TEST_F(EndpointTest, TurnsAHandlersErrorIntoTheFamilysAnswer) {
  const Response taken =
      ask("POST", "/services", R"({"name": "taken", "instance": {"host": "a", "port": 80}})");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.body_text(), R"({"detail":"the name is taken"})");
}

TEST_F(EndpointTest, NeverShowsInternals) {
  const Response response = ask("POST", "/configure?strategy=bad");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body_text(), R"({"detail":"Internal Server Error"})");
}

TEST_F(EndpointTest, RefusesUnknownPathsAndMethods) {
  EXPECT_EQ(ask("GET", "/nothing").status, 404);
  const Response response = ask("PUT", "/services");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.value("Allow"), "POST");
}

TEST_F(EndpointTest, AnswersNotModifiedForAKnownTag) {
  router.add(detail_, raw_route("GET", "/page", {}, [](Context& context) {
               struct Page {
                 static io::Task<Response> make(Context& /*asked*/) {
                   Response page = text_response("hello", 200, "text/html");
                   page.headers.add("ETag", entity_tag("hello"));
                   co_return page;
                 }
               };
               return Page::make(context);
             }));
  const Response page = ask("GET", "/page");
  const std::string tag(page.headers.value("ETag"));
  EXPECT_EQ(ask("GET", "/page", "", {{"If-None-Match", "\"x\", W/" + tag}}).status, 304);
  EXPECT_EQ(ask("GET", "/page", "", {{"If-None-Match", "\"x\""}}).status, 200);
}

TEST_F(EndpointTest, ServesItsDocumentWithATag) {
  router.add(detail_, openapi_route("/api/openapi.json", router, {"weft", "1", "test"}));
  const Response document = ask("GET", "/api/openapi.json");
  EXPECT_EQ(document.status, 200);
  const auto parsed = base::parse_json(document.body_text());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->at("openapi"), json::value("3.1.0"));
  EXPECT_FALSE(parsed->at("paths").as_object().contains("/api/openapi.json"));
  const std::string tag(document.headers.value("ETag"));
  EXPECT_EQ(ask("GET", "/api/openapi.json", "", {{"If-None-Match", tag}}).status, 304);
}

TEST_F(EndpointTest, DocumentsExactlyWhatItServes) {
  const json::value document = openapi_document(router, {"weft", "1", "test"});
  const json::object& paths = document.at("paths").as_object();
  EXPECT_EQ(paths.size(), 4U);
  const json::value& post = paths.at("/services").at("post");
  EXPECT_EQ(post.at("summary"), json::value("Register a service"));
  EXPECT_EQ(base::write_json(post.at("requestBody")),
            R"({"required":true,"content":{"application/json":{"schema":)"
            R"({"$ref":"#/components/schemas/http.Register"}}}})");
  EXPECT_TRUE(post.at("responses").as_object().contains("201"));
  EXPECT_TRUE(post.at("responses").as_object().contains("409"));
  EXPECT_TRUE(post.at("responses").as_object().contains("422"));
  EXPECT_EQ(base::write_json(paths.at("/services/{service_id}").at("get").at("parameters")),
            R"([{"name":"service_id","in":"path","required":true,"schema":{"type":"string"}},)"
            R"({"name":"tag","in":"query","required":false,"schema":{"type":"array",)"
            R"("items":{"type":"string"},"default":[]}},)"
            R"({"name":"page","in":"query","required":false,"description":"which page",)"
            R"("schema":{"type":"integer","minimum":1,"maximum":2147483647,"default":1}},)"
            R"({"name":"passing","in":"query","required":false,)"
            R"("schema":{"type":"boolean","default":false}}])");
  EXPECT_EQ(base::write_json(
                paths.at("/services/{service_id}").at("put").at("requestBody").at("content")),
            R"({"application/json":{"schema":{"$ref":"#/components/schemas/http.Instance"}}})");
  const json::object& schemas = document.at("components").at("schemas").as_object();
  EXPECT_TRUE(schemas.contains("http.Register"));
  EXPECT_TRUE(schemas.contains("http.Instance"));
  EXPECT_TRUE(schemas.contains("http.Registered"));
}

}  // namespace
}  // namespace weft::http
