#include "cli/kv_actions.h"

#include "base/text.h"
#include "cli/json_file.h"
#include "cli/options.h"
#include "cli/word_input.h"
#include "io/terminal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace weft::cli {
namespace {

Failure foreign_answer(const ConsulSession& session, const std::string& why) {
  return {fmt::format("{} answered something else than keys ({}); is it a node's Consul API?",
                      session.url().text, why)};
}

Failure no_key(const std::string& key) {
  return {fmt::format("no key '{}'; 'weft kv list' shows which there are", key), 1, 404};
}

// The entries behind a target; none when there is nothing.
Outcome<std::vector<KvEntry>> fetch_entries(ConsulSession& session, const std::string& target) {
  auto answer = session.ask_now({.target = target});
  if (answer && answer->status == 404) {
    return std::vector<KvEntry>();
  }
  if (answer && answer->status != 200) {
    return std::unexpected(session.refusal(*answer));
  }
  const auto parsed =
      answer ? session.parse(*answer) : Outcome<json::value>(std::unexpected(answer.error()));
  if (!parsed) {
    return std::unexpected(parsed.error());
  }
  auto entries = parse_kv_answer(*parsed);
  if (!entries) {
    return std::unexpected(foreign_answer(session, entries.error()));
  }
  return std::move(*entries);
}

json::array encode_entries(const std::vector<KvEntry>& entries) {
  json::array out;
  for (const KvEntry& entry : entries) {
    out.push_back(encode_kv_entry(entry));
  }
  return out;
}

// The bytes as they are; a person's next prompt begins on a line of its own.
void print_bytes(const std::string& bytes) {
  fmt::print("{}", bytes);
  if (io::is_terminal(io::StandardStream::kOut) && !bytes.ends_with('\n')) {
    fmt::print("\n");
  }
}

// The node answers true or false.
Outcome<bool> ask_yes(ConsulSession& session, ConsulRequest request) {
  const auto answer = session.call(std::move(request));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  return base::trim(std::string_view(answer->body).substr(0, 4)) == "true";
}

Failure index_mismatch(const KvOptions& options) {
  return {
      options.cas == "0"
          ? fmt::format("'{}' exists already; 'weft kv get {} --json' shows its modify_index",
                        options.key, options.key)
          : fmt::format("'{0}' was not changed: its index is not {1} any more; 'weft kv get {0} "
                        "--json' shows its modify_index",
                        options.key, options.cas)};
}

std::string with_query(std::string target, const std::vector<std::string>& query) {
  char separator = '?';
  for (const std::string& part : query) {
    target += separator + part;
    separator = '&';
  }
  return target;
}

void say_done(const KvOptions& options, const char* done, std::string_view sentence) {
  if (options.consul.json) {
    print_json(json::object{{"key", options.key}, {done, true}});
  } else {
    fmt::print("{}\n", sentence);
  }
}

// Stores one entry of a file. Returns: why not, "" when it is stored.
std::string import_entry(ConsulSession& session, const KvEntry& entry) {
  const auto stored =
      ask_yes(session, {.method = wire::Method::kPut,
                        .target = fmt::format("{}?flags={}", kv_target(entry.key), entry.flags),
                        .body = entry.value});
  return !stored ? stored.error().line : *stored ? "" : "the node did not take it";
}

Outcome<std::vector<KvEntry>> read_import(const std::string& file) {
  const auto parsed = read_json_file(file);
  if (!parsed) {
    return std::unexpected(parsed.error());
  }
  auto entries = parse_kv_export(*parsed);
  if (!entries) {
    return std::unexpected(
        Failure{fmt::format("{} was not imported: {}", file, fmt::join(entries.error(), "; "))});
  }
  return std::move(*entries);
}

}  // namespace

Outcome<void> show_keys(ConsulSession& session, const KvOptions& options) {
  if (options.key.empty() && !options.recurse) {
    return std::unexpected(Failure{"which key? 'weft kv list' shows them all", kUsageError});
  }
  const auto entries =
      fetch_entries(session, kv_target(options.key) + (options.recurse ? "?recurse" : ""));
  if (!entries) {
    return std::unexpected(entries.error());
  }
  if (options.recurse) {
    if (options.consul.json) {
      print_json(encode_entries(*entries));
    } else {
      fmt::print("{}", kv_text(*entries));
    }
    return {};
  }
  if (entries->empty()) {
    return std::unexpected(no_key(options.key));
  }
  if (options.consul.json) {
    print_json(encode_kv_entry(entries->front()));
  } else {
    print_bytes(entries->front().value);
  }
  return {};
}

