#include "cli/table.h"

#include "base/check.h"
#include "cli/text_width.h"

#include <algorithm>

namespace weft::cli {
namespace {

constexpr std::string_view kGap = "  ";

// Spaces stay outside the colour, so that underlining themes draw no bars.
void append_cell(std::string& line, const Cell& cell, Align align, std::size_t width,
                 const Paint& paint) {
  const std::size_t used = text_width(cell.text);
  const std::string padding(width > used ? width - used : 0, ' ');
  const std::string painted = paint(cell.tone, cell.text);
  line += align == Align::kRight ? padding + painted : painted + padding;
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  WEFT_ASSERT(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::string Table::text(const Paint& paint) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = text_width(columns_[i].title);
    for (const auto& row : rows_) {
      width = std::max(width, text_width(row[i].text));
    }
    widths.push_back(width);
  }
  std::vector<Cell> titles;
  for (const Column& column : columns_) {
    titles.push_back({column.title, Tone::kDim});
  }
  std::string out;
  const auto append_row = [&](const std::vector<Cell>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool is_last = i + 1 == row.size();
      const bool is_padded = !is_last || columns_[i].align == Align::kRight;
      append_cell(line, row[i], columns_[i].align, is_padded ? widths[i] : 0, paint);
      line += is_last ? "" : kGap;
    }
    while (!line.empty() && line.back() == ' ') {
      line.pop_back();
    }
    out += line + "\n";
  };
  append_row(titles);
  for (const auto& row : rows_) {
    append_row(row);
  }
  return out;
}

}  // namespace weft::cli
