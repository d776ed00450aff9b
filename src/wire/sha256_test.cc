#include "wire/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::wire {
namespace {

// Source: FIPS 180-2, appendix B.1.
constexpr std::string_view kAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256Digest, IsThatOfTheStandard) {
  EXPECT_EQ(sha256("abc"), sha256_from_hex(kAbc));
  EXPECT_EQ(sha256(""),
            sha256_from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

TEST(Sha256Digest, IsNotReadFromWhatIsNone) {
  std::string bad(kAbc);
  bad[5] = 'g';
  EXPECT_EQ(sha256_from_hex(bad), std::nullopt);
  EXPECT_EQ(sha256_from_hex(kAbc.substr(1)), std::nullopt);
  EXPECT_EQ(sha256_from_hex(""), std::nullopt);
}

TEST(Sha256Digest, DiffersByOneBit) {
  Sha256 other = sha256("abc");
  EXPECT_TRUE(is_same(sha256("abc"), other));
  other[31] ^= 1U;
  EXPECT_FALSE(is_same(sha256("abc"), other));
}

}  // namespace
}  // namespace weft::wire
