#include "api/consul/kv.h"

#include "api/consul/reading.h"
#include "api/consul/style.h"
#include "api/consul/writing.h"
#include "base/text.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>

namespace weft::api::consul {
namespace {

using http::Response;
using model::Condition;
using model::KvEntry;
using model::Row;
using model::Table;
using model::View;
using state::Interest;

bool asks_for_many(const Question& question) {
  return question.asked.query.has("recurse") || question.asked.query.has("keys");
}

Interest of_keys(const Question& question) {
  const std::string& key = question.path("key");
  return asks_for_many(question) ? Interest::of_prefix(Table::kKv, key)
                                 : Interest::of_key(Table::kKv, key);
}

Reply not_found() { return {.status = 404, .raw = std::string()}; }

Judged<Reply> one_key(const Question& question, const View& view) {
  const std::string& key = question.path("key");
  if (key.empty()) {
    return refuse(400, "Missing key name");
  }
  const auto* row = view.find<KvEntry>(key);
  if (row == nullptr) {
    return not_found();
  }
  if (question.asked.query.has("raw")) {
    return Reply{.raw = row->object.value.data};
  }
  return Reply{.value = json::array{encode_kv(*row)}};
}

Judged<Reply> recursive(const Question& question, const View& view) {
  json::array out;
  for (const auto& row : view.kv_below(question.path("key"))) {
    if (question.sight->sees(AclResource::kKey, row->object.key)) {
      out.push_back(encode_kv(*row));
    }
  }
  return out.empty() ? Judged<Reply>(not_found()) : Reply{.value = std::move(out)};
}

// Cut after the first separator that follows the prefix.
std::string_view cut(std::string_view key, std::size_t prefix, std::string_view separator) {
  const std::size_t at = separator.empty() ? std::string_view::npos : key.find(separator, prefix);
  return at == std::string_view::npos ? key : key.substr(0, at + separator.size());
}

Judged<Reply> names(const Question& question, const View& view) {
  const std::string& prefix = question.path("key");
  const std::string_view separator = question.asked.text("separator");
  json::array out;
  std::string_view last;
  for (const auto& row : view.kv_below(prefix)) {
    const std::string_view name = cut(row->object.key, prefix.size(), separator);
    const bool is_new = name != last || out.empty();
    if (is_new && question.sight->sees(AclResource::kKey, row->object.key)) {
      out.emplace_back(name);
      last = name;
    }
  }
  if (out.empty() && !prefix.empty()) {
    return not_found();
  }
  return Reply{.value = std::move(out)};
}

Judged<Reply> read_keys(const Question& question, const View& view) {
  if (question.asked.query.has("keys")) {
    return names(question, view);
  }
  return question.asked.query.has("recurse") ? recursive(question, view) : one_key(question, view);
}

// A number of the query. Errors: 400 in Go's words.
Judged<std::uint64_t> number_of(const Asked& asked, std::string_view name) {
  const std::string_view text = asked.text(name);
  const auto number = base::parse_u64(text);
  if (!number) {
    return refuse(
        400, fmt::format("strconv.ParseUint: parsing \"{}\": invalid syntax", text.substr(0, 64)));
  }
  return *number;
}

Condition condition_of(std::uint64_t cas) {
  return cas == 0 ? Condition::absent() : Condition::index_is(cas);
}

Judged<KvEntry> entry_of(const Request& request) {
  const std::string& key = request.path("key");
  if (key.empty()) {
    return refuse(400, "Missing key name");
  }
  const std::string& body = request.context.request.body;
  if (body.size() > model::kKvValueBytesMax) {
    return refuse(413, fmt::format("Request body({} bytes) too large, max size: {} bytes. See "
                                   "limits in the documentation.",
                                   body.size(), model::kKvValueBytesMax));
  }
  KvEntry entry;
  entry.key = key;
  entry.value.data = body;
  if (request.asked.query.has("flags")) {
    WEFT_TRY(entry.flags, number_of(request.asked, "flags"));
  }
  if (key.size() > model::kKvKeyBytesMax) {
    return refuse(400, fmt::format("Key is too long: at most {} bytes", model::kKvKeyBytesMax));
  }
  return entry;
}

Judged<model::Step> kv_step(const Request& request) {
  WEFT_TRY(KvEntry entry, entry_of(request));
  const Asked& asked = request.asked;
  const int ways = static_cast<int>(asked.query.has("cas")) +
                   static_cast<int>(asked.query.has("acquire")) +
                   static_cast<int>(asked.query.has("release"));
  if (ways > 1) {
    return refuse(400, "Conflicting flags: only one of cas, acquire and release may be given");
  }
  if (asked.query.has("acquire")) {
    return model::Lock{std::move(entry), std::string(asked.text("acquire"))};
  }
  if (asked.query.has("release")) {
    return model::Unlock{std::move(entry), std::string(asked.text("release"))};
  }
  if (asked.query.has("cas")) {
    WEFT_TRY(const std::uint64_t cas, number_of(asked, "cas"));
    return model::Put{std::move(entry), condition_of(cas)};
  }
  return model::Put{std::move(entry), {}};
}

io::Task<Judged<Response>> write_key(Request* request) {
  WEFT_CO_TRY(model::Step step, kv_step(*request));
  std::vector<model::Step> steps;
  steps.push_back(std::move(step));
  const auto applied = co_await apply(request, std::move(steps));
  if (applied) {
    co_return say(*request, true);
  }
  if (applied.error().code == base::Code::kConflict) {
    co_return say(*request, false);
  }
  if (applied.error().code == base::Code::kNotFound) {
    co_return refuse(500, fmt::format("invalid session \"{}\"", request->asked.text("acquire")));
  }
  co_return std::unexpected(refusal_of(applied.error()));
}

Judged<model::Step> removal_of(const Request& request) {
  const std::string& key = request.path("key");
  const Asked& asked = request.asked;
  if (asked.query.has("recurse")) {
    if (asked.query.has("cas")) {
      return refuse(400, "Conflicting flags: cas and recurse");
    }
    return model::DeleteBelow{key};
  }
  if (key.empty()) {
    return refuse(400, "Missing key name");
  }
  if (!asked.query.has("cas")) {
    return model::Delete{Table::kKv, key, {}};
  }
  WEFT_TRY(const std::uint64_t cas, number_of(asked, "cas"));
  if (cas == 0) {
    return refuse(400, "Invalid cas: must be > 0");
  }
  return model::Delete{Table::kKv, key, Condition::index_is(cas)};
}

// What is not there any more is deleted already, also for who compares.
io::Task<Judged<Response>> delete_key(Request* request) {
  WEFT_CO_TRY(model::Step step, removal_of(*request));
  std::vector<model::Step> steps;
  steps.push_back(std::move(step));
  const auto applied = co_await apply(request, std::move(steps));
  if (applied) {
    co_return say(*request, true);
  }
  if (applied.error().code == base::Code::kConflict) {
    co_return say(*request, request->view().find<KvEntry>(request->path("key")) == nullptr);
  }
  co_return std::unexpected(refusal_of(applied.error()));
}

constexpr Reading kRead{of_keys, read_keys};

}  // namespace

json::object encode_kv(const Row<KvEntry>& row, KvValue value) {
  const KvEntry& entry = row.object;
  json::object out;
  out.emplace("LockIndex", entry.lock_index);
  out.emplace("Key", entry.key);
  out.emplace("Flags", entry.flags);
  if (value == KvValue::kLeftOut || entry.value.data.empty()) {
    out.emplace("Value", nullptr);
  } else {
    out.emplace("Value", base::to_base64(entry.value.data));
  }
  if (!entry.session.empty()) {
    out.emplace("Session", entry.session);
  }
  out.emplace("CreateIndex", row.created_index);
  out.emplace("ModifyIndex", row.modified_index);
  return out;
}

void add_kv_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_reading(router, style, face, "/v1/kv/{key...}", kRead);
  add_writing(router, style, face, "PUT", "/v1/kv/{key...}", write_key);
  add_writing(router, style, face, "DELETE", "/v1/kv/{key...}", delete_key);
}

}  // namespace weft::api::consul
