#include "state/store_postgres_values.h"

#include "base/check.h"

#include <libpq-fe.h>

#include <algorithm>
#include <utility>

namespace weft::state {
namespace {

constexpr std::size_t kArrayHeadBytes = 20;
constexpr std::uint32_t kNullLength = 0xffffffff;  // -1

void put_u32(std::string& text, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += static_cast<char>(value >> shift & 0xff);
  }
}

void put_i64(std::string& text, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  put_u32(text, static_cast<std::uint32_t>(bits >> 32));
  put_u32(text, static_cast<std::uint32_t>(bits));
}

std::uint32_t array_type_of(PgType type) {
  switch (type) {
    case PgType::kBool:
      return 1000;
    case PgType::kBytes:
      return 1001;
    case PgType::kText:
      return 1009;
    case PgType::kInt8:
      return 1016;
  }
  return 0;
}

}  // namespace

PgArray::PgArray(PgType type) : text_(kArrayHeadBytes, '\0'), type_(type) {}

void PgArray::add(std::int64_t value) {
  put_u32(text_, 8);
  put_i64(text_, value);
  ++count_;
}

void PgArray::add(std::string_view bytes) {
  WEFT_ASSERT(bytes.size() < kNullLength);
  put_u32(text_, static_cast<std::uint32_t>(bytes.size()));
  text_ += bytes;
  ++count_;
}

void PgArray::add(const std::optional<std::string>& bytes) {
  if (bytes) {
    add(std::string_view(*bytes));
    return;
  }
  put_u32(text_, kNullLength);
  has_null_ = true;
  ++count_;
}

void PgArray::add(bool value) { add(std::string_view(value ? "\1" : "\0", 1)); }

std::string PgArray::encode() && {
  std::string head;
  put_u32(head, 1);
  put_u32(head, has_null_ ? 1 : 0);
  put_u32(head, static_cast<std::uint32_t>(type_));
  put_u32(head, count_);
  put_u32(head, 1);
  text_.replace(0, kArrayHeadBytes, head);
  return std::move(text_);
}

void PgArguments::push(std::string value, std::uint32_t type) {
  bytes_ += value.size();
  values_.push_back(std::move(value));
  types_.push_back(type);
}

PgArguments& PgArguments::add(std::int64_t value) {
  std::string text;
  put_i64(text, value);
  push(std::move(text), static_cast<std::uint32_t>(PgType::kInt8));
  return *this;
}

PgArguments& PgArguments::add(std::string_view text, PgType type) {
  push(std::string(text), static_cast<std::uint32_t>(type));
  return *this;
}

PgArguments& PgArguments::add(PgArray array) {
  const std::uint32_t type = array_type_of(array.type_);
  push(std::move(array).encode(), type);
  return *this;
}

void PgRows::Clear::operator()(pg_result* result) const { PQclear(result); }

int PgRows::count() const { return PQntuples(result_.get()); }

bool PgRows::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::int64_t PgRows::number(int row, int column) const {
  const char* bytes = PQgetvalue(result_.get(), row, column);
  std::uint64_t value = 0;
  for (int at = 0; at < std::min(PQgetlength(result_.get(), row, column), 8); ++at) {
    value = value << 8 | static_cast<unsigned char>(bytes[at]);
  }
  return static_cast<std::int64_t>(value);
}

std::string PgRows::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::optional<std::string> PgRows::bytes_or_null(int row, int column) const {
  if (is_null(row, column)) {
    return std::nullopt;
  }
  return bytes(row, column);
}

}  // namespace weft::state
