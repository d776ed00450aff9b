// A Consul in a simulated network: a catalogue in memory, blocking queries, and what can go wrong.
#pragma once

#include "base/text.h"
#include "http/query.h"
#include "http/server.h"
#include "io/event.h"
#include "io/sim_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <ranges>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::sync {

// Thread: its loop. Lifetime: stop() has been awaited before it goes.
class ConsulForTest final {
 public:
  static constexpr std::uint16_t kPort = 8500;

  struct Node {
    json::object facts;  // as answers show it
    std::map<std::string, json::object> services;
    std::map<std::string, json::object> checks;  // of the node and of its services
  };

  explicit ConsulForTest(io::Loop& loop) : changed_(loop), loop_(loop) {
    for (const char* path :
         {"/v1/catalog/services", "/v1/health/state/any", "/v1/health/service/{name}",
          "/v1/catalog/node/{name}", "/v1/health/node/{name}"}) {
      add("GET", path);
    }
    add("PUT", "/v1/catalog/register");
    add("PUT", "/v1/catalog/deregister");
    const auto bound = server_.listen({base::IpAddress::loopback(), kPort, {}});
    EXPECT_TRUE(bound);
  }
  static io::Task<void> stop(ConsulForTest* consul) {
    consul->set_down(true);
    co_await consul->server_.stop(consul->loop_.now());
  }

  // Every question is answered with 500 while it is.
  void set_down(bool is_down) {
    is_down_ = is_down;
    changed_.notify_all();
  }
  // Only this path is answered with 500.
  std::string failing_path;
  // Registrations of this service are answered with so much.
  std::string refused_service;
  int refused_status = 403;
  std::string token;  // that is needed
  // By node. Who changes it by hand says so by touch().
  std::map<std::string, Node> nodes;
  void touch() {
    ++index;
    touch_checks();
  }
  // As far as only checks are concerned: lists of services do not wake up.
  void touch_checks() {
    ++checks_index;
    changed_.notify_all();
  }
  std::uint64_t index = 100;
  std::uint64_t checks_index = 100;
  std::vector<std::string> asked;  // "PUT /v1/catalog/register", without queries

