#include "cli/catalog_command.h"

#include "base/text.h"
#include "cli/catalog_file.h"
#include "cli/consul_session.h"
#include "cli/json_file.h"
#include "cli/json_member.h"
#include "cli/load_report.h"
#include "cli/options.h"
#include "cli/word_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace weft::cli {
namespace {

constexpr std::size_t kLabelBytesMax = 128;

struct CatalogOptions {
  ConsulOptions consul;
  std::string file;
  std::string label;  // --name; empty: the file's
  bool prune = false;
  bool dry_run = false;
};

Outcome<CatalogFile> read_catalog(const std::string& file) {
  const auto parsed = read_json_file(file);
  if (!parsed) {
    return std::unexpected(
        Failure{parsed.error().line + "; a catalogue is JSON as config/consul/services.json"});
  }
  auto catalog = parse_catalog(*parsed);
  if (!catalog) {
    return std::unexpected(Failure{fmt::format("{}: {}", file, catalog.error())});
  }
  return std::move(*catalog);
}

// Says who loaded it, for the next --prune.
std::string marked_body(const CatalogService& service, const std::string& label) {
  json::object body = service.body;
  json::value& meta = body["Meta"];
  if (!meta.is_object()) {
    meta = json::object();
  }
  meta.get_object()[kCatalogMeta] = label;
  return base::write_json(body);
}

// Errors: nobody answered, so the rest is not tried.
Outcome<void> load_service(ConsulSession& session, const CatalogService& service,
                           LoadReport& report) {
  const auto answer =
      session.ask_now({.method = wire::Method::kPut,
                       .target = "/v1/agent/service/register?replace-existing-checks=true",
                       .body = marked_body(service, report.label)});
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (answer->status == 200) {
    report.add({service.id, "loaded"});
  } else {
    report.add({service.id, "failed", {session.refusal(*answer).line}});
  }
  return {};
}

// The services of the last load of this name that the file does not have any more.
std::vector<std::string> leftovers(const CatalogFile& file, const json::value& registered,
                                   const std::string& label) {
  std::set<std::string> wanted;
  for (const CatalogService& service : file.services) {
    wanted.insert(service.id);
  }
  std::vector<std::string> out;
  if (const auto* all = registered.if_object()) {
    for (const auto& entry : *all) {
      const std::string id(entry.key());
      const json::value* meta = member(entry.value(), "Meta");
      if (meta != nullptr && text_member(*meta, kCatalogMeta) == label && !wanted.contains(id)) {
        out.push_back(id);
      }
    }
  }
  std::ranges::sort(out);
  return out;
}

Outcome<void> remove_service(ConsulSession& session, const std::string& id, LoadReport& report) {
  const auto answer =
      session.ask_now({.method = wire::Method::kPut,
                       .target = "/v1/agent/service/deregister/" + base::percent_encode(id)});
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (answer->status == 200 || answer->status == 404) {
    report.add({id, "removed"});
  } else {
    report.add({id, "not removed", {session.refusal(*answer).line}});
  }
  return {};
}

Outcome<void> prune(ConsulSession& session, const CatalogFile& file, const CatalogOptions& options,
                    LoadReport& report) {
  for (std::size_t i = 0; i < file.services.size(); ++i) {
    if (file.services[i].id.empty()) {
      report.warnings.push_back(fmt::format(
          "nothing is removed: services[{}] has no name, so what is missing is not known", i));
      return {};
    }
  }
  const auto registered = session.fetch("/v1/agent/services");
  if (!registered) {
    return std::unexpected(registered.error());
  }
  for (const std::string& id : leftovers(file, *registered, report.label)) {
    if (options.dry_run) {
      report.add({id, "would remove"});
      continue;
    }
    const auto removed = remove_service(session, id, report);
    if (!removed) {
      return removed;
    }
  }
  return {};
}

Outcome<void> load_services(ConsulSession& session, const CatalogFile& file,
                            const CatalogOptions& options, LoadReport& report) {
  json::value registered;
  if (options.dry_run) {
    auto fetched = session.fetch("/v1/agent/services");
    if (!fetched) {
      return std::unexpected(fetched.error());
    }
    registered = std::move(*fetched);
  }
  for (const CatalogService& service : file.services) {
    if (!service.problems.empty()) {
      report.add({service.id.empty() ? "(no name)" : service.id, "failed", service.problems});
    } else if (options.dry_run) {
      report.add(
          {service.id, member(registered, service.id) != nullptr ? "would update" : "would add"});
    } else {
      const auto loaded = load_service(session, service, report);
      if (!loaded) {
        return loaded;
      }
    }
  }
  return options.prune ? prune(session, file, options, report) : Outcome<void>();
}

Outcome<void> load_catalog(const CatalogOptions& options) {
  auto file = read_catalog(options.file);
  if (!file) {
    return std::unexpected(file.error());
  }
  auto session = ConsulSession::open(options.consul);
  if (!session) {
    return std::unexpected(session.error());
  }
  LoadReport report;
  report.label = options.label.empty() ? catalog_label(options.file) : options.label;
  report.warnings = file->warnings;
  const auto loaded = load_services(**session, *file, options, report);
  if (options.consul.json) {
    print_json(encode_load_report(report));
  } else if (loaded || !report.services.empty()) {
    fmt::print("{}", load_report_text(report));
  }
  if (!loaded) {
    return loaded;
  }
  if (report.failed > 0) {
    return std::unexpected(Failure{fmt::format(
        "{} of {} failed; the others are in force, and loading the file again is harmless",
        report.failed, report.services.size())});
  }
  return {};
}

Outcome<void> validate_catalog(const CatalogOptions& options) {
  const auto file = read_catalog(options.file);
  if (!file) {
    return std::unexpected(file.error());
  }
  json::array problems;
  for (const CatalogService& service : file->services) {
    problems.insert(problems.end(), service.problems.begin(), service.problems.end());
  }
  if (options.consul.json) {
    print_json(
        json::object{{"services", file->services.size()},
                     {"problems", problems},
                     {"warnings", json::array(file->warnings.begin(), file->warnings.end())}});
  } else {
    for (const std::string& warning : file->warnings) {
      fmt::print("warning: {}\n", warning);
    }
    for (const json::value& problem : problems) {
      fmt::print("{}\n", std::string_view(problem.get_string()));
    }
  }
  if (!problems.empty()) {
    return std::unexpected(
        Failure{fmt::format("{}: {} problem{} in {} services", options.file, problems.size(),
                            problems.size() == 1 ? "" : "s", file->services.size())});
  }
  if (!options.consul.json) {
    fmt::print("{}: {} services, as they should be\n", options.file, file->services.size());
  }
  return {};
}

Outcome<void> export_catalog(const CatalogOptions& options) {
  auto session = ConsulSession::open(options.consul);
  if (!session) {
    return std::unexpected(session.error());
  }
  const auto self = (*session)->fetch("/v1/agent/self");
  if (!self) {
    return std::unexpected(self.error());
  }
  const json::value* config = member(*self, "Config");
  const std::string node = config != nullptr ? text_member(*config, "NodeName") : "";
  const auto services = (*session)->fetch("/v1/agent/services");
  if (!services) {
    return std::unexpected(services.error());
  }
  const auto checks =
      (*session)->fetch(fmt::format("/v1/health/node/{}?definition", base::percent_encode(node)));
  if (!checks) {
    return std::unexpected(checks.error());
  }
  return write_output(options.file, base::write_json(encode_catalog_file(*services, *checks),
                                                     base::JsonLayout::kIndented) +
                                        "\n");
}

std::string check_label(const std::string& text) {
  return !text.empty() && text.size() <= kLabelBytesMax ? "" : "expected 1 to 128 characters";
}

Command made_catalog(Command command, const std::shared_ptr<CatalogOptions>& options,
                     Outcome<void> (*action)(const CatalogOptions&)) {
  command.run = [options, action, name = "catalog " + command.name](const Command&) {
    const auto done = action(*options);
    return done ? 0 : fail(name, done.error(), options->consul.form());
  };
  return command;
}

Option file_argument(CatalogOptions& out) {
  return {.name = "FILE",
          .about = "Which; -: what comes in",
          .into = &out.file,
          .required = true,
          .kind = ValueKind::kFile};
}

Command load_command() {
  auto options = std::make_shared<CatalogOptions>();
  Command command{
      .name = "load",
      .about = "Register the services of a file; again: update them",
      .options = {file_argument(*options),
                  {.name = "--prune",
                   .about = "Remove what the last load of this name had and the file has not",
                   .into = &options->prune},
                  {.name = "--dry-run",
                   .about = "Only say what would be done",
                   .into = &options->dry_run},
                  {.name = "--name",
                   .about = "What the load is called (default: the file's name)",
                   .into = &options->label,
                   .shown = "NAME",
                   .check = check_label}},
      .footer =
          "Examples:\n  weft catalog load config/consul/services.json --dry-run\n"
          "  weft catalog load services.json --prune\n"
          "A service with a mistake keeps no other out; the exit code is 1 then.\n"
          "The file: docs/catalogue.md. Instances carry the load's name as metadata "
          "weft-catalog."};
  add_consul_options(command, options->consul);
  return made_catalog(std::move(command), options, load_catalog);
}

Command export_command_of_catalog() {
  auto options = std::make_shared<CatalogOptions>();
  options->file = "-";
  Command command{.name = "export",
                  .about = "Write the services of the node as a file that load reads",
                  .options = {{.name = "--output",
                               .short_name = "-o",
                               .about = "Where to (default: the standard output)",
                               .into = &options->file,
                               .shown = "FILE",
                               .kind = ValueKind::kFile}},
                  .footer =
                      "Examples:\n  weft catalog export -o services.json\n"
                      "Headers and bodies of HTTP checks are left out: they may be secrets."};
  add_consul_options(command, options->consul);
  return made_catalog(std::move(command), options, export_catalog);
}

Command validate_command() {
  auto options = std::make_shared<CatalogOptions>();
  Command command{.name = "validate",
                  .about = "Name what is wrong with a file; asks no node",
                  .options = {file_argument(*options)},
                  .footer = "Examples:\n  weft catalog validate services.json"};
  add_json_flag(command, options->consul.json);
  return made_catalog(std::move(command), options, validate_catalog);
}

}  // namespace

std::string catalog_label(const std::string& file) {
  const std::size_t slash = file.find_last_of('/');
  const std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  return (name == "-" ? std::string("stdin") : name).substr(0, kLabelBytesMax);
}

Command catalog_command() {
  return {
      .name = "catalog",
      .about = "Services from a file, and back into one",
      .commands = {load_command(), export_command_of_catalog(), validate_command()},
      .footer =
          "Examples:\n  weft catalog validate services.json\n  weft catalog load services.json"};
}

}  // namespace weft::cli
