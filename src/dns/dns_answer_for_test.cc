#include "dns/dns_answer_for_test.h"

#include "base/address.h"
#include "base/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ldns/ldns.h>

// ldns defines words of the language for compilers that have none.
#undef bool
#undef false
#undef true

namespace weft::dns {
namespace {

void append_u16_for_test(std::string& out, std::uint16_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

std::string take_ldns_text(char* text) {
  std::string out = text == nullptr ? "" : text;
  std::free(text);
  return out;
}

std::vector<std::string> record_texts(const ldns_rr_list* list) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    std::string text = take_ldns_text(ldns_rr2str(ldns_rr_list_rr(list, i)));
    text.pop_back();
    std::replace(text.begin(), text.end(), '\t', ' ');
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace

std::string query_message(std::string_view question, const QueryForTest& query) {
  const auto words = base::split(question, ' ');
  std::string out;
  append_u16_for_test(out, query.id);
  append_u16_for_test(out, query.flags);
  append_u16_for_test(out, 1);
  append_u16_for_test(out, 0);
  append_u16_for_test(out, 0);
  append_u16_for_test(out, query.edns_bytes > 0 ? 1 : 0);
  for (const auto label : base::split(words[0], '.')) {
    if (!label.empty()) {
      out += static_cast<char>(label.size());
      out += label;
    }
  }
  out += '\0';
  append_u16_for_test(
      out, static_cast<std::uint16_t>(ldns_get_rr_type_by_name(std::string(words[1]).c_str())));
  append_u16_for_test(out, query.dns_class);
  if (query.edns_bytes > 0) {
    out += '\0';
    append_u16_for_test(out, static_cast<std::uint16_t>(wire::DnsType::kOpt));
    append_u16_for_test(out, query.edns_bytes);
    append_u16_for_test(out, 0);
    append_u16_for_test(out, query.wants_dnssec ? 0x8000 : 0);
    append_u16_for_test(out, 0);
  }
  return out;
}

AnswerText read_answer(std::string_view message) {
  ldns_pkt* packet = nullptr;
  const auto status =
      ldns_wire2pkt(&packet, reinterpret_cast<const std::uint8_t*>(message.data()), message.size());
  EXPECT_EQ(status, LDNS_STATUS_OK) << ldns_get_errorstr_by_id(status);
  AnswerText out;
  if (status != LDNS_STATUS_OK) {
    return out;
  }
  EXPECT_TRUE(ldns_pkt_qr(packet));
  out.id = ldns_pkt_id(packet);
  out.rcode = take_ldns_text(ldns_pkt_rcode2str(ldns_pkt_get_rcode(packet)));
  const auto add_flag = [&out](bool is_set, const char* name) {
    out.flags += is_set ? (out.flags.empty() ? "" : " ") + std::string(name) : "";
  };
  add_flag(ldns_pkt_aa(packet), "aa");
  add_flag(ldns_pkt_tc(packet), "tc");
  add_flag(ldns_pkt_rd(packet), "rd");
  add_flag(ldns_pkt_ra(packet), "ra");
  const auto questions = record_texts(ldns_pkt_question(packet));
  out.question = questions.empty() ? "" : questions.front();
  out.answer = record_texts(ldns_pkt_answer(packet));
  out.authority = record_texts(ldns_pkt_authority(packet));
  out.additional = record_texts(ldns_pkt_additional(packet));
  out.has_edns = ldns_pkt_edns(packet);
  out.edns_bytes = ldns_pkt_edns_udp_size(packet);
  out.edns_rcode = ldns_pkt_edns_extended_rcode(packet);
  out.wants_dnssec = ldns_pkt_edns_do(packet);
  ldns_pkt_free(packet);
  return out;
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  return texts;
}

std::shared_ptr<const Zone> make_zone_for_test(const std::vector<ServiceFacts>& services,
                                               const std::vector<NodeFacts>& nodes,
                                               const ZoneOptions& options) {
  auto settings = compile_zone_settings(options);
  EXPECT_TRUE(settings);
  ZoneEditor editor(*settings);
  for (const ServiceFacts& service : services) {
    editor.put_service(service);
  }
  for (const NodeFacts& node : nodes) {
    editor.put_node(node);
  }
  return editor.freeze(7);
}

ServiceFacts service_for_test(std::string name, std::size_t count) {
  ServiceFacts facts{.name = std::move(name), .instances = {}};
  for (std::size_t i = 1; i <= count; ++i) {
    InstanceFacts instance;
    instance.address = base::IpAddress::v4(0x0a000000U + static_cast<std::uint32_t>(i)).to_string();
    instance.id = std::to_string(i);
    instance.port = 80;
    instance.node = "n1";
    instance.node_address = "192.168.0.1";
    facts.instances.push_back(std::move(instance));
  }
  return facts;
}

}  // namespace weft::dns
