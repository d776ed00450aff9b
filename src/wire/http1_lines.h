// Walks a head line by line over a scanner's bitmaps. Private to the head parser.
// http1_parser.cc says in which order lines come, http1_framing.h what they mean together.
#pragma once

#include "wire/http1.h"
#include "wire/http1_scan.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::wire {

// How a step of parsing ended. After kBad the walker's failure() says why.
enum class Step : std::uint8_t { kOk, kMore, kBad };

// Finds marked bytes in input order, chunk by chunk. Positions asked for must not go back.
class MarkWalker final {
 public:
  MarkWalker(std::string_view input, const scan::Scanner& scanner)
      : input_(input), scanner_(scanner) {
    load(0);
  }

  // Returns: the position of the first control byte (not HTAB) at or after `from`, or of a colon
  // too; input.size() when there is none. from <= input.size().
  std::size_t control(std::size_t from) { return find<false>(from); }
  std::size_t control_or_colon(std::size_t from) { return find<true>(from); }

 private:
  void load(std::size_t base);

  template <bool kWithColon>
  std::size_t find(std::size_t from) {
    for (;;) {
      const std::size_t offset = from - base_;
      std::size_t block = offset / 64;
      std::uint64_t word = bits<kWithColon>(block) & (~std::uint64_t{0} << (offset % 64));
      while (word == 0) {  // ends: the bits past the chunk are set
        word = bits<kWithColon>(++block);
      }
      const std::size_t at = base_ + block * 64 + static_cast<std::size_t>(__builtin_ctzll(word));
      if (at < chunk_end_) {
        return at;
      }
      if (chunk_end_ == input_.size()) {
        return chunk_end_;
      }
      load(chunk_end_);
      from = base_;
    }
  }

  template <bool kWithColon>
  std::uint64_t bits(std::size_t block) const {
    return kWithColon ? marks_.control[block] | marks_.colon[block] : marks_.control[block];
  }

  std::string_view input_;
  const scan::Scanner& scanner_;
  std::size_t base_ = 0;
  std::size_t chunk_end_ = 0;
  scan::Marks marks_;
};

// The grammar of lines. Each step reads one element at the current position and moves behind it.
// Thread: its loop; lives on the stack of one parse.
class HeadLines final {
 public:
  HeadLines(std::string_view input, const HeadLimits& limits, const scan::Scanner& scanner)
      : input_(input), limits_(limits), scanner_(scanner), marks_(input, scanner) {}

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
  Step field(HeaderList& out);
  Step field_name(Header& header);
  Step field_value(Header& header);
  // A line must end at `at` with CR LF; moves behind it.
  Step line_end(std::size_t at);
  Step bad(const char* what) { return bad(base::Code::kBadMessage, what); }
  Step bad(base::Code code, const char* what) {
    failure_.code = code;
    failure_.what = what;
    return Step::kBad;
  }

  std::string_view input_;
  const HeadLimits& limits_;
  const scan::Scanner& scanner_;
  std::size_t at_ = 0;
  base::Error failure_;
  MarkWalker marks_;
};

}  // namespace weft::wire
