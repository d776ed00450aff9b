#include "cli/register_command.h"

#include "base/address.h"
#include "base/text.h"
#include "cli/command_tree.h"
#include "cli/options.h"

#include <fmt/format.h>

#include <memory>

namespace weft::cli {
namespace {

constexpr const char* kBase = "/api/v1/mesh/v2";

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
  const auto answer = (*session)->call(wire::Method::kPost, fmt::format("{}/register", kBase),
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
      fmt::format("{}/deregister/{}", kBase, base::percent_encode(options.id_or_name)));
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

void add_check_options(CLI::App& command, Registration& out) {
  auto* http = command
                   .add_option("--check-http", out.check_http,
                               "Check it by GET of this path (default /health)")
                   ->option_text("PATH");
  auto* tcp = command.add_flag("--check-tcp", out.check_tcp, "Check it by a TCP connection")
                  ->option_text(" ");
  auto* ttl = command
                  .add_option("--check-ttl", out.check_ttl,
                              "No probes: it registers again at least this often, as 10s")
                  ->option_text("DURATION");
  tcp->excludes(http);
  ttl->excludes(http)->excludes(tcp);
  command.add_option("--interval", out.interval, "Time between two checks (default: the node's)")
      ->option_text("DURATION")
      ->excludes(ttl);
  command
      .add_option("--deregister-after", out.deregister_after,
                  "Take it out after it failed for so long, or off (default 1m)")
      ->option_text("DURATION");
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

void add_register_command(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<RegisterOptions>();
  Registration& out = options->registration;
  CLI::App* command = app.add_subcommand("register", "Put an instance of a service into the mesh");
  command->add_option("--name", out.name, "The service's name: a-z, 0-9 and -")
      ->required()
      ->type_name(kServiceType)
      ->option_text("NAME (required)");
  command->add_option("--address", out.address, "Where it listens: an address or a name")
      ->required()
      ->option_text("HOST (required)");
  command->add_option("--port", out.port, "Its port")
      ->required()
      ->check(whole_number(1, 65535))
      ->option_text("PORT (required)");
  command->add_option("--id", out.id, "Its id (default: name, address and port)")
      ->option_text("ID");
  command->add_option("--tag", out.tags, "A tag; may be given more than once")
      ->allow_extra_args(false)
      ->option_text("TAG");
  command
      ->add_option("--meta", out.metadata, "Something else about it; may be given more than once")
      ->allow_extra_args(false)
      ->check(check_key_value)
      ->option_text("KEY=VALUE");
  command->add_option("--weight", out.weight, "Its share of the traffic (default 100; 0: none)")
      ->check(whole_number(0, 65535))
      ->option_text("N");
  add_check_options(*command, out);
  add_api_options(*command, options->api);
  command->callback([options, &run] {
    run = [options] {
      const auto done = register_instance(*options);
      return done ? 0 : fail("register", done.error(), options->api.form());
    };
  });
}

void add_deregister_command(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<DeregisterOptions>();
  CLI::App* command = app.add_subcommand(
      "deregister", "Take an instance out by its id, or a service with all of them by its name");
  command->add_option("ID_OR_NAME", options->id_or_name, "Which")
      ->required()
      ->type_name(kInstanceType)
      ->option_text(" ");
  add_api_options(*command, options->api);
  command->callback([options, &run] {
    run = [options] {
      const auto done = deregister_instance(*options);
      return done ? 0 : fail("deregister", done.error(), options->api.form());
    };
  });
}

}  // namespace weft::cli
