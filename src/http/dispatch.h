// From a request to its answer without a socket: family, route, gates, handler, finishing touches.
#pragma once

#include "http/context.h"
#include "http/response.h"
#include "http/router.h"

#include <functional>
#include <optional>
#include <vector>

namespace weft::http {

// Decides before the handler whether a request may go on: Host and Origin, authentication, rates.
// Returns: the refusal, nullopt to go on. It may fill in context.actor and context.headers.
using Gate = std::function<std::optional<Response>(Context&)>;

// Thread: any once it is filled (immutable then). Lifetime: borrows the router.
class Dispatcher final {
 public:
  explicit Dispatcher(const Router& router) : router_(router) {}

  // Gates run in the order in which they were added, for paths without a route too.
  void add_gate(Gate gate) { gates_.push_back(std::move(gate)); }

  // Lifetime: `context` lives until the answer is sent.
  io::Task<Response> answer(Context& context) const;
  // The same in parts, for who would save a task: begin() gives the refusal or nullopt; without one
  // the handler of context.route makes the answer; finish() adds what every answer has.
  std::optional<Response> begin(Context& context) const { return refuse_before_handler(context); }
  static void finish(const Context& context, Response& response);

  // The answer to a message that could not even be read; `path` may be empty.
  Response answer_transport(const base::Error& error, std::string_view path) const;

 private:
  std::optional<Response> refuse_before_handler(Context& context) const;

  const Router& router_;
  std::vector<Gate> gates_;
};

}  // namespace weft::http
