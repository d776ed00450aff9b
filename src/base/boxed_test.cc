#include "base/boxed.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace weft::base {
namespace {

using Text = Boxed<std::string>;

TEST(Boxed, IsEmptyUntilItIsGivenAValue) {
  Text text;
  EXPECT_FALSE(text.has_value());
  EXPECT_EQ(text.get(), nullptr);
  text.emplace() = "here";
  EXPECT_EQ(*std::as_const(text), "here");
  text.reset();
  EXPECT_FALSE(text);
}

TEST(Boxed, ACopySharesTheValueUntilOneOfThemIsChanged) {
  Text first(std::string("both"));
  Text second = first;
  EXPECT_TRUE(second.shares_with(first));
  *second += " no more";
  EXPECT_FALSE(second.shares_with(first));
  EXPECT_EQ(*std::as_const(first), "both");
  EXPECT_EQ(*std::as_const(second), "both no more");
}

TEST(Boxed, WhoAloneHasTheValueChangesItInPlace) {
  Text text(std::string("one"));
  {
    const Text copy = text;
  }
  const std::string* const before = std::as_const(text).get();
  *text = "two";
  EXPECT_EQ(std::as_const(text).get(), before);
}

TEST(Boxed, SharesWithATwinOnlyWhatIsEqual) {
  const Text twin(std::string("same"));
  Text same(std::string("same"));
  Text other(std::string("other"));
  Text none;
  same.share_with(twin);
  other.share_with(twin);
  none.share_with(twin);
  EXPECT_TRUE(same.shares_with(twin));
  EXPECT_FALSE(other.shares_with(twin));
  EXPECT_FALSE(none.has_value());
}

TEST(Boxed, IsEqualByValueAndWhenBothAreEmpty) {
  EXPECT_EQ(Text(), Text());
  EXPECT_EQ(Text(std::string("a")), Text(std::string("a")));
  EXPECT_FALSE(Text(std::string("a")) == Text());
}

TEST(Boxed, SurvivesAnAssignmentToItself) {
  Text text(std::string("kept"));
  const Text& same = text;
  text = same;
  EXPECT_EQ(*std::as_const(text), "kept");
}

}  // namespace
}  // namespace weft::base
