#include "state/codec.h"

#include "base/described_decode.h"
#include "base/described_encode.h"

#include <array>

namespace weft::state {
namespace {

constexpr std::size_t kParsedBytesUsual = 8 * 1024;

template <std::size_t kAt = 0>
base::Result<model::Object> decode_as(model::Table table, const json::value& json) {
  if constexpr (kAt == model::kTableCount) {
    return base::fail(base::Code::kInternal, "no such table");
  } else {
    if (static_cast<std::size_t>(table) != kAt) {
      return decode_as<kAt + 1>(table, json);
    }
    auto object = base::decode<std::variant_alternative_t<kAt, model::Object>>(json);
    if (!object) {
      return base::fail(base::Code::kInvalid, "a stored object breaks the rules of its type",
                        base::Side::kStore);
    }
    return *std::move(object);
  }
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

std::uint64_t created_index_of(const model::AnyRow& row) {
  return std::visit(
      [](const auto& pointer) -> std::uint64_t {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(pointer)>, std::monostate>) {
          return 0;
        } else {
          return pointer->created_index;
        }
      },
      row);
}

// Errors: those of decode_object().
base::Result<model::AnyRow> decode_row(std::string_view table,
                                       const std::optional<std::string>& body,
                                       std::uint64_t created_index, std::uint64_t modified_index) {
  if (!body) {
    return model::AnyRow();
  }
  WEFT_TRY(model::Object object, decode_object(table, *body));
  return std::visit(
      [&]<class T>(T& value) -> model::AnyRow {
        return std::make_shared<const model::Row<T>>(
            model::Row<T>{std::move(value), created_index, modified_index, 0});
      },
      object);
}

}  // namespace

StoredChange encode(const model::Change& change) {
  return {.index = change.index,
          .time = change.time,
          .actor = change.actor,
          .table = std::string(base::enum_name(change.table())),
          .key = change.key(),
          .created_index = created_index_of(change.row()),
          .before = body_of(change.before),
          .after = body_of(change.after)};
}

base::Result<model::Object> decode_object(std::string_view table, std::string_view body) {
  const auto known = base::parse_enum<model::Table>(table);
  if (!known) {
    return base::fail(base::Code::kUnsupported, "the store has a table this version does not know",
                      base::Side::kStore);
  }
  // What was parsed is let go of at once, in one piece: a start reads very many bodies.
  std::array<unsigned char, kParsedBytesUsual> room;
  json::monotonic_resource memory(room.data(), room.size());
  const auto json = base::parse_json(body, {}, &memory);
  if (!json) {
    return base::fail(base::Code::kInvalid, "a stored object is not JSON", base::Side::kStore);
  }
  return decode_as(*known, *json);
}

base::Result<model::Change> decode(const StoredChange& stored) {
  WEFT_TRY(model::AnyRow before, decode_row(stored.table, stored.before, stored.created_index, 0));
  WEFT_TRY(model::AnyRow after,
           decode_row(stored.table, stored.after, stored.created_index, stored.index));
  if (!model::has_row(before) && !model::has_row(after)) {
    return base::fail(base::Code::kInvalid, "a stored change has neither before nor after",
                      base::Side::kStore);
  }
  return model::Change{.index = stored.index,
                       .time = stored.time,
                       .actor = stored.actor,
                       .before = std::move(before),
                       .after = std::move(after)};
}

}  // namespace weft::state
