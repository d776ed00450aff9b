// The log: one sentence and its facts per line, as text for people or as JSON for machines.
//
//   log.info("listener bound", {{"role", "control"}, {"address", address.to_string()}});
//   2025-12-14T10:30:00.123456Z info  listener bound role=control address=127.0.0.1:8000
//
// The sentence is static; what changes goes into the facts, so that lines can be counted.
#pragma once

#include <boost/describe.hpp>
#include <fmt/format.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

namespace weft::base {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
BOOST_DESCRIBE_ENUM(LogLevel, kDebug, kInfo, kWarning, kError)

enum class LogFormat : std::uint8_t { kText, kJson };
BOOST_DESCRIBE_ENUM(LogFormat, kText, kJson)

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  // Lines that wait for a slow reader of stderr; the oldest are dropped, a loop never waits.
  // 0 writes in place: for commands and tests.
  std::size_t queue_lines = 8192;
};

// One name and value of a line. Secrets do not belong here.
struct LogFact {
  std::string_view name;
  std::string value;
  bool is_text = true;  // numbers and booleans stand bare in JSON

  LogFact(std::string_view key, std::string_view text) : name(key), value(text) {}
  LogFact(std::string_view key, const char* text) : name(key), value(text) {}
  template <class Number>
    requires std::integral<Number> || std::floating_point<Number>
  LogFact(std::string_view key, Number number)
      : name(key), value(fmt::format("{}", number)), is_text(false) {}
};

// Thread: any (synchronised). Lifetime: the last line is written before it is gone.
class Log final {
 public:
  // Writes to stderr.
  explicit Log(const LogOptions& options);
  // Writes to `stream`, which outlives the log.
  Log(const LogOptions& options, std::ostream& stream);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  void debug(std::string_view sentence, std::initializer_list<LogFact> facts = {}) {
    write(LogLevel::kDebug, sentence, facts);
  }
  void info(std::string_view sentence, std::initializer_list<LogFact> facts = {}) {
    write(LogLevel::kInfo, sentence, facts);
  }
  void warning(std::string_view sentence, std::initializer_list<LogFact> facts = {}) {
    write(LogLevel::kWarning, sentence, facts);
  }
  void error(std::string_view sentence, std::initializer_list<LogFact> facts = {}) {
    write(LogLevel::kError, sentence, facts);
  }

  // Would a line of this level be written? Ask before facts that are dear to make.
  bool writes(LogLevel level) const;
  void set_level(LogLevel level);

 private:
  struct Sink;

  void write(LogLevel level, std::string_view sentence, std::initializer_list<LogFact> facts);

  std::unique_ptr<Sink> sink_;
};

}  // namespace weft::base
