#include "cli/catalog_file.h"

#include "cli/catalog_command.h"
#include "cli/json_file.h"
#include "cli/json_member.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

namespace weft::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CatalogFile read(std::string_view text) {
  const auto file = parse_catalog(base::parse_json(text).value());
  EXPECT_TRUE(file) << file.error();
  return file.value_or(CatalogFile{});
}

// Of one service with these members.
std::vector<std::string> problems_of(const std::string& members) {
  return read("{\"services\":[{" + members + "}]}").services.at(0).problems;
}

json::object body_of(const std::string& members) {
  const CatalogFile file = read("{\"services\":[{" + members + "}]}");
  EXPECT_THAT(file.services.at(0).problems, ElementsAre()) << members;
  return file.services.at(0).body;
}

// The tests may be run from below the root of the tree.
std::string shipped(const std::string& name) {
  std::filesystem::path directory = std::filesystem::current_path();
  while (!std::filesystem::exists(directory / name) && directory.has_relative_path()) {
    directory = directory.parent_path();
  }
  return directory / name;
}

TEST(CatalogFile, TheShippedOneHasTheServicesOfTheContract) {
  const auto value = read_json_file(shipped("config/consul/services.json"));
  ASSERT_TRUE(value) << value.error().line;
  const auto file = parse_catalog(*value);
  ASSERT_TRUE(file) << file.error();
  EXPECT_THAT(file->warnings, ElementsAre());
  // name -> port, how it is checked, interval, timeout, weight. Source: contract/sutazai.md §3.
  const std::map<std::string, std::string> wanted{
      {"backend", "8000 http://backend:8000/health 15s/10s 10/1 api core rest primary"},
      {"frontend", "8501 http://frontend:8501/healthz 30s/10s 10/1 ui streamlit web primary"},
      {"postgres", "5432 postgres:5432 10s/5s - database primary postgresql"},
      {"redis", "6379 redis:6379 10s/5s - cache storage pubsub session"},
      {"neo4j", "7687 neo4j:7687 30s/10s - database graph knowledge"},
      {"ollama", "11434 http://ollama:11434/api/tags 30s/10s 10/1 ai llm inference core"},
      {"chromadb",
       "8000 http://chromadb:8000/api/v1/heartbeat 30s/10s - ai vectordb storage embeddings"},
      {"qdrant", "6333 http://qdrant:6333/health 30s/10s - ai vectordb storage embeddings"},
      {"faiss", "8000 http://faiss:8000/health 30s/10s - ai vectordb storage similarity"},
      {"rabbitmq", "5672 rabbitmq:5672 10s/5s - queue messaging amqp agents"},
      {"autogpt", "8080 http://autogpt:8080/health 60s/15s - agent autonomous task-execution"},
      {"crewai", "8080 http://crewai:8080/health 60s/15s - agent collaborative multi-agent"},
      {"letta", "8080 http://letta:8080/health 60s/15s - agent memory conversational"},
      {"aider", "8080 http://aider:8080/health 60s/15s - agent code development"},
      {"langflow", "7860 http://langflow:7860/health 30s/10s - workflow low-code ai"},
      {"flowise", "3000 http://flowise:3000/api/v1/ping 30s/10s - workflow low-code ai"},
      {"dify", "5000 http://dify:5000/health 30s/10s - workflow ai apps"},
      {"n8n", "5678 http://n8n:5678/healthz 30s/10s - workflow automation integration"},
      {"prometheus",
       "9090 http://prometheus:9090/-/healthy 30s/10s - monitoring metrics observability"},
      {"grafana",
       "3000 http://grafana:3000/api/health 30s/10s - monitoring visualization dashboard"},
      {"mcp-server", "8080 http://mcp-server:8080/health 30s/10s - mcp communication protocol"},
      {"health-monitor",
       "8000 http://health-monitor:8000/health 30s/10s - monitoring health system"}};
  std::map<std::string, std::string> found;
  for (const CatalogService& service : file->services) {
    EXPECT_THAT(service.problems, ElementsAre()) << service.name;
    EXPECT_EQ(service.id, service.name + "-1");
    EXPECT_EQ(text_member(service.body, "Address"), service.name);
    EXPECT_FALSE(text_member(service.body.at("Meta"), "version").empty()) << service.name;
    EXPECT_FALSE(text_member(service.body.at("Meta"), "type").empty()) << service.name;
    const json::value& check = service.body.at("Checks").at(0);
    const json::value* weights = service.body.if_contains("Weights");
    std::string line =
        std::to_string(*number_member(service.body, "Port")) + " " + text_member(check, "HTTP") +
        text_member(check, "TCP") + " " + text_member(check, "Interval") + "/" +
        text_member(check, "Timeout") + " " +
        (weights == nullptr ? "-"
                            : std::to_string(*number_member(*weights, "Passing")) + "/" +
                                  std::to_string(*number_member(*weights, "Warning")));
    for (const std::string& tag : texts_member(service.body, "Tags")) {
      line += " " + tag;
    }
    found[service.name] = line;
  }
  EXPECT_EQ(file->services.size(), 22U);
  EXPECT_EQ(found, wanted);
}

