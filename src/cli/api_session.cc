#include "cli/api_session.h"

#include "base/text.h"
#include "http/status.h"
#include "io/real_clock.h"

#include <fmt/format.h>

#include <utility>

namespace weft::cli {
namespace {

using base::Code;

constexpr std::string_view kScheme = "http://";

std::string reason_of(const base::Error& error) {
  switch (error.code) {
    case Code::kRefused:
      return "connection refused";
    case Code::kUnreachable:
      return "no way to that address";
    case Code::kNoName:
      return "the name does not resolve";
    default:
      return base::describe(error);
  }
}

// "port: expected a whole number" out of one entry of {"detail": [{"loc": [...], "msg": ...}]}.
std::string field_sentence(const json::value& entry) {
  std::string where;
  std::string message = "invalid";
  const auto* object = entry.if_object();
  if (object == nullptr) {
    return message;
  }
  if (const auto* loc = object->if_contains("loc"); loc != nullptr && loc->is_array()) {
    for (const json::value& step : loc->get_array()) {
      if (step.is_string() && step.get_string() != "body") {
        where += (where.empty() ? "" : ".") + std::string(step.get_string());
      }
    }
  }
  if (const auto* msg = object->if_contains("msg"); msg != nullptr && msg->is_string()) {
    message = msg->get_string();
  }
  return where.empty() ? message : where + ": " + message;
}

std::string detail_of(const json::value& body) {
  const auto* object = body.if_object();
  const json::value* detail = object == nullptr ? nullptr : object->if_contains("detail");
  if (detail == nullptr) {
    return "";
  }
  if (detail->is_string()) {
    return std::string(detail->get_string());
  }
  std::string out;
  if (const auto* list = detail->if_array()) {
    for (const json::value& entry : *list) {
      out += (out.empty() ? "" : "; ") + field_sentence(entry);
    }
  }
  return out;
}

io::Task<void> exchange(ApiSession* session, http::ClientRequest request,
                        base::Result<http::ClientResponse>* out) {
  *out = co_await session->send(std::move(request));
}

io::Task<void> stop_resolver(io::Resolver* resolver) { co_await resolver->stop(); }

}  // namespace

Outcome<ApiUrl> parse_api_url(std::string_view text, const UrlWords& words) {
  const auto bad = [&](std::string_view why) {
    return std::unexpected(
        Failure{fmt::format("'{}' is no URL of a node: {}; give {} (or {}) as {}", text, why,
                            words.option, words.environment, words.usual),
                kUsageError});
  };
  std::string_view rest = text;
  if (base::istarts_with(rest, "https://")) {
    return bad("https is not spoken here");
  }
  if (base::istarts_with(rest, kScheme)) {
    rest.remove_prefix(kScheme.size());
  }
  while (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  const std::size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  const auto to = base::parse_host_port(authority, 80);
  if (!to || to->host.empty()) {
    return bad(to ? "the host is missing" : to.error().what);
  }
  ApiUrl url;
  url.text = std::string(kScheme) + std::string(rest);
  url.to = *to;
  url.words = words;
  url.prefix = slash == std::string_view::npos ? "" : std::string(rest.substr(slash));
  if (url.prefix.find_first_of("?# \t\r\n") != std::string::npos) {
    return bad("it has more than a path after the host");
  }
  return url;
}

std::string explain_no_answer(const ApiUrl& url, const base::Error& error, base::Nanos patience) {
  switch (error.code) {
    case Code::kTimeout:
      return fmt::format("{} did not answer within {}; is it a node, and is it overloaded?",
                         url.text, base::format_duration(patience));
    case Code::kNoName:
    case Code::kUnreachable:
      return fmt::format("cannot reach {}: {}; check {} or {}", url.text, reason_of(error),
                         url.words.option, url.words.environment);
    case Code::kRefused:
      return fmt::format(
          "cannot reach {}: {}; is a node running{}? start one with 'weft server' or 'weft demo'",
          url.text, reason_of(error),
          url.words.option == UrlWords{}.option
              ? ""
              : fmt::format(" and does it listen there (see {})", url.words.option));
    default:
      return fmt::format("no answer from {}: {}; is it a node? see {}", url.text, reason_of(error),
                         url.words.option);
  }
}

std::string explain_refusal(const ApiUrl& url, std::uint16_t status, std::string_view body) {
  const auto parsed = base::parse_json(body);
  const std::string detail = parsed ? detail_of(*parsed) : "";
  if (detail.empty()) {
    return fmt::format("{} answered {} {}; is it a node? see {}", url.text, status,
                       http::reason_phrase(status), url.words.option);
  }
  return fmt::format("{} ({} {})", detail, status, http::reason_phrase(status));
}

ApiSession::ApiSession(ApiUrl url, std::unique_ptr<io::Driver> driver)
    : url_(std::move(url)),
      loop_(std::move(driver), "cli", io::entropy_seed()),
      resolver_([this] {
        auto made = io::make_resolver(loop_, {});
        return made ? std::move(*made) : nullptr;
      }()),
      client_(loop_, resolver_.get(), http::Client::Reuse::kKeepAlive) {}

ApiSession::~ApiSession() {
  if (resolver_) {
    loop_.run_until_done(stop_resolver(resolver_.get()));
  }
}

Outcome<std::unique_ptr<ApiSession>> ApiSession::open(std::string_view url, const UrlWords& words) {
  auto parsed = parse_api_url(url, words);
  if (!parsed) {
    return std::unexpected(parsed.error());
  }
  auto driver = io::make_driver(io::DriverKind::kEpoll);
  if (!driver) {
    return std::unexpected(Failure{base::describe(driver.error())});
  }
  return std::make_unique<ApiSession>(std::move(*parsed), std::move(*driver));
}

io::Task<base::Result<http::ClientResponse>> ApiSession::send(http::ClientRequest request) {
  request.to = url_.to;
  request.target.insert(0, url_.prefix);
  return client_.call(std::move(request));
}

base::Result<http::ClientResponse> ApiSession::send_now(http::ClientRequest request) {
  base::Result<http::ClientResponse> response = base::fail(Code::kInternal, "the call did not run");
  loop_.run_until_done(exchange(this, std::move(request), &response));
  return response;
}

Outcome<json::value> ApiSession::call(wire::Method method, const std::string& target,
                                      const json::value& body) {
  http::ClientRequest request;
  request.method = method;
  request.target = target;
  request.deadline = loop_.driver().now() + kPatience;
  request.fields.add("Accept", "application/json");
  if (!body.is_null()) {
    request.fields.add("Content-Type", "application/json");
    request.body = base::write_json(body);
  }
  const auto response = send_now(std::move(request));
  if (!response) {
    return std::unexpected(Failure{explain_no_answer(url_, response.error())});
  }
  if (response->status / 100 != 2) {
    return std::unexpected(
        Failure{explain_refusal(url_, response->status, response->body), 1, response->status});
  }
  auto parsed = base::parse_json(response->body);
  if (!parsed) {
    return std::unexpected(Failure{fmt::format("{} did not answer in JSON; is it a node? see {}",
                                               url_.text, url_.words.option)});
  }
  return std::move(*parsed);
}

}  // namespace weft::cli