Outcome<void> put_key(ConsulSession& session, const KvOptions& options) {
  auto value = read_word(options.value);
  if (!value) {
    return std::unexpected(value.error());
  }
  std::vector<std::string> query;
  if (!options.flags.empty()) {
    query.push_back("flags=" + options.flags);
  }
  if (!options.cas.empty()) {
    query.push_back("cas=" + options.cas);
  }
  const auto stored = ask_yes(session, {.method = wire::Method::kPut,
                                        .target = with_query(kv_target(options.key), query),
                                        .body = std::move(*value)});
  if (!stored) {
    return std::unexpected(stored.error());
  }
  if (!*stored) {
    return std::unexpected(index_mismatch(options));
  }
  say_done(options, "stored", fmt::format("stored '{}'", options.key));
  return {};
}

Outcome<void> delete_keys(ConsulSession& session, const KvOptions& options) {
  if (options.key.empty()) {
    return std::unexpected(
        Failure{"which key? '/' with --recurse deletes all of them", kUsageError});
  }
  std::vector<std::string> query;
  if (options.recurse) {
    query.emplace_back("recurse");
  }
  if (!options.cas.empty()) {
    query.push_back("cas=" + options.cas);
  }
  const auto deleted = ask_yes(session, {.method = wire::Method::kDelete,
                                         .target = with_query(kv_target(options.key), query)});
  if (!deleted) {
    return std::unexpected(deleted.error());
  }
  if (!*deleted) {
    return std::unexpected(index_mismatch(options));
  }
  say_done(options, "deleted",
           options.recurse ? fmt::format("deleted every key that begins with '{}'", options.key)
                           : fmt::format("deleted '{}'", options.key));
  return {};
}

Outcome<void> list_keys(ConsulSession& session, const KvOptions& options) {
  std::vector<std::string> query{"keys"};
  if (!options.separator.empty()) {
    query.push_back("separator=" + base::percent_encode(options.separator));
  }
  auto answer = session.ask_now({.target = with_query(kv_target(options.key), query)});
  if (answer && answer->status == 404) {
    answer->body = "[]";
  } else if (answer && answer->status != 200) {
    return std::unexpected(session.refusal(*answer));
  }
  const auto keys =
      answer ? session.parse(*answer) : Outcome<json::value>(std::unexpected(answer.error()));
  if (!keys) {
    return std::unexpected(keys.error());
  }
  if (options.consul.json) {
    print_json(*keys);
    return {};
  }
  if (const auto* list = keys->if_array()) {
    for (const json::value& key : *list) {
      fmt::print("{}\n", key.is_string() ? std::string_view(key.get_string()) : "");
    }
  }
  return {};
}

Outcome<void> export_keys(ConsulSession& session, const KvOptions& options) {
  const auto entries = fetch_entries(session, kv_target(options.key) + "?recurse");
  if (!entries) {
    return std::unexpected(entries.error());
  }
  print_json(encode_kv_export(*entries));
  return {};
}

Outcome<void> import_keys(ConsulSession& session, const KvOptions& options) {
  const auto entries = read_import(options.value);
  if (!entries) {
    return std::unexpected(entries.error());
  }
  std::size_t failed = 0;
  json::array lines;
  for (const KvEntry& entry : *entries) {
    const std::string why = import_entry(session, entry);
    failed += why.empty() ? 0 : 1;
    if (options.consul.json) {
      lines.push_back(why.empty()
                          ? json::object{{"key", entry.key}, {"ok", true}}
                          : json::object{{"key", entry.key}, {"ok", false}, {"error", why}});
    } else {
      fmt::print("{}\n", why.empty() ? "stored  " + entry.key
                                     : fmt::format("failed  {}: {}", entry.key, why));
    }
  }
  if (options.consul.json) {
    print_json(json::object{{"keys", std::move(lines)}, {"failed", failed}});
  }
  if (failed > 0) {
    return std::unexpected(
        Failure{fmt::format("{} of {} keys were not stored", failed, entries->size())});
  }
  return {};
}

std::string kv_text(const std::vector<KvEntry>& entries) {
  std::string out;
  for (const KvEntry& entry : entries) {
    out += fmt::format("{}:{}\n", entry.key, shown_value(entry.value));
  }
  return out;
}

}  // namespace weft::cli
