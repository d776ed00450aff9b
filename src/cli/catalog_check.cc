#include "cli/catalog_check.h"

#include "base/address.h"
#include "base/text.h"
#include "cli/json_member.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace weft::cli {
namespace {

enum class WordType : std::uint8_t { kText, kFlag, kCount, kDuration, kTexts, kHeader };

// What kind of check a member makes it; probed ones need an interval.
enum class WordKind : std::uint8_t { kNone, kProbed, kOther };

struct CheckWord {
  std::string_view consul;
  std::string_view file;
  WordType type = WordType::kText;
  WordKind kind = WordKind::kNone;
};

constexpr std::array kCheckWords{
    CheckWord{"CheckID", "check_id"},
    CheckWord{"ID", "id"},
    CheckWord{"Name", "name"},
    CheckWord{"Notes", "notes"},
    CheckWord{"Status", "status"},
    CheckWord{"HTTP", "http", WordType::kText, WordKind::kProbed},
    CheckWord{"TCP", "tcp", WordType::kText, WordKind::kProbed},
    CheckWord{"UDP", "udp", WordType::kText, WordKind::kProbed},
    CheckWord{"GRPC", "grpc", WordType::kText, WordKind::kProbed},
    CheckWord{"H2PING", "h2ping", WordType::kText, WordKind::kProbed},
    CheckWord{"TTL", "ttl", WordType::kDuration, WordKind::kOther},
    CheckWord{"AliasService", "alias_service", WordType::kText, WordKind::kOther},
    CheckWord{"AliasNode", "alias_node", WordType::kText, WordKind::kOther},
    CheckWord{"Args", "args", WordType::kTexts, WordKind::kProbed},
    CheckWord{"ScriptArgs", "script_args", WordType::kTexts, WordKind::kProbed},
    CheckWord{"DockerContainerID", "docker_container_id"},
    CheckWord{"Shell", "shell"},
    CheckWord{"Method", "method"},
    CheckWord{"Header", "header", WordType::kHeader},
    CheckWord{"Body", "body"},
    CheckWord{"DisableRedirects", "disable_redirects", WordType::kFlag},
    CheckWord{"TLSSkipVerify", "tls_skip_verify", WordType::kFlag},
    CheckWord{"TLSServerName", "tls_server_name"},
    CheckWord{"GRPCUseTLS", "grpc_use_tls", WordType::kFlag},
    CheckWord{"H2PingUseTLS", "h2ping_use_tls", WordType::kFlag},
    CheckWord{"Interval", "interval", WordType::kDuration},
    CheckWord{"Timeout", "timeout", WordType::kDuration},
    CheckWord{"SuccessBeforePassing", "success_before_passing", WordType::kCount},
    CheckWord{"FailuresBeforeWarning", "failures_before_warning", WordType::kCount},
    CheckWord{"FailuresBeforeCritical", "failures_before_critical", WordType::kCount},
    CheckWord{"DeregisterCriticalServiceAfter", "deregister_critical_service_after",
              WordType::kDuration},
    CheckWord{"OutputMaxSize", "output_max_size", WordType::kCount}};

constexpr std::uint64_t kCountMax = 65'535;

template <class T>
void put(json::object& out, std::string_view name, const std::optional<T>& value) {
  if (value) {
    out[name] = *value;
  }
}

void read_member(const CheckWord& word, FileMembers& members, json::object& out) {
  switch (word.type) {
    case WordType::kText:
      put(out, word.consul, members.text(word.file));
      return;
    case WordType::kFlag:
      put(out, word.consul, members.flag(word.file));
      return;
    case WordType::kCount:
      put(out, word.consul, members.number(word.file, 0, kCountMax));
      return;
    case WordType::kDuration:
      put(out, word.consul, members.duration(word.file));
      return;
    case WordType::kTexts:
      if (const auto texts = members.texts(word.file)) {
        out[word.consul] = json::array(texts->begin(), texts->end());
      }
      return;
    case WordType::kHeader:
      if (const json::object* header = members.object(word.file)) {
        out[word.consul] = *header;
      }
      return;
  }
}

// The words that say what kind of check it is; an alias has two.
std::vector<const CheckWord*> kinds_given(FileMembers& members) {
  std::vector<const CheckWord*> out;
  for (const CheckWord& word : kCheckWords) {
    const bool is_second = word.consul == "AliasNode" && members.find("alias_service") != nullptr;
    if (word.kind != WordKind::kNone && !is_second && members.find(word.file) != nullptr) {
      out.push_back(&word);
    }
  }
  return out;
}

void judge_kinds(FileMembers& members, FileNotes& notes) {
  const auto kinds = kinds_given(members);
  if (kinds.empty()) {
    notes.problems.push_back(
        members.place() +
        ": it does not say what to check: one of http, tcp, udp, grpc, h2ping, ttl, alias_service");
    return;
  }
  if (kinds.size() > 1) {
    notes.problems.push_back(fmt::format("{}: {} and {} are two checks; make a list, 'checks'",
                                         members.place(), kinds[0]->file, kinds[1]->file));
  }
  if (kinds[0]->kind == WordKind::kProbed && members.find("interval") == nullptr) {
    members.problem("interval", "missing: how often to look, as \"10s\"");
  }
}

// "/health" is a page of the service itself.
void complete_http(FileMembers& members, const CheckPlace& at, json::object& out) {
  const json::value* given = out.if_contains("HTTP");
  if (given == nullptr || base::istarts_with(given->get_string(), "http://") ||
      base::istarts_with(given->get_string(), "https://")) {
    return;
  }
  const std::string path(given->get_string());
  const std::string host = text_member(at.service, "Address");
  const std::uint64_t port = number_member(at.service, "Port").value_or(0);
  if (!path.starts_with('/')) {
    members.problem("http", "expected http://HOST:PORT/PATH, or a path of the service as /health");
  } else if (host.empty() || port == 0) {
    members.problem("http", "a path needs the service's address and port");
  } else {
    const base::HostPort to{host, static_cast<std::uint16_t>(port)};
    out["HTTP"] = fmt::format("http://{}{}", to.to_string(), path);
  }
}

bool is_host_port(std::string_view text) {
  const auto parsed = base::parse_host_port(text);
  return parsed && !parsed->host.empty();
}

void judge_places(FileMembers& members, const json::object& out) {
  for (const CheckWord& word : kCheckWords) {
    const bool is_place = word.consul == "TCP" || word.consul == "UDP" || word.consul == "H2PING";
    const json::value* given = is_place ? out.if_contains(word.consul) : nullptr;
    if (given != nullptr && !is_host_port(given->get_string())) {
      members.problem(word.file, "expected HOST:PORT");
    }
  }
  if (const json::value* status = out.if_contains("Status")) {
    const std::string_view word = status->get_string();
    if (word != "passing" && word != "warning" && word != "critical") {
      members.problem("status", "expected passing, warning or critical");
    }
  }
}

}  // namespace

json::object read_catalog_check(const json::object& given, std::string place, const CheckPlace& at,
                                FileNotes& notes) {
  FileMembers members(given, std::move(place), notes);
  json::object out;
  for (const CheckWord& word : kCheckWords) {
    read_member(word, members, out);
  }
  judge_kinds(members, notes);
  complete_http(members, at, out);
  judge_places(members, out);
  members.warn_of_unknown();
  return out;
}

std::string_view file_word_of_check(std::string_view consul) {
  const auto found = std::ranges::find(kCheckWords, consul, &CheckWord::consul);
  return found == kCheckWords.end() ? std::string_view() : found->file;
}

}  // namespace weft::cli
