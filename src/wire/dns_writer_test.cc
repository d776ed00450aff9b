// What is written is read again by ldns, which knows nothing of us, and the other way round.
#include "wire/dns_writer.h"

#include "base/random.h"
#include "base/text.h"
#include "wire/dns_record.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ldns/ldns.h>
#include <memory>
#include <string>
#include <vector>

// ldns defines words of the language for compilers that have none.
#undef bool
#undef false
#undef true

namespace weft::wire {
namespace {

using namespace std::string_literals;

struct FreePacket {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;

Packet read_with_ldns(std::string_view message) {
  ldns_pkt* packet = nullptr;
  const auto status =
      ldns_wire2pkt(&packet, reinterpret_cast<const std::uint8_t*>(message.data()), message.size());
  EXPECT_EQ(status, LDNS_STATUS_OK) << ldns_get_errorstr_by_id(status);
  return Packet(packet);
}

std::string take_text(char* text) {
  std::string out = text == nullptr ? "" : text;
  std::free(text);  // ldns allocates with malloc
  return out;
}

// "web.service.consul. 5 IN A 10.0.0.1" of each record.
std::vector<std::string> texts_of(const ldns_rr_list* list) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    std::string text = take_text(ldns_rr2str(ldns_rr_list_rr(list, i)));
    text.pop_back();  // a line feed
    std::replace(text.begin(), text.end(), '\t', ' ');
    out.push_back(std::move(text));
  }
  return out;
}

std::string wire_name(std::string_view text) { return *dns_labels_from_text(text) + '\0'; }

std::string record_for_test(DnsType type, std::uint32_t ttl, std::string_view data) {
  std::string out;
  append_dns_record(out, type, ttl, data);
  return out;
}

std::string address_record(const char* ip, std::uint32_t ttl = 5) {
  const auto parsed = *base::parse_ip(ip);
  return record_for_test(parsed.is_v4() ? DnsType::kA : DnsType::kAaaa, ttl,
                         dns_address_data(parsed));
}

std::string query_for_test(std::string_view name, DnsType type, std::string_view opt = {}) {
  std::string out = "\x12\x34\x01\0\0\x01\0\0\0\0\0"s;
  out += opt.empty() ? '\0' : '\1';
  for (const auto& label : base::split(name, '.')) {
    out += static_cast<char>(label.size());
    out += label;
  }
  out += "\0\0"s;
  out += static_cast<char>(type);
  out += "\0\x01"s;
  out += opt;
  return out;
}

class DnsWriting : public testing::Test {
 protected:
  void ask(const std::string& message) {
    asked_ = message;
    ASSERT_EQ(parse_dns_query(asked_, query_), DnsVerdict::kAnswer);
  }
  std::string_view written(std::size_t bytes) const { return {room_.data(), bytes}; }

