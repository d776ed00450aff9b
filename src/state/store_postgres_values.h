// Values on their way to PostgreSQL and back, in the binary format of its types: bytes stay as they
// are, whatever the encoding of the database, and nothing is quoted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_result;

namespace weft::state {

// The types that are used, by their object identifiers. Source: pg_type.dat.
// NOLINTNEXTLINE(performance-enum-size): these have four bytes.
enum class PgType : std::uint32_t { kBool = 16, kBytes = 17, kInt8 = 20, kText = 25 };

// An array of one type while it is made.
// Source: array_send() of PostgreSQL: dimensions, whether a null is in it, the type, and per
// dimension its length and first position; then each element with its length before it.
class PgArray final {
 public:
  explicit PgArray(PgType type);
  void add(std::int64_t value);
  void add(std::uint64_t value) { add(static_cast<std::int64_t>(value)); }
  void add(std::string_view bytes);
  void add(const char*) = delete;
  void add(const std::optional<std::string>& bytes);
  void add(bool value);

 private:
  friend class PgArguments;
  std::string encode() &&;

  std::string text_;  // begins with room for the head
  const PgType type_;
  std::uint32_t count_ = 0;
  bool has_null_ = false;
};

// The arguments $1, $2 … of a statement. Thread: its owner's.
class PgArguments final {
 public:
  PgArguments& add(std::int64_t value);
  PgArguments& add(std::uint64_t value) { return add(static_cast<std::int64_t>(value)); }
  PgArguments& add(std::string_view text, PgType type = PgType::kText);
  PgArguments& add(PgArray array);

  std::size_t count() const { return values_.size(); }
  std::size_t bytes() const { return bytes_; }  // of all values
  const std::vector<std::string>& values() const { return values_; }
  const std::vector<std::uint32_t>& types() const { return types_; }

 private:
  void push(std::string value, std::uint32_t type);

  std::vector<std::string> values_;
  std::vector<std::uint32_t> types_;
  std::size_t bytes_ = 0;
};

// The rows of an answer. Rows and columns count from 0; a column is read as the type it has.
class PgRows final {
 public:
  PgRows() = default;
  explicit PgRows(pg_result* result) : result_(result) {}

  int count() const;
  bool is_null(int row, int column) const;
  std::int64_t number(int row, int column) const;
  std::uint64_t index(int row, int column) const {
    return static_cast<std::uint64_t>(number(row, column));
  }
  std::string bytes(int row, int column) const;
  std::optional<std::string> bytes_or_null(int row, int column) const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace weft::state
