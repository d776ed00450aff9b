#include "model/radix_map.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace weft::model {
namespace {

using Number = std::shared_ptr<const int>;
using NumberMap = RadixMap<Number>;

Number number(int value) { return std::make_shared<const int>(value); }

std::map<std::string, int> numbers_in(const NumberMap& map) {
  std::map<std::string, int> all;
  std::string last;
  map.for_each([&](std::string_view key, const Number& value) {
    EXPECT_TRUE(all.empty() || last < key) << "out of order";
    last = key;
    all.emplace(key, *value);
  });
  EXPECT_EQ(all.size(), map.size());
  return all;
}

// The values on the way along `text`, and whether the way goes to its end.
std::vector<int> met_along(const NumberMap& map, std::string_view text) {
  std::vector<int> met;
  auto at = map.root();
  if (!at.walk(text, [&](const Number& value) { met.push_back(*value); })) {
    met.push_back(-1);
  }
  return met;
}

TEST(RadixMap, FindsOnlyWhatWasPut) {
  NumberMap map;
  EXPECT_EQ(map.find(""), nullptr);
  map.put("shop", number(1));
  map.put("sho", number(2));
  map.put("", number(3));
  map.put("show", number(4));
  EXPECT_EQ(numbers_in(map),
            (std::map<std::string, int>{{"", 3}, {"sho", 2}, {"shop", 1}, {"show", 4}}));
  EXPECT_EQ(**map.find("shop"), 1);
  for (const std::string_view absent : {"s", "sh", "shopp", "shoq", "x"}) {
    EXPECT_EQ(map.find(absent), nullptr) << absent;
    EXPECT_FALSE(map.erase(absent)) << absent;
  }
}

TEST(RadixMap, AWalkMeetsEveryKeyThatTheTextBeginsWith) {
  NumberMap map;
  map.put("/", number(1));
  map.put("/api", number(2));
  map.put("/api/v1/users", number(3));
  EXPECT_EQ(met_along(map, "/api/v1/users/7"), (std::vector{1, 2, 3, -1}));
  EXPECT_EQ(met_along(map, "/api/v1/us"), (std::vector{1, 2}));
  EXPECT_EQ(met_along(map, "/b"), (std::vector{1, -1}));
  EXPECT_EQ(met_along(map, "x"), (std::vector{-1}));
  EXPECT_EQ(met_along(NumberMap(), "x"), (std::vector{-1}));
}

TEST(RadixMap, ACursorGoesOnByBytesAndTellsWhereAKeyEnds) {
  NumberMap map;
  map.put("ab", number(1));
  map.put("abcd", number(2));
  auto at = map.root();
  EXPECT_EQ(at.value(), nullptr);
  EXPECT_TRUE(at.step('a') && at.step('b'));
  EXPECT_EQ(**at.value(), 1);
  auto other = at;
  EXPECT_TRUE(at.step("cd"));
  EXPECT_EQ(**at.value(), 2);
  EXPECT_FALSE(at.step('e'));
  EXPECT_TRUE(other.step('c'));
  EXPECT_EQ(other.value(), nullptr);
  EXPECT_FALSE(other.step('x'));
}

TEST(RadixMap, EveryByteMayStandInAKey) {
  NumberMap map;
  for (int byte = 0; byte < 256; ++byte) {
    map.put(std::string("k") + static_cast<char>(byte), number(byte));
  }
  EXPECT_EQ(map.size(), 256U);
  for (int byte = 0; byte < 256; ++byte) {
    const std::string key = std::string("k") + static_cast<char>(byte);
    ASSERT_NE(map.find(key), nullptr);
    EXPECT_EQ(**map.find(key), byte);
  }
}

TEST(RadixMap, ACopyStaysAsItWas) {
  NumberMap first;
  first.put("/a", number(1));
  first.put("/b", number(2));
  NumberMap second = first;
  second.put("/a", number(10));
  second.put("/a/x", number(11));
  second.erase("/b");
  EXPECT_EQ(numbers_in(first), (std::map<std::string, int>{{"/a", 1}, {"/b", 2}}));
  EXPECT_EQ(numbers_in(second), (std::map<std::string, int>{{"/a", 10}, {"/a/x", 11}}));
}

TEST(RadixMap, AChangeOfACopyHoldsNothingAnewButWhatLiesOnItsWay) {
  NumberMap first;
  const Number aside = number(1);
  first.put("/aside/1", aside);
  for (int i = 0; i < 100; ++i) {
    first.put("/way/" + std::to_string(i), number(i));
  }
  NumberMap second = first;
  second.put("/way/new", number(5));
  second.erase("/way/7");
  EXPECT_EQ(aside.use_count(), 2) << "one here, one in the node that both maps share";
  first = {};
  EXPECT_EQ(aside.use_count(), 2);
  second = {};
  EXPECT_EQ(aside.use_count(), 1) << "no node is left";
}

// Short keys over few letters: every shape of node and every way to lose one comes up.
std::string random_key(base::Random& random) {
  std::string key;
  for (std::uint64_t bytes = random.below(7); bytes > 0; --bytes) {
    key += static_cast<char>('a' + random.below(3));
  }
  return key;
}

TEST(RadixMap, IsAMapOfTextsThroughAnyHistoryAndSoAreItsCopies) {
  base::Random random(7);
  NumberMap map;
  std::map<std::string, int> model;
  std::vector<std::pair<NumberMap, std::map<std::string, int>>> kept;
  for (int i = 0; i < 8'000; ++i) {
    const std::string key = random_key(random);
    if (random.below(5) < 3) {
      map.put(key, number(i));
      model[key] = i;
    } else {
      EXPECT_EQ(map.erase(key), model.erase(key) == 1);
    }
    if (i % 200 == 0) {
      kept.emplace_back(map, model);
    }
    const std::string text = random_key(random);
    std::vector<int> expected;
    for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
      const auto found = model.find(text.substr(0, bytes));
      if (found != model.end()) {
        expected.push_back(found->second);
      }
    }
    std::vector<int> met = met_along(map, text);
    std::erase(met, -1);
    ASSERT_EQ(met, expected) << text;
  }
  for (const auto& [copy, then] : kept) {
    EXPECT_EQ(numbers_in(copy), then);
  }
  for (const auto& [key, value] : std::map(model)) {
    EXPECT_TRUE(map.erase(key));
  }
  EXPECT_TRUE(map.empty());
}

}  // namespace
}  // namespace weft::model
