#include "proxy/access_log.h"

#include "base/check.h"
#include "io/cross_loop.h"
#include "io/real_clock.h"

#include <chrono>

namespace weft::proxy {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kWriteInterval = 100ms;  // how long a line may wait

}  // namespace

base::Result<std::unique_ptr<AccessLog>> AccessLog::open(const Parts& parts,
                                                         const AccessLogOptions& options) {
  WEFT_TRY(auto file, io::AppendFile::open(options.path));
  WEFT_TRY(auto driver, io::make_driver(io::DriverKind::kEpoll));
  return std::unique_ptr<AccessLog>(
      // house(new): the constructor is private.
      new AccessLog(parts, options, std::move(file), std::move(driver)));
}

AccessLog::AccessLog(const Parts& parts, const AccessLogOptions& options, io::AppendFile file,
                     std::unique_ptr<io::Driver> driver)
    : parts_(parts),
      options_(options),
      file_(std::move(file)),
      writer_(parts.meters, parts.log,
              [this](std::string_view lines) { return file_.append(lines); }),
      thread_(std::make_unique<io::Loop>(std::move(driver), "access-log", io::entropy_seed())) {}

AccessLog::~AccessLog() { WEFT_ASSERT(!thread_.is_running()); }

AccessRing& AccessLog::add_ring() {
  WEFT_ASSERT(!thread_.is_running());
  rings_.push_back(std::make_unique<AccessRing>(options_.ring_bytes, parts_.meters, [this] {
    thread_.loop().post([this] { write_all(); });
  }));
  return *rings_.back();
}

void AccessLog::start() {
  tasks_.spawn("access log", write_now_and_then(this));
  thread_.start();
}

void AccessLog::reopen() {
  thread_.loop().post([this] { move_on(); });
}

io::Task<void> AccessLog::stop() {
  if (!thread_.is_running()) {
    thread_.start();  // never started: the end is still that of its own loop
  }
  co_await io::run_on(parts_.control, thread_.loop(), requests_, finish(this));
  thread_.stop();
}

io::Task<void> AccessLog::write_now_and_then(AccessLog* self) {
  for (;;) {
    if (const auto slept = co_await self->thread_.loop().sleep_for(kWriteInterval); !slept) {
      co_return;
    }
    self->write_all();
  }
}

io::Task<bool> AccessLog::finish(AccessLog* self) {
  co_await self->tasks_.stop();
  self->write_all();
  co_return true;
}

void AccessLog::write_all() {
  for (const auto& ring : rings_) {
    writer_.drain(*ring);
  }
  writer_.flush();
}

void AccessLog::move_on() {
  write_all();
  if (const auto reopened = file_.reopen(); !reopened) {
    parts_.log.error("the access log stays in its old file",
                     {{"path", file_.path()}, {"error", base::describe(reopened.error())}});
    return;
  }
  writer_.forget_torn_line();
  parts_.log.info("the access log was opened again", {{"path", file_.path()}});
}

}  // namespace weft::proxy
