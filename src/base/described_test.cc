// One described type, asked for everything the description promises.
#include "base/described.h"

#include "base/described_decode.h"
#include "base/described_encode.h"
#include "base/described_partial.h"
#include "base/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::base {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

enum class Protocol : std::uint8_t { kHttp, kHttp2, kWebSocket };
BOOST_DESCRIBE_ENUM(Protocol, kHttp, kHttp2, kWebSocket)

enum class BreakerState : std::uint8_t { kClosed, kHalfOpen };
BOOST_DESCRIBE_ENUM(BreakerState, kClosed, kHalfOpen)
constexpr char word_separator(BreakerState) { return '-'; }

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  Protocol protocol = Protocol::kHttp;
  Nanos timeout = Seconds(5);
  std::optional<std::string> certificate_id = {};

  static constexpr auto kFields =
      fields(field("host").required().length(1, 8).about("name or address"),
             field("port").required().range(1, 65535), field("timeout").more_than(0).at_most(60),
             field("certificate_id").pattern("^cert_"));
};
BOOST_DESCRIBE_STRUCT(Endpoint, (), (host, port, protocol, timeout, certificate_id))

struct Registration {
  std::string service_name;
  std::vector<std::string> tags;
  std::vector<Endpoint> endpoints;
  std::map<std::string, std::int64_t> counts;
  json::object metadata;
  json::value anything;
  double share = 0.5;
  bool enabled = true;
  std::int32_t offset = 0;
  std::uint64_t index = 0;
  BreakerState breaker = BreakerState::kClosed;
  WallTime since;
  std::optional<std::string> note;

  static constexpr std::string_view kAbout = "A service as it asks to be known.";
  static constexpr auto kFields =
      fields(field("service_name").required().alias("name").length(1, 64).pattern("^[a-z0-9-]+$"),
             field("endpoints").length(0, 3), field("share").range(0, 1),
             field("note").left_out_when_null());

  void validate(Decoding& at) const {
    if (!enabled && !endpoints.empty()) {
      at.refuse_member("enabled", "a service with endpoints is enabled");
    }
  }
};
BOOST_DESCRIBE_STRUCT(Registration, (),
                      (service_name, tags, endpoints, counts, metadata, anything, share, enabled,
                       offset, index, breaker, since, note))

// A tree contains itself; its schema must too.
struct Node {
  std::string name;
  std::vector<Node> children;
};
BOOST_DESCRIBE_STRUCT(Node, (), (name, children))

json::value read(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.has_value() ? *value : json::value();
}

// The problems of a document as the APG face prints them.
template <class T>
std::vector<std::string> problems(std::string_view text, const DecodeOptions& options = {}) {
  std::vector<std::string> lines;
  T target{};
  for (const FieldError& error : decode_onto(target, read(text), options)) {
    lines.push_back(error.to_string());
  }
  return lines;
}

TEST(Described, DecodesEveryKindOfMember) {
  const auto result = decode<Registration>(read(R"({
      "service_name": "orders", "tags": ["a", "b"],
      "endpoints": [{"host": "web", "port": 80, "protocol": "web_socket", "timeout": "250ms"},
                    {"host": "db", "port": 5432.0, "timeout": 2.5, "certificate_id": "cert_1"}],
      "counts": {"x": -3}, "metadata": {"k": [1, null]}, "anything": [true], "share": 1,
      "enabled": true, "offset": -7, "index": 18446744073709551615, "breaker": "half-open",
      "since": "2025-12-14T10:30:00Z", "note": "hi"})"));
  ASSERT_TRUE(result.has_value()) << result.error().front().to_string();
  EXPECT_EQ(result->service_name, "orders");
  EXPECT_THAT(result->tags, ElementsAre("a", "b"));
  ASSERT_EQ(result->endpoints.size(), 2U);
  EXPECT_EQ(result->endpoints[0].protocol, Protocol::kWebSocket);
  EXPECT_EQ(result->endpoints[0].timeout, Millis(250));
  EXPECT_EQ(result->endpoints[1].port, 5432);
  EXPECT_EQ(result->endpoints[1].timeout, Millis(2500));
  EXPECT_EQ(result->endpoints[1].certificate_id, "cert_1");
  EXPECT_EQ(result->counts.at("x"), -3);
  EXPECT_EQ(write_json(result->metadata), R"({"k":[1,null]})");
  EXPECT_EQ(write_json(result->anything), "[true]");
  EXPECT_EQ(result->share, 1.0);
  EXPECT_EQ(result->offset, -7);
  EXPECT_EQ(result->index, 18446744073709551615U);
  EXPECT_EQ(result->breaker, BreakerState::kHalfOpen);
  EXPECT_EQ(format_rfc3339(result->since), "2025-12-14T10:30:00.000000Z");
  EXPECT_EQ(result->note, "hi");
}

