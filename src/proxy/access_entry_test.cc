#include "proxy/access_entry.h"

#include "base/json.h"
#include "proxy/access_entry_for_test.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::proxy {
namespace {

model::Record good_record() {
  model::Record record;
  record.started_unix_ns = 1'765'708'200'123'456'789;
  record.duration_ns = 12'345'678;
  record.first_byte_ns = 10'000'499;
  record.request_bytes = 321;
  record.response_bytes = 18'446'744'073'709'551'615ULL;
  record.status = 200;
  record.retries = 2;
  return record;
}

TEST(AccessLine, IsOneObjectWithEverythingThatIsKnown) {
  const ParsedHead head(
      "GET /a/b?c=d HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: curl/8\r\n\r\n");
  AccessNote note(head.head);
  note.set_instance("web-1");
  EXPECT_EQ(line_of({good_record(), note, "10.0.0.1", "web", "trace", "request", ""}),
            R"({"time":"2025-12-14T10:30:00.123Z","client":"10.0.0.1","method":"GET",)"
            R"("host":"shop.example","path":"/a/b?c=d","status":200,"request_bytes":321,)"
            R"("response_bytes":18446744073709551615,"duration_ms":12.345,"first_byte_ms":10.000,)"
            R"("service":"web","instance":"web-1","retries":2,"trace_id":"trace",)"
            R"("request_id":"request","user_agent":"curl/8"})"
            "\n");
}

TEST(AccessLine, LeavesOutWhatHasNoValue) {
  model::Record record;
  record.status = 400;
  record.failed = true;
  record.side = base::Side::kClient;
  const AccessNote nothing;
  EXPECT_EQ(line_of({record, nothing, "unix", {}, {}, {}, "bad_request"}),
            R"({"time":"1970-01-01T00:00:00.000Z","client":"unix","status":400,"request_bytes":0,)"
            R"("response_bytes":0,"duration_ms":0.000,"retries":0,"error":"bad_request",)"
            R"("side":"client"})"
            "\n");
}

TEST(AccessLine, NamesTheRecordsErrorWhenTheAnswerWasNotOurs) {
  model::Record record = good_record();
  record.failed = true;
  record.error = base::Code::kReset;
  record.side = base::Side::kBackend;
  const AccessNote nothing;
  const std::string line = line_of({record, nothing, {}, {}, {}, {}, {}});
  EXPECT_NE(line.find(R"("error":"reset","side":"backend")"), std::string::npos) << line;
}

TEST(AccessLine, TakesTheLastInstance) {
  const ParsedHead head("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  AccessNote note(head.head);
  note.set_instance("a-long-name-first");
  note.set_instance("b");
  const std::string line = line_of({good_record(), note, {}, "web", {}, {}, {}});
  EXPECT_NE(line.find(R"("service":"web","instance":"b","retries")"), std::string::npos) << line;
}

TEST(AccessLine, CutsLongTextsAndSaysSo) {
  const std::string query(5000, 'q');
  const ParsedHead head("GET /p?" + query + " HTTP/1.1\r\nHost: a\r\nUser-Agent: " +
                        std::string(2000, 'u') + "\r\n\r\n");
  const AccessNote note(head.head);
  const std::string line = line_of({good_record(), note, {}, {}, {}, {}, {}});
  const auto object = base::parse_json(line);
  ASSERT_TRUE(object) << line;
  EXPECT_EQ(object->at("path").as_string(), "/p?" + query.substr(0, kPathBytesMax - 3));
  EXPECT_EQ(object->at("user_agent").as_string(), std::string(kUserAgentBytesMax, 'u'));
  EXPECT_TRUE(object->at("cut").as_bool());

  const ParsedHead fits("GET /" + std::string(kPathBytesMax - 1, 'p') +
                        " HTTP/1.1\r\nHost: a\r\n\r\n");
  const AccessNote fitting(fits.head);
  EXPECT_EQ(line_of({good_record(), fitting, {}, {}, {}, {}, {}}).find("\"cut\""),
            std::string::npos);
}

// Whatever bytes a client gets past the parser: one line, one object, nothing else in it.
// Envoy CVE-2024-45808.
TEST(AccessLine, StaysOneLineOfJsonWhateverTheTextsHold) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string text = "\",\"status\":1}\\_\xc3";
    text[text.size() - 2] = static_cast<char>(byte);
    wire::RequestHead head;
    head.method_text = text;
    head.authority = text;
    head.path = text;
    head.has_query = true;
    head.query = text;
    head.headers.add({"User-Agent", text, wire::HeaderId::kUserAgent});
    AccessNote note(head);
    note.set_instance(text);
    const std::string line = line_of({good_record(), note, text, text, text, text, text});
    EXPECT_EQ(line.find('\n'), line.size() - 1) << byte;
    const auto object = base::parse_json(line);
    ASSERT_TRUE(object && object->is_object()) << byte << " " << line;
    EXPECT_EQ(object->at("status").as_int64(), 200) << byte;
    EXPECT_EQ(object->as_object().size(), 16U) << byte;
  }
}

TEST(AccessNote, MovesAndLetsGoOfItsBlock) {
  const ParsedHead head("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  AccessNote first(head.head);
  AccessNote second(std::move(first));
  EXPECT_TRUE(second);
  AccessNote third;
  EXPECT_FALSE(third);
  EXPECT_TRUE(third.bytes().empty());
  third = std::move(second);
  EXPECT_EQ(third.bytes(), "GETa/");
}

}  // namespace
}  // namespace weft::proxy
