// Objects and commands in few words, for the tests of this room.
#pragma once

#include "model/command.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::state {

inline model::Instance make_instance(std::string id, std::string service, std::uint32_t port = 80) {
  model::Instance instance;
  instance.id = std::move(id);
  instance.service = std::move(service);
  instance.address = "10.0.0.1";
  instance.port = port;
  return instance;
}

inline model::Instance make_checked_instance(std::string id, std::string service) {
  model::Instance instance = make_instance(std::move(id), std::move(service));
  instance.checks.emplace_back();
  return instance;
}

inline model::CheckState make_check_state(std::string instance, std::string service,
                                          model::CheckStatus status) {
  model::CheckState state;
  state.instance = std::move(instance);
  state.service = std::move(service);
  state.check = model::CheckSpec().id;
  state.status = status;
  return state;
}

inline model::Route make_route(std::string id, std::string name) {
  model::Route route;
  route.id = std::move(id);
  route.name = std::move(name);
  route.destinations = {{.service = "web"}};
  return route;
}

inline model::Command put(model::Object object, model::Condition only_if = {}) {
  return {.actor = "tester", .steps = {model::Put{std::move(object), only_if}}};
}

inline model::Command remove(model::Table table, std::string key,
                             model::Condition only_if = model::Condition::present()) {
  return {.actor = "tester", .steps = {model::Delete{table, std::move(key), only_if}}};
}

inline model::Command drain(std::string instance, std::optional<std::string> reason = {}) {
  return {
      .actor = "tester",
      .steps = {model::SetRotation{std::move(instance), model::Rotation::kOut, std::move(reason)}}};
}

inline model::Command undrain(std::string instance) {
  return {.actor = "tester",
          .steps = {model::SetRotation{std::move(instance), model::Rotation::kIn, {}}}};
}

}  // namespace weft::state
