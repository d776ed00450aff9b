#include "node/demo_api.h"

#include <fmt/format.h>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kPatience = 3s;

}  // namespace

io::Task<Told<json::value>> DemoApi::fetch(std::string target, std::string host) {
  http::ClientRequest request;
  request.target = std::move(target);
  request.host = std::move(host);
  return call(std::move(request));
}

io::Task<Told<json::value>> DemoApi::post(std::string target, json::value body) {
  http::ClientRequest request;
  request.method = wire::Method::kPost;
  request.target = std::move(target);
  request.fields.add("Content-Type", "application/json");
  request.body = base::write_json(body);
  return call(std::move(request));
}

io::Task<Told<json::value>> DemoApi::call(http::ClientRequest request) {
  request.to = to_;
  request.deadline = loop_.now() + kPatience;
  const std::string what = fmt::format("{} http://{}{}", wire::method_name(request.method),
                                       to_.to_string(), request.target);
  const auto response = co_await client_.call(std::move(request));
  if (!response) {
    co_return tell(fmt::format("{}: {}", what, base::describe(response.error())));
  }
  if (response->status / 100 != 2) {
    co_return tell(fmt::format("{}: {} {}", what, response->status, response->body.substr(0, 200)));
  }
  auto parsed = base::parse_json(response->body);
  if (!parsed) {
    co_return tell(fmt::format("{}: the answer is not JSON", what));
  }
  co_return std::move(*parsed);
}

const json::value& at(const json::value& value, std::initializer_list<std::string_view> path) {
  static const json::value kNothing;
  const json::value* here = &value;
  for (const std::string_view name : path) {
    const auto* object = here->if_object();
    here = object == nullptr ? nullptr : object->if_contains(name);
    if (here == nullptr) {
      return kNothing;
    }
  }
  return *here;
}

double number_at(const json::value& value, std::initializer_list<std::string_view> path) {
  const json::value& found = at(value, path);
  return found.is_number() ? found.to_number<double>() : 0;
}

std::string_view text_at(const json::value& value, std::initializer_list<std::string_view> path) {
  const json::value& found = at(value, path);
  return found.is_string() ? std::string_view(found.get_string()) : std::string_view();
}

}  // namespace weft::node
