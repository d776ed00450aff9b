// Queries and answers as text, for tests; ldns reads the answers.
#pragma once

#include "dns/facts.h"
#include "dns/zone.h"
#include "wire/dns.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::dns {

struct QueryForTest {
  std::uint16_t id = 0x1234;
  std::uint16_t flags = wire::kDnsRecursionDesired;
  std::uint16_t dns_class = wire::kDnsClassIn;
  std::uint16_t edns_bytes = 0;  // 0: no EDNS
  bool wants_dnssec = false;
};

// "Web.service.consul A" as a message; the name as it is spelled.
std::string query_message(std::string_view question, const QueryForTest& query = {});

// A message as ldns reads it; records as "web.service.consul. 5 IN A 10.0.0.1".
struct AnswerText {
  std::uint16_t id = 0;
  std::string rcode;
  std::string flags;  // "aa tc rd ra"
  std::string question;
  std::vector<std::string> answer;
  std::vector<std::string> authority;
  std::vector<std::string> additional;
  bool has_edns = false;
  std::uint16_t edns_bytes = 0;
  std::uint8_t edns_rcode = 0;
  bool wants_dnssec = false;
};

AnswerText read_answer(std::string_view message);

std::vector<std::string> sorted(std::vector<std::string> texts);

// A zone of the given facts.
std::shared_ptr<const Zone> make_zone_for_test(const std::vector<ServiceFacts>& services,
                                               const std::vector<NodeFacts>& nodes = {},
                                               const ZoneOptions& options = {});

// `count` instances at 10.0.0.1 and on, port 80.
ServiceFacts service_for_test(std::string name, std::size_t count);

}  // namespace weft::dns
