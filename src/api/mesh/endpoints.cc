#include "api/mesh/endpoints.h"

#include "api/kit/past_view.h"
#include "api/kit/roll_up.h"
#include "api/mesh/words.h"
#include "balance/breaker.h"
#include "http/endpoint.h"

#include <algorithm>
#include <optional>
#include <ranges>
#include <unordered_map>
#include <utility>

namespace weft::api::mesh {
namespace {

using base::Code;
using base::Result;
using http::Context;

// The API's loop writes a page in a turn: some 300 bytes for each endpoint.
constexpr std::size_t kPageMax = 1000;

struct EndpointsQuestion {
  std::optional<std::string> service;
  bool loops = false;
  std::optional<std::string> after;
  std::size_t limit = kPageMax;
  std::optional<std::string> at;

  static constexpr auto kFields = base::fields(
      base::field("service").in_query().length(1, 255).about("only its endpoints"),
      base::field("loops").in_query().about("what each loop says, beside the whole"),
      base::field("after").in_query().length(1, 255).about("`next` of the page before"),
      base::field("limit").in_query().range(1, kPageMax).about("endpoints of a page"),
      base::field("at").in_query().length(1, 64).about(
          "the instances as they were at this index or time, without what loops say now"));
};
BOOST_DESCRIBE_STRUCT(EndpointsQuestion, (), (service, loops, after, limit, at))

// Of one loop, or of all together: the worst state, the sums, the shortest time.
struct LoopFacts {
  std::optional<std::string> loop;
  std::string breaker;
  bool ejected = false;
  bool slow_start = false;
  std::uint64_t active = 0;
  std::uint64_t idle_connections = 0;
  std::optional<double> idle_timeout_ms;
  std::uint64_t requests_total = 0;
  std::uint64_t failures_total = 0;

