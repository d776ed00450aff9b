#include "io/slot_set.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace weft::io {
namespace {

constexpr std::size_t kSlots = 8192;

TEST(SlotSet, TheNextOneIsFoundRoundTheRing) {
  SlotSet<kSlots> set;
  set.add(70);
  for (const std::size_t start : {std::size_t{0}, std::size_t{70}, std::size_t{71}, kSlots - 1}) {
    EXPECT_EQ(set.first_from(start), 70U) << start;
  }
  set.add(5000);
  EXPECT_EQ(set.first_from(71), 5000U);
  EXPECT_EQ(set.first_from(5001), 70U);
}

// A set beside an ordered one, under random steps around a size.
class SlotSteps {
 public:
  explicit SlotSteps(std::size_t size) : size_(size) {}

  void step() {
    if (model_.size() < random_.below(2 * size_ + 1)) {
      const std::size_t slot = random_.below(kSlots);
      set_.add(slot);
      model_.insert(slot);
    } else if (!model_.empty()) {
      const std::size_t slot = next(random_.below(kSlots));
      set_.remove(slot);
      model_.erase(slot);
      ASSERT_FALSE(set_.contains(slot));
    }
  }

  void compare() {
    const std::size_t start = random_.below(kSlots);
    ASSERT_EQ(set_.contains(start), model_.contains(start));
    if (!model_.empty()) {
      ASSERT_EQ(set_.first_from(start), next(start));
    }
  }

 private:
  std::size_t next(std::size_t start) const {
    const auto found = model_.lower_bound(start);
    return found != model_.end() ? *found : *model_.begin();
  }

  const std::size_t size_;
  base::Random random_{7};
  SlotSet<kSlots> set_;
  std::set<std::size_t> model_;
};

TEST(SlotSet, AgreesWithAnOrderedSetWhetherFewOrManyAreInIt) {
  for (const std::size_t size : {1U, 40U, 4000U}) {
    SCOPED_TRACE(size);
    SlotSteps steps(size);
    for (int i = 0; i < 20'000 && !testing::Test::HasFatalFailure(); ++i) {
      steps.step();
      steps.compare();
    }
  }
}

}  // namespace
}  // namespace weft::io
