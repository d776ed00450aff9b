// A dispatcher with a loop, asked without a socket.
#pragma once

#include "base/meters.h"
#include "http/dispatch.h"
#include "io/driver.h"
#include "io/loop.h"

#include <string>
#include <string_view>
#include <utility>

namespace weft::http {

inline io::Task<void> ask_into(const Dispatcher* dispatcher, Context* context, Response* out) {
  *out = co_await dispatcher->answer(*context);
}

class DispatchForTest {
 private:
  // Before the router in time: members are made in this order.
  static inline const DetailStyle kStyle{};

 public:
  base::MeterRegistry meters;  // outlives the routes, which count in it
  io::Loop loop{std::move(*io::make_driver(io::DriverKind::kEpoll)), "test", 1};
  Router router{kStyle};
  Dispatcher dispatcher{router};

  // `target` is a path with its query.
  Response ask(std::string_view method, std::string_view target, std::string body = {},
               Headers headers = {}) {
    Request request;
    request.method = wire::parse_method(method);
    request.method_text = method;
    request.path = target.substr(0, target.find('?'));
    request.query =
        target.find('?') == std::string_view::npos ? "" : target.substr(target.find('?') + 1);
    request.authority = "localhost:8000";
    request.headers = std::move(headers);
    request.body = std::move(body);
    return ask(std::move(request));
  }

  Response ask(Request request) {
    Context context(loop, std::move(request));
    Response response;
    loop.run_until_done(ask_into(&dispatcher, &context, &response));
    return response;
  }
};

}  // namespace weft::http