  std::string asked_;
  DnsQuery query_;
  std::vector<char> room_ = std::vector<char>(kDnsMessageBytesMax);
};

TEST_F(DnsWriting, EveryKindOfRecordIsReadByLdns) {
  ask(query_for_test("Web.Service.Consul", DnsType::kAny));
  DnsWriter writer(query_, room_, 4096);
  const std::string consul = wire_name("consul");
  const std::string host = wire_name("db.example.com");
  const auto add = [&](DnsSection section, DnsType type, const std::string& data) {
    EXPECT_TRUE(writer.add(section, kDnsHeaderBytes, record_for_test(type, 7, data)));
  };
  EXPECT_TRUE(writer.add(DnsSection::kAnswer, kDnsHeaderBytes, address_record("10.0.0.1")));
  EXPECT_TRUE(writer.add(DnsSection::kAnswer, kDnsHeaderBytes, address_record("fd00::1")));
  add(DnsSection::kAnswer, DnsType::kCname, host);
  add(DnsSection::kAnswer, DnsType::kPtr, host);
  const std::size_t srv_at = writer.size();
  add(DnsSection::kAnswer, DnsType::kSrv, dns_srv_data({.weight = 3, .port = 8080}, host));
  add(DnsSection::kAnswer, DnsType::kTxt, dns_txt_data("rack=7"));
  add(DnsSection::kAnswer, DnsType::kTxt, dns_txt_data(std::string(300, 'x')));
  add(DnsSection::kAnswer, DnsType::kTxt, dns_txt_data(""));
  EXPECT_TRUE(
      writer.add_named(DnsSection::kAuthority, consul, record_for_test(DnsType::kNs, 8, host)));
  EXPECT_TRUE(
      writer.add(DnsSection::kAuthority, kDnsHeaderBytes + 12,
                 record_for_test(DnsType::kSoa, 9, dns_soa_data(host, consul, {.serial = 4}))));
  EXPECT_TRUE(writer.add(DnsSection::kAdditional, srv_at + kDnsRecordHeadBytes + kDnsSrvHeadBytes,
                         address_record("10.0.0.2")));
  EXPECT_FALSE(writer.is_cut());
  const auto packet = read_with_ldns(written(writer.finish(kDnsAuthoritative, DnsRcode::kNoError)));
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(texts_of(ldns_pkt_question(packet.get())),
            std::vector<std::string>{"Web.Service.Consul. IN ANY"});
  EXPECT_EQ(texts_of(ldns_pkt_answer(packet.get())),
            (std::vector<std::string>{"Web.Service.Consul. 5 IN A 10.0.0.1",
                                      "Web.Service.Consul. 5 IN AAAA fd00::1",
                                      "Web.Service.Consul. 7 IN CNAME db.example.com.",
                                      "Web.Service.Consul. 7 IN PTR db.example.com.",
                                      "Web.Service.Consul. 7 IN SRV 1 3 8080 db.example.com.",
                                      "Web.Service.Consul. 7 IN TXT \"rack=7\"",
                                      "Web.Service.Consul. 7 IN TXT \"" + std::string(255, 'x') +
                                          "\" \"" + std::string(45, 'x') + "\"",
                                      "Web.Service.Consul. 7 IN TXT \"\""}));
  EXPECT_EQ(
      texts_of(ldns_pkt_authority(packet.get())),
      (std::vector<std::string>{"consul. 8 IN NS db.example.com.",
                                "Consul. 9 IN SOA db.example.com. consul. 4 3600 600 86400 0"}));
  EXPECT_EQ(texts_of(ldns_pkt_additional(packet.get())),
            std::vector<std::string>{"db.example.com. 5 IN A 10.0.0.2"});
}

TEST_F(DnsWriting, TheHeaderRepeatsWhatTheQuerySaid) {
  ask(query_for_test("consul", DnsType::kA));
  DnsWriter writer(query_, room_, 512);
  const auto packet = read_with_ldns(
      written(writer.finish(kDnsAuthoritative | kDnsTruncated, DnsRcode::kNxDomain)));
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(ldns_pkt_id(packet.get()), 0x1234);
  EXPECT_TRUE(ldns_pkt_qr(packet.get()));
  EXPECT_TRUE(ldns_pkt_rd(packet.get()));
  EXPECT_TRUE(ldns_pkt_aa(packet.get()));
  EXPECT_TRUE(ldns_pkt_tc(packet.get()));
  EXPECT_FALSE(ldns_pkt_ra(packet.get()));
  EXPECT_EQ(ldns_pkt_get_rcode(packet.get()), LDNS_RCODE_NXDOMAIN);
  EXPECT_FALSE(ldns_pkt_edns(packet.get()));
}

TEST_F(DnsWriting, EdnsIsAnsweredWithWhatTheClientCanTake) {
  ask(query_for_test("consul", DnsType::kA,
                     "\0\0\x29\x04\xd0\0\0\x80\0\0\x0b\0\x08\0\x07\0\x01\x18\0\x0a\x01\x02"s));
  DnsWriter writer(query_, room_, 1232);
  const std::size_t bytes = writer.finish(0, DnsRcode::kBadVers);
  const auto packet = read_with_ldns(written(bytes));
  ASSERT_NE(packet, nullptr);
  EXPECT_TRUE(ldns_pkt_edns(packet.get()));
  EXPECT_EQ(ldns_pkt_edns_udp_size(packet.get()), 1232);
  EXPECT_EQ(ldns_pkt_edns_version(packet.get()), 0);
  EXPECT_EQ(ldns_pkt_edns_extended_rcode(packet.get()), 1);  // with a code of 0: 16
  EXPECT_EQ(ldns_pkt_get_rcode(packet.get()), LDNS_RCODE_NOERROR);
  EXPECT_TRUE(ldns_pkt_edns_do(packet.get()));
  EXPECT_TRUE(written(bytes).ends_with("\0\x08\0\x07\0\x01\x18\0\x0a\x01\x02"s));
}

TEST_F(DnsWriting, ARecordFitsWholeOrNotAtAll) {
  ask(query_for_test("web.service.consul", DnsType::kA, "\0\0\x29\x02\0\0\0\0\0\0\0"s));
  DnsWriter writer(query_, room_, 512);
  std::size_t added = 0;
  while (writer.add(DnsSection::kAnswer, kDnsHeaderBytes, address_record("10.0.0.1"))) {
    ++added;
  }
  // 512 - header 12 - question 24 - OPT 11 = 465.
  EXPECT_EQ(added, 465U / 16U);
  EXPECT_TRUE(writer.is_cut());
  EXPECT_FALSE(
      writer.add_named(DnsSection::kAdditional, wire_name("consul"), address_record("10.0.0.1")));
  const std::size_t bytes = writer.finish(0, DnsRcode::kNoError);
  EXPECT_LE(bytes, 512U);
  const auto packet = read_with_ldns(written(bytes));
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(ldns_pkt_ancount(packet.get()), added);
}

TEST_F(DnsWriting, TheEndOfARecordMayBeReplaced) {
  ask(query_for_test("web.service.weft", DnsType::kSrv));
  const std::string record = record_for_test(
      DnsType::kSrv, 1, dns_srv_data({.port = 80}, wire_name("0a000001.addr.dc1.consul")));
  const std::string front = record.substr(0, record.size() - wire_name("consul").size());
  DnsWriter writer(query_, room_, 512);
  EXPECT_TRUE(writer.add_spliced(DnsSection::kAnswer, kDnsHeaderBytes, front, wire_name("weft")));
  std::size_t added = 1;
  while (writer.add_spliced(DnsSection::kAnswer, kDnsHeaderBytes, front, wire_name("weft"))) {
    ++added;
  }
  EXPECT_TRUE(writer.is_cut());
  const auto packet = read_with_ldns(written(writer.finish(0, DnsRcode::kNoError)));
  ASSERT_NE(packet, nullptr);
  EXPECT_EQ(
      texts_of(ldns_pkt_answer(packet.get())),
      std::vector<std::string>(added, "web.service.weft. 1 IN SRV 1 1 80 0a000001.addr.dc1.weft."));
}

TEST_F(DnsWriting, AnAnswerToAQuestionThatWasNotReadHasNone) {
  query_ = {};
  asked_ = "\x12\x34\x01\0\0\0\0\0\0\0\0\0"s;
  ASSERT_EQ(parse_dns_query(asked_, query_), DnsVerdict::kFormErr);
  DnsWriter writer(query_, room_, 512);
  const std::size_t bytes = writer.finish(0, DnsRcode::kFormErr);
  EXPECT_EQ(written(bytes), "\x12\x34\x81\x01\0\0\0\0\0\0\0\0"s);
}

// Names of one to four random labels; some bytes of them need an escape.
std::string random_name(base::Random& random) {
  std::string out;
  const std::uint64_t labels = 1 + random.below(4);
  for (std::uint64_t i = 0; i < labels; ++i) {
    const std::uint64_t size = 1 + random.below(i == 0 ? 63 : 12);
    out += static_cast<char>(size);
    for (std::uint64_t at = 0; at < size; ++at) {
      out += "abcXYZ019-_"[random.below(11)];
    }
  }
  return out + '\0';
}

ldns_rdf* ldns_name(const std::string& wire) {
  return ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, wire.size(), wire.data());
}

