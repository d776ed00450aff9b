#include "wire/dns_query.h"

#include "wire/dns_record.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::wire {
namespace {

using namespace std::string_literals;

// Header of a query with RD, then so many questions, answers, authorities and additionals.
std::string header_for_test(std::array<char, 4> counts, std::uint16_t flags = 0x0100) {
  std::string out = "\x12\x34"s;
  out += static_cast<char>(flags >> 8);
  out += static_cast<char>(flags & 0xff);
  for (const char count : counts) {
    out += '\0';
    out += count;
  }
  return out;
}

const std::string kNameForTest =
    "\x03WEB\x07service\x06"
    "consul\0"s;
const std::string kQuestionForTest = kNameForTest + "\0\x01\0\x01"s;
const std::string kOptForTest = "\0\0\x29\x04\xd0\0\0\0\0\0\0"s;  // 1232 bytes, no options

std::string query_with_opt(const std::string& options) {
  std::string opt = kOptForTest;
  opt[9] = static_cast<char>(options.size() >> 8);
  opt[10] = static_cast<char>(options.size());
  return header_for_test({1, 0, 0, 1}) + kQuestionForTest + opt + options;
}

DnsVerdict verdict_of(const std::string& message) {
  DnsQuery query;
  return parse_dns_query(message, query);
}

TEST(DnsQuery, IsReadWithItsSpelling) {
  const std::string message = header_for_test({1, 0, 0, 0}) + kQuestionForTest;
  DnsQuery query;
  ASSERT_EQ(parse_dns_query(message, query), DnsVerdict::kAnswer);
  EXPECT_EQ(query.id, 0x1234);
  EXPECT_EQ(query.flags, 0x0100);
  EXPECT_EQ(query.type, 1);
  EXPECT_EQ(query.dns_class, kDnsClassIn);
  EXPECT_EQ(query.question, kQuestionForTest);
  EXPECT_EQ(query.name.label(0), "web");
  EXPECT_FALSE(query.has_edns);
}

TEST(DnsQuery, SaysWhatItsOptRecordSays) {
  std::string message = query_with_opt(
      "\0\x0a\0\x08"
      "cookiecc"s +
      "\0\x08\0\x07\0\x01\x18\0\x0a\x01\x02"s);
  message[message.size() - 23 - 4] = '\x80';  // DO
  DnsQuery query;
  ASSERT_EQ(parse_dns_query(message, query), DnsVerdict::kAnswer);
  EXPECT_TRUE(query.has_edns);
  EXPECT_EQ(query.edns.udp_bytes, 1232);
  EXPECT_TRUE(query.edns.wants_dnssec);
  EXPECT_EQ(query.edns.subnet, "\0\x08\0\x07\0\x01\x18\0\x0a\x01\x02"s);
}

TEST(DnsQuery, WithoutAHeaderOrAsAnAnswerIsDropped) {
  const std::string message = header_for_test({1, 0, 0, 0}) + kQuestionForTest;
  for (std::size_t size = 0; size < 12; ++size) {
    EXPECT_EQ(verdict_of(message.substr(0, size)), DnsVerdict::kDrop);
  }
  EXPECT_EQ(verdict_of(header_for_test({1, 0, 0, 0}, 0x8180) + kQuestionForTest),
            DnsVerdict::kDrop);
  EXPECT_EQ(verdict_of(header_for_test({1, 0, 0, 0}, 0xa800)), DnsVerdict::kDrop);
}

TEST(DnsQuery, OfAnotherOpcodeOrClassIsNotImplemented) {
  for (std::uint16_t opcode = 1; opcode < 16; ++opcode) {
    const auto flags = static_cast<std::uint16_t>(opcode << 11);
    EXPECT_EQ(verdict_of(header_for_test({1, 0, 0, 0}, flags) + kQuestionForTest),
              DnsVerdict::kNotImp);
  }
  for (const char dns_class : {'\0', '\2', '\3', '\4', '\xfe'}) {
    std::string message = header_for_test({1, 0, 0, 0}) + kQuestionForTest;
    message.back() = dns_class;
    EXPECT_EQ(verdict_of(message), DnsVerdict::kNotImp);
  }
  std::string any = header_for_test({1, 0, 0, 0}) + kQuestionForTest;
  any.back() = '\xff';
  EXPECT_EQ(verdict_of(any), DnsVerdict::kAnswer);
}

TEST(DnsQuery, CutAnywhereBehindItsHeaderIsMalformed) {
  const std::string message = query_with_opt("\0\x08\0\x07\0\x01\x18\0\x0a\x01\x02"s);
  ASSERT_EQ(verdict_of(message), DnsVerdict::kAnswer);
  for (std::size_t size = 12; size < message.size(); ++size) {
    EXPECT_EQ(verdict_of(message.substr(0, size)), DnsVerdict::kFormErr) << size;
  }
  EXPECT_EQ(verdict_of(message + "x"), DnsVerdict::kFormErr);
}

TEST(DnsQuery, WithMoreOrLessThanOneQuestionIsMalformed) {
  EXPECT_EQ(verdict_of(header_for_test({0, 0, 0, 0})), DnsVerdict::kFormErr);
  EXPECT_EQ(verdict_of(header_for_test({2, 0, 0, 0}) + kQuestionForTest + kQuestionForTest),
            DnsVerdict::kFormErr);
  EXPECT_EQ(verdict_of(header_for_test({0, 0, 0, 1}) + kOptForTest), DnsVerdict::kFormErr);
}

TEST(DnsQuery, WithRecordsThatAreNotAskedForIsMalformed) {
  std::string record = kNameForTest;
  append_dns_record(record, DnsType::kA, 1, "abcd");
  record.erase(kNameForTest.size(), 2);
  for (const std::array<char, 4> counts :
       {std::array<char, 4>{1, 1, 0, 0}, {1, 0, 1, 0}, {1, 0, 0, 1}}) {
    EXPECT_EQ(verdict_of(header_for_test(counts) + kQuestionForTest + record),
              DnsVerdict::kFormErr);
  }
  EXPECT_EQ(
      verdict_of(header_for_test({1, 0, 0, 2}) + kQuestionForTest + kOptForTest + kOptForTest),
      DnsVerdict::kFormErr);
  EXPECT_EQ(verdict_of(header_for_test({1, 0, 0, 0}) + kQuestionForTest + kOptForTest),
            DnsVerdict::kFormErr);
}

TEST(DnsQuery, WithACompressedQuestionIsMalformed) {
  EXPECT_EQ(verdict_of(header_for_test({1, 0, 0, 0}) + "\xc0\x0c\0\x01\0\x01"s),
            DnsVerdict::kFormErr);
  EXPECT_EQ(verdict_of(header_for_test({1, 0, 0, 0}) + "\x01"
                                                       "a\xc0\x0e\0\x01\0\x01"s),
            DnsVerdict::kFormErr);
}

TEST(DnsQuery, WithMalformedOptionsIsMalformed) {
  for (const std::string& options : {
           "\0"s,
           "\0\x0a\0\x08"
           "short"s,
           "\0\x08\0\x03\0\x01\0"s,                      // a subnet without its scope
           "\0\x08\0\x04\0\x01\x18\0"s,                  // without its address
           "\0\x08\0\x08\0\x01\x18\0\x0a\x01\x02\x03"s,  // with more of it than its length
           "\0\x08\0\x07\0\x01\x18\x18\x0a\x01\x02"s,    // with a scope
           "\0\x08\0\x04\0\0\0\0\0\x08\0\x04\0\0\0\0"s,  // twice
       }) {
    EXPECT_EQ(verdict_of(query_with_opt(options)), DnsVerdict::kFormErr);
  }
  EXPECT_EQ(verdict_of(query_with_opt("\0\x08\0\x04\0\0\0\0"s)), DnsVerdict::kAnswer);
  std::string owner = query_with_opt("");
  owner.insert(owner.size() - 11, "\x01x");
  EXPECT_EQ(verdict_of(owner), DnsVerdict::kFormErr);  // an OPT belongs to the root
}

TEST(DnsQuery, OfAnotherVersionOfEdnsIsToldSo) {
  std::string message = query_with_opt("not options");
  message[message.size() - 11 - 5] = '\x01';
  DnsQuery query;
  EXPECT_EQ(parse_dns_query(message, query), DnsVerdict::kBadVers);
  EXPECT_TRUE(query.has_edns);
  EXPECT_EQ(query.edns.version, 1);
}

TEST(DnsQuery, ForgetsTheOneBefore) {
  DnsQuery query;
  ASSERT_EQ(parse_dns_query(query_with_opt("\0\x08\0\x04\0\0\0\0"s), query), DnsVerdict::kAnswer);
  EXPECT_EQ(parse_dns_query(header_for_test({0, 0, 0, 0}), query), DnsVerdict::kFormErr);
  EXPECT_FALSE(query.has_edns);
  EXPECT_EQ(query.question, "");
  EXPECT_EQ(query.edns.subnet, "");
}

TEST(DnsAnswerHead, IsWhatAForwarderMustKnow) {
  const std::string message = header_for_test({1, 9, 9, 9}, 0x8383) + kQuestionForTest + "rubbish";
  const auto head = parse_dns_answer_head(message);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->id, 0x1234);
  EXPECT_EQ(head->rcode(), DnsRcode::kNxDomain);
  EXPECT_TRUE(head->is_truncated());
  EXPECT_EQ(head->question, kQuestionForTest);
}

