#include "proxy/access_writer.h"

#include "proxy/access_entry_for_test.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace weft::proxy {
namespace {

// A disk that takes so many bytes and no more.
class AccessWriterTest : public testing::Test {
 protected:
  void put(int count) {
    for (int i = 0; i < count; ++i) {
      model::Record record;
      record.status = static_cast<std::uint16_t>(200 + put_so_far_++);
      ring_.write({record, nothing_, "10.0.0.1", {}, {}, {}, {}});
    }
  }

  void drain() {
    writer_.drain(ring_);
    writer_.flush();
  }

  io::Appended append(std::string_view bytes) {
    io::Appended out{std::min(bytes.size(), room_), std::nullopt};
    file_.append(bytes, 0, out.bytes);
    room_ -= out.bytes;
    if (out.bytes < bytes.size()) {
      out.error = base::Error{.code = base::Code::kNoSpace, .what = "write"};
    }
    return out;
  }

  std::uint64_t meter(std::string_view name) const {
    std::uint64_t sum = 0;
    for (const base::MeterFamily& family : registry_.collect()) {
      for (const base::MeterSample& sample : family.samples) {
        sum += family.info.name == name ? std::get<std::uint64_t>(sample.value) : 0;
      }
    }
    return sum;
  }
  std::uint64_t written() const { return meter("weft_access_log_lines_total"); }
  std::uint64_t dropped() const { return meter("weft_access_log_lines_dropped_total"); }

  static std::size_t line_bytes() {
    std::string line;
    AccessEntry entry;
    entry.numbers.status = 200;
    entry.client = "10.0.0.1";
    append_access_line(line, entry);
    return line.size();
  }
  // The statuses of the lines in the file, which are whole or the test fails.
  std::string statuses() const {
    std::string out;
    std::istringstream lines(file_);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(line.starts_with("{\"time\"") && line.ends_with('}')) << line;
      out += line.substr(line.find("\"status\":") + 9, 3) + " ";
    }
    return out;
  }

  const AccessNote nothing_;
  std::string file_;
  std::size_t room_ = 1 << 30;
  int put_so_far_ = 0;
  int asked_ = 0;
  std::ostringstream said_;
  base::Log log_{{.queue_lines = 0}, said_};
  base::MeterRegistry registry_;
  AccessRing ring_{16 * 1024, registry_, [this] { ++asked_; }};
  AccessWriter writer_{registry_, log_, [this](std::string_view bytes) { return append(bytes); }};
};

TEST_F(AccessWriterTest, WritesWhatIsInTheRing) {
  put(3);
  drain();
  drain();
  EXPECT_EQ(statuses(), "200 201 202 ");
  EXPECT_EQ(written(), 3U);
  EXPECT_EQ(dropped(), 0U);
  EXPECT_EQ(asked_, 0);
}

TEST_F(AccessWriterTest, AFullRingDropsCountsAndAsksOnce) {
  put(300);
  EXPECT_EQ(asked_, 1);
  EXPECT_GT(dropped(), 0U);
  EXPECT_LT(dropped(), 300U);
  EXPECT_EQ(meter("weft_limit_reached_total"), dropped());
  drain();
  EXPECT_EQ(written() + dropped(), 300U);
  put(300);
  EXPECT_EQ(asked_, 2);
}

TEST_F(AccessWriterTest, AFullDiskIsSaidOnceAndLinesAreCountedAsDropped) {
  room_ = 0;
  put(3);
  drain();
  put(2);
  drain();
  EXPECT_EQ(dropped(), 5U);
  const std::string first = said_.str();
  EXPECT_NE(first.find("the access log cannot be written error=\"write (no_space)\""),
            std::string::npos)
      << first;
  EXPECT_EQ(first.find("cannot be written"), first.rfind("cannot be written"));
  room_ = 1 << 30;
  put(1);
  drain();
  EXPECT_EQ(statuses(), "205 ");
  EXPECT_EQ(written(), 1U);
  EXPECT_NE(said_.str().find("is written again lines_lost=5"), std::string::npos) << said_.str();
}

TEST_F(AccessWriterTest, ALineThatWasTornIsCompletedBeforeTheNext) {
  for (std::size_t torn = 0; torn <= 2 * line_bytes(); ++torn) {
    file_.clear();
    room_ = torn;
    const std::uint64_t before = written() + dropped();
    put_so_far_ = 0;
    put(3);
    drain();
    drain();  // still full
    put(1);
    drain();  // full, with a torn line waiting
    room_ = 1 << 30;
    put(1);
    drain();
    const bool at_an_end = torn % line_bytes() == 0;
    const std::size_t whole = torn / line_bytes() + (at_an_end ? 0 : 1);
    EXPECT_EQ(statuses(), std::string("200 201 202 ").substr(0, 4 * whole) + "204 ") << torn;
    EXPECT_EQ(written() + dropped(), before + 5) << torn;
  }
}

TEST_F(AccessWriterTest, ANewFileBeginsWithAWholeLine) {
  room_ = 10;
  put(1);
  drain();
  file_.clear();
  room_ = 1 << 30;
  writer_.forget_torn_line();
  put(1);
  drain();
  EXPECT_EQ(statuses(), "201 ");
  EXPECT_EQ(dropped(), 1U);
  EXPECT_EQ(written(), 1U);
}

}  // namespace
}  // namespace weft::proxy