TEST(Described, TakesTheInitialiserWhereAFieldIsAbsent) {
  const auto endpoint = decode<Endpoint>(read(R"({"host": "web", "port": 1})"));
  ASSERT_TRUE(endpoint.has_value());
  EXPECT_EQ(endpoint->timeout, Seconds(5));
  EXPECT_EQ(endpoint->protocol, Protocol::kHttp);
  EXPECT_FALSE(endpoint->certificate_id.has_value());
}

TEST(Described, ReportsEveryBadFieldWithItsPath) {
  EXPECT_THAT(problems<Registration>(R"({
      "service_name": "No Spaces", "tags": ["ok", 7], "share": 1.5, "enabled": "yes",
      "endpoints": [{"host": "", "port": 70000}, {"protocol": "gopher", "timeout": "soon"}],
      "counts": {"x": 1.5}, "metadata": [], "offset": 3000000000, "index": -1,
      "breaker": null, "since": "yesterday"})"),
              ElementsAre("service_name: must match ^[a-z0-9-]+$",    //
                          "tags[1]: must be a string",                //
                          "endpoints[0].host: at least 1 character",  //
                          "endpoints[0].port: at most 65535",         //
                          "endpoints[1].host: field required",        //
                          "endpoints[1].port: field required",        //
                          "endpoints[1].protocol: must be one of http, http2, web_socket",
                          "endpoints[1].timeout: must be a duration such as \"10s\"",
                          "counts.x: must be an integer",    //
                          "metadata: must be an object",     //
                          "share: at most 1",                //
                          "enabled: must be true or false",  //
                          "offset: at most 2147483647",      //
                          "index: at least 0",               //
                          "breaker: must not be null",       //
                          testing::StartsWith("since: ")));
}

TEST(Described, PrintsAProblemAsALocationForPydanticReaders) {
  Registration target;
  const FieldErrors errors =
      decode_onto(target, read(R"({"name": "a", "endpoints": [{"port": 1}]})"));
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(write_json(errors[0].to_location_object()),
            R"({"loc":["body","endpoints",0,"host"],"msg":"field required",)"
            R"("type":"value_error.missing"})");
}

TEST(Described, NamesTheSourceWhenTheWholeDocumentIsWrong) {
  EXPECT_THAT(problems<Endpoint>("[]"), ElementsAre("body: must be an object"));
  EXPECT_THAT(problems<Endpoint>("null", {.source = "query"}),
              ElementsAre("query: must not be null"));
}

TEST(Described, UnderstandsAnAliasAndPrefersTheName) {
  const auto by_alias = decode<Registration>(read(R"({"name": "web"})"));
  ASSERT_TRUE(by_alias.has_value());
  EXPECT_EQ(by_alias->service_name, "web");
  const auto both = decode<Registration>(read(R"({"name": "web", "service_name": "api"})"));
  ASSERT_TRUE(both.has_value());
  EXPECT_EQ(both->service_name, "api");
}

TEST(Described, RefusesUnknownFieldsOnlyWhereTheFaceSaysSo) {
  constexpr std::string_view kText =
      R"({"name": "web", "colour": 1, "endpoints": [{"host": "a", "port": 1, "x": 0}]})";
  EXPECT_THAT(problems<Registration>(kText), IsEmpty());
  EXPECT_THAT(problems<Registration>(kText, {.unknown = UnknownFields::kRefuse}),
              ElementsAre("endpoints[0].x: unknown field", "colour: unknown field"));
}

TEST(Described, KeepsAbsentFieldsOfAPartialUpdate) {
  Endpoint endpoint{.host = "web", .port = 80};
  endpoint.timeout = Seconds(9);
  const FieldErrors errors =
      decode_onto(endpoint, read(R"({"port": 81})"), {.presence = Presence::kPartial});
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(endpoint.host, "web");
  EXPECT_EQ(endpoint.port, 81);
  EXPECT_EQ(endpoint.timeout, Seconds(9));
}

// A group with a rule, and what is around it.
struct Pace {
  Nanos step = Seconds(1);
  std::uint16_t steps = 1;
};
BOOST_DESCRIBE_STRUCT(Pace, (), (step, steps))

struct Walk {
  std::string name = "walk";
  Pace pace;

