#include "node/demo_chaos.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace weft::node {
namespace {

TEST(Chaos, KillsAndBreaksOnlyWhoHasAStandIn) {
  base::Random random(1);
  const Running running{{"web-1", "shop-1", "shop-2"}, {"shop-1", "shop-2"}};
  std::set<MishapKind> kinds;
  std::set<std::string> slowed;
  for (int i = 0; i < 200; ++i) {
    const Mishap mishap = draw_mishap(random, running);
    kinds.insert(mishap.kind);
    if (mishap.kind == MishapKind::kSlow) {
      slowed.insert(mishap.instance);
    } else {
      EXPECT_NE(mishap.instance, "web-1");
    }
  }
  EXPECT_EQ(kinds.size(), 3U);
  EXPECT_EQ(slowed.size(), 3U);
}

TEST(Chaos, OnlySlowsWhenNobodyHasAStandIn) {
  base::Random random(1);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(draw_mishap(random, {{"web-1"}, {}}).kind, MishapKind::kSlow);
  }
}

TEST(Chaos, AnnouncesEveryKind) {
  for (const MishapKind kind : {MishapKind::kSlow, MishapKind::kBroken, MishapKind::kKilled}) {
    EXPECT_TRUE(chaos_line({kind, "web-1"}).starts_with("chaos: web-1 ")) << int(kind);
  }
}

}  // namespace
}  // namespace weft::node
