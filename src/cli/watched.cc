#include "cli/watched.h"

#include "base/address.h"
#include "base/text.h"
#include "cli/json_member.h"
#include "cli/kv_entry.h"
#include "cli/text_width.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace weft::cli {
namespace {

constexpr std::size_t kOutputColumnsOfCheck = 80;

std::string tags_text(const std::vector<std::string>& tags) {
  return fmt::format("{}", fmt::join(tags, ", "));
}

WatchedItems service_items(const json::value& answer) {
  WatchedItems out;
  if (const auto* object = answer.if_object()) {
    for (const auto& entry : *object) {
      out[std::string(entry.key())] = {tags_text(texts_member(answer, entry.key())), entry.value()};
    }
  }
  return out;
}

// The worst of its checks, those of its node among them.
std::string_view state_of_instance(const json::value& entry) {
  std::string_view worst = "passing";
  const json::value* checks = member(entry, "Checks");
  if (checks == nullptr || !checks->is_array()) {
    return worst;
  }
  for (const json::value& check : checks->get_array()) {
    const std::string status = text_member(check, "Status");
    if (status == "critical" || text_member(check, "Type") == "maintenance") {
      return "critical";
    }
    worst = status == "warning" ? "warning" : worst;
  }
  return worst;
}

// Its own address, or its node's.
std::string address_of_instance(const json::value& entry, const json::value& service) {
  std::string host = text_member(service, "Address");
  if (const json::value* node = member(entry, "Node"); host.empty() && node != nullptr) {
    host = text_member(*node, "Address");
  }
  const std::uint64_t port = number_member(service, "Port").value_or(0);
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

void add_instance(WatchedItems& out, const json::value& entry) {
  const json::value* service = member(entry, "Service");
  if (service == nullptr) {
    return;
  }
  const std::string tags = tags_text(texts_member(*service, "Tags"));
  out[text_member(*service, "ID")] = {
      fmt::format("{}  {}{}{}", address_of_instance(entry, *service), state_of_instance(entry),
                  tags.empty() ? "" : "  ", tags),
      entry};
}

void add_check(WatchedItems& out, const json::value& check) {
  const std::string service = text_member(check, "ServiceID");
  const std::string name =
      fmt::format("{}/{}", service.empty() ? text_member(check, "Node") : service,
                  text_member(check, "CheckID"));
  out[name] = {fmt::format("{}  {}", text_member(check, "Status"),
                           shorten(text_member(check, "Output"), kOutputColumnsOfCheck)),
               check};
}

void add_keys(WatchedItems& out, const json::value& answer) {
  const auto entries = parse_kv_answer(answer);
  if (!entries) {
    return;
  }
  for (const KvEntry& entry : *entries) {
    out[entry.key] = {entry.session.empty() ? shown_value(entry.value)
                                            : fmt::format("{}  (held by {})",
                                                          shown_value(entry.value), entry.session),
                      encode_kv_entry(entry)};
  }
}

}  // namespace

std::string watch_target(const WatchQuery& query) {
  switch (query.kind) {
    case WatchKind::kServices:
      return "/v1/catalog/services";
    case WatchKind::kService:
      return fmt::format("/v1/health/service/{}{}", base::percent_encode(query.name),
                         query.passing_only ? "?passing" : "");
    case WatchKind::kNodes:
      return "/v1/catalog/nodes";
    case WatchKind::kPrefix:
      return kv_target(query.name) + "?recurse";
    case WatchKind::kKey:
      return kv_target(query.name);
    case WatchKind::kChecks:
      return "/v1/health/state/" + base::percent_encode(query.name);
  }
  return "";
}

WatchedItems watched_items(WatchKind kind, const json::value& answer) {
  if (kind == WatchKind::kServices) {
    return service_items(answer);
  }
  WatchedItems out;
  if (kind == WatchKind::kPrefix || kind == WatchKind::kKey) {
    add_keys(out, answer);
    return out;
  }
  if (const auto* list = answer.if_array()) {
    for (const json::value& one : *list) {
      if (kind == WatchKind::kService) {
        add_instance(out, one);
      } else if (kind == WatchKind::kChecks) {
        add_check(out, one);
      } else {
        out[text_member(one, "Node")] = {text_member(one, "Address"), one};
      }
    }
  }
  return out;
}

std::vector<WatchedChange> watched_changes(const WatchedItems& before, const WatchedItems& now) {
  std::vector<WatchedChange> out;
  for (const auto& [name, item] : before) {
    if (!now.contains(name)) {
      out.push_back({WatchedChange::Kind::kRemoved, name, item});
    }
  }
  for (const auto& [name, item] : now) {
    const auto old = before.find(name);
    if (old == before.end()) {
      out.push_back({WatchedChange::Kind::kAdded, name, item});
    } else if (old->second.text != item.text) {
      out.push_back({WatchedChange::Kind::kChanged, name, item});
    }
  }
  return out;
}

std::string change_line(const WatchedChange& change) {
  const char sign = change.kind == WatchedChange::Kind::kAdded     ? '+'
                    : change.kind == WatchedChange::Kind::kRemoved ? '-'
                                                                   : '~';
  return change.kind == WatchedChange::Kind::kRemoved || change.item.text.empty()
             ? fmt::format("{} {}", sign, change.name)
             : fmt::format("{} {}  {}", sign, change.name, change.item.text);
}

json::object encode_change(const WatchedChange& change) {
  const char* word = change.kind == WatchedChange::Kind::kAdded     ? "added"
                     : change.kind == WatchedChange::Kind::kRemoved ? "removed"
                                                                    : "changed";
  return {{"change", word}, {"name", change.name}, {"value", change.item.value}};
}

json::value handed_over(WatchKind kind, const json::value& answer) {
  if (kind != WatchKind::kKey) {
    return answer;
  }
  const auto* list = answer.if_array();
  return list == nullptr || list->empty() ? json::value() : list->front();
}

}  // namespace weft::cli