TEST(CatalogFile, TakesNamesInAnyCase) {
  const json::object snake = body_of(
      R"("id":"w1","name":"web","address":"h","port":80,"enable_tag_override":true,
         "check":{"http":"http://h/","interval":"10s","deregister_critical_service_after":"1h"})");
  const json::object camel = body_of(
      R"("ID":"w1","Name":"web","Address":"h","Port":80,"enableTagOverride":true,
         "Check":{"HTTP":"http://h/","Interval":"10s","deregisterCriticalServiceAfter":"1h"})");
  EXPECT_EQ(snake, camel);
  EXPECT_EQ(base::write_json(snake),
            R"({"ID":"w1","Name":"web","Address":"h","Port":80,"EnableTagOverride":true,)"
            R"("Checks":[{"HTTP":"http://h/","Interval":"10s",)"
            R"("DeregisterCriticalServiceAfter":"1h"}]})");
}

TEST(CatalogFile, AServiceWithoutAnIdIsCalledByItsName) {
  EXPECT_EQ(body_of(R"("name":"web")").at("ID"), json::value("web"));
}

TEST(CatalogFile, APathIsOneOfTheServiceItself) {
  const auto http = [](const char* address) {
    return text_member(body_of(std::string(R"("name":"a","port":80,"address":")") + address +
                               R"(","check":{"http":"/up?x=1","interval":"1s"})")
                           .at("Checks")
                           .at(0),
                       "HTTP");
  };
  EXPECT_EQ(http("h"), "http://h:80/up?x=1");
  EXPECT_EQ(http("::1"), "http://[::1]:80/up?x=1");
  EXPECT_THAT(problems_of(R"("name":"a","check":{"http":"/up","interval":"1s"})"),
              ElementsAre("services[0].check.http: a path needs the service's address and port"));
}

