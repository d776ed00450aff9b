// Walks a head line by line over a scanner's bitmaps. Private to the head parser.
// http1_parser.cc says in which order lines come, http1_framing.h what they mean together.
#pragma once

#include "wire/http1.h"
#include "wire/http1_scan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::wire {

// How a step of parsing ended. After kBad failure() says why.
enum class Step : std::uint8_t { kOk, kMore, kBad };

// The control bytes of an input in their order, chunk by chunk. The place lives in a Cursor that
// the caller keeps in registers: clearing a bit is the whole dependency from line to line.
class ControlMarks final {
 public:
  struct Cursor {
    std::uint64_t word = 0;  // bits not yet returned of the current block
    std::size_t block = 0;
  };

  ControlMarks(std::string_view input, const scan::Scanner& scanner)
      : input_(input), scanner_(scanner) {}

  // Begins at a position. The cursors of an earlier chunk end here.
  Cursor load(std::size_t base);

  // Returns: the position of the next control byte (not HTAB), input.size() when there is none.
  std::size_t next(Cursor& cursor) {
    for (;;) {
      while (cursor.word == 0) {  // ends: the bits past the chunk are set
        cursor.word = marks_.control[++cursor.block];
      }
      const std::size_t at =
          base_ + cursor.block * 64 + static_cast<std::size_t>(__builtin_ctzll(cursor.word));
      if (at < chunk_end_) [[likely]] {
        cursor.word &= cursor.word - 1;
        return at;
      }
      if (chunk_end_ == input_.size()) {
        return chunk_end_;
      }
      cursor = load(chunk_end_);
    }
  }

  // Skips the control byte behind the one that next() returned last; there must be one.
  void skip(Cursor& cursor) {
    if (cursor.word != 0) [[likely]] {
      cursor.word &= cursor.word - 1;
    } else {
      static_cast<void>(next(cursor));
    }
  }

  // Returns: the first colon in [begin, end), else `end`. end: what next() returned last.
  std::size_t colon(std::size_t begin, std::size_t end) const {
    if (begin < base_) [[unlikely]] {  // the line began in a chunk that is gone
      const std::size_t at = input_.substr(0, end).find(':', begin);
      return at == std::string_view::npos ? end : at;
    }
    const std::size_t offset = begin - base_;
    std::size_t block = offset / 64;
    std::uint64_t word = marks_.colon[block] & (~std::uint64_t{0} << (offset % 64));
    const std::size_t last_block = (end - base_) / 64;
    while (word == 0 && block < last_block) {
      word = marks_.colon[++block];
    }
    if (word == 0) {
      return end;
    }
    const std::size_t at = base_ + block * 64 + static_cast<std::size_t>(__builtin_ctzll(word));
    return at < end ? at : end;
  }

 private:
  std::string_view input_;
  const scan::Scanner& scanner_;
  std::size_t base_ = 0;
  std::size_t chunk_end_ = 0;
  scan::Marks marks_;
};

// The grammar of lines. Each step reads one element at the current position and moves behind it.
// A step judges only what all longer inputs share, so more bytes never change an error.
// Thread: its loop; lives on the stack of one parse.
class HeadLines final {
 public:
  HeadLines(std::string_view input, const HeadLimits& limits, const scan::Scanner& scanner)
      : input_(input),
        limits_(limits),
        scanner_(scanner),
        header_count_max_(std::min(limits.header_count, HeaderList::kCapacity)),
        marks_(input, scanner) {}

  Step skip_empty_line();
  Step request_line(RequestHead& out);
  Step status_line(ResponseHead& out);
  // All field lines and the empty line that ends the head.
  Step fields(HeaderList& out);

  std::size_t position() const { return at_; }
  const base::Error& failure() const { return failure_; }

 private:
  Step method(RequestHead& out);
  Step target(RequestHead& out);
  Step version(std::uint8_t& minor, std::size_t& at);
  Step version_slow(std::uint8_t& minor, std::size_t& at);
  Step field(HeaderList& out, std::size_t begin, std::size_t end);
  Step bad_name(std::string_view name);
  // A line must end at `at` with CR LF; moves behind it.
  Step line_end(std::size_t at);
  Step broken_line_end(std::size_t at);
  Step bad(const char* what) { return bad(base::Code::kBadMessage, what); }
  Step bad(base::Code code, const char* what) {
    failure_.code = code;
    failure_.what = what;
    return Step::kBad;
  }

  std::string_view input_;
  const HeadLimits& limits_;
  const scan::Scanner& scanner_;
  std::size_t header_count_max_;
  std::size_t at_ = 0;
  base::Error failure_;
  ControlMarks marks_;
  std::optional<ControlMarks::Cursor> resume_;  // behind the status line, whose end is marked
};

}  // namespace weft::wire
