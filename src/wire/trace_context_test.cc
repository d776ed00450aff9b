#include "wire/trace_context.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include <charconv>
#include <string>

namespace weft::wire {
namespace {

constexpr std::string_view kId = "0af7651916cd43dd8448eb211c80319c";
constexpr std::string_view kParent = "b7ad6b7169203331";
const std::string kTraceparent = "00-" + std::string(kId) + "-" + std::string(kParent) + "-01";

// Reads the trace of a request with these field lines. The text must outlive the result.
TraceContext trace_of(const std::string& head_text, std::uint64_t seed = 1) {
  static RequestHead head;
  const auto parsed = parse_request_head(head_text, {}, head);
  EXPECT_TRUE(parsed && *parsed > 0);
  base::Random random(seed);
  return continue_trace(head.headers, random);
}

std::string request(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

struct TextOut {
  std::string text;
  template <class... Texts>
  void add(const Texts&... texts) {
    (text.append(texts), ...);
  }
  void add_number(std::uint64_t value) { text += std::to_string(value); }
};

std::string encoded(const TraceContext& trace) {
  TextOut out;
  encode_trace_fields(trace, out);
  return out.text;
}

TEST(Trace, BeginsAnewWithIdsOfTheirOwnWhenNothingIsGiven) {
  const std::string text = request("");
  const TraceContext trace = trace_of(text);
  EXPECT_EQ(trace.trace_id.view().size(), 32U);
  EXPECT_TRUE(is_w3c_trace_id(trace.trace_id.view()));
  EXPECT_EQ(trace.span_id.view().size(), 16U);
  EXPECT_TRUE(trace.parent_id.empty());
  EXPECT_EQ(trace.flags, 0U);
  EXPECT_NE(trace.trace_id.view(), trace_of(text, 2).trace_id.view());
  EXPECT_NE(trace.span_id.view(), trace_of(text, 2).span_id.view());
}

TEST(Trace, ContinuesOurOwnFamilyInAnyLetterCase) {
  const std::string text = request(
      "x-trace-id: order-81\r\nX-SPAN-ID: 00f067aa0ba902b7\r\nX-Trace-Flags: 3\r\n"
      "x-trace-baggage: {\"tenant\":\"a\"}\r\nX-Parent-Span-Id: ignored\r\n");
  const TraceContext trace = trace_of(text);
  EXPECT_EQ(trace.trace_id.view(), "order-81");
  EXPECT_EQ(trace.parent_id.view(), "00f067aa0ba902b7");
  EXPECT_EQ(trace.flags, 3U);
  EXPECT_EQ(trace.baggage, "{\"tenant\":\"a\"}");
  EXPECT_EQ(trace.span_id.view().size(), 16U);
}

TEST(Trace, IgnoresMalformedFlagsAndBaggage) {
  for (const char* flags : {"", "x", "-1", "256", "1.0", "0x1", "99999999999999999999"}) {
    EXPECT_EQ(
        trace_of(request("X-Trace-Id: a\r\nX-Trace-Flags: " + std::string(flags) + "\r\n")).flags,
        0U)
        << flags;
  }
  for (const char* baggage : {"", "x", "[1]", "\"a\"", "{", "{a:1}", "{\"a\":}", "{}}"}) {
    const std::string text =
        request("X-Trace-Id: a\r\nX-Trace-Baggage: " + std::string(baggage) + "\r\n");
    EXPECT_EQ(trace_of(text).baggage, "") << baggage;
    EXPECT_EQ(trace_of(text).trace_id.view(), "a");
  }
}

TEST(Trace, ReadsTraceparentOnlyWithoutASaneTraceId) {
  const std::string w3c = "traceparent: " + kTraceparent + "\r\n";
  const std::string from_w3c = request(w3c);
  EXPECT_EQ(trace_of(from_w3c).trace_id.view(), kId);
  EXPECT_EQ(trace_of(from_w3c).parent_id.view(), kParent);
  EXPECT_EQ(trace_of(from_w3c).flags, 1U);
  const std::string both = request("X-Trace-Id: mine\r\n" + w3c);
  EXPECT_EQ(trace_of(both).trace_id.view(), "mine");
  EXPECT_TRUE(trace_of(both).parent_id.empty());
  const std::string insane = request("X-Trace-Id: a b\r\n" + w3c);
  EXPECT_EQ(trace_of(insane).trace_id.view(), kId);
  const std::string too_long = request("X-Trace-Id: " + std::string(65, 'a') + "\r\n" + w3c);
  EXPECT_EQ(trace_of(too_long).trace_id.view(), kId);
}

TEST(Trace, BeginsAnewWhenTraceparentComesTwice) {
  const std::string text =
      request("traceparent: " + kTraceparent + "\r\ntraceparent: " + kTraceparent + "\r\n");
  EXPECT_NE(trace_of(text).trace_id.view(), kId);
}

TEST(Trace, KeepsTracestateOnlyWithItsTraceparent) {
  const std::string state = "tracestate: rojo=00f067aa0ba902b7,congo=t61rcWkgMzE\r\n";
  const std::string with_parent = request("traceparent: " + kTraceparent + "\r\n" + state);
  EXPECT_EQ(trace_of(with_parent).tracestate, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  const std::string alone = request(state);
  EXPECT_EQ(trace_of(alone).tracestate, "");
  const std::string other =
      request("X-Trace-Id: x\r\ntraceparent: " + kTraceparent + "\r\n" + state);
  EXPECT_EQ(trace_of(other).tracestate, "");
  const std::string same = request("X-Trace-Id: " + std::string(kId) +
                                   "\r\ntraceparent: " + kTraceparent + "\r\n" + state);
  EXPECT_EQ(trace_of(same).tracestate, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  const std::string broken =
      request("traceparent: " + kTraceparent + "\r\ntracestate: no member\r\n");
  EXPECT_EQ(trace_of(broken).tracestate, "");
}

TEST(TraceFields, AreWrittenInTheirSpelling) {
  const std::string text = request("traceparent: " + kTraceparent + "\r\ntracestate: a=b\r\n");
  const TraceContext trace = trace_of(text);
  const std::string span(trace.span_id.view());
  EXPECT_EQ(encoded(trace), "X-Trace-Id: " + std::string(kId) + "\r\nX-Span-Id: " + span +
                                "\r\nX-Parent-Span-Id: " + std::string(kParent) +
                                "\r\nX-Trace-Flags: 1\r\ntraceparent: 00-" + std::string(kId) +
                                "-" + span + "-01\r\ntracestate: a=b\r\n");
}

TEST(TraceFields, CarryTraceparentOnlyForAnIdOf32HexadecimalDigits) {
  const std::string named = request("X-Trace-Id: order-81\r\nX-Trace-Baggage: {}\r\n");
  EXPECT_EQ(encoded(trace_of(named)).find("traceparent"), std::string::npos);
  EXPECT_NE(encoded(trace_of(named)).find("X-Trace-Baggage: {}\r\n"), std::string::npos);
  EXPECT_EQ(encoded(trace_of(named)).find("X-Parent-Span-Id"), std::string::npos);
  const std::string shouted = request("X-Trace-Id: 0AF7651916CD43DD8448EB211C80319C\r\n");
  const std::string fields = encoded(trace_of(shouted));
  EXPECT_NE(fields.find("X-Trace-Id: 0AF7651916CD43DD8448EB211C80319C\r\n"), std::string::npos);
  EXPECT_NE(fields.find("traceparent: 00-" + std::string(kId)), std::string::npos);
}

TEST(TraceFields, AreUnderstoodByTheNextHop) {
  const std::string first = request("X-Trace-Baggage: {\"a\":1}\r\nX-Trace-Id: t-1\r\n");
  const TraceContext sent = trace_of(first);
  const std::string second = request(encoded(sent));
  const TraceContext received = trace_of(second, 9);
  EXPECT_EQ(received.trace_id.view(), sent.trace_id.view());
  EXPECT_EQ(received.parent_id.view(), sent.span_id.view());
  EXPECT_EQ(received.baggage, sent.baggage);
}

TEST(Traceparent, IsRefusedWhenMalformed) {
  const std::string id(kId);
  const std::string parent(kParent);
  EXPECT_TRUE(parse_traceparent(kTraceparent));
  EXPECT_TRUE(parse_traceparent("cc-" + id + "-" + parent + "-01"));
  EXPECT_TRUE(parse_traceparent("cc-" + id + "-" + parent + "-01-what-the-future-brings"));
  EXPECT_EQ(parse_traceparent("00-" + id + "-" + parent + "-ff")->flags, 255);
  const std::string zeros(32, '0');
  for (const std::string& text :
       {std::string(), std::string("00"), kTraceparent + "-x", kTraceparent + " ",
        "ff-" + id + "-" + parent + "-01", "0-" + id + "-" + parent + "-01",
        "0G-" + id + "-" + parent + "-01", "cc-" + id + "-" + parent + "-01.x",
        "00-" + zeros + "-" + parent + "-01", "00-" + id + "-" + zeros.substr(0, 16) + "-01",
        "00-" + id.substr(1) + "-" + parent + "-01", "00_" + id + "-" + parent + "-01",
        "00-" + id + "_" + parent + "-01", "00-" + id + "-" + parent + "_01",
        "00-0AF7651916CD43DD8448EB211C80319C-" + parent + "-01", "00-" + id + "-" + parent + "-0X",
        "00-" + id + "-B7AD6B7169203331-01", "00-" + id + "-" + parent + "-1"}) {
    EXPECT_FALSE(parse_traceparent(text)) << text;
  }
}

TEST(Tracestate, IsAListOfMembers) {
  for (const char* text : {"a=b", "a=b,c=d", "a=b , c=d", "a=b,,c=d", "a/*-_0=x y", "0t@sys=v",
                           "a=!\"#$%&'()*+-./:;<>?@[]"}) {
    EXPECT_TRUE(is_tracestate(text)) << text;
  }
  for (const char* text : {"", " ", ",", "a", "=b", "a=", "A=b", "a=b=c", "a=b\x7f", "1a=b", "a@=b",
                           "@a=b", "a@1b=c", "a@b@c=d", "a b=c", "a=caf\xc3\xa9"}) {
    EXPECT_FALSE(is_tracestate(text)) << text;
  }
  std::string many = "k=v";
  for (int i = 1; i < 32; ++i) {
    many += ",k" + std::to_string(i) + "=v";
  }
  EXPECT_TRUE(is_tracestate(many));
  EXPECT_FALSE(is_tracestate(many + ",k32=v"));
  EXPECT_TRUE(is_tracestate("a=" + std::string(256, 'v')));
  EXPECT_FALSE(is_tracestate("a=" + std::string(257, 'v')));
}

TEST(TraceIds, AreNumbersForRecords) {
  const auto trace_bytes = [](std::string_view text) {
    TraceText id;
    id.assign(text);
    const auto bytes = trace_id_bytes(id);
    return base::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  EXPECT_EQ(trace_bytes("4bf92f3577b34da6a3ce929d0e0e4736"), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(trace_bytes("4BF92F35-77B3-4DA6-A3CE-929D0E0E4736"),
            "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(trace_bytes(""), std::string(32, '0'));
  const std::string zeros(32, '0');
  for (const char* text :
       {"order-17", "4bf92f3577b34da6a3ce929d0e0e473", "x", "4bf92f35-77b3-4da6-a3ce-929d0e0e47-6",
        "4bf92f35-77b3-4da6-a3ce-929d0e0e473g"}) {
    EXPECT_NE(trace_bytes(text), zeros) << text;
    EXPECT_EQ(trace_bytes(text), trace_bytes(text)) << text;
  }
  EXPECT_NE(trace_bytes("order-17"), trace_bytes("order-18"));

  TraceText span;
  span.assign("00f067aa0ba902b7");
  EXPECT_EQ(span_id_bytes(span),
            (std::array<std::uint8_t, 8>{0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7}));
  span.assign("a-name");
  EXPECT_NE(span_id_bytes(span), (std::array<std::uint8_t, 8>{}));
}

TEST(RequestId, IsTheClientsWhenItMayBeLoggedAndElse32HexadecimalDigits) {
  base::Random random(5);
  RequestId first;
  choose_request_id("", random, first);
  EXPECT_EQ(first.view().size(), 32U);
  EXPECT_EQ(first.view().find_first_not_of("0123456789abcdef"), std::string_view::npos);
  RequestId second;
  choose_request_id("a b", random, second);
  EXPECT_EQ(second.view().size(), 32U);
  EXPECT_NE(first.view(), second.view());
  choose_request_id("Order_7.a-1", random, second);
  EXPECT_EQ(second.view(), "Order_7.a-1");
  choose_request_id(std::string(128, 'x'), random, second);
  EXPECT_EQ(second.view(), std::string(128, 'x'));
  choose_request_id(std::string(129, 'x'), random, second);
  EXPECT_EQ(second.view().size(), 32U);
}

}  // namespace
}  // namespace weft::wire
