#include "cli/nodes_command.h"

#include <gtest/gtest.h>

namespace weft::cli {
namespace {

const json::value kMembers = json::parse(R"([
  {"Name":"a","Addr":"10.0.0.1","Status":1,"Tags":{"id":"id-a","weft":"0.1.0"}},
  {"Name":"b","Addr":"10.0.0.2","Status":3,"Tags":{"id":"id-b","weft":"0.1.0"}},
  {"Name":"c","Addr":"10.0.0.3","Status":4,"Tags":{}}, {"Status":7}])");

TEST(NodesCommand, ListsWhoIsThereAndWhoWasAsked) {
  const auto nodes = parse_nodes(kMembers, json::parse(R"({"Member":{"Name":"a"}})"));
  EXPECT_EQ(nodes_text(nodes, Paint(Paint::Colours::kOff)),
            "NODE       STATUS   ADDRESS   VERSION  ID\n"
            "a (asked)  alive    10.0.0.1  0.1.0    id-a\n"
            "b          left     10.0.0.2  0.1.0    id-b\n"
            "c          failed   10.0.0.3\n"
            "           unknown\n");
}

TEST(NodesCommand, AnAnswerThatIsNoListHasNoNodes) {
  EXPECT_TRUE(parse_nodes(json::parse("{}"), json::parse("[]")).empty());
}

}  // namespace
}  // namespace weft::cli
