// `weft kv unlock`, see kv_lock.h.
#include "base/text.h"
#include "cli/consul_session.h"
#include "cli/kv_entry.h"
#include "cli/kv_lock.h"

#include <fmt/format.h>

#include <memory>

namespace weft::cli {
namespace {

constexpr int kUnlockTriesMax = 10;  // while its holder writes

struct UnlockOptions {
  ConsulOptions consul;
  std::string key;
  std::string session;
};

Failure not_locked(const std::string& key) {
  return {fmt::format("nobody holds '{}'; 'weft kv get {} --json' shows it", key, key), 1, 404};
}

Outcome<KvEntry> fetch_lock(ConsulSession& session, const std::string& key) {
  const auto answer = session.ask_now({.target = kv_target(key)});
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (answer->status == 404) {
    return std::unexpected(
        Failure{fmt::format("no key '{}'; 'weft kv list' shows which there are", key), 1, 404});
  }
  if (answer->status != 200) {
    return std::unexpected(session.refusal(*answer));
  }
  const auto parsed = session.parse(*answer);
  if (!parsed) {
    return std::unexpected(parsed.error());
  }
  const auto entries = parse_kv_answer(*parsed);
  if (!entries || entries->empty()) {
    return std::unexpected(Failure{"the node answered something else than a key"});
  }
  return entries->front();
}

// The value stays as it is: a value that was written meanwhile ends the try.
// Returns: whether it is released; false: it has changed meanwhile.
Outcome<bool> release_lock(ConsulSession& session, const KvEntry& entry) {
  const json::object unchanged{
      {"KV", {{"Verb", "check-index"}, {"Key", entry.key}, {"Index", entry.modify_index}}}};
  const json::object unlock{{"KV",
                             {{"Verb", "unlock"},
                              {"Key", entry.key},
                              {"Value", base::to_base64(entry.value)},
                              {"Flags", entry.flags},
                              {"Session", entry.session}}}};
  const auto answer = session.ask_now({.method = wire::Method::kPut,
                                       .target = "/v1/txn",
                                       .body = base::write_json(json::array{unchanged, unlock})});
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (answer->status != 200 && answer->status != 409) {
    return std::unexpected(session.refusal(*answer));
  }
  return answer->status == 200;
}

// Returns: the session that held it.
Outcome<std::string> unlock_key(const UnlockOptions& options) {
  auto session = ConsulSession::open(options.consul);
  if (!session) {
    return std::unexpected(session.error());
  }
  for (int i = 0; i < kUnlockTriesMax; ++i) {
    const auto entry = fetch_lock(**session, options.key);
    if (!entry) {
      return std::unexpected(entry.error());
    }
    if (entry->session.empty()) {
      return std::unexpected(not_locked(options.key));
    }
    if (!options.session.empty() && options.session != entry->session) {
      return std::unexpected(
          Failure{fmt::format("'{}' is held by another session, {}", options.key, entry->session)});
    }
    const auto released = release_lock(**session, *entry);
    if (!released) {
      return std::unexpected(released.error());
    }
    if (*released) {
      return entry->session;
    }
  }
  return std::unexpected(Failure{fmt::format("'{}' changes all the time; try again", options.key)});
}

}  // namespace

Command unlock_command() {
  auto options = std::make_shared<UnlockOptions>();
  Command command{.name = "unlock",
                  .about = "Take a lock off its holder; the value stays",
                  .options = {{.name = "KEY",
                               .about = "The lock",
                               .into = &options->key,
                               .required = true,
                               .kind = ValueKind::kKey},
                              {.name = "--session",
                               .about = "Only if this session holds it",
                               .into = &options->session,
                               .shown = "ID"}},
                  .footer =
                      "Examples:\n  weft kv unlock jobs/nightly\n"
                      "A 'weft kv lock' that held it notices and ends its command."};
  add_consul_options(command, options->consul);
  command.run = [options](const Command&) {
    const auto holder = unlock_key(*options);
    if (!holder) {
      return fail("kv unlock", holder.error(), options->consul.form());
    }
    if (options->consul.json) {
      print_json(json::object{{"key", options->key}, {"released", *holder}});
    } else {
      fmt::print("released '{}', which session {} held\n", options->key, *holder);
    }
    return 0;
  };
  return command;
}

}  // namespace weft::cli
