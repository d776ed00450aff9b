// A DNS server's answers to anything: never too long, with the id and the question that came, and
// by UDP never cut without saying so.
#include "dns/responder.h"
#include "dns/zone.h"
#include "fuzz.h"
#include "wire/dns_query.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace weft;

dns::InstanceFacts make_instance(std::string address, std::uint16_t port) {
  dns::InstanceFacts instance;
  instance.id = address + ":" + std::to_string(port);
  instance.address = std::move(address);
  instance.port = port;
  instance.tags = {"v1", port % 2 == 0 ? "even" : "odd"};
  instance.node = "n1";
  instance.node_address = "192.168.0.1";
  return instance;
}

std::shared_ptr<const dns::Zone> make_zone() {
  dns::ZoneOptions options;
  options.node_name = "n1";
  dns::ZoneEditor editor(*dns::compile_zone_settings(options));
  dns::ServiceFacts web{.name = "web", .instances = {}};
  for (std::uint16_t i = 0; i < 200; ++i) {
    web.instances.push_back(make_instance("10.0.0." + std::to_string(i), i));
  }
  editor.put_service(web);
  editor.put_service({.name = "six", .instances = {make_instance("fd00::1", 1)}});
  editor.put_service({.name = "host", .instances = {make_instance("a.example.com", 1)}});
  editor.put_service({.name = "a", .instances = {make_instance("b.service.consul", 1)}});
  editor.put_service({.name = "b", .instances = {make_instance("a.service.consul", 1)}});
  editor.put_service({.name = "node", .instances = {make_instance("", 1)}});
  editor.put_node({.name = "n1", .address = "192.168.0.1", .meta = {{"rack", "7"}}});
  return editor.freeze(1);
}

// Is its question answered by all there is, as far as TC says?
void check_answer(std::string_view query, std::string_view answer, std::size_t most) {
  WEFT_ASSERT(answer.size() >= wire::kDnsHeaderBytes && answer.size() <= most);
  WEFT_ASSERT(answer.substr(0, 2) == query.substr(0, 2));
  const std::uint16_t flags = wire::read_u16(answer, 2);
  WEFT_ASSERT((flags & wire::kDnsResponse) != 0);
  WEFT_ASSERT((flags & wire::kDnsOpcodeMask) == (wire::read_u16(query, 2) & wire::kDnsOpcodeMask));
  if (const auto head = wire::parse_dns_answer_head(answer)) {
    WEFT_ASSERT(query.substr(wire::kDnsHeaderBytes, head->question.size()) == head->question);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::shared_ptr<const dns::Zone> kZone = make_zone();
  const std::string_view query = fuzz::as_text(data, size);
  base::Random random(size);
  dns::Responder responder(random);
  std::vector<char> room(dns::kTcpAnswerBytesMax);
  for (const auto transport : {dns::Transport::kUdp, dns::Transport::kTcp}) {
    const dns::RespondOptions options{.transport = transport, .has_recursors = size % 2 == 0};
    const std::size_t most =
        transport == dns::Transport::kUdp ? dns::kUdpAnswerBytesMax : dns::kTcpAnswerBytesMax;
    const dns::Reply reply = responder.respond(query, *kZone, options, room);
    if (reply.action == dns::Reply::Action::kAnswer) {
      check_answer(query, {room.data(), reply.bytes}, most);
    }
    if (reply.action == dns::Reply::Action::kForward) {
      check_answer(query, {room.data(), responder.fail(query, options, room).bytes}, most);
    }
    if (!reply.host.empty()) {
      const std::array addresses = {base::IpAddress::loopback()};
      const dns::ResolvedHost resolved{.name = reply.host, .addresses = addresses};
      const dns::RespondOptions again{.transport = transport, .resolved = &resolved};
      check_answer(query, {room.data(), responder.respond(query, *kZone, again, room).bytes}, most);
    }
  }
  return 0;
}
