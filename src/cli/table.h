// A table of aligned columns for a terminal.
#pragma once

#include "cli/paint.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace weft::cli {

enum class Align : std::uint8_t { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;
};

// Columns are as wide as their widest cell and two spaces apart; the last one is not padded.
// Thread: any (a value).
class Table final {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns.
  void add(std::vector<Cell> row);

  bool empty() const { return rows_.empty(); }
  // Title line and rows, each ending in a newline.
  std::string text(const Paint& paint) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace weft::cli
