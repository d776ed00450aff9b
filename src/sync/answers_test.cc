#include "sync/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ConsulAnswers, WhatIsOfTheWrongKindIsNotThere) {
  const auto entries = parse_entries(R"([1, null, {}, {"Node": {"Node": "n"}, "Service": []},
    {"Node": {"Node": "n", "Meta": null, "Address": 5},
     "Service": {"ID": "a", "Service": "s", "Port": "80", "Tags": ["x", 1], "Meta": {"k": 1, "l": "v"},
                 "Weights": {"Passing": 2}, "TaggedAddresses": {"lan": {"Address": "h", "Port": 1}, "x": 2}},
     "Checks": [{"CheckID": "c", "ServiceID": "a", "Status": "odd"}, 7,
                {"CheckID": "d", "ServiceID": "", "Status": "passing"}]}])");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1U);
  const RemoteEntry& entry = entries->front();
  EXPECT_EQ(entry.node.address, "");
  EXPECT_EQ(entry.instance.port, 0);
  EXPECT_EQ(entry.instance.weight_passing, 2);
  EXPECT_EQ(entry.instance.weight_warning, 1);
  EXPECT_THAT(entry.instance.tags, ElementsAre("x"));
  EXPECT_EQ(entry.instance.metadata.size(), 1U);
  EXPECT_EQ(entry.instance.tagged_addresses.size(), 1U);
  EXPECT_EQ(entry.instance.checks.at(0).status, model::CheckStatus::kCritical);
  EXPECT_EQ(entry.node.checks.at(0).id, "d");
}

TEST(ConsulAnswers, WhatIsNoAnswerIsAnError) {
  EXPECT_FALSE(parse_entries("{}"));
  EXPECT_FALSE(parse_service_names("[]"));
  EXPECT_FALSE(parse_check_digests("<html>"));
  EXPECT_FALSE(parse_node_checks("null"));
  EXPECT_FALSE(parse_node(""));
  ASSERT_TRUE(parse_node("null"));
  EXPECT_FALSE(parse_node("null")->exists);
}

TEST(ConsulAnswers, DigestsTellWhereSomethingIsDifferent) {
  const auto digest = [](const char* status, bool turned) {
    const std::string a =
        std::string(R"({"Node":"n","CheckID":"a","ServiceName":"s","Status":")") + status + "\"}";
    const std::string b = R"({"Node":"n","CheckID":"b","ServiceName":"s","Status":"passing"})";
    const std::string c = R"({"Node":"n","CheckID":"c","ServiceName":"","Status":"passing"})";
    return *parse_check_digests("[" + (turned ? b + "," + a : a + "," + b) + "," + c + "]");
  };
  EXPECT_EQ(digest("passing", false).services, digest("passing", true).services);
  EXPECT_NE(digest("passing", false).services, digest("warning", false).services);
  EXPECT_EQ(digest("passing", false).nodes, digest("warning", false).nodes);
  EXPECT_EQ(digest("passing", false).nodes.size(), 1U);
}

TEST(ConsulAnswers, TextIsCutBetweenCharacters) {
  EXPECT_EQ(cut_text("abc", 5), "abc");
  EXPECT_EQ(cut_text("a\u00e4b", 2), "a");
  EXPECT_EQ(cut_text("a\u00e4b", 3), "a\u00e4");
  EXPECT_THAT(cut_text("\u20ac", 2), IsEmpty());
}

}  // namespace
}  // namespace weft::sync
