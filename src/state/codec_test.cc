#include "state/codec.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace weft::state {
namespace {

TEST(Codec, WhatIsDecodedOutlivesTheBodyAndWhatItWasParsedInto) {
  const std::string long_text(8000, 'x');  // two of them are more than is parsed without the heap
  const auto decode = [&] {
    const std::string body = R"({"id":"a","service":"web","address":"10.0.0.1","metadata":)"
                             R"({"first":")" +
                             long_text + R"(","deep":{"list":["one",{"two":")" + long_text +
                             R"("}]}},"tags":["v1"]})";
    return decode_object("instances", body);
  };
  auto object = decode();
  ASSERT_TRUE(object);
  const auto instance = std::get<model::Instance>(*std::move(object));
  ASSERT_TRUE(decode());  // in the same place of the stack
  EXPECT_EQ(instance.tags, std::vector<std::string>{"v1"});
  const json::object& deep = instance.metadata.at("deep").as_object();
  EXPECT_EQ(deep.at("list").as_array().at(1).at("two").as_string(), long_text);
  EXPECT_EQ(instance.metadata.storage()->is_equal(*json::storage_ptr()), true);
}

}  // namespace
}  // namespace weft::state
