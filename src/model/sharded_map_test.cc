#include "model/sharded_map.h"

#include "base/random.h"
#include "model/sharded_map_difference.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace weft::model {
namespace {

struct Entry {
  int key = 0;
  int value = 0;
};

struct ByNumber {
  static int key(const Entry& entry) { return entry.key; }
};

using Map = ShardedMap<Entry, ByNumber>;
using Editor = ShardedMapEditor<Entry, ByNumber>;

std::shared_ptr<const Entry> entry(int key, int value = 0) {
  return std::make_shared<const Entry>(Entry{key, value});
}

std::map<int, int> contents(const Map& map) {
  std::map<int, int> all;
  int last = -1;
  for (const auto& each : map) {
    EXPECT_LT(last, each->key) << "out of order";
    last = each->key;
    all[each->key] = each->value;
  }
  return all;
}

TEST(ShardedMap, AnEmptyMapHasNothingToFind) {
  const Map map;
  EXPECT_EQ(map.size(), 0U);
  EXPECT_EQ(map.begin(), map.end());
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_EQ(map.lower_bound(1), map.end());
}

TEST(ShardedMap, BehavesLikeAnOrderedMapUnderRandomEdits) {
  base::Random random(7);
  Editor editor;
  std::map<int, int> model;
  for (int round = 0; round < 20'000; ++round) {
    const int key = static_cast<int>(random.below(700));
    if (random.below(5) < 2) {
      editor.erase(key);
      model.erase(key);
    } else {
      editor.put(entry(key, round));
      model[key] = round;
    }
    const int asked = static_cast<int>(random.below(700));
    const auto expected = model.lower_bound(asked);
    const auto found = editor.lower_bound(asked);
    ASSERT_EQ(found == nullptr, expected == model.end());
    if (found != nullptr) {
      ASSERT_EQ(found->key, expected->first);
    }
    ASSERT_EQ(editor.size(), model.size());
    if (round % 97 == 0) {
      ASSERT_EQ(contents(editor.freeze()), model);
    }
  }
}

TEST(ShardedMap, FindsEveryKeyAndNoOther) {
  Editor editor;
  for (int key = 0; key < 1000; key += 2) {
    editor.put(entry(key, key * 10));
  }
  const Map map = editor.freeze();
  for (int key = 0; key < 1000; ++key) {
    const Entry* found = map.find(key);
    ASSERT_EQ(found != nullptr, key % 2 == 0) << key;
    if (found != nullptr) {
      EXPECT_EQ(found->value, key * 10);
    }
  }
}

TEST(ShardedMap, AVersionDoesNotSeeLaterEdits) {
  Editor editor;
  for (int key = 0; key < 300; ++key) {
    editor.put(entry(key, 1));
  }
  const Map before = editor.freeze();
  const auto expected = contents(before);
  for (int key = 0; key < 300; ++key) {
    if (key % 3 == 0) {
      editor.erase(key);
    } else {
      editor.put(entry(key, 2));
    }
  }
  EXPECT_EQ(contents(before), expected);
  EXPECT_EQ(editor.freeze().size(), 200U);
  EXPECT_EQ(before.size(), 300U);
}

TEST(ShardedMap, OneEditCopiesTheRowsOfOneShardOnly) {
  Editor editor;
  for (int key = 0; key < 10'000; ++key) {
    editor.put(entry(key));
  }
  const Map before = editor.freeze();
  editor.put(entry(5000, 1));
  const Map after = editor.freeze();
  std::size_t copied = 0;  // row pointers that lie at another place than before
  auto old = before.begin();
  for (const auto& each : after) {
    copied += &each != &*old ? 1U : 0U;
    ++old;
  }
  EXPECT_GT(copied, 0U);
  EXPECT_LE(copied, Map::kShardRowsMax);
}

TEST(ShardedMap, DifferencesAreWhatTwoVersionsDoNotShare) {
  base::Random random(3);
  for (int round = 0; round < 50; ++round) {
    Editor editor;
    for (int key = 0; key < 300; ++key) {
      editor.put(entry(key, round));
    }
    const Map before = editor.freeze();
    for (std::uint64_t edits = random.below(200); edits > 0; --edits) {
      const int key = static_cast<int>(random.below(400));
      random.below(3) == 0 ? editor.erase(key) : editor.put(entry(key, 1000));
    }
    const Map after = editor.freeze();
    std::map<int, int> patched = contents(before);
    int last = -1;
    each_difference(before, after, [&](const auto& old, const auto& now) {
      const int key = old != nullptr ? old->key : now->key;
      EXPECT_LT(last, key) << "out of order";
      last = key;
      EXPECT_EQ(old.get(), before.find(key));
      EXPECT_EQ(now.get(), after.find(key));
      EXPECT_NE(old, now);
      now != nullptr ? void(patched[key] = now->value) : void(patched.erase(key));
    });
    EXPECT_EQ(patched, contents(after));
    each_difference(after, after, [](const auto&, const auto&) { ADD_FAILURE(); });
  }
}

TEST(ShardedMap, ShardsDoNotStayTinyAfterDeletes) {
  Editor editor;
  for (int key = 0; key < 6400; ++key) {
    editor.put(entry(key));
  }
  for (int key = 0; key < 6400; ++key) {
    if (key % 64 != 0) {
      editor.erase(key);
    }
  }
  const Map map = editor.freeze();
  std::set<std::ptrdiff_t> gaps;
  std::size_t shards = 1;  // a step between neighbours that is not one row is a new shard
  const std::shared_ptr<const Entry>* last = nullptr;
  for (const auto& each : map) {
    shards += last != nullptr && &each != last + 1 ? 1U : 0U;
    last = &each;
  }
  EXPECT_EQ(map.size(), 100U);
  EXPECT_LE(shards, 20U);
}

TEST(ShardedMap, ErasingByAKeyBorrowedFromTheEntryIsSafe) {
  struct Named {
    std::string name;
  };
  struct ByText {
    static std::string_view key(const Named& named) { return named.name; }
  };
  ShardedMapEditor<Named, ByText> editor;
  editor.put(std::make_shared<const Named>(Named{std::string(100, 'x')}));
  editor.erase(editor.lower_bound("")->name);
  EXPECT_EQ(editor.size(), 0U);
}

}  // namespace
}  // namespace weft::model