  static constexpr auto kFields = base::fields(base::field("loop").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(LoopFacts, (),
                      (loop, breaker, ejected, slow_start, active, idle_connections,
                       idle_timeout_ms, requests_total, failures_total))

struct EndpointAnswer {
  std::string instance_id;
  std::string service_name;
  std::string address;
  std::optional<std::string> zone;
  std::uint32_t weight = 0;
  std::string health;
  bool drained = false;
  std::string drain_reason;
  std::optional<LoopFacts> traffic;
  std::optional<std::vector<LoopFacts>> loops;

  static constexpr auto kFields = base::fields(
      base::field("address").about("host:port"), base::field("zone").about("of its metadata"),
      base::field("health").about("what its checks say, drained or not"),
      base::field("traffic").about("of all loops together; null: none has called it"),
      base::field("loops").left_out_when_null().about("of those that have called it"));
};
BOOST_DESCRIBE_STRUCT(EndpointAnswer, (),
                      (instance_id, service_name, address, zone, weight, health, drained,
                       drain_reason, traffic, loops))

struct EndpointsAnswer {
  std::vector<EndpointAnswer> endpoints;
  std::size_t count = 0;
  std::optional<std::string> next;

  static constexpr auto kFields = base::fields(
      base::field("next").left_out_when_null().about("there are more: give this as `after`"));
};
BOOST_DESCRIBE_STRUCT(EndpointsAnswer, (), (endpoints, count, next))

using InstanceRow = model::RowPtr<model::Instance>;

// The rows of one page by id, and one more when there is.
std::vector<InstanceRow> page_of(const model::View& view, const EndpointsQuestion& question) {
  std::vector<InstanceRow> rows;
  const std::string_view after = question.after ? std::string_view(*question.after) : "";
  const auto take = [&](const auto& from_there_on) {
    for (const InstanceRow& row : from_there_on) {
      if (rows.size() > question.limit) {
        return;
      }
      if (row->object.id != after) {
        rows.push_back(row);
      }
    }
  };
  if (question.service) {
    take(view.instances_of(*question.service, after));
  } else {
    const auto& all = view.all<model::Instance>();
    take(std::ranges::subrange(all.lower_bound(after), all.end()));
  }
  return rows;
}

LoopFacts loop_facts(const kit::EndpointOnLoop& endpoint) {
  LoopFacts out;
  out.breaker = balance::breaker_state_name(endpoint.breaker);
  out.ejected = endpoint.is_ejected;
  out.slow_start = endpoint.is_warming;
  out.active = endpoint.active;
  out.idle_connections = endpoint.idle_connections;
  if (endpoint.idle_timeout) {
    out.idle_timeout_ms = base::to_millis(*endpoint.idle_timeout);
  }
  out.requests_total = endpoint.requests_total;
  out.failures_total = endpoint.failures_total;
  return out;
}

int badness(std::string_view breaker) {
  return breaker == "open" ? 2 : breaker == "half-open" ? 1 : 0;
}

void add(LoopFacts& sum, const LoopFacts& one) {
  if (badness(one.breaker) > badness(sum.breaker)) {
    sum.breaker = one.breaker;
  }
  sum.ejected |= one.ejected;
  sum.slow_start |= one.slow_start;
  sum.active += one.active;
  sum.idle_connections += one.idle_connections;
  if (one.idle_timeout_ms) {
    sum.idle_timeout_ms =
        std::min(sum.idle_timeout_ms.value_or(*one.idle_timeout_ms), *one.idle_timeout_ms);
  }
  sum.requests_total += one.requests_total;
  sum.failures_total += one.failures_total;
}

EndpointAnswer intent_of(const model::View& view, const model::Instance& instance) {
  EndpointAnswer out;
  out.instance_id = instance.id;
  out.service_name = instance.service;
  out.address = kit::address_of(instance);
  if (const std::string_view zone = model::text_of(instance.metadata, "zone"); !zone.empty()) {
    out.zone = zone;
  }
  out.weight = instance.weight;
  out.health = state_name(view.worst_check_of(instance));
  out.drained = !instance.enabled;
  out.drain_reason = instance.disabled_reason;
  return out;
}

std::vector<kit::EndpointRef> numbers_of(const model::View& view,
                                         const std::vector<InstanceRow>& rows) {
  std::vector<kit::EndpointRef> asked;
  asked.reserve(rows.size());
  for (const InstanceRow& row : rows) {
    const auto* service = view.find<model::Service>(row->object.service);
    asked.push_back({service != nullptr ? service->number : 0, row->number});
  }
  return asked;
}

io::Task<Result<EndpointsAnswer>> list_endpoints(const kit::Parts* parts, Context* context,
                                                 EndpointsQuestion question) {
  WEFT_CO_TRY(const kit::ViewPtr view, co_await kit::view_for(*parts, *context, question.at));
  if (question.service && view->find<model::Service>(*question.service) == nullptr) {
    co_return context->refuse(Code::kNotFound, "Service not found");
  }
  std::vector<InstanceRow> rows = page_of(*view, question);
  EndpointsAnswer answer;
  if (rows.size() > question.limit) {
    rows.pop_back();
    answer.next = rows.back()->object.id;
  }
  std::vector<kit::LoopView> loops;
  if (!question.at) {
    loops = co_await parts->data_plane.endpoints(numbers_of(*view, rows));
  }
  std::unordered_map<std::uint32_t, std::size_t> place;  // of a row by its number
  for (const InstanceRow& row : rows) {
    place.emplace(row->number, answer.endpoints.size());
    answer.endpoints.push_back(intent_of(*view, row->object));
    if (question.loops) {
      answer.endpoints.back().loops.emplace();
    }
  }
  for (const kit::LoopView& loop : loops) {
    for (const kit::EndpointOnLoop& endpoint : loop.endpoints) {
      EndpointAnswer& out = answer.endpoints[place.at(endpoint.instance)];
      LoopFacts facts = loop_facts(endpoint);
      out.traffic ? add(*out.traffic, facts) : static_cast<void>(out.traffic.emplace(facts));
      if (out.loops) {
        facts.loop = loop.loop;
        out.loops->push_back(std::move(facts));
      }
    }
  }
  answer.count = answer.endpoints.size();
  co_return answer;
}

}  // namespace

void add_endpoints_route(http::Router& router, const http::FaceStyle& style,
                         const kit::Parts& parts) {
  const kit::Parts* p = &parts;
  router.add(style,
             http::endpoint<EndpointsQuestion, EndpointsAnswer>(
                 "GET", "/api/v1/mesh/v2/endpoints",
                 {"Instances as the loops of the gateway see them", "mesh v2", {404, 410, 503}},
                 [p](Context& context, EndpointsQuestion question) {
                   return list_endpoints(p, &context, std::move(question));
                 }));
}

}  // namespace weft::api::mesh
