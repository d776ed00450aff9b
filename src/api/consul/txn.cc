#include "api/consul/txn.h"

#include "api/consul/body.h"
#include "api/consul/kv.h"
#include "api/consul/style.h"
#include "api/consul/writing.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace weft::api::consul {
namespace {

using http::Response;
using model::Condition;
using model::KvEntry;
using model::Row;
using model::Table;
using model::View;

constexpr std::size_t kOperationsMax = 128;

enum class Verb : std::uint8_t {
  kSet,
  kCas,
  kLock,
  kUnlock,
  kGet,
  kGetTree,
  kCheckIndex,
  kCheckSession,
  kCheckNotExists,
  kDelete,
  kDeleteTree,
  kDeleteCas,
};

struct VerbName {
  std::string_view name;
  Verb verb;
};
constexpr std::array kVerbs{VerbName{"set", Verb::kSet},
                            VerbName{"cas", Verb::kCas},
                            VerbName{"lock", Verb::kLock},
                            VerbName{"unlock", Verb::kUnlock},
                            VerbName{"get", Verb::kGet},
                            VerbName{"get-tree", Verb::kGetTree},
                            VerbName{"check-index", Verb::kCheckIndex},
                            VerbName{"check-session", Verb::kCheckSession},
                            VerbName{"check-not-exists", Verb::kCheckNotExists},
                            VerbName{"delete", Verb::kDelete},
                            VerbName{"delete-tree", Verb::kDeleteTree},
                            VerbName{"delete-cas", Verb::kDeleteCas}};

struct Operation {
  Verb verb = Verb::kGet;
  KvEntry entry;
  std::string session;
  std::uint64_t index = 0;
};

Judged<Operation> parse_operation(const json::value& value, std::size_t position) {
  const auto bad = [position](std::string_view why) {
    return refuse(400, fmt::format("Failed to parse body: operation {}: {}", position, why));
  };
  Body outer(value);
  const json::value* kv = outer.find("KV");
  if (outer.is_bad() || kv == nullptr) {
    return bad("only KV operations are offered");
  }
  Body body(*kv, "KV");
  Operation out;
  std::string verb;
  std::string data;
  body.text("Verb", verb);
  body.text("Key", out.entry.key);
  body.text("Value", data);
  body.text("Session", out.session);
  body.unsigned_integer("Flags", out.entry.flags);
  body.unsigned_integer("Index", out.index);
  WEFT_TRY_VOID(body.judge());
  const auto known = std::ranges::find(kVerbs, verb, &VerbName::name);
  if (known == kVerbs.end()) {
    return bad(fmt::format("unknown KV verb \"{}\"", verb.substr(0, 64)));
  }
  out.verb = known->verb;
  auto bytes = base::from_base64(data);
  if (!bytes) {
    return bad("Value is not base64");
  }
  out.entry.value.data = *std::move(bytes);
  const bool is_tree = out.verb == Verb::kGetTree || out.verb == Verb::kDeleteTree;
  if (out.entry.key.empty() && !is_tree) {
    return bad("Missing key name");
  }
  if (out.entry.key.size() > model::kKvKeyBytesMax) {
    return bad("Key is too long");
  }
  if (out.entry.value.data.size() > model::kKvValueBytesMax) {
    return refuse(413,
                  fmt::format("Value for key \"{}\" is too large ({} > {} bytes)", out.entry.key,
                              out.entry.value.data.size(), model::kKvValueBytesMax));
  }
  return out;
}

Judged<std::vector<Operation>> parse_operations(const Request& request) {
  WEFT_TRY(const json::value body, request.body());
  const auto* list = body.if_array();
  if (list == nullptr) {
    return refuse(400, "Failed to parse body: expected a list of operations");
  }
  if (list->size() > kOperationsMax) {
    return refuse(413, fmt::format("Transaction contains too many operations ({} > {})",
                                   list->size(), kOperationsMax));
  }
  std::vector<Operation> out;
  for (const json::value& item : *list) {
    WEFT_TRY(Operation operation, parse_operation(item, out.size()));
    out.push_back(std::move(operation));
  }
  return out;
}

// Returns: nullopt for what only reads and needs nothing.
std::optional<model::Step> operation_step(const Operation& operation) {
  const std::string& key = operation.entry.key;
  switch (operation.verb) {
    case Verb::kSet:
      return model::Put{operation.entry, {}};
    case Verb::kCas:
      return model::Put{operation.entry, operation.index == 0
                                             ? Condition::absent()
                                             : Condition::index_is(operation.index)};
    case Verb::kLock:
      return model::Lock{operation.entry, operation.session};
    case Verb::kUnlock:
      return model::Unlock{operation.entry, operation.session};
    case Verb::kGet:
      return model::Expect{.key = key, .only_if = Condition::present()};
    case Verb::kGetTree:
      return std::nullopt;
    case Verb::kCheckIndex:
      return model::Expect{.key = key, .only_if = Condition::index_is(operation.index)};
    case Verb::kCheckSession:
      return model::Expect{.key = key, .only_if = {}, .session = operation.session};
    case Verb::kCheckNotExists:
      return model::Expect{.key = key, .only_if = Condition::absent()};
    case Verb::kDelete:
      return model::Delete{Table::kKv, key, {}};
    case Verb::kDeleteTree:
      return model::DeleteBelow{key};
    case Verb::kDeleteCas:
      return model::Delete{Table::kKv, key, Condition::index_is(operation.index)};
  }
  return std::nullopt;
}

bool is_read(Verb verb) { return verb == Verb::kGet || verb == Verb::kGetTree; }

// What a transaction answers of one operation that has been carried out.
void add_results(const Request& request, const Operation& operation, json::array& out) {
  const View& view = request.view();
  Sight sight(policy_of(request.face, request.context));
  const auto add = [&](const Row<KvEntry>& row, KvValue value) {
    out.push_back(json::object{{"KV", encode_kv(row, value)}});
  };
  switch (operation.verb) {
    case Verb::kGetTree:
      for (const auto& row : view.kv_below(operation.entry.key)) {
        if (sight.sees(AclResource::kKey, row->object.key)) {
          add(*row, KvValue::kShown);
        }
      }
      return;
    case Verb::kDelete:
    case Verb::kDeleteTree:
    case Verb::kDeleteCas:
    case Verb::kCheckNotExists:
      return;
    default:
      break;
  }
  if (const auto* row = view.find<KvEntry>(operation.entry.key)) {
    add(*row, is_read(operation.verb) ? KvValue::kShown : KvValue::kLeftOut);
  }
}

Judged<void> require_operation(Request& request, const Operation& operation) {
  const std::string& key = operation.entry.key;
  switch (operation.verb) {
    case Verb::kGetTree:
      return {};  // what may not be seen is left out of the results
    case Verb::kGet:
    case Verb::kCheckIndex:
    case Verb::kCheckSession:
    case Verb::kCheckNotExists:
      return request.require(AclResource::kKey, key, AclAccess::kRead);
    case Verb::kDeleteTree:
      return request.require_below(AclResource::kKey, key, AclAccess::kWrite);
    default:
      return request.require(AclResource::kKey, key, AclAccess::kWrite);
  }
}

json::object results_of(const Request& request, const std::vector<Operation>& operations) {
  json::array results;
  for (const Operation& operation : operations) {
    add_results(request, operation, results);
  }
  return {{"Results", std::move(results)}, {"Errors", nullptr}};
}

std::string why_refused(const Operation& operation, const base::Error& error) {
  const std::string& key = operation.entry.key;
  switch (operation.verb) {
    case Verb::kLock:
      return error.code == base::Code::kNotFound
                 ? fmt::format("invalid session \"{}\"", operation.session)
                 : fmt::format("failed to lock key \"{}\", lock is already held", key);
    case Verb::kUnlock:
      return fmt::format(
          "failed to unlock key \"{}\", lock isn't held, or is held by another "
          "session",
          key);
    case Verb::kCas:
    case Verb::kDeleteCas:
      return fmt::format("failed to set key \"{}\", index is stale", key);
    case Verb::kGet:
      return fmt::format("key \"{}\" doesn't exist", key);
    case Verb::kCheckIndex:
      return fmt::format("current modify index doesn't match {} of key \"{}\"", operation.index,
                         key);
    case Verb::kCheckSession:
      return fmt::format("failed session check for key \"{}\"", key);
    case Verb::kCheckNotExists:
      return fmt::format("key \"{}\" exists", key);
    default:
      return error.what;
  }
}

// Which operation it was that could not be: the shortest beginning that is refused ends with it.
// Nothing is kept of these tries.
struct Blame {
  std::size_t operation = 0;
  base::Error error;
};
Blame find_blame(const Request& request, const std::vector<Operation>& operations,
                 const base::Error& error) {
  for (std::size_t count = 1; count <= operations.size(); ++count) {
    model::Command command;
    for (std::size_t i = 0; i < count; ++i) {
      if (auto step = operation_step(operations[i])) {
        command.steps.push_back(*std::move(step));
      }
    }
    if (command.steps.empty()) {
      continue;
    }
    const auto judged = request.face.parts.state.judge(command);
    if (!judged) {
      return {count - 1, judged.error()};
    }
  }
  return {operations.empty() ? 0 : operations.size() - 1, error};
}

Response refused(const Request& request, const std::vector<Operation>& operations,
                 const base::Error& error) {
  const Blame blame = find_blame(request, operations, error);
  const json::object one{{"OpIndex", blame.operation},
                         {"What", why_refused(operations[blame.operation], blame.error)}};
  Response response =
      say(request, json::object{{"Results", nullptr}, {"Errors", json::array{one}}});
  response.status = 409;
  return response;
}

io::Task<Judged<Response>> transact(Request* request) {
  WEFT_CO_TRY(const std::vector<Operation> operations, parse_operations(*request));
  std::vector<model::Step> steps;
  for (const Operation& operation : operations) {
    WEFT_CO_TRY_VOID(require_operation(*request, operation));
    if (auto step = operation_step(operation)) {
      steps.push_back(*std::move(step));
    }
  }
  if (steps.empty()) {
    co_return say(*request, results_of(*request, operations));
  }
  const auto applied = co_await apply(request, std::move(steps));
  if (applied) {
    co_return say(*request, results_of(*request, operations));
  }
  if (applied.error().code != base::Code::kConflict &&
      applied.error().code != base::Code::kNotFound) {
    co_return std::unexpected(refusal_of(applied.error()));
  }
  co_return refused(*request, operations, applied.error());
}

}  // namespace

void add_txn_route(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_writing(router, style, face, "PUT", "/v1/txn", transact);
}

}  // namespace weft::api::consul
