#include "io/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::io {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(HostNames, HoldTheNameOfTheMachine) { EXPECT_THAT(host_names(), Contains(host_name())); }

TEST(NamesBeside, AreThoseOfTheSameLine) {
  constexpr const char* kHosts =
      "127.0.0.1 localhost\n# 10.0.0.1 mesh wrong.example\n"
      "127.0.1.1\tmesh.example.org  mesh # mesh commented.example\n10.0.0.7 other";
  EXPECT_THAT(names_beside(kHosts, "Mesh"), ElementsAre("mesh.example.org", "mesh"));
  EXPECT_THAT(names_beside(kHosts, "10.0.0.7"), IsEmpty());
  EXPECT_THAT(names_beside("", "mesh"), IsEmpty());
}

}  // namespace
}  // namespace weft::io
