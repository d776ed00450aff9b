#include "cli/nearest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cli {
namespace {

const std::vector<std::string> kCommands{"server", "services", "status", "register", "deregister"};

TEST(EditDistance, CountsInsertionsDeletionsAndReplacements) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
}

TEST(EditDistance, CountsSwappedNeighboursOnce) {
  EXPECT_EQ(edit_distance("statsu", "status"), 1u);
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
}

TEST(Nearest, FindsTheWordThatWasMeant) {
  EXPECT_EQ(nearest("sevices", kCommands), "services");
  EXPECT_EQ(nearest("stauts", kCommands), "status");
  EXPECT_EQ(nearest("deregsiter", kCommands), "deregister");
}

TEST(Nearest, PrefersAWordThatBeginsAlike) { EXPECT_EQ(nearest("dereg", kCommands), "deregister"); }

TEST(Nearest, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest("frobnicate", kCommands), std::nullopt);
  EXPECT_EQ(nearest("x", kCommands), std::nullopt);
}

}  // namespace
}  // namespace weft::cli
