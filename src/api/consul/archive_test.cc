#include "api/consul/archive.h"

#include "wire/gzip.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::api::consul {
namespace {

Archive some_archive() {
  return {
      .index = 42,
      .time = *base::parse_rfc3339("2026-01-31T14:03:00.5Z"),
      .node = "n1",
      .datacenter = "dc1",
      .objects = {{"kv", R"({"key":"a\nb","value":"AA=="})"}, {"services", R"({"name":"web"})"}}};
}

std::string why_text(const std::string& text) {
  const auto read = parse_archive_text(text);
  return read ? "" : read.error().what;
}

// The text, with a digest that is right.
std::string sealed(const std::string& text) { return text + digest_line(text); }

TEST(ConsulArchive, WhatIsWrittenIsReadAsItWas) {
  EXPECT_EQ(read_archive(write_archive(some_archive())), some_archive());
  EXPECT_EQ(read_archive(write_archive(Archive{})), Archive{});
}

TEST(ConsulArchive, EveryWayToBeWrongIsRefused) {
  const std::string whole = *wire::gunzip(write_archive(some_archive()), 10'000);
  const std::string head = whole.substr(0, whole.find('\n') + 1);
  EXPECT_EQ(why_text(whole), "");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_NE(why_text(whole.substr(0, i)), "") << i;
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_NE(why_text(damaged), "") << i;
  }
  EXPECT_EQ(why_text(sealed("")), "it is cut off");
  EXPECT_EQ(why_text(sealed("{}\n")), "it is not a snapshot of weft");
  EXPECT_EQ(why_text(sealed("[]\n")), "it is not a snapshot of weft");
  EXPECT_EQ(why_text(sealed(head)), "it has another number of objects than it says");
  EXPECT_EQ(why_text(sealed(head + "x\n{}\n")), "one of its lines is no object");
  EXPECT_EQ(why_text(sealed(head + "{\"table\":\"kv\",\"object\":[]}\n")),
            "one of its lines is no object");
  std::string later = head;
  later.replace(later.find("\"version\":1"), 11, "\"version\":2");
  EXPECT_EQ(why_text(sealed(later)), "it is of a version that is not known here");
  std::string minus = head;
  minus.replace(minus.find("42"), 2, "-1");
  EXPECT_EQ(why_text(sealed(minus)), "its first line is damaged");
}

TEST(ConsulArchive, WhatIsNoArchiveAtAllIsRefused) {
  EXPECT_FALSE(read_archive(""));
  EXPECT_FALSE(read_archive("PK\x03\x04 something else"));
  EXPECT_FALSE(read_archive(wire::gzip("something else\n")));
}

}  // namespace
}  // namespace weft::api::consul
