#include "wire/dns_name.h"

#include <gtest/gtest.h>

namespace weft::wire {
namespace {

using namespace std::string_literals;

const std::string kHeaderForTest(12, '\0');

struct ParsedName {
  std::string wire;  // empty: refused
  std::size_t end = 0;
};

ParsedName parse_at(const std::string& message, std::size_t at) {
  DnsName name;
  const auto end = parse_dns_name(message, at, name);
  return end ? ParsedName{std::string(name.wire()), *end} : ParsedName{};
}

TEST(DnsName, IsReadInLowerCaseWithItsLabels) {
  const std::string message = kHeaderForTest +
                              "\x03WeB\x07service\x06"
                              "coNsul\0rest"s;
  DnsName name;
  const auto end = parse_dns_name(message, 12, name);
  ASSERT_TRUE(end);
  EXPECT_EQ(*end, message.size() - 4);
  EXPECT_EQ(name.wire(),
            "\x03web\x07service\x06"
            "consul\0"s);
  ASSERT_EQ(name.labels(), 3U);
  EXPECT_EQ(name.label(0), "web");
  EXPECT_EQ(name.label(2), "consul");
  EXPECT_EQ(name.slice(0, 1), "\x03web");
  EXPECT_EQ(name.slice(1, 3),
            "\x07service\x06"
            "consul");
  EXPECT_EQ(name.slice(1, 1), "");
  EXPECT_EQ(name.begin_of(3), 19U);
}

TEST(DnsName, TheRootHasNoLabels) {
  DnsName name;
  EXPECT_EQ(name.wire(), "\0"s);
  ASSERT_TRUE(parse_dns_name(kHeaderForTest + "\0"s, 12, name));
  EXPECT_EQ(name.labels(), 0U);
  EXPECT_EQ(name.wire(), "\0"s);
}

TEST(DnsName, APointerLeadsBackAndTheNameEndsBehindIt) {
  const std::string message = kHeaderForTest +
                              "\x06"
                              "consul\0\x03web\xc0\x0c\x01x\xc0\x14"s;
  EXPECT_EQ(parse_at(message, 20).wire,
            "\x03web\x06"
            "consul\0"s);
  EXPECT_EQ(parse_at(message, 20).end, 26U);
  EXPECT_EQ(parse_at(message, 26).wire,
            "\x01x\x03web\x06"
            "consul\0"s);
  EXPECT_EQ(parse_at(message, 26).end, 30U);
}

TEST(DnsName, APointerThatDoesNotLeadBackIsRefused) {
  EXPECT_EQ(parse_at(kHeaderForTest + "\xc0\x0c"s, 12).wire, "");    // itself
  EXPECT_EQ(parse_at(kHeaderForTest + "\xc0\x0e\0"s, 12).wire, "");  // forward
  EXPECT_EQ(parse_at(kHeaderForTest + "\x01"
                                      "a\xc0\x0c"s,
                     12)
                .wire,
            "");                                                           // its own name
  EXPECT_EQ(parse_at(kHeaderForTest + "\xc0\x0e\xc0\x0c"s, 14).wire, "");  // a loop of two
  EXPECT_EQ(parse_at(kHeaderForTest + "\xc0\x04"s, 12).wire, "");          // into the header
  EXPECT_EQ(parse_at(kHeaderForTest + "\x01"
                                      "a\0\xc0\x0d"s,
                     15)
                .wire,
            "");
}

TEST(DnsName, ALabelOfAnotherKindIsRefused) {
  EXPECT_EQ(parse_at(kHeaderForTest + "\x40" + std::string(64, 'a') + "\0"s, 12).wire, "");
  EXPECT_EQ(parse_at(kHeaderForTest + "\x80"
                                      "a\0"s,
                     12)
                .wire,
            "");
}

TEST(DnsName, WhatIsCutShortIsRefused) {
  const std::string message = kHeaderForTest +
                              "\x03web\x06"
                              "consul\0"s;
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_EQ(parse_at(message.substr(0, size), 12).wire, "") << size;
  }
  EXPECT_EQ(parse_at(kHeaderForTest + "\x06"
                                      "consul\0\xc0"s,
                     20)
                .wire,
            "");
  EXPECT_EQ(parse_at(message, 5000).wire, "");
}

TEST(DnsName, HoldsAtMost255BytesAnd127Labels) {
  std::string labels;
  for (int i = 0; i < 127; ++i) {
    labels +=
        "\x01"
        "a";
  }
  const ParsedName whole = parse_at(kHeaderForTest + labels + "\0"s, 12);
  EXPECT_EQ(whole.wire.size(), 255U);
  EXPECT_EQ(parse_at(kHeaderForTest + labels +
                         "\x01"
                         "a\0"s,
                     12)
                .wire,
            "");
  const std::string long_label = "\x3f" + std::string(63, 'a');
  const std::string three = long_label + long_label + long_label;
  EXPECT_EQ(
      parse_at(kHeaderForTest + three + "\x3d" + std::string(61, 'a') + "\0"s, 12).wire.size(),
      255U);
  EXPECT_EQ(parse_at(kHeaderForTest + three + "\x3e" + std::string(62, 'a') + "\0"s, 12).wire, "");
  // A pointer does not make longer names possible.
  const std::string message = kHeaderForTest + labels + "\0\x01x\xc0\x0c"s;
  EXPECT_EQ(parse_at(message, 12 + labels.size() + 1).wire, "");
}

TEST(DnsName, TextBecomesLabelsInLowerCase) {
  EXPECT_EQ(*dns_labels_from_text("Web-1.node"), "\x05web-1\x04node");
  EXPECT_EQ(*dns_labels_from_text("consul."),
            "\x06"
            "consul");
  EXPECT_EQ(*dns_labels_from_text(""), "");
  EXPECT_EQ(*dns_labels_from_text("."), "");
  EXPECT_EQ(dns_labels_from_text(std::string(63, 'a'))->size(), 64U);
}

TEST(DnsName, TextThatIsNoNameIsRefused) {
  EXPECT_FALSE(dns_labels_from_text("a..b"));
  EXPECT_FALSE(dns_labels_from_text(".a"));
  EXPECT_FALSE(dns_labels_from_text("a.."));
  EXPECT_FALSE(dns_labels_from_text(std::string(64, 'a')));
  std::string text;
  for (int i = 0; i < 127; ++i) {
    text += "a.";
  }
  EXPECT_EQ(dns_labels_from_text(text)->size(), 254U);
  EXPECT_FALSE(dns_labels_from_text(text + "a"));
}

TEST(DnsName, LabelsBecomeTextThatCanBeRead) {
  EXPECT_EQ(dns_text("\x03web\x06"
                     "consul\0"s),
            "web.consul.");
  EXPECT_EQ(dns_text("\x03web"), "web.");
  EXPECT_EQ(dns_text("\0"s), ".");
  EXPECT_EQ(dns_text(""), ".");
  EXPECT_EQ(dns_text("\x05"
                     "a.b\\\x01"),
            "a\\046b\\092\\001.");
  EXPECT_EQ(dns_text("\x03web"
                     "\x05"
                     "a"),
            "web.a.");  // cut short
}

}  // namespace
}  // namespace weft::wire