  std::size_t count(std::string_view start) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        asked, [&](const std::string& one) { return one.starts_with(start); }));
  }

  // In few words.
  json::object& put_service(const std::string& node, const std::string& id,
                            const std::string& service, std::int64_t port) {
    Node& at = nodes[node];
    at.facts = {{"ID", ""},
                {"Node", node},
                {"Address", "10.9.0.1"},
                {"Datacenter", "dc7"},
                {"Meta", at.facts.contains("Meta") ? at.facts["Meta"] : json::value(nullptr)},
                {"TaggedAddresses", nullptr}};
    touch();
    return at.services[id] = {{"ID", id},          {"Service", service}, {"Port", port},
                              {"Address", ""},     {"Tags", nullptr},    {"Meta", nullptr},
                              {"Weights", nullptr}};
  }
  // `id` empty: of the node.
  void put_check(const std::string& node, const std::string& id, const std::string& status,
                 const std::string& output = {}) {
    const std::string check = id.empty() ? "serfHealth" : "check:" + id;
    nodes[node].checks[check] = {{"Node", node},
                                 {"CheckID", check},
                                 {"Name", check},
                                 {"Status", status},
                                 {"Output", output},
                                 {"ServiceID", id},
                                 {"ServiceName", service_of(node, id)}};
    touch_checks();
  }
  void drop_service(const std::string& node, const std::string& id) {
    nodes[node].services.erase(id);
    std::erase_if(nodes[node].checks, [&](const auto& check) {
      return check.second.at("ServiceID") == json::value(id);
    });
    touch();
  }

 private:
  void add(std::string_view method, std::string path) {
    router_.add(style_,
                http::raw_route(method, std::move(path), {"A part of Consul", "consul"},
                                [this](http::Context& context) { return answer(this, &context); }));
  }

  json::value service_of(const std::string& node, const std::string& id) {
    const auto& services = nodes[node].services;
    const auto found = services.find(id);
    return found == services.end() ? json::value("") : found->second.at("Service");
  }

  static io::Task<http::Response> answer(ConsulForTest* consul, http::Context* context) {
    const http::Request& request = context->request;
    consul->asked.push_back(request.method_text + " " + request.path);
    if (request.headers.value("X-Consul-Token") != consul->token) {
      co_return http::text_response("Permission denied", 403);
    }
    const auto query = http::Query::parse(request.query);
    EXPECT_TRUE(query);
    const auto asked_index = base::parse_u64(query->value("index").value_or("0")).value_or(0);
    const auto wait = base::parse_duration(query->value("wait").value_or("0s"));
    const base::MonoTime end = context->loop.now() + wait.value_or(base::Nanos(0));
    const std::uint64_t& index =
        request.path == "/v1/health/state/any" ? consul->checks_index : consul->index;
    while (!consul->is_down_ && index <= asked_index && context->loop.now() < end) {
      const auto woken = co_await consul->changed_.wait(end);
      if (!woken && woken.error().code == base::Code::kCancelled) {
        break;
      }
    }
    if (consul->is_down_ || request.path == consul->failing_path) {
      co_return http::text_response("No cluster leader", 500);
    }
    http::Response response = consul->answer_now(*context);
    response.headers.set("X-Consul-Index", std::to_string(index));
    co_return response;
  }

  http::Response answer_now(const http::Context& context) {
    const std::string& path = context.request.path;
    const auto name = context.parameters.find("name");
    if (path == "/v1/catalog/services") {
      return http::json_response(names());
    }
    if (path == "/v1/health/state/any") {
      return http::json_response(checks_of_all());
    }
    if (path.starts_with("/v1/health/service/")) {
      return http::json_response(entries(name->second));
    }
    if (path.starts_with("/v1/catalog/node/")) {
      return http::json_response(services_on(name->second));
    }
    if (path.starts_with("/v1/health/node/")) {
      return http::json_response(checks_on(name->second));
    }
    const auto body = base::parse_json(context.request.body);
    EXPECT_TRUE(body);
    return path.ends_with("/register") ? take(body->as_object()) : drop(body->as_object());
  }

  json::object names() const {
    json::object out{{"consul", json::array()}};
    for (const auto& [node, at] : nodes) {
      for (const auto& [id, service] : at.services) {
        out[service.at("Service").as_string()] = json::array();
      }
    }
    return out;
  }
  json::array checks_on(const std::string& node) const {
    json::array out;
    const auto at = nodes.find(node);
    if (at != nodes.end()) {
      for (const auto& [id, check] : at->second.checks) {
        out.push_back(check);
      }
    }
    return out;
  }
  json::array checks_of_all() const {
    json::array out;
    for (const auto& [node, at] : nodes) {
      for (json::value& check : checks_on(node)) {
        out.push_back(std::move(check));
      }
    }
    return out;
  }
  // The checks of the node, and those of one of its services.
  json::array checks_for(const std::string& node, const std::string& id) const {
    json::array out;
    for (const json::value& check : checks_on(node)) {
      const json::value& of = check.at("ServiceID");
      if (of == json::value("") || of == json::value(id)) {
        out.push_back(check);
      }
    }
    return out;
  }
  json::array entries(const std::string& name) const {
    json::array out;
    for (const auto& [node, at] : nodes) {
      for (const auto& [id, service] : at.services) {
        if (service.at("Service") == json::value(name)) {
          out.push_back(
              {{"Node", at.facts}, {"Service", service}, {"Checks", checks_for(node, id)}});
        }
      }
    }
    return out;
  }
  json::value services_on(const std::string& node) const {
    const auto at = nodes.find(node);
    if (at == nodes.end()) {
      return nullptr;
    }
    json::object services;
    for (const auto& [id, service] : at->second.services) {
      services.emplace(id, service);
    }
    return json::object{{"Node", at->second.facts}, {"Services", std::move(services)}};
  }

  http::Response take(const json::object& body) {
    const std::string node(body.at("Node").as_string());
    const json::object& service = body.at("Service").as_object();
    if (service.at("Service") == json::value(refused_service)) {
      return http::text_response("no", refused_status);
    }
    Node& at = nodes[node];
    at.facts = {{"Node", node},
                {"ID", body.at("ID")},
                {"Address", body.at("Address")},
                {"Datacenter", "dc7"},
                {"Meta", body.at("NodeMeta")}};
    at.services[std::string(service.at("ID").as_string())] = service;
    const json::object& check = body.at("Check").as_object();
    at.checks[std::string(check.at("CheckID").as_string())] = check;
    touch();
    return http::json_response(true);
  }
  http::Response drop(const json::object& body) {
    const std::string node(body.at("Node").as_string());
    if (const json::value* id = body.if_contains("ServiceID")) {
      drop_service(node, std::string(id->as_string()));
    } else if (const json::value* check = body.if_contains("CheckID")) {
      nodes[node].checks.erase(std::string(check->as_string()));
    } else {
      nodes.erase(node);
    }
    touch();
    return http::json_response(true);
  }

  io::Event changed_;
  io::Loop& loop_;
  bool is_down_ = false;
  std::ostringstream lines_;
  base::Log log_{{.queue_lines = 0}, lines_};
  base::MeterRegistry meters_;
  http::DetailStyle style_;
  http::Router router_{style_};
  http::Dispatcher dispatcher_{router_};
  http::Server server_{{loop_, dispatcher_, log_, meters_}, {}};
};

}  // namespace weft::sync
