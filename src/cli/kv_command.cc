#include "cli/kv_command.h"

#include "cli/kv_actions.h"
#include "cli/kv_lock.h"
#include "cli/options.h"
#include "cli/watch_command.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

namespace weft::cli {
namespace {

constexpr std::uint64_t kAnyNumber = std::numeric_limits<std::uint64_t>::max();

Option key_argument(KvOptions& out, const char* name, const char* about) {
  return {.name = name, .about = about, .into = &out.key, .kind = ValueKind::kKey};
}

Option required_key(KvOptions& out, const char* about) {
  Option option = key_argument(out, "KEY", about);
  option.required = true;
  return option;
}

Option value_argument(KvOptions& out) {
  return {.name = "VALUE",
          .about = "Text; @FILE: what is in a file; -: what comes in; left out: nothing",
          .into = &out.value};
}

Option flags_option(KvOptions& out) {
  return {.name = "--flags",
          .about = "A number of yours that is kept beside the value",
          .into = &out.flags,
          .shown = "N",
          .check = whole_number(0, kAnyNumber)};
}

Option cas_option(KvOptions& out, const char* about, std::uint64_t least) {
  return {.name = "--cas",
          .about = about,
          .into = &out.cas,
          .shown = "INDEX",
          .check = whole_number(least, kAnyNumber)};
}

Command made(Command command, const std::shared_ptr<KvOptions>& options, KvAction action) {
  add_consul_options(command, options->consul);
  command.run = [options, action, name = "kv " + command.name](const Command&) {
    auto session = ConsulSession::open(options->consul);
    const Outcome<void> done =
        session ? action(**session, *options) : Outcome<void>(std::unexpected(session.error()));
    return done ? 0 : fail(name, done.error(), options->consul.form());
  };
  return command;
}

Command show_command() {
  auto options = std::make_shared<KvOptions>();
  Command command{.name = "get",
                  .about = "Print the value of a key, as it is",
                  .footer =
                      "Examples:\n  weft kv get app/url\n"
                      "  weft kv get app/ --recurse        all keys that begin with app/\n"
                      "  weft kv get app/url --json        with its flags, indexes, lock"};
  command.options = {key_argument(*options, "KEY", "Which; with --recurse: how they begin"),
                     {.name = "--recurse",
                      .about = "Every key that begins with KEY, and its value",
                      .into = &options->recurse}};
  return made(std::move(command), options, show_keys);
}

Command put_command() {
  auto options = std::make_shared<KvOptions>();
  Command command{.name = "put",
                  .about = "Store a value",
                  .footer =
                      "Examples:\n  weft kv put app/url http://10.0.0.1\n"
                      "  weft kv put app/ca @ca.pem           what is in a file\n"
                      "  date | weft kv put app/now -         what comes in\n"
                      "  weft kv put app/url x --cas 0        only if there is none yet"};
  command.options = {
      required_key(*options, "Which"), value_argument(*options), flags_option(*options),
      cas_option(*options, "Only if this is its modify index; 0: only if there is none", 0)};
  return made(std::move(command), options, put_key);
}

Command cas_command() {
  auto options = std::make_shared<KvOptions>();
  Command command{.name = "cas",
                  .about = "Store a value if nobody changed it since; else the exit code is 1",
                  .footer =
                      "Examples:\n  weft kv cas app/url 41 http://10.0.0.2\n"
                      "The index is the modify_index of 'weft kv get KEY --json'; 0 means "
                      "that there is none yet."};
  command.options = {required_key(*options, "Which"),
                     {.name = "INDEX",
                      .about = "Its modify index; 0: there is none yet",
                      .into = &options->cas,
                      .required = true,
                      .check = whole_number(0, kAnyNumber)},
                     value_argument(*options),
                     flags_option(*options)};
  return made(std::move(command), options, put_key);
}

Command delete_command() {
  auto options = std::make_shared<KvOptions>();
  Command command{.name = "delete",
                  .about = "Delete a key; it is no error when there is none",
                  .footer =
                      "Examples:\n  weft kv delete app/url\n"
                      "  weft kv delete app/ --recurse     all keys that begin with app/"};
  command.options = {required_key(*options, "Which; with --recurse: how they begin"),
                     {.name = "--recurse",
                      .about = "Every key that begins with KEY",
                      .into = &options->recurse,
                      .excludes = {"--cas"}},
                     cas_option(*options, "Only if this is its modify index", 1)};
  return made(std::move(command), options, delete_keys);
}

Command list_command() {
  auto options = std::make_shared<KvOptions>();
  Command command{.name = "list",
                  .about = "List the keys, one per line",
                  .footer =
                      "Examples:\n  weft kv list\n"
                      "  weft kv list app/ --separator /    as a folder: app/a, app/sub/"};
  command.options = {key_argument(*options, "PREFIX", "Those that begin so"),
                     {.name = "--separator",
                      .about = "Cut them after it, so that each folder is one line",
                      .into = &options->separator,
                      .shown = "TEXT"}};
  return made(std::move(command), options, list_keys);
}

Command export_command() {
  auto options = std::make_shared<KvOptions>();
  Command command{.name = "export",
                  .about = "Print keys and values as JSON, as 'consul kv export' does",
                  .footer =
                      "Examples:\n  weft kv export app/ > app.json\n"
                      "  weft kv export > all.json"};
  command.options = {key_argument(*options, "PREFIX", "Those that begin so (default: all)")};
  return made(std::move(command), options, export_keys);
}

Command import_command() {
  auto options = std::make_shared<KvOptions>();
  Command command{.name = "import",
                  .about = "Store what 'weft kv export' or 'consul kv export' has written",
                  .footer =
                      "Examples:\n  weft kv import app.json\n"
                      "  consul kv export | weft kv import -     take over from a Consul"};
  command.options = {{.name = "FILE",
                      .about = "Which; -: what comes in",
                      .into = &options->value,
                      .required = true,
                      .kind = ValueKind::kFile}};
  return made(std::move(command), options, import_keys);
}

}  // namespace

Command kv_command() {
  return {.name = "kv",
          .about = "Keys and values: read, store, follow, lock",
          .commands = {show_command(), put_command(), delete_command(), list_command(),
                       export_command(), import_command(), cas_command(), lock_command(),
                       unlock_command(), kv_watch_command()},
          .footer =
              "Examples:\n  weft kv put app/url http://10.0.0.1\n  weft kv get app/url\n"
              "Whatever Consul's clients store is here too: docs/catalogue.md."};
}

}  // namespace weft::cli