  void validate(Decoding& at) const {
    if (pace.step > Seconds(9)) {
      at.refuse_at({std::string("pace"), std::string("step")}, FieldProblem::kAboveMaximum, "slow");
    }
  }
};
BOOST_DESCRIBE_STRUCT(Walk, (), (name, pace))

TEST(Partial, SaysWhichFieldsADocumentNames) {
  const auto walk = decode<Partial<Walk>>(read(R"({"name": null, "pace": {"step": "2s"}})"));
  ASSERT_TRUE(walk);
  EXPECT_THAT(walk->names.given, ElementsAre("pace.step"));
  EXPECT_THAT(walk->names.cleared, ElementsAre("name"));
  EXPECT_EQ(walk->value.pace.step, Seconds(2));
  EXPECT_EQ(walk->value.name, "walk");
  EXPECT_THAT(
      problems<Partial<Walk>>(R"({"pace": {"step": "20s", "steps": -1, "speed": 1}})"),
      ElementsAre("pace.speed: unknown field", "pace.steps: at least 0", "pace.step: slow"));
  EXPECT_THAT(problems<Partial<Walk>>(R"({"pace": 1})"), ElementsAre("pace: must be an object"));
}

TEST(Described, ReadsScalarsFromTextInAQuery) {
  const DecodeOptions query{.scalars = Scalars::kText, .source = "query"};
  const auto result = decode<Registration>(
      read(R"({"name": "web", "share": "0.25", "enabled": "FALSE", "offset": "-3",
               "index": "18446744073709551615"})"),
      query);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->share, 0.25);
  EXPECT_FALSE(result->enabled);
  EXPECT_EQ(result->offset, -3);
  EXPECT_EQ(result->index, 18446744073709551615U);
  EXPECT_THAT(
      problems<Registration>(R"({"name": "web", "offset": "x", "share": "", "index": "-1"})",
                             query),
      ElementsAre("share: must be a number", "offset: must be an integer", "index: at least 0"));
}

TEST(Described, NeverTakesTextForANumberInABody) {
  EXPECT_THAT(problems<Endpoint>(R"({"host": "a", "port": "80"})"),
              ElementsAre("port: must be an integer"));
}

TEST(Described, RunsTheRulesBesideBadFields) {
  EXPECT_THAT(problems<Registration>(
                  R"({"name": "w", "enabled": false, "endpoints": [{"host": "a", "port": 1}]})"),
              ElementsAre("enabled: a service with endpoints is enabled"));
  EXPECT_THAT(problems<Registration>(
                  R"({"name": "W", "enabled": false, "endpoints": [{"host": "a", "port": 1}]})"),
              ElementsAre("service_name: must match ^[a-z0-9-]+$",
                          "enabled: a service with endpoints is enabled"));
}

// Rules about fields, each alone and two together.
struct Window {
  std::optional<Nanos> open;
  Nanos close = Seconds(9);
  std::vector<std::string> days;

  void validate(Decoding& at) const {
    at.refuse_member("open", "never");
    at.refuse_member("days", "never");
    if (!at.has_refused("open") && !at.has_refused("close")) {
      at.refuse_member("close", open ? "before open" : "without open");
    }
  }
};
BOOST_DESCRIBE_STRUCT(Window, (), (open, close, days))

TEST(Described, SaysNothingMoreOfAFieldThatIsRefused) {
  EXPECT_THAT(problems<Window>(R"({"open": "soon", "days": ["mo", 2]})"),
              ElementsAre("open: must be a duration such as \"10s\"", "days[1]: must be a string"));
  EXPECT_THAT(problems<Window>(R"({"close": 1})"), ElementsAre("open: never", "days: never"));
}

TEST(Described, LeavesAnOptionalEmptyThatCouldNotBeRead) {
  Window window;
  window.open = Seconds(3);
  EXPECT_THAT(decode_onto(window, read(R"({"open": "soon"})")), testing::Not(IsEmpty()));
  EXPECT_FALSE(window.open.has_value());
}

TEST(Described, ExcludesTheMinimumWhereItSaysMoreThan) {
  EXPECT_THAT(problems<Endpoint>(R"({"host": "a", "port": 1, "timeout": 0})"),
              ElementsAre("timeout: more than 0 s"));
  EXPECT_THAT(problems<Endpoint>(R"({"host": "a", "port": 1, "timeout": "61s"})"),
              ElementsAre("timeout: at most 60 s"));
}

