// Everything about heads that is not a verdict on one request: fields, limits, pieces, twins.
#include "wire/http1.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weft::wire {
namespace {

using base::Code;

const std::string kBrowser =
    "GET /wp-content/uploads/2010/03/hello.jpg?a=b HTTP/1.1\r\n"
    "Host: www.example.test\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
    "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n"
    "X-Custom: one\r\n"
    "Cookie: a=b; c=d\r\n"
    "x-custom: two\r\n"
    "\r\n";

TEST(HeaderList, KeepsFieldsInOrderWithTheirIds) {
  RequestHead head;
  ASSERT_EQ(parse_request_head(kBrowser, {}, head).value_or(0), kBrowser.size());
  ASSERT_EQ(head.headers.size(), 6U);
  EXPECT_EQ(head.headers[0].name, "Host");
  EXPECT_EQ(head.headers[0].id, HeaderId::kHost);
  EXPECT_EQ(head.headers[3].name, "X-Custom");
  EXPECT_EQ(head.headers[3].id, HeaderId::kOther);
  EXPECT_EQ(head.headers[5].value, "two");
}

TEST(HeaderList, FindsTheFirstFieldByIdAndByNameInAnyCase) {
  RequestHead head;
  ASSERT_TRUE(parse_request_head(kBrowser, {}, head));
  EXPECT_EQ(head.headers.find(HeaderId::kCookie)->value, "a=b; c=d");
  EXPECT_EQ(head.headers.find("cookie")->value, "a=b; c=d");
  EXPECT_EQ(head.headers.find("x-CUSTOM")->value, "one");
  EXPECT_EQ(head.headers.find("x-missing"), nullptr);
  EXPECT_EQ(head.headers.find(HeaderId::kOrigin), nullptr);
  EXPECT_EQ(head.headers.value(HeaderId::kOrigin), "");
}

TEST(HeaderList, ForgetsTheHeadBeforeWhenReused) {
  RequestHead head;
  ASSERT_TRUE(parse_request_head(kBrowser, {}, head));
  ASSERT_TRUE(parse_request_head("POST / HTTP/1.0\r\nExpect: x\r\n\r\n", {}, head));
  EXPECT_EQ(head.headers.size(), 1U);
  EXPECT_FALSE(head.headers.has(HeaderId::kHost));
  EXPECT_EQ(head.authority, "");
  ASSERT_TRUE(parse_request_head("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", {}, head));
  ASSERT_TRUE(parse_request_head("GET /?x HTTP/1.1\r\nHost: a\r\n\r\n", {}, head));
  EXPECT_EQ(head.authority, "a");
  EXPECT_EQ(head.scheme, "");
  EXPECT_FALSE(head.expect_unknown);
}

TEST(HeadLimits, AllowExactlyAsManyHeadBytesAsTheySay) {
  RequestHead head;
  const HeadLimits fits{.head_bytes = kBrowser.size()};
  EXPECT_EQ(parse_request_head(kBrowser + "body", fits, head).value_or(0), kBrowser.size());
  const HeadLimits short_by_one{.head_bytes = kBrowser.size() - 1};
  EXPECT_EQ(parse_request_head(kBrowser, short_by_one, head).error().code, Code::kHeadTooLarge);
  const std::string endless = kBrowser.substr(0, kBrowser.size() - 2) + std::string(200'000, 'a');
  EXPECT_EQ(parse_request_head(endless, {}, head).error().code, Code::kHeadTooLarge);
}

TEST(HeadLimits, AllowExactlyAsManyFieldsAsTheySay) {
  const auto with_fields = [](std::size_t count) {
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 1; i < count; ++i) {
      text += "a: b\r\n";
    }
    return text + "\r\n";
  };
  RequestHead head;
  EXPECT_TRUE(parse_request_head(with_fields(100), {}, head));
  EXPECT_EQ(parse_request_head(with_fields(101), {}, head).error().code, Code::kTooManyFields);
  EXPECT_EQ(parse_request_head(with_fields(5000), {}, head).error().code, Code::kTooManyFields);
  const HeadLimits beyond_capacity{.header_count = 100'000};
  EXPECT_TRUE(parse_request_head(with_fields(HeaderList::kCapacity), beyond_capacity, head));
  EXPECT_EQ(parse_request_head(with_fields(HeaderList::kCapacity + 1), beyond_capacity, head)
                .error()
                .code,
            Code::kTooManyFields);
}

TEST(HeadLimits, AllowExactlyAsLongATargetAsTheySay) {
  const auto with_target = [](std::size_t bytes) {
    return "GET /" + std::string(bytes - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  RequestHead head;
  EXPECT_TRUE(parse_request_head(with_target(8192), {}, head));
  EXPECT_EQ(parse_request_head(with_target(8193), {}, head).error().code, Code::kUriTooLong);
  EXPECT_EQ(parse_request_head(with_target(60'000), {}, head).error().code, Code::kUriTooLong);
  EXPECT_EQ(parse_request_head("GET /" + std::string(9000, 'a'), {}, head).error().code,
            Code::kUriTooLong);
}

TEST(HeadLimits, BlameTheTargetInWhateverPiecesItComes) {
  const std::string target = "GET /" + std::string(100'000, 'a');
  RequestHead head;
  std::size_t seen = 0;
  base::Result<std::size_t> parsed = 0;
  for (std::size_t bytes = 1000; parsed && bytes <= target.size(); bytes += 1000) {
    parsed = parse_request_head(std::string_view(target).substr(0, bytes), {}, head, seen);
    seen = bytes;
  }
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Code::kUriTooLong);
}

TEST(IncrementalParse, NeedsEveryByteAndNotOneMore) {
  RequestHead head;
  for (std::size_t cut = 0; cut < kBrowser.size(); ++cut) {
    const auto result = parse_request_head(std::string_view(kBrowser).substr(0, cut), {}, head);
    ASSERT_TRUE(result) << "at " << cut << ": " << result.error().what;
    EXPECT_EQ(*result, 0U) << "at " << cut;
  }
}

TEST(IncrementalParse, ComesToTheSameEndInTwoPiecesCutAnywhere) {
  RequestHead head;
  const std::string text = "\r\n" + kBrowser;
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    ASSERT_EQ(parse_request_head(std::string_view(text).substr(0, cut), {}, head).value_or(9), 0U);
    EXPECT_EQ(parse_request_head(text, {}, head, cut).value_or(0), text.size()) << "at " << cut;
    EXPECT_EQ(head.authority, "www.example.test");
  }
}

TEST(IncrementalParse, ComesToTheSameEndByteByByte) {
  RequestHead head;
  for (std::size_t bytes = 1; bytes < kBrowser.size(); ++bytes) {
    ASSERT_EQ(parse_request_head(std::string_view(kBrowser).substr(0, bytes), {}, head, bytes - 1)
                  .value_or(9),
              0U);
  }
  EXPECT_EQ(parse_request_head(kBrowser, {}, head, kBrowser.size() - 1).value_or(0),
            kBrowser.size());
}

TEST(IncrementalParse, RefusesBareLineFeedsThatComeLater) {
  RequestHead head;
  const std::string_view text = "GET / HTTP/1.1\r\nHost: a\n\n";
  EXPECT_EQ(parse_request_head(text, {}, head, 10).error().code, Code::kBadMessage);
}

TEST(IncrementalParse, EnforcesTheHeadLimitWithoutLookingAgain) {
  RequestHead head;
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'a');
  EXPECT_EQ(parse_request_head(text, {}, head, text.size() - 1).error().code, Code::kHeadTooLarge);
}

// Fields of equal text at every alignment and across the scanner's chunks of 512 bytes.
TEST(LongHeads, AreReadTheSameWhereverAChunkEnds) {
  RequestHead head;
  for (std::size_t pad = 0; pad < 1100; ++pad) {
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\nPad: " + std::string(pad, ':') +
                             "\r\nContent-Length: 17\r\nX-Last:   end \r\n\r\n";
    ASSERT_EQ(parse_request_head(text, {}, head).value_or(0), text.size()) << pad;
    EXPECT_EQ(head.framing.content_length, 17U);
    EXPECT_EQ(head.headers.find("x-last")->value, "end");
    EXPECT_EQ(head.headers.find("pad")->value.size(), pad);
  }
}

// --- Twins: every scanner must lead to the same head.

std::string describe(const base::Result<std::size_t>& result, const RequestHead& head) {
  if (!result) {
    return std::string(base::code_name(result.error().code)) + " " + result.error().what;
  }
  std::string out = std::to_string(*result);
  if (*result == 0) {
    return out;
  }
  for (const std::string_view part :
       {head.method_text, head.target, head.scheme, head.path, head.query, head.authority}) {
    out += "|" + std::string(part);
  }
  out += "|" + std::to_string(static_cast<int>(head.framing.body)) +
         std::to_string(head.framing.content_length) + std::to_string(head.framing.keep_alive);
  for (const Header& header : head.headers) {
    out += "|" + std::string(header.name) + "=" + std::string(header.value) + "#" +
           std::to_string(static_cast<int>(header.id));
  }
  return out;
}

void expect_twins_agree(const std::string& text) {
  RequestHead fast;
  RequestHead plain;
  const auto a = parse_request_head(text, {}, fast);
  const auto b = parse_request_head_scalar(text, {}, plain);
  ASSERT_EQ(describe(a, fast), describe(b, plain)) << testing::PrintToString(text);
}

TEST(ScalarTwin, AgreesOnEveryPrefix) {
  for (std::size_t cut = 0; cut <= kBrowser.size(); ++cut) {
    expect_twins_agree(kBrowser.substr(0, cut));
  }
}

TEST(ScalarTwin, AgreesWhateverByteStandsWherever) {
  for (std::size_t at = 0; at < kBrowser.size(); ++at) {
    for (int byte = 0; byte < 256; byte += at % 7 == 0 ? 1 : 13) {
      std::string text = kBrowser;
      text[at] = static_cast<char>(byte);
      expect_twins_agree(text);
    }
  }
}

TEST(ScalarTwin, AgreesOnRandomMutations) {
  base::Random random(20240611);
  const std::string tokens = "\r\n\t :,?#/*\\\"<>[]@%;=\x7f\x80\xff";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = kBrowser;
    for (std::uint64_t edits = 1 + random.below(4); edits > 0; --edits) {
      const std::size_t at = random.below(text.size());
      switch (random.below(3)) {
        case 0:
          text[at] = tokens[random.below(tokens.size())];
          break;
        case 1:
          text.erase(at, 1 + random.below(5));
          break;
        default:
          text.insert(at, 1, tokens[random.below(tokens.size())]);
      }
    }
    expect_twins_agree(text);
  }
}

// An error must not depend on how much of the input has come: it is reported at some prefix, and
// from there on at each longer one.
TEST(Verdicts, NeverChangeWhenMoreBytesCome) {
  base::Random random(7);
  for (int round = 0; round < 400; ++round) {
    std::string text = kBrowser;
    text[random.below(text.size())] = static_cast<char>(random.below(256));
    RequestHead head;
    const auto whole = parse_request_head(text, {}, head);
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
      const auto part = parse_request_head(std::string_view(text).substr(0, cut), {}, head);
      if (!part) {
        ASSERT_FALSE(whole) << testing::PrintToString(text) << cut;
        ASSERT_STREQ(part.error().what, whole.error().what) << testing::PrintToString(text) << cut;
      }
    }
  }
}

TEST(Methods, KnowWhatIsSafeAndWhatMayBeRepeated) {
  EXPECT_TRUE(is_safe(Method::kGet));
  EXPECT_TRUE(is_safe(Method::kTrace));
  EXPECT_FALSE(is_safe(Method::kPut));
  EXPECT_TRUE(is_idempotent(Method::kPut));
  EXPECT_TRUE(is_idempotent(Method::kDelete));
  EXPECT_FALSE(is_idempotent(Method::kPost));
  EXPECT_FALSE(is_idempotent(Method::kPatch));
  EXPECT_FALSE(is_idempotent(Method::kConnect));
  EXPECT_FALSE(is_idempotent(Method::kOther));
}

TEST(Methods, AreReadBackFromTheirNames) {
  for (int i = 0; i < static_cast<int>(Method::kOther); ++i) {
    EXPECT_EQ(parse_method(method_name(static_cast<Method>(i))), static_cast<Method>(i));
  }
  EXPECT_EQ(parse_method("get"), Method::kOther);
  EXPECT_EQ(parse_method(""), Method::kOther);
}

TEST(Tokens, AreFoundInListsInAnyCaseButOnlyWhole) {
  EXPECT_TRUE(header_has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_TRUE(header_has_token("\tclose ", "close"));
  EXPECT_FALSE(header_has_token("not-close", "close"));
  EXPECT_FALSE(header_has_token("close;q=1", "close"));
  EXPECT_FALSE(header_has_token("", "close"));
}

TEST(FieldSyntax, IsCheckedForWhatWeSendToo) {
  EXPECT_TRUE(is_token("X-Trace-Id"));
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("a b"));
  EXPECT_TRUE(is_field_value("caf\xc3\xa9\tau lait"));
  EXPECT_FALSE(is_field_value("a\r\nb"));
  EXPECT_FALSE(is_field_value(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace weft::wire
