// DNS messages: what is read lies within the message and obeys the limits of names; a query that is
// taken is answered within its size, with the question as it was spelled.
#include "base/text.h"
#include "fuzz.h"
#include "wire/dns_name.h"
#include "wire/dns_query.h"
#include "wire/dns_record.h"
#include "wire/dns_writer.h"

#include <array>
#include <string>

namespace {

using namespace weft;

void check_name(const wire::DnsName& name) {
  const std::string_view bytes = name.wire();
  WEFT_ASSERT(!bytes.empty() && bytes.size() <= wire::kDnsNameBytesMax && bytes.back() == 0);
  WEFT_ASSERT(bytes == base::to_lower(bytes));
  std::size_t at = 0;
  for (std::size_t i = 0; i < name.labels(); ++i) {
    const std::string_view label = name.label(i);
    WEFT_ASSERT(!label.empty() && label.size() <= wire::kDnsLabelBytesMax);
    WEFT_ASSERT(name.begin_of(i) == at);
    at += 1 + label.size();
  }
  WEFT_ASSERT(at + 1 == bytes.size());
  WEFT_ASSERT(name.slice(0, name.labels()) == bytes.substr(0, bytes.size() - 1));
}

void check_any_name(std::string_view message, std::size_t at) {
  wire::DnsName name;
  if (const auto end = wire::parse_dns_name(message, at, name)) {
    WEFT_ASSERT(*end > at && *end <= message.size());
    check_name(name);
  }
}

void check_text(std::string_view text) {
  const auto labels = wire::dns_labels_from_text(text);
  if (labels && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == text.npos) {
    const std::string again = wire::dns_text(*labels);
    WEFT_ASSERT(*wire::dns_labels_from_text(again) == *labels);
  }
  WEFT_ASSERT(!wire::dns_text(text).empty());
}

void check_answer(const wire::DnsQuery& query) {
  std::string record;
  wire::append_dns_record(record, wire::DnsType::kA, 1, "abcd");
  std::array<char, 1024> room;
  const std::size_t most = query.has_edns ? room.size() : wire::kDnsUdpBytes;
  wire::DnsWriter writer(query, room, most);
  while (writer.add(wire::DnsSection::kAnswer, wire::kDnsHeaderBytes, record)) {
  }
  const std::size_t bytes = writer.finish(wire::kDnsTruncated, wire::DnsRcode::kNoError);
  WEFT_ASSERT(bytes <= most && bytes + record.size() > most);
  const auto head = wire::parse_dns_answer_head({room.data(), bytes});
  WEFT_ASSERT(head.has_value() == !query.question.empty());
  WEFT_ASSERT(!head || (head->id == query.id && head->question == query.question));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  wire::DnsQuery query;
  const auto verdict = wire::parse_dns_query(input, query);
  if (verdict != wire::DnsVerdict::kDrop) {
    WEFT_ASSERT(fuzz::is_within(query.question, input));
    WEFT_ASSERT(fuzz::is_within(query.edns.subnet, input));
    check_answer(query);
  }
  if (verdict == wire::DnsVerdict::kAnswer) {
    check_name(query.name);
    WEFT_ASSERT(base::to_lower(query.question.substr(0, query.question.size() - 4)) ==
                query.name.wire());
  }
  if (const auto head = wire::parse_dns_answer_head(input)) {
    WEFT_ASSERT(fuzz::is_within(head->question, input));
    WEFT_ASSERT(wire::is_same_dns_question(head->question, head->question));
  }
  for (std::size_t at = 0; at < std::min<std::size_t>(size, 64); ++at) {
    check_any_name(input, at);
  }
  check_text(input);
  return 0;
}
