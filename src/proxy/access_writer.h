// AccessWriter: turns what lies in the rings into lines, and lines into few large writes.
#pragma once

#include "base/log.h"
#include "base/meters.h"
#include "io/append_file.h"
#include "proxy/access_ring.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace weft::proxy {

// Lines that cannot be written are counted and let go; the next ones are tried again. A line that
// was written in part is completed first, so that the file never holds half of one.
// Thread: the log's.
class AccessWriter final {
 public:
  using Append = std::function<io::Appended(std::string_view)>;

  AccessWriter(base::MeterRegistry& registry, base::Log& log, Append append);
  AccessWriter(const AccessWriter&) = delete;
  AccessWriter& operator=(const AccessWriter&) = delete;

  // Takes what is in the ring now; writes as often as the buffer is full.
  void drain(AccessRing& ring);
  // Writes what is left.
  void flush();
  // The next line goes to another file: the rest of a line of the old one is of no use there.
  void forget_torn_line();

 private:
  void keep_torn_line(std::size_t written_bytes);

  base::Log& log_;
  Append append_;
  base::MeterGroup meter_group_;
  base::Counter& written_;
  base::Counter& dropped_;
  std::string lines_;
  std::size_t line_count_ = 0;  // ends of lines in lines_
  bool is_torn_ = false;        // lines_ begins within a line
  bool is_failing_ = false;
  std::uint64_t dropped_before_ = 0;  // when it began to fail
};

}  // namespace weft::proxy
