#include "base/uuid.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace weft::base {
namespace {

TEST(Uuid, ARandomOneIsWellFormedAndNeverTheSame) {
  Random random(7);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = make_uuid(random);
    EXPECT_TRUE(is_uuid(uuid)) << uuid;
    EXPECT_EQ(uuid[14], '4') << uuid;
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

TEST(Uuid, OtherTextIsNone) {
  EXPECT_TRUE(is_uuid("ADF4238a-882b-9ddc-4a9d-5b6758e4159e"));
  EXPECT_FALSE(is_uuid(""));
  EXPECT_FALSE(is_uuid("adf4238a-882b-9ddc-4a9d-5b6758e4159"));
  EXPECT_FALSE(is_uuid("adf4238a-882b-9ddc-4a9d-5b6758e4159g"));
  EXPECT_FALSE(is_uuid("adf4238a-882b-9ddc-4a9d_5b6758e4159e"));
}

}  // namespace
}  // namespace weft::base
