// What go-bexpr 0.1.2 says of the same expressions and values, unless a test says otherwise.
#include "api/kit/filter.h"

#include "api/kit/filter_for_test.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace weft::api::kit {
namespace {

struct FilterCase {
  std::string_view text;
  bool holds;
};

template <const auto& kShape, class Entry>
void expect_all(const Entry& entry, const std::vector<FilterCase>& cases) {
  for (const FilterCase& each : cases) {
    const auto filter = compile_filter<kShape>(each.text);
    ASSERT_TRUE(filter.has_value()) << each.text << ": " << filter.error().message;
    EXPECT_EQ(filter->holds(entry), each.holds) << each.text;
  }
}

void expect_of_odd(const std::vector<FilterCase>& cases) {
  expect_all<kOddForFilter>(odd_for_filter(), cases);
}

void expect_of_service(const std::vector<FilterCase>& cases) {
  expect_all<kServiceForFilter>(service_for_filter(), cases);
}

void expect_of_entry(bool has_checks, const std::vector<FilterCase>& cases) {
  const ServiceForFilter service = service_for_filter();
  expect_all<kEntryForFilter>(entry_for_filter(service, has_checks), cases);
}

TEST(Filter, ComparesText) {
  expect_of_service({{"Service == web", true},
                     {"Service == \"web\"", true},
                     {"Service == `web`", true},
                     {"Service==web", true},
                     {"Service == WEB", false},
                     {"Service == \"\"", false},
                     {"Service != web", false},
                     {"Service != db", true},
                     {"Service == web.x", false},
                     {"ID == \"web-1\"", true}});
}

TEST(Filter, FindsAPartOfAText) {
  expect_of_service({{"\"eb\" in Service", true},
                     {"eb in Service", true},
                     {"Service contains eb", true},
                     {"Service contains be", false},
                     {"Service not contains eb", false},
                     {"be not in Service", true},
                     {"\"\" in Service", true}});
}

TEST(Filter, ComparesNumbersAndFlags) {
  expect_of_service({{"Port == 8080", true},
                     {"Port == \"8080\"", true},
                     {"Port == `0x1f90`", true},
                     {"Port != 8080", false},
                     {"Port == 80", false},
                     {"Weights.Warning == 2", true},
                     {"EnableTagOverride == false", true},
                     {"EnableTagOverride != true", true},
                     {"EnableTagOverride == true", false}});
  expect_of_odd({{"Int == -5", true},
                 {"Int == 5", false},
                 {"Text == -5", false},
                 {"Flag == 1", true},
                 {"Flag == TRUE", true},
                 {"Flag == F", false}});
}

TEST(Filter, ReadsIntegersAsGoDoes) {
  expect_of_odd({{"Int == \"-0x5\"", true},
                 {"Int == \"-0b101\"", true},
                 {"Int == \"-0o5\"", true},
                 {"Int == \"-05\"", true},
                 {"Int == \"-0_5\"", true},
                 {"Int == \"-0x_5\"", true},
                 {"Int == \"+5\"", false},
                 {"Int != \"9223372036854775807\"", true},
                 {"Int != \"-9223372036854775808\"", true},
                 {"Int == -0", false},
                 {"Int == 0", false}});
}

TEST(Filter, ReadsQuotedTextAsGoDoes) {
  expect_of_odd({{R"(Text == "te\x78t")", true},
                 {R"(Text == "te\170t")", true},
                 {R"(Text == "te\u0078t")", true},
                 {R"(Text == "te\U00000078t")", true},
                 {R"(Text == `te\x78t`)", false},
                 {"Text == `te\rxt`", true},
                 {"Text == \"te\rxt\"", false},
                 {"Text == `te\nxt`", false},
                 {R"(Text != "\a\b\f\n\r\t\v\\")", true},
                 {R"(Text matches "^t\x65xt$")", true},
                 {R"(Text matches "\\w{4}")", true}});
  OddForFilter odd;
  odd.text = "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\xff";
  expect_all<kOddForFilter>(odd, {{R"(Text == "\u00e9 \u20ac \U0001f600\xff")", true},
                                  {R"("\u00e9" in Text)", true},
                                  {"\"\xc3\xa9\" in Text", true}});
}

TEST(Filter, LooksIntoLists) {
  expect_of_service({{"v1 in Tags", true},
                     {"\"v1\" in Tags", true},
                     {"v in Tags", false},
                     {"v1 not in Tags", false},
                     {"Tags contains v1", true},
                     {"Tags not contains v2", true},
                     {"Tags is empty", false},
                     {"Tags is not empty", true}});
  expect_of_odd({{"2 in Ints", true},
                 {"Ints contains 3", false},
                 {"Ints is not empty", true},
                 {"true in Bools", true},
                 {"0 in Bools", false}});
}

TEST(Filter, LooksIntoMaps) {
  expect_of_service({{"env in Meta", true},
                     {"nope in Meta", false},
                     {"nope not in Meta", true},
                     {"Meta contains \"a-b\"", true},
                     {"Meta is empty", false},
                     {"Meta.env == prod", true},
                     {"Meta[\"env\"] == prod", true},
                     {"Meta[ `env` ] == prod", true},
                     {"Meta[\"a-b\"] == x", true},
                     {"Meta.empty == \"\"", true},
                     {"lan in TaggedAddresses", true},
                     {"TaggedAddresses.lan.Port == 8080", true},
                     {"TaggedAddresses[\"lan\"].Address == `10.0.0.1`", true}});
  expect_of_odd({{"Counts.k == 1", true},
                 {"Flags.k == true", true},
                 {"y in Lists.k", true},
                 {"Lists.k is empty", false},
                 {"Nested.a.b == c", true},
                 {"b in Nested.a", true}});
}

TEST(Filter, AtAMissingKeyHoldsAllButThreeOperators) {
  expect_of_service({{"Meta.nope == x", false},
                     {"Meta.nope != x", true},
                     {"x in Meta.nope", false},
                     {"x not in Meta.nope", true},
                     {"Meta.nope matches x", true},
                     {"Meta.nope not matches x", true},
                     {"TaggedAddresses.wan.Port == 8080", false},
                     {"TaggedAddresses.wan.Port != 8080", true},
                     {"TaggedAddresses.wan.Address matches q", true}});
  expect_of_odd({{"Nested.z is empty", true},
                 {"Nested.z is not empty", false},
                 {"Nested.z.b == c", false},
                 {"Nested.z.b != c", true},
                 {"b in Nested.z", false},
                 {"b not in Nested.z", true},
                 {"Lists.j contains x", false},
                 {"Lists.j is empty", true},
                 {"Lists.j is not empty", false},
                 {"Counts.j == 1", false}});
}

TEST(Filter, ThroughAListHoldsWhenItDoesForOne) {
  expect_of_entry(true, {{"Checks.Status == passing", true},
                         {"Checks.Status == critical", true},
                         {"Checks.Status == warning", false},
                         {"Checks.Status != passing", true},
                         {"Checks.Status != warning", true},
                         {"passing in Checks.Status", true},
                         {"passing not in Checks.Status", true},
                         {"Checks.Status matches `^p`", true}});
}

TEST(Filter, ThroughAListNothingButNotIsANegation) {
  expect_of_entry(true, {{"not Checks.Status == passing", false},
                         {"not Checks.Status == warning", true},
                         {"Checks.Status not matches passing", true},
                         {"Checks.ServiceTags contains a", true},
                         {"Checks.ServiceTags not contains a", true},
                         {"Checks.ServiceTags is empty", true},
                         {"Checks.ServiceTags is not empty", true},
                         {"Checks is empty", false}});
}

TEST(Filter, ThroughAnEmptyListNothingHolds) {
  expect_of_entry(false, {{"Checks is empty", true},
                          {"Checks is not empty", false},
                          {"Checks.Status == passing", false},
                          {"Checks.Status != passing", false},
                          {"passing not in Checks.Status", false},
                          {"Checks.Status not matches p", false},
                          {"Checks.ServiceTags is empty", false},
                          {"Checks.ServiceTags is not empty", false},
                          {"not Checks.Status != passing", true}});
  expect_of_odd({{"Deep.Checks.Status == passing", false},
                 {"Deep is empty", true},
                 {"Rows.Passing == 3", true},
                 {"Rows.Passing != 3", true}});
}

TEST(Filter, GoesIntoStructsOfStructs) {
  expect_of_entry(true, {{"Service.Service == web", true},
                         {"Service.Meta.env == prod", true},
                         {"Service[\"Meta\"][\"env\"] == prod", true},
                         {"Service.Weights.Warning == 2", true},
                         {"v1 in Service.Tags", true}});
  const ServiceForFilter service = service_for_filter();
  OddForFilter odd;
  odd.deep = {entry_for_filter(service, false), entry_for_filter(service, true)};
  expect_all<kOddForFilter>(odd, {{"Deep.Checks.Status == critical", true},
                                  {"Deep.Checks is empty", true},
                                  {"Deep.Service.Meta.nope != x", true},
                                  {"Deep.Service.Port == 80", false}});
}

TEST(Filter, MatchesAnywhereInAText) {
  expect_of_service({{"Service matches e", true},
                     {"Service matches \"^e\"", false},
                     {"Service matches `^w.b$`", true},
                     {"Service matches `(?i)WEB`", true},
                     {"Service not matches e", false},
                     {"Service not matches x", true},
                     {"Meta.env matches \"^(prod|test)$\"", true}});
}

TEST(Filter, BindsNotBeforeAndBeforeOr) {
  expect_of_odd({{"Text == a or Int == -5 and Flag == true", true},
                 {"Text == text or Int == 0 and Flag == false", true},
                 {"(Text == text or Int == 0) and Flag == false", false},
                 {"not Text == text or Int == -5", true},
                 {"not (Text == text or Int == -5)", false},
                 {"not Text == text and Int == 0 or Flag == true", true},
                 {"not not Text == text", true},
                 {"not not not Text == text", false},
                 {"Flag == true and not Int == 0 and not Text == a", true},
                 {"Flag == false or Int == 0 or Text == a or v in Map", false},
                 {"Flag == false or not (Int == 0 and Text == a) and k in Map", true}});
}

TEST(Filter, TakesBlanksBetweenWords) {
  expect_of_odd({{" Text == text ", true},
                 {"(\tText\n==\rtext\r\n)", true},
                 {"(Text==text)", true},
                 {"(  (Text == text ) )", true},
                 {"Text != \"text\"", false},
                 {"List is  not  empty", true},
                 {"a not  in List", false},
                 {"(Text == text)\nand (Int == -5)", true}});
}

TEST(Filter, TakesItsOwnWordsForNames) {
  expect_of_odd({{"in in List", false},
                 {"not in List", false},
                 {"not not in List", true},
                 {"not not not in List", false},
                 {"Text == and", false},
                 {"Text != not or Text == or", true},
                 {"Map.in == v", false},
                 {"empty not in Map", true}});
}

TEST(Filter, ReadsWhatIsNoTextInAJsonObjectAsJson) {
  ServiceForFilter service;
  service.meta = {{"weight", 3}, {"list", json::array{1, "a"}}, {"none", nullptr}};
  expect_all<kServiceForFilter>(service, {{"Meta.weight == 3", true},
                                          {"Meta.list == `[1,\"a\"]`", true},
                                          {"Meta.none == null", true},
                                          {"Meta.weight matches `^\\d$`", true}});
}

TEST(Filter, KeepsWhatAReaderReturnsByValueWhileItJudges) {
  struct Made {
    int number = 0;
  };
  static constexpr auto kMade = filter_shape(
      filter_field("Text",
                   [](const Made& m) { return std::string(40, 'x') += std::to_string(m.number); }),
      filter_field<kWeightsForFilter>("Rows", [](const Made& m) {
        return std::vector<WeightsForFilter>(40, {.passing = m.number});
      }));
  expect_all<kMade>(Made{7}, {{"Text matches `^x{40}7$`", true}, {"Rows.Passing == 7", true}});
}

TEST(Filter, IsAskedAgainAndAgain) {
  const auto filter = compile_filter<kOddForFilter>("Int == 1 or Text matches `^a+$`");
  ASSERT_TRUE(filter.has_value());
  OddForFilter odd;
  EXPECT_FALSE(filter->holds(odd));
  odd.number = 1;
  EXPECT_TRUE(filter->holds(odd));
  odd = {.text = "aaa"};
  EXPECT_TRUE(filter->holds(odd));
}

}  // namespace
}  // namespace weft::api::kit
