#include "base/log.h"

#include "base/json.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace weft::base {
namespace {

// The text is quoted where its end would not be seen or where it could forge a line.
bool needs_quotes(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\x7f') {
      return true;
    }
  }
  return text.empty();
}

std::string text_line(std::string_view sentence, std::initializer_list<LogFact> facts) {
  std::string line(sentence);
  for (const LogFact& fact : facts) {
    line += ' ';
    line += fact.name;
    line += '=';
    if (fact.is_text && needs_quotes(fact.value)) {
      append_json_string(line, fact.value);
    } else {
      line += fact.value;
    }
  }
  return line;
}

// The members behind time and level, which the formatter writes.
std::string json_line(std::string_view sentence, std::initializer_list<LogFact> facts) {
  std::string line;
  append_json_string(line, sentence);
  for (const LogFact& fact : facts) {
    line += ',';
    append_json_string(line, fact.name);
    line += ':';
    if (fact.is_text) {
      append_json_string(line, fact.value);
    } else {
      line += fact.value;
    }
  }
  return line;
}

constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%fZ %-7l %v";
constexpr const char* kJsonPattern =
    R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","message":%v})";

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

struct Log::Sink {
  LogFormat format;
  std::shared_ptr<spdlog::details::thread_pool> writer;  // null when lines are written in place
  std::shared_ptr<spdlog::logger> logger;
};

namespace {

std::shared_ptr<spdlog::logger> make_logger(
    const LogOptions& options, spdlog::sink_ptr to,
    const std::shared_ptr<spdlog::details::thread_pool>& writer) {
  to->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      options.format == LogFormat::kJson ? kJsonPattern : kTextPattern,
      spdlog::pattern_time_type::utc));
  std::shared_ptr<spdlog::logger> logger;
  if (writer) {
    logger = std::make_shared<spdlog::async_logger>("weft", std::move(to), writer,
                                                    spdlog::async_overflow_policy::overrun_oldest);
  } else {
    logger = std::make_shared<spdlog::logger>("weft", std::move(to));
  }
  logger->set_level(spdlog_level(options.level));
  logger->flush_on(spdlog::level::info);
  return logger;
}

std::shared_ptr<spdlog::details::thread_pool> make_writer(const LogOptions& options) {
  if (options.queue_lines == 0) {
    return nullptr;
  }
  return std::make_shared<spdlog::details::thread_pool>(options.queue_lines, 1);
}

}  // namespace

Log::Log(const LogOptions& options) : sink_(std::make_unique<Sink>()) {
  sink_->format = options.format;
  sink_->writer = make_writer(options);
  sink_->logger =
      make_logger(options, std::make_shared<spdlog::sinks::stderr_sink_mt>(), sink_->writer);
}

Log::Log(const LogOptions& options, std::ostream& stream) : sink_(std::make_unique<Sink>()) {
  sink_->format = options.format;
  sink_->writer = make_writer(options);
  sink_->logger =
      make_logger(options, std::make_shared<spdlog::sinks::ostream_sink_mt>(stream), sink_->writer);
}

Log::~Log() = default;

bool Log::writes(LogLevel level) const { return sink_->logger->should_log(spdlog_level(level)); }

void Log::set_level(LogLevel level) { sink_->logger->set_level(spdlog_level(level)); }

void Log::write(LogLevel level, std::string_view sentence, std::initializer_list<LogFact> facts) {
  if (!writes(level)) {
    return;
  }
  const std::string line =
      sink_->format == LogFormat::kJson ? json_line(sentence, facts) : text_line(sentence, facts);
  sink_->logger->log(spdlog_level(level), spdlog::string_view_t(line));
}

}  // namespace weft::base
