// Consul's face asked without a socket, on a node called "n1".
#pragma once

#include "api/consul/face.h"
#include "api/consul/style.h"
#include "api/kit/face_for_test.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::api::consul {

class ConsulForTest : public kit::FaceForTest {
 public:
  explicit ConsulForTest(FaceOptions options = {})
      : kit::FaceForTest("n1"), face{parts, std::move(options), nullptr, &pool} {
    router.set_style("/", style);
    add_routes(router, style, face);
    add_gates(dispatcher, face);
    model::Node self;
    self.name = "n1";
    self.id = "11111111-2222-4333-8444-555555555555";
    self.address = "10.0.0.1";
    self.is_weft = true;
    self.listeners = {{"proxy", json::array{"10.0.0.1:10005"}}};
    put(std::move(self));
  }

  void put(model::Object object) {
    loop.run_until_done(apply_step(this, model::Put{std::move(object), {}}));
  }

  // The status and the text of the answer, "200 true".
  std::string say(std::string_view method, std::string_view target, std::string body = {}) {
    const http::Response response = ask(method, target, std::move(body), token_field());
    status = response.status;
    headers = response.headers;
    return std::to_string(response.status) + " " + std::string(response.body_text());
  }
  json::value get(std::string_view target) {
    const http::Response response = ask("GET", target, {}, token_field());
    status = response.status;
    headers = response.headers;
    return base::parse_json(response.body_text()).value_or(json::value());
  }
  std::uint64_t index() const {
    return std::stoull(std::string(headers.find("X-Consul-Index").value_or("0")));
  }

  http::Headers token_field() const {
    http::Headers fields;
    if (!token.empty()) {
      fields.set("X-Consul-Token", token);
    }
    return fields;
  }

  ConsulStyle style;
  Face face;
  std::string token;      // whoever asks
  http::Headers headers;  // of the last answer

 private:
  static io::Task<void> apply_step(ConsulForTest* test, model::Step step) {
    model::Command command;
    command.actor = "tester";
    command.steps.push_back(std::move(step));
    const auto applied = co_await test->state.apply(std::move(command));
    EXPECT_TRUE(applied) << base::describe(applied.error());
  }
};

}  // namespace weft::api::consul
