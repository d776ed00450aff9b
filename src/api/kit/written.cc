#include "api/kit/written.h"

#include <string>
#include <utility>

namespace weft::api::kit {
namespace {

std::string actor_of(const http::Context& context) {
  return context.actor.name == "anonymous" ? context.request.peer.ip.to_string()
                                           : context.actor.name;
}

base::FieldErrors broken_rules(const std::vector<model::Step>& steps) {
  base::FieldErrors errors;
  for (const model::Step& step : steps) {
    if (const auto* put = std::get_if<model::Put>(&step)) {
      for (base::FieldError& error : model::validate(put->object)) {
        errors.push_back(std::move(error));
      }
    }
  }
  return errors;
}

}  // namespace

io::Task<base::Result<state::Applied>> write(const Parts& parts, http::Context& context,
                                             std::vector<model::Step> steps) {
  base::FieldErrors errors = broken_rules(steps);
  if (!errors.empty()) {
    co_return context.refuse(std::move(errors));
  }
  model::Command command;
  command.actor = actor_of(context);
  command.steps = std::move(steps);
  auto applied = co_await parts.state.apply(std::move(command));
  if (applied) {
    co_await parts.data_plane.adopted(applied->index);
    context.headers.set("X-Weft-Index", std::to_string(applied->index));
  }
  co_return applied;
}

}  // namespace weft::api::kit