TEST_F(DnsWriting, QueriesThatLdnsWritesAreReadTheSame) {
  base::Random random(7);
  for (int round = 0; round < 2000; ++round) {
    const std::string name = random_name(random);
    const auto type = static_cast<ldns_rr_type>(1 + random.below(255));
    const Packet packet(ldns_pkt_query_new(ldns_name(name), type, LDNS_RR_CLASS_IN, LDNS_RD));
    ldns_pkt_set_id(packet.get(), static_cast<std::uint16_t>(random.next()));
    const bool has_edns = random.below(2) == 1;
    if (has_edns) {
      ldns_pkt_set_edns_udp_size(packet.get(),
                                 static_cast<std::uint16_t>(512 + random.below(4000)));
      ldns_pkt_set_edns_do(packet.get(), random.below(2) == 1);
    }
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    ASSERT_EQ(ldns_pkt2wire(&bytes, packet.get(), &size), LDNS_STATUS_OK);
    const std::string message(reinterpret_cast<const char*>(bytes), size);
    std::free(bytes);
    ASSERT_EQ(parse_dns_query(message, query_), DnsVerdict::kAnswer);
    EXPECT_EQ(query_.id, ldns_pkt_id(packet.get()));
    EXPECT_EQ(query_.type, static_cast<std::uint16_t>(type));
    EXPECT_EQ(query_.name.wire(), base::to_lower(name));
    EXPECT_EQ(query_.question.substr(0, name.size()), name);
    EXPECT_EQ(query_.has_edns, has_edns);
    if (has_edns) {
      EXPECT_EQ(query_.edns.udp_bytes, ldns_pkt_edns_udp_size(packet.get()));
      EXPECT_EQ(query_.edns.wants_dnssec, ldns_pkt_edns_do(packet.get()));
    }
  }
}

