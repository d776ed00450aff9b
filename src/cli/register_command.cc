#include "cli/register_command.h"

#include "base/address.h"
#include "base/text.h"
#include "cli/options.h"

#include <fmt/format.h>

#include <memory>

namespace weft::cli {
namespace {

struct RegisterOptions {
  ApiOptions api;
  Registration registration;
};

struct DeregisterOptions {
  ApiOptions api;
  std::string id_or_name;
};

// A member of a JSON object that is text, "" when it is not there.
std::string text_at(const json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  const json::value* found = object == nullptr ? nullptr : object->if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

Outcome<void> register_instance(const RegisterOptions& options) {
  auto session = ApiSession::open(options.api.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  const auto answer = (*session)->call(wire::Method::kPost, fmt::format("{}/register", kMeshApi),
                                       register_body(options.registration));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (options.api.json) {
    print_json(*answer);
    return {};
  }
  fmt::print("registered {}; 'weft services {}' shows how it is doing\n",
             text_at(*answer, "service_id"), options.registration.name);
  return {};
}

Outcome<void> deregister_instance(const DeregisterOptions& options) {
  auto session = ApiSession::open(options.api.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  const auto answer = (*session)->call(
      wire::Method::kDelete,
      fmt::format("{}/deregister/{}", kMeshApi, base::percent_encode(options.id_or_name)));
  if (!answer && answer.error().status == 404) {
    return std::unexpected(Failure{
        fmt::format("no instance or service '{0}'; 'weft services' lists the services, 'weft "
                    "services NAME' the ids of one",
                    options.id_or_name)});
  }
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (options.api.json) {
    print_json(*answer);
  } else {
    fmt::print("{}\n", text_at(*answer, "message"));
  }
  return {};
}

std::string check_key_value(const std::string& text) {
  const std::size_t equals = text.find('=');
  return equals == std::string::npos || equals == 0 ? "expected KEY=VALUE" : "";
}

std::vector<Option> identity_options(Registration& out) {
  return {{.name = "--name",
           .about = "The service's name: a-z, 0-9 and -",
           .into = &out.name,
           .shown = "NAME (required)",
           .required = true,
           .kind = ValueKind::kService},
          {.name = "--address",
           .about = "Where it listens: an address or a name",
           .into = &out.address,
           .shown = "HOST (required)",
           .required = true},
          {.name = "--port",
           .about = "Its port",
           .into = &out.port,
           .shown = "PORT (required)",
           .required = true,
           .check = whole_number(1, 65535)},
          {.name = "--id",
           .about = "Its id (default: name, address and port)",
           .into = &out.id,
           .shown = "ID"},
          {.name = "--tag",
           .about = "A tag; may be given more than once",
           .into = &out.tags,
           .shown = "TAG"},
          {.name = "--meta",
           .about = "Something else about it; may be given more than once",
           .into = &out.metadata,
           .shown = "KEY=VALUE",
           .check = check_key_value},
          {.name = "--weight",
           .about = "Its share of the traffic (default 100; 0: none)",
           .into = &out.weight,
           .shown = "N",
           .check = whole_number(0, 65535)}};
}

std::vector<Option> check_options(Registration& out) {
  return {{.name = "--check-http",
           .about = "Check it by GET of this path (default /health)",
           .into = &out.check_http,
           .shown = "PATH"},
          {.name = "--check-tcp",
           .about = "Check it by a TCP connection",
           .into = &out.check_tcp,
           .excludes = {"--check-http"}},
          {.name = "--check-ttl",
           .about = "No probes: it registers again at least this often, as 10s",
           .into = &out.check_ttl,
           .shown = "DURATION",
           .excludes = {"--check-http", "--check-tcp"}},
          {.name = "--interval",
           .about = "Time between two checks (default: the node's)",
           .into = &out.interval,
           .shown = "DURATION",
           .excludes = {"--check-ttl"}},
          {.name = "--deregister-after",
           .about = "Take it out after it failed for so long, or off (default 1m)",
           .into = &out.deregister_after,
           .shown = "DURATION"}};
}

}  // namespace

json::object register_body(const Registration& registration) {
  json::object body{{"service_name", registration.name},
                    {"address", registration.address},
                    {"port", registration.port}};
  if (!registration.id.empty()) {
    body["service_id"] = registration.id;
  }
  if (!registration.tags.empty()) {
    body["tags"] = json::array(registration.tags.begin(), registration.tags.end());
  }
  json::object metadata;
  for (const std::string& pair : registration.metadata) {
    const std::size_t equals = pair.find('=');
    metadata[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  if (!metadata.empty()) {
    body["metadata"] = std::move(metadata);
  }
  if (registration.weight) {
    body["weight"] = *registration.weight;
  }
  json::object check;
  if (registration.check_tcp) {
    check["tcp"] = base::HostPort{registration.address, registration.port}.to_string();
  } else if (!registration.check_ttl.empty()) {
    check["ttl"] = registration.check_ttl;
  } else if (!registration.check_http.empty()) {
    check["path"] = registration.check_http;
  }
  if (!registration.interval.empty()) {
    check["interval"] = registration.interval;
  }
  if (!registration.deregister_after.empty()) {
    check["deregister_after"] = registration.deregister_after;
  }
  if (!check.empty()) {
    body["health_check"] = std::move(check);
  }
  return body;
}

Command register_command() {
  auto options = std::make_shared<RegisterOptions>();
  Command command{.name = "register", .about = "Put an instance of a service into the mesh"};
  add_options(command, identity_options(options->registration));
  add_options(command, check_options(options->registration));
  add_api_options(command, options->api);
  command.run = [options](const Command&) {
    const auto done = register_instance(*options);
    return done ? 0 : fail("register", done.error(), options->api.form());
  };
  return command;
}

Command deregister_command() {
  auto options = std::make_shared<DeregisterOptions>();
  Command command{
      .name = "deregister",
      .about = "Take an instance out by its id, or a service with all of them by its name",
      .options = {{.name = "ID_OR_NAME",
                   .about = "Which",
                   .into = &options->id_or_name,
                   .required = true,
                   .kind = ValueKind::kInstance}}};
  add_api_options(command, options->api);
  command.run = [options](const Command&) {
    const auto done = deregister_instance(*options);
    return done ? 0 : fail("deregister", done.error(), options->api.form());
  };
  return command;
}

}  // namespace weft::cli
