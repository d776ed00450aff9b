#include "proxy/access_writer.h"

#include <algorithm>

namespace weft::proxy {
namespace {

constexpr std::size_t kWriteBytes = 128 * 1024;  // chosen: a write this large costs its copy only
constexpr std::size_t kLineRoomBytes = 32 * 1024;

constexpr base::MeterInfo kWritten{"weft_access_log_lines_total", "Access log lines written"};

std::size_t count_lines(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

AccessWriter::AccessWriter(base::MeterRegistry& registry, base::Log& log, Append append)
    : log_(log),
      append_(std::move(append)),
      meter_group_(registry),
      written_(meter_group_.counter(kWritten)),
      dropped_(meter_group_.counter(kAccessLinesDropped, {{"reason", "write_failed"}})) {
  lines_.reserve(kWriteBytes + kLineRoomBytes);
}

void AccessWriter::drain(AccessRing& ring) {
  ring.drain([this](const AccessEntry& entry) {
    append_access_line(lines_, entry);
    ++line_count_;
    if (lines_.size() >= kWriteBytes) {
      flush();
    }
  });
}

void AccessWriter::flush() {
  if (lines_.empty()) {
    return;
  }
  const io::Appended done = append_(lines_);
  if (!done.error) {
    written_.add(line_count_);
    lines_.clear();
    line_count_ = 0;
    is_torn_ = false;
    if (std::exchange(is_failing_, false)) {
      log_.info("the access log is written again",
                {{"lines_lost", dropped_.value() - dropped_before_}});
    }
    return;
  }
  if (!std::exchange(is_failing_, true)) {
    dropped_before_ = dropped_.value();
    log_.error("the access log cannot be written", {{"error", base::describe(*done.error)}});
  }
  keep_torn_line(done.bytes);
}

// Lets go of everything but the rest of the line that is in the file already.
void AccessWriter::keep_torn_line(std::size_t written_bytes) {
  const std::size_t lines_written = count_lines(std::string_view(lines_).substr(0, written_bytes));
  if (written_bytes > 0) {
    is_torn_ = lines_[written_bytes - 1] != '\n';
  }
  const std::size_t rest_end = is_torn_ ? lines_.find('\n', written_bytes) + 1 : written_bytes;
  const std::size_t lines_kept = is_torn_ ? 1 : 0;
  written_.add(lines_written);
  dropped_.add(line_count_ - lines_written - lines_kept);
  lines_ = lines_.substr(written_bytes, rest_end - written_bytes);
  line_count_ = lines_kept;
}

void AccessWriter::forget_torn_line() {
  if (std::exchange(is_torn_, false)) {
    dropped_.add();
    lines_.erase(0, lines_.find('\n') + 1);
    --line_count_;
  }
}

}  // namespace weft::proxy