TEST_F(DnsWriting, NamesThatLdnsCompressesAreReadWhole) {
  base::Random random(8);
  for (int round = 0; round < 500; ++round) {
    const std::string zone = random_name(random);
    const Packet packet(ldns_pkt_query_new(ldns_name(zone), LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, 0));
    ldns_pkt_set_qr(packet.get(), true);
    std::vector<std::string> owners;
    for (int i = 0; i < 5; ++i) {
      std::string owner = random_name(random);
      owner.pop_back();
      owner += zone;
      if (owner.size() > kDnsNameBytesMax) {
        continue;
      }
      owners.push_back(base::to_lower(owner));
      ldns_rr* record = ldns_rr_new();
      ldns_rr_set_owner(record, ldns_name(owner));
      ldns_rr_set_type(record, LDNS_RR_TYPE_A);
      ldns_rr_set_class(record, LDNS_RR_CLASS_IN);
      ldns_rr_push_rdf(record, ldns_rdf_new_frm_str(LDNS_RDF_TYPE_A, "10.0.0.1"));
      ldns_pkt_push_rr(packet.get(), LDNS_SECTION_ANSWER, record);
    }
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    ASSERT_EQ(ldns_pkt2wire(&bytes, packet.get(), &size), LDNS_STATUS_OK);
    const std::string message(reinterpret_cast<const char*>(bytes), size);
    std::free(bytes);
    const auto head = parse_dns_answer_head(message);
    ASSERT_TRUE(head);
    std::size_t at = kDnsHeaderBytes + head->question.size();
    for (const std::string& owner : owners) {
      DnsName name;
      const auto end = parse_dns_name(message, at, name);
      ASSERT_TRUE(end);
      EXPECT_EQ(name.wire(), owner);
      at = *end + 14;  // type, class, TTL, length, four bytes
    }
    EXPECT_EQ(at, message.size());
  }
}

TEST_F(DnsWriting, RandomAnswersAreReadByLdnsRecordByRecord) {
  base::Random random(9);
  for (int round = 0; round < 500; ++round) {
    const std::string name = random_name(random);
    asked_ = "\x12\x34\x01\0\0\x01\0\0\0\0\0\0"s + name + "\0\xff\0\x01"s;
    ASSERT_EQ(parse_dns_query(asked_, query_), DnsVerdict::kAnswer);
    DnsWriter writer(query_, room_, 512 + random.below(1000));
    std::size_t fitted = 0;
    for (int i = 0; i < 60; ++i) {
      const std::string target = random_name(random);
      const std::string record =
          random.below(2) == 0
              ? address_record("10.0.0.1")
              : record_for_test(DnsType::kSrv, 3, dns_srv_data({.port = 80}, target));
      fitted += writer.add(DnsSection::kAnswer, kDnsHeaderBytes, record) ? 1 : 0;
    }
    const auto packet = read_with_ldns(written(writer.finish(0, DnsRcode::kNoError)));
    ASSERT_NE(packet, nullptr);
    EXPECT_EQ(ldns_pkt_ancount(packet.get()), fitted);
    EXPECT_EQ(ldns_rr_list_rr_count(ldns_pkt_answer(packet.get())), fitted);
  }
}

}  // namespace
}  // namespace weft::wire
