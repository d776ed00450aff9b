// What an answer costs without sockets, what a change of a zone costs, and what a zone weighs.
//
//   bench_dns_zone [SERVICES] [INSTANCES]      of each service; 1000 and 100 at first
//
// Answers: names in random order, so that the zone is not in the nearest cache. A change: one
// instance has another port, and a zone is made of it; the same by putting its whole service anew.
// Prints one line of JSON: nanoseconds per answer, microseconds per change, bytes per instance.
#include "base/random.h"
#include "dns/responder.h"
#include "dns/zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace weft;

constexpr std::size_t kAnswers = 1'000'000;
constexpr std::size_t kChanges = 200;

double now_ns() {
  return static_cast<double>(std::chrono::steady_clock::now().time_since_epoch() /
                             std::chrono::nanoseconds(1));
}

dns::ServiceFacts make_service(std::size_t number, std::size_t instances, std::size_t version) {
  dns::ServiceFacts facts{.name = fmt::format("svc{}", number), .instances = {}};
  for (std::size_t i = 0; i < instances; ++i) {
    dns::InstanceFacts instance;
    const auto ip = static_cast<std::uint32_t>(0x0a000000U + number * instances + i);
    instance.address = base::IpAddress::v4(ip).to_string();
    instance.id = std::to_string(i);
    instance.port = static_cast<std::uint16_t>(8000 + (i == 0 ? version % 100 : 0));
    instance.tags = {"v1", i % 2 == 0 ? "even" : "odd"};
    instance.node = fmt::format("n{}", i % 50);
    instance.node_address = "192.168.0.1";
    facts.instances.push_back(std::move(instance));
  }
  return facts;
}

std::string make_query(std::string_view prefix, std::size_t service, std::uint16_t type) {
  std::string out("\0\1\1\0\0\1\0\0\0\0\0\0", 12);
  const auto add = [&out](std::string_view label) {
    out += static_cast<char>(label.size());
    out += label;
  };
  if (!prefix.empty()) {
    add(prefix);
  }
  add(fmt::format("svc{}", service));
  add("service");
  add("consul");
  out += '\0';
  out += static_cast<char>(type >> 8);
  out += static_cast<char>(type);
  out += std::string_view("\0\1", 2);
  return out;
}

double answer_ns(const dns::Zone& zone, const std::vector<std::string>& queries) {
  base::Random random(1);
  dns::Responder responder(random);
  std::vector<char> room(dns::kUdpAnswerBytesMax);
  std::size_t bytes = 0;
  const double began = now_ns();
  for (std::size_t i = 0; i < kAnswers; ++i) {
    bytes += responder.respond(queries[i % queries.size()], zone, {}, room).bytes;
  }
  const double took = (now_ns() - began) / static_cast<double>(kAnswers);
  return bytes > 0 ? took : 0;
}

std::vector<std::string> make_queries(std::string_view prefix, std::size_t services,
                                      wire::DnsType type) {
  base::Random random(2);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < 4096; ++i) {
    out.push_back(make_query(prefix, random.below(services), static_cast<std::uint16_t>(type)));
  }
  return out;
}

// Another port of one instance; `whole`: of its service all instances are put anew.
std::string change_us(dns::ZoneEditor& editor, std::size_t services, std::size_t instances,
                      bool whole) {
  base::Random random(3);
  std::vector<double> took;
  std::shared_ptr<const dns::Zone> kept = editor.freeze(1);
  for (std::size_t i = 0; i < kChanges; ++i) {
    const auto facts = make_service(random.below(services), instances, i);
    const double began = now_ns();
    if (whole) {
      editor.put_service(facts);
    } else {
      editor.put_instance(facts.name, facts.instances.front());
    }
    kept = editor.freeze(i);  // the one before goes, too
    took.push_back((now_ns() - began) / 1000);
  }
  std::ranges::sort(took);
  return fmt::format(R"({{"min":{:.1f},"median":{:.1f},"max":{:.1f}}})", took.front(),
                     took[took.size() / 2], took.back());
}

std::size_t allocated_bytes() {
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t services = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  const std::size_t instances = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100;
  if (services == 0 || instances == 0) {
    fmt::print(stderr, "usage: bench_dns_zone [SERVICES] [INSTANCES]\n");
    return 2;
  }
  const std::size_t before = allocated_bytes();
  dns::ZoneEditor editor(*dns::compile_zone_settings({}));
  for (std::size_t i = 0; i < services; ++i) {
    editor.put_service(make_service(i, instances, 0));
  }
  const auto zone = editor.freeze(1);
  const double weight =
      static_cast<double>(allocated_bytes() - before) / static_cast<double>(services * instances);
  const double a = answer_ns(*zone, make_queries("", services, wire::DnsType::kA));
  const double srv = answer_ns(*zone, make_queries("", services, wire::DnsType::kSrv));
  const double tagged = answer_ns(*zone, make_queries("even", services, wire::DnsType::kA));
  const double unknown = answer_ns(*zone, make_queries("nobody", services, wire::DnsType::kA));
  fmt::print(
      R"({{"services":{},"instances":{},"a_ns":{:.0f},"srv_ns":{:.0f},"tagged_a_ns":{:.0f},)"
      R"("nxdomain_ns":{:.0f},"instance_us":{},"service_us":{},"bytes_per_instance":{:.0f}}})"
      "\n",
      services, instances, a, srv, tagged, unknown, change_us(editor, services, instances, false),
      change_us(editor, services, instances, true), weight);
  return 0;
}