TEST(CatalogFile, NamesThePlaceOfEverythingThatIsWrong) {
  EXPECT_THAT(problems_of(R"("port":-1,"tags":["a",1],"meta":{"k":1},"weights":{"passing":0})"),
              ElementsAre("services[0].name: missing: what the service is called",
                          "services[0].port: expected a whole number from 0 to 65535, not -1",
                          "services[0].tags[1]: expected a text, not 1",
                          "services[0].meta.k: expected a text, not 1",
                          "services[0].weights.passing: expected a whole number from 1 to 65535, "
                          "not 0"));
  EXPECT_THAT(problems_of(R"("name":"a","checks":[{"ttl":"10s"},{"tcp":"h:1","Interval":"10"}])"),
              ElementsAre("services[0].checks[1].Interval: expected a duration with its unit, as "
                          "\"10s\" or \"1m30s\", not \"10\""));
  EXPECT_THAT(problems_of(R"("name":"a","check":{"ttl":"10s","http":"http://h/","interval":"1s"})"),
              ElementsAre("services[0].check: http and ttl are two checks; make a list, 'checks'"));
  EXPECT_THAT(problems_of(R"("name":"a","check":{"grpc":"h:1"})"),
              ElementsAre("services[0].check.interval: missing: how often to look, as \"10s\""));
  EXPECT_THAT(problems_of(R"("name":"a","check":{"interval":"1s"})"),
              ElementsAre(HasSubstr("services[0].check: it does not say what to check")));
  EXPECT_THAT(problems_of(R"("name":"a","check":{"udp":"nowhere","interval":"1s"})"),
              ElementsAre("services[0].check.udp: expected HOST:PORT"));
  EXPECT_THAT(problems_of(R"("name":"a","check":{"ttl":"1s","status":"well"})"),
              ElementsAre("services[0].check.status: expected passing, warning or critical"));
  EXPECT_THAT(problems_of(R"("name":7)"), ElementsAre("services[0].name: expected a text, not 7"));
  EXPECT_THAT(problems_of(R"("name":"")"),
              ElementsAre("services[0].name: a name has at least one character"));
  EXPECT_THAT(problems_of(R"("name":"a","meta":{"a b":"c"})"),
              ElementsAre(HasSubstr("services[0].meta: 'a b': a key is")));
  EXPECT_EQ(read(R"({"services":[7]})").services.at(0).problems,
            std::vector<std::string>{"services[0]: expected an object"});
}

TEST(CatalogFile, AnEmptyCheckIsNone) {
  EXPECT_FALSE(body_of(R"("name":"a","check":{},"checks":[{}])").contains("Checks"));
  EXPECT_FALSE(body_of(R"("name":"a","check":null)").contains("Checks"));
}

TEST(CatalogFile, TwoServicesDoNotShareAnId) {
  const CatalogFile file = read(R"({"services":[{"name":"a"},{"id":"a","name":"b"}]})");
  EXPECT_THAT(file.services[0].problems, ElementsAre());
  EXPECT_THAT(file.services[1].problems,
              ElementsAre("services[1].id: 'a' is services[0]'s already"));
  EXPECT_EQ(file.problem_count(), 1U);
}

TEST(CatalogFile, WarnsOfWhatItDoesNotKnow) {
  const CatalogFile file =
      read(R"({"servises":[],"services":[{"name":"a","adress":"h","check":{"ttl":"1s","x":1}}]})");
  EXPECT_THAT(file.warnings,
              ElementsAre("services[0].check.x: not known, ignored",
                          "services[0].adress: not known, ignored; did you mean 'address'?",
                          "servises: not known, ignored; did you mean 'services'?"));
  EXPECT_EQ(file.problem_count(), 0U);
}

TEST(CatalogFile, KeepsDependenciesInTheMetadata) {
  EXPECT_EQ(body_of(R"("name":"a","meta":{"k":"v"},"dependencies":["b","c"])").at("Meta"),
            (json::value{{"k", "v"}, {"weft-dependencies", "b,c"}}));
  EXPECT_EQ(body_of(R"("name":"a","dependencies":["b"])").at("Meta"),
            (json::value{{"weft-dependencies", "b"}}));
  EXPECT_THAT(problems_of(R"("name":"a","dependencies":["b,c"])"),
              ElementsAre("services[0].dependencies: expected names of services, without commas"));
}

TEST(CatalogFile, IsRefusedWhenItIsSomethingElse) {
  for (const char* text : {"[]", "7", "{}", R"({"services":{}})"}) {
    EXPECT_FALSE(parse_catalog(base::parse_json(text).value())) << text;
  }
}

TEST(CatalogExport, IsAFileThatRegistersTheSameAgain) {
  const json::value services = base::parse_json(R"({
      "w1":{"ID":"w1","Service":"web","Tags":["a"],"Port":80,"Address":"h","EnableTagOverride":true,
            "Meta":{"k":"v","weft-catalog":"x.json","weft-dependencies":"db,cache"},
            "TaggedAddresses":{"lan":{"Address":"h","Port":80}},
            "Weights":{"Passing":10,"Warning":1}},
      "bare":{"ID":"bare","Service":"bare","Tags":[],"Meta":{},"Port":0,"Address":"",
              "TaggedAddresses":{},"Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false}
      })")
                                   .value();
  const json::value checks = base::parse_json(R"([
      {"CheckID":"serfHealth","Name":"Serf","ServiceID":"","Definition":{}},
      {"CheckID":"service:w1","Name":"Service 'web' check","ServiceID":"w1","ServiceName":"web",
       "Notes":"","Definition":{"TCP":"h:80","Interval":"10s","Timeout":"5s"}},
      {"CheckID":"mem","Name":"memory","ServiceID":"w1","ServiceName":"web","Notes":"n",
       "Definition":{"TTL":"1m"}},
      {"CheckID":"told","Name":"told","ServiceID":"w1","ServiceName":"web","Definition":{}}
      ])")
                                 .value();
  const json::object file = encode_catalog_file(services, checks);
  EXPECT_EQ(
      base::write_json(file),
      R"({"services":[{"id":"bare","name":"bare"},{"id":"w1","name":"web","address":"h",)"
      R"("port":80,"tags":["a"],"dependencies":["db","cache"],"meta":{"k":"v"},"checks":[)"
      R"({"tcp":"h:80","interval":"10s","timeout":"5s"},)"
      R"({"check_id":"mem","name":"memory","notes":"n","ttl":"1m"}],)"
      R"("weights":{"passing":10,"warning":1},)"
      R"("tagged_addresses":{"lan":{"Address":"h","Port":80}},"enable_tag_override":true}]})");
  const auto back = parse_catalog(file);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->problem_count(), 0U);
  EXPECT_THAT(back->warnings, ElementsAre());
}

TEST(CatalogLabel, IsTheNameOfTheFile) {
  EXPECT_EQ(catalog_label("config/consul/services.json"), "services.json");
  EXPECT_EQ(catalog_label("services.json"), "services.json");
  EXPECT_EQ(catalog_label("-"), "stdin");
}

TEST(JsonFile, SaysWhereItStopsBeingJson) {
  EXPECT_EQ(explain_json("a.json", "{\"a\": 1}"), "");
  EXPECT_EQ(explain_json("a.json", "{\n  \"a\": 1,\n  b\n}"),
            "a.json is no JSON from line 3, column 3 on");
  EXPECT_EQ(explain_json("a.json", "x"), "a.json is no JSON from line 1, column 1 on");
  EXPECT_EQ(explain_json("a.json", "{\"a\":"), "a.json is no JSON: it ends too early");
  EXPECT_EQ(explain_json("a.json", ""), "a.json is no JSON: it ends too early");
}

}  // namespace
}  // namespace weft::cli