TEST(DnsAnswerHead, OfAnythingElseIsRefused) {
  const std::string message = header_for_test({1, 0, 0, 0}, 0x8180) + kQuestionForTest;
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_FALSE(parse_dns_answer_head(message.substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_dns_answer_head(header_for_test({1, 0, 0, 0}, 0x0100) + kQuestionForTest));
  EXPECT_FALSE(parse_dns_answer_head(header_for_test({1, 0, 0, 0}, 0xa000) + kQuestionForTest));
  EXPECT_FALSE(parse_dns_answer_head(header_for_test({0, 0, 0, 0}, 0x8000)));
}

TEST(DnsQuestion, IsTheSameInAnyCaseOfItsLetters) {
  std::string lower = kQuestionForTest;
  lower[1] = 'w';
  EXPECT_TRUE(is_same_dns_question(kQuestionForTest, lower));
  std::string other_type = kQuestionForTest;
  other_type[other_type.size() - 3] = '\x1c';
  EXPECT_FALSE(is_same_dns_question(kQuestionForTest, other_type));
  std::string other_name = kQuestionForTest;
  other_name[1] = 'x';
  EXPECT_FALSE(is_same_dns_question(kQuestionForTest, other_name));
  EXPECT_FALSE(is_same_dns_question(kQuestionForTest, kQuestionForTest + "x"));
  EXPECT_FALSE(is_same_dns_question("", ""));
  // Types are numbers, not letters.
  std::string type_a = kQuestionForTest;
  std::string type_b = kQuestionForTest;
  type_a[type_a.size() - 3] = 'A';
  type_b[type_b.size() - 3] = 'a';
  EXPECT_FALSE(is_same_dns_question(type_a, type_b));
}

}  // namespace
}  // namespace weft::wire