TEST(Described, CountsCharactersNotBytes) {
  EXPECT_THAT(problems<Endpoint>(R"({"host": "äöüßäöüß", "port": 1})"), IsEmpty());
  EXPECT_THAT(problems<Endpoint>(R"({"host": "äöüßäöüß!", "port": 1})"),
              ElementsAre("host: at most 8 characters"));
}

TEST(Described, BoundsTheNumberOfItems) {
  EXPECT_THAT(problems<Registration>(R"({"name": "a", "endpoints": [{}, {}, {}, {}]})"),
              testing::Contains("endpoints: at most 3 items"));
}

TEST(Described, SumsUpWhenThereAreTooManyProblems) {
  std::string text = R"({"name": "a", "tags": [0)";
  for (int i = 0; i < 500; ++i) {
    text += ",0";
  }
  const auto lines = problems<Registration>(text + "]}");
  ASSERT_EQ(lines.size(), Decoding::kErrorsMax + 1);
  EXPECT_EQ(lines.back(), "body: further problems are not listed");
}

TEST(Described, EncodesMembersInTheirOrder) {
  Registration value;
  value.service_name = "web";
  value.endpoints.push_back({.host = "a", .port = 1});
  value.counts = {{"b", 2}, {"a", 1}};
  value.breaker = BreakerState::kHalfOpen;
  EXPECT_EQ(encode_text(value),
            R"({"service_name":"web","tags":[],"endpoints":[{"host":"a","port":1,)"
            R"("protocol":"http","timeout":"5s","certificate_id":null}],"counts":{"a":1,"b":2},)"
            R"("metadata":{},"anything":null,"share":0.5,"enabled":true,"offset":0,"index":0,)"
            R"("breaker":"half-open","since":"1970-01-01T00:00:00.000000Z"})");
}

TEST(Described, ReadsBackWhatItWrote) {
  Registration value;
  value.service_name = "web";
  value.endpoints.push_back({.host = "a", .port = 1, .timeout = Millis(1500)});
  value.note = "n\n\"\x01";
  const auto again = decode<Registration>(read(encode_text(value)));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(encode_text(*again), encode_text(value));
}

TEST(Schema, SaysWhatTheDecoderEnforces) {
  Schemas schemas(UnknownFields::kRefuse);
  const json::object reference = schema_of<Endpoint>(schemas);
  EXPECT_EQ(write_json(reference), R"({"$ref":"#/components/schemas/base.Endpoint"})");
  EXPECT_EQ(
      write_json(schemas.components().at("base.Endpoint")),
      R"({"type":"object","properties":{)"
      R"("host":{"type":"string","minLength":1,"maxLength":8,"description":"name or address"},)"
      R"("port":{"type":"integer","minimum":1,"maximum":65535},)"
      R"("protocol":{"type":"string","enum":["http","http2","web_socket"],"default":"http"},)"
      R"("timeout":{"oneOf":[{"type":"string","examples":["10s","1m30s"]},)"
      R"({"type":"number","minimum":0,"description":"seconds"}],"default":"5s"},)"
      R"("certificate_id":{"type":["string","null"],"pattern":"^cert_","default":null}},)"
      R"("required":["host","port"],"additionalProperties":false})");
}

TEST(Schema, PointsToNestedTypesAndWritesThemOnce) {
  Schemas schemas;
  schema_of<Registration>(schemas);
  schema_of<std::vector<Registration>>(schemas);
  EXPECT_EQ(schemas.components().size(), 2U);
  const json::object& registration = schemas.components().at("base.Registration").get_object();
  EXPECT_EQ(registration.at("description"), json::value("A service as it asks to be known."));
  EXPECT_EQ(write_json(registration.at("properties").at("endpoints").at("items")),
            R"({"$ref":"#/components/schemas/base.Endpoint"})");
}

TEST(Schema, EndsForATypeThatContainsItself) {
  Schemas schemas;
  schema_of<Node>(schemas);
  EXPECT_EQ(write_json(schemas.components().at("base.Node").at("properties").at("children")),
            R"({"type":"array","items":{"$ref":"#/components/schemas/base.Node"},"default":[]})");
}

TEST(DescribedEnum, SpellsWordsWithTheSeparatorOfTheType) {
  EXPECT_EQ(enum_name(Protocol::kWebSocket), "web_socket");
  EXPECT_EQ(enum_name(BreakerState::kHalfOpen), "half-open");
  EXPECT_EQ(parse_enum<Protocol>("http2"), Protocol::kHttp2);
  EXPECT_EQ(parse_enum<Protocol>("HTTP"), std::nullopt);
  EXPECT_EQ(enum_choices<BreakerState>(), "closed, half-open");
}

}  // namespace
}  // namespace weft::base
