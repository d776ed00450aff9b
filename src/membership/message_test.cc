#include "membership/message.h"

#include <gtest/gtest.h>

namespace weft::membership {
namespace {

TEST(MembershipMessage, IsReadAsItWasWritten) {
  const Report report{.node = "n",
                      .check = "tick",
                      .status = model::CheckStatus::kWarning,
                      .output = "a \"quote\"\n"};
  const Message message{.reports = {report, Report{}}, .renewals = {"s1", "s2"}};
  const auto read = decode_message(encode(message));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, message);
}

TEST(MembershipMessage, WhatMakesNoSenseIsRefused) {
  for (const char* word :
       {"", "nonsense", "[]", "{}", R"({"reports":1,"renew":[]})", R"({"reports":[[]],"renew":[]})",
        R"({"reports":[["","a","b","no status",""]],"renew":[]})", R"({"reports":[],"renew":[1]})",
        R"({"reports":[["","a","b","passing",1]],"renew":[]})"}) {
    EXPECT_FALSE(decode_message(word)) << word;
  }
}

}  // namespace
}  // namespace weft::membership
