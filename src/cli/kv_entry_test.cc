#include "cli/kv_entry.h"

#include "cli/kv_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cli {
namespace {

using testing::ElementsAre;

json::value json_of(std::string_view text) { return base::parse_json(text).value(); }

TEST(KvTarget, KeepsTheSlashesOfAKeyAndEscapesTheRest) {
  EXPECT_EQ(kv_target("a/b c/?#%"), "/v1/kv/a/b%20c/%3F%23%25");
  EXPECT_EQ(kv_target("/a/"), "/v1/kv/a/");
  EXPECT_EQ(kv_target("a//b"), "/v1/kv/a//b");
  EXPECT_EQ(kv_target(""), "/v1/kv/");
  EXPECT_EQ(kv_target("/"), "/v1/kv/");
}

TEST(KvAnswer, IsReadWithFlagsOf64BitsAndAnyBytes) {
  const auto entries = parse_kv_answer(json_of(
      R"([{"LockIndex":1,"Key":"a","Flags":18446744073709551615,"Value":"AAE=","Session":"s",
          "CreateIndex":2,"ModifyIndex":3},
         {"LockIndex":0,"Key":"b","Flags":0,"Value":null,"CreateIndex":4,"ModifyIndex":5}])"));
  ASSERT_TRUE(entries);
  const KvEntry first{"a", std::string("\0\1", 2), 18'446'744'073'709'551'615U, "s", 1, 2, 3};
  const KvEntry second{"b", "", 0, "", 0, 4, 5};
  EXPECT_THAT(*entries, ElementsAre(first, second));
}

TEST(KvAnswer, IsRefusedWhenItIsSomethingElse) {
  EXPECT_FALSE(parse_kv_answer(json_of("{}")));
  EXPECT_FALSE(parse_kv_answer(json_of(R"([{"Key":"a","Value":"?"}])")));
}

TEST(KvEntryJson, HasTheValueAsTextOrInBase64) {
  EXPECT_EQ(encode_kv_entry({.key = "a", .value = "x"}).at("value"), json::value("x"));
  EXPECT_EQ(encode_kv_entry({.key = "a", .value = "x"}).at("encoding"), json::value("text"));
  const json::object binary = encode_kv_entry({.key = "a", .value = "\xff"});
  EXPECT_EQ(binary.at("value"), json::value("/w=="));
  EXPECT_EQ(binary.at("encoding"), json::value("base64"));
  EXPECT_FALSE(binary.contains("session"));
}

TEST(KvExport, ReadsBackWhatItWrote) {
  const std::vector<KvEntry> entries{
      {.key = "a", .value = std::string("\0\xff", 2), .flags = 18'446'744'073'709'551'615U},
      {.key = "b/c", .value = ""}};
  const auto back = parse_kv_export(json_of(base::write_json(encode_kv_export(entries))));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, entries);
}

TEST(KvExport, NamesThePlaceOfEverythingThatIsWrong) {
  const auto entries = parse_kv_export(json_of(
      R"([{"key":"a","value":"eA=="},{"key":"","flags":-1,"value":"?"},7,{"key":1,"value":2}])"));
  ASSERT_FALSE(entries);
  EXPECT_THAT(entries.error(), ElementsAre("[1].key: expected a text that is not empty",
                                           "[1].flags: expected a whole number, 0 or more",
                                           "[1].value: expected a text in base64",
                                           "[2]: expected an object with key, flags and value",
                                           "[3].key: expected a text that is not empty",
                                           "[3].value: expected a text in base64"));
  EXPECT_FALSE(parse_kv_export(json_of("{}")));
}

TEST(KvText, KeepsOneLinePerKey) {
  EXPECT_EQ(kv_text({{.key = "a", .value = "x"}, {.key = "b", .value = "1\n2"}}),
            "a:x\nb:(3 bytes)\n");
  EXPECT_EQ(shown_value("\x1b[2J"), "(4 bytes)");
  EXPECT_EQ(shown_value("\xff"), "(1 byte)");
  EXPECT_EQ(shown_value("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
}

}  // namespace
}  // namespace weft::cli
