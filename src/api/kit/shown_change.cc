#include "api/kit/shown_change.h"

#include "base/described_encode.h"
#include "base/described_enum.h"
#include "state/codec.h"

#include <optional>
#include <string_view>
#include <utility>

namespace weft::api::kit {
namespace {

// Where fields would be hidden: nothing in today's tables is a secret. `body` is JSON of a store.
json::value shown_object(std::string_view /*table*/, const std::optional<std::string>& body) {
  return body ? base::parse_json(*body).value_or(json::value()) : json::value();
}

std::optional<std::string> body_of(const model::AnyRow& row) {
  return std::visit(
      [](const auto& pointer) -> std::optional<std::string> {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(pointer)>, std::monostate>) {
          return std::nullopt;
        } else {
          return base::encode_text(pointer->object);
        }
      },
      row);
}

std::size_t size_of(const json::value& object) {
  return object.is_null() ? 0 : base::write_json(object).size();
}

}  // namespace

ShownChange show(const state::StoredChange& change) {
  return {change.index,
          change.time,
          change.actor,
          change.table,
          change.key,
          shown_object(change.table, change.before),
          shown_object(change.table, change.after)};
}

ShownChange show(const model::Change& change) { return show(state::encode(change)); }

ShownDifference show(const state::Difference& difference) {
  const std::string table(base::enum_name(model::table_of(difference.row())));
  return {table, model::key_of(difference.row()), shown_object(table, body_of(difference.before)),
          shown_object(table, body_of(difference.after))};
}

std::vector<ShownDifference> show(const std::vector<state::Difference>& all, std::size_t limit) {
  std::vector<ShownDifference> out;
  std::size_t weight = 0;
  for (const state::Difference& one : all) {
    if (out.size() >= limit || weight >= kPageWeightMax) {
      break;
    }
    out.push_back(show(one));
    weight += size_of(out.back().before) + size_of(out.back().after);
  }
  return out;
}

std::size_t weight_of(const state::StoredChange& change) {
  constexpr std::size_t kAround = 200;  // names, time, actor
  return kAround + change.key.size() + (change.before ? change.before->size() : 0) +
         (change.after ? change.after->size() : 0);
}

}  // namespace weft::api::kit
