#include "proxy/data_plane.h"

#include "io/cross_loop.h"
#include "io/real_clock.h"
#include "io/watchdog.h"

#include <fmt/format.h>

#include <optional>

namespace weft::proxy {

// One loop with its thread and its worker.
struct DataPlane::Lane {
  Lane(std::unique_ptr<io::Loop> made, RecordOutlet::Box& box, base::MeterRegistry* meters)
      : thread(std::move(made)), records(box, meters) {}

  io::LoopThread thread;
  RecordOutlet records;
  std::optional<io::Watchdog> watchdog;
  std::unique_ptr<Worker> worker;
  io::TaskScope requests;  // of this lane's loop: what the control loop asked for

  template <class F>
  void post(F&& work) {
    thread.loop().post(std::forward<F>(work));
  }
};

namespace {

io::Task<bool> drain_worker(Worker* worker, base::MonoTime deadline) {
  co_await worker->drain(deadline);
  co_return true;
}

io::Task<bool> stop_worker(Worker* worker) {
  co_await worker->stop();
  co_return true;
}

io::Task<WorkerStatus> status_of(Worker* worker) { co_return worker->status(); }

}  // namespace

DataPlane::DataPlane(io::Loop& control, const DataPlaneOptions& options, Sinks sinks)
    : control_(control),
      options_(options),
      meters_(sinks.meters),
      log_(sinks.log),
      records_(control, options.record_batches_waiting_max, std::move(sinks.records)),
      breakers_(control, options.record_batches_waiting_max, std::move(sinks.breakers)),
      suspects_(control, options.record_batches_waiting_max, std::move(sinks.suspects)) {}

DataPlane::~DataPlane() = default;

base::Result<std::vector<base::SocketAddress>> DataPlane::open(
    std::span<const base::SocketAddress> addresses, AccessLog* access_log) {
  const std::size_t loops = options_.loops > 0 ? options_.loops : io::usable_processors();
  std::vector<base::SocketAddress> bound(addresses.begin(), addresses.end());
  for (std::size_t i = 0; i < loops; ++i) {
    WEFT_TRY(auto driver, io::make_driver(options_.driver));
    auto loop = std::make_unique<io::Loop>(std::move(driver), fmt::format("proxy-{}", i),
                                           io::entropy_seed());
    auto lane = std::make_unique<Lane>(std::move(loop), records_, meters_);
    if (log_ != nullptr && meters_ != nullptr) {
      lane->watchdog.emplace(lane->thread.loop(), *log_, *meters_);
    }
    WorkerSinks sinks;
    sinks.records = [outlet = &lane->records](std::vector<model::Record> batch) {
      outlet->send(std::move(batch));
    };
    sinks.breakers = [this](BreakerEvent event) {
      base::ignore(breakers_.try_post(event), "the next transition says more");
    };
    sinks.suspects = [this](std::uint32_t instance) {
      base::ignore(suspects_.try_post(instance), "the next check finds out as well");
    };
    sinks.access = access_log != nullptr ? &access_log->add_ring() : nullptr;
    sinks.meters = meters_;
    lane->worker = std::make_unique<Worker>(lane->thread.loop(), static_cast<std::uint16_t>(i),
                                            options_.worker, std::move(sinks));
    lanes_.push_back(std::move(lane));
    for (base::SocketAddress& address : bound) {
      // A unix socket has one listener; TCP has one per loop on the same port.
      if (address.is_unix() && i > 0) {
        continue;
      }
      WEFT_TRY(address, lanes_.back()->worker->listen(address));
    }
  }
  return bound;
}

void DataPlane::start() {
  for (const auto& lane : lanes_) {
    lane->thread.start();
  }
}

void DataPlane::publish(std::shared_ptr<const RouteIndex> index) {
  // The last loop to let go of an index only says so: what was in no other one, which may be much,
  // is freed where no request waits for it.
  const RouteIndex* shown = index.get();
  const std::shared_ptr<const RouteIndex> lent(
      shown, [&control = control_, index = std::move(index)](const RouteIndex*) mutable {
        control.post([returned = std::move(index)] {});
      });
  for (const auto& lane : lanes_) {
    lane->post([worker = lane->worker.get(), lent] { worker->adopt(lent); });
  }
}

void DataPlane::on_check_passed(std::uint32_t service, std::uint32_t instance) {
  for (const auto& lane : lanes_) {
    lane->post([worker = lane->worker.get(), service, instance] {
      worker->on_check_passed(service, instance);
    });
  }
}

void DataPlane::reset_breaker(std::uint32_t service, std::uint32_t instance) {
  for (const auto& lane : lanes_) {
    lane->post([worker = lane->worker.get(), service, instance] {
      worker->reset_breaker(service, instance);
    });
  }
}

io::Task<std::vector<WorkerStatus>> DataPlane::status() {
  std::vector<WorkerStatus> all;
  for (const auto& lane : lanes_) {
    all.push_back(co_await io::run_on(control_, lane->thread.loop(), lane->requests,
                                      status_of(lane->worker.get())));
  }
  co_return all;
}

io::Task<void> DataPlane::drain_lane(DataPlane* plane, Lane* lane, base::MonoTime deadline) {
  base::ignore(co_await io::run_on(plane->control_, lane->thread.loop(), lane->requests,
                                   drain_worker(lane->worker.get(), deadline)),
               "it has nothing to say");
}

io::Task<void> DataPlane::stop_lane(DataPlane* plane, Lane* lane) {
  if (!lane->thread.is_running()) {
    lane->thread.start();  // open() failed: what it began must still end on its own loop
  }
  base::ignore(co_await io::run_on(plane->control_, lane->thread.loop(), lane->requests,
                                   stop_worker(lane->worker.get())),
               "it has nothing to say");
  lane->thread.stop();
}

io::Task<void> DataPlane::drain(base::MonoTime deadline) {
  io::TaskScope lanes;
  for (const auto& lane : lanes_) {
    lanes.spawn("proxy drain", drain_lane(this, lane.get(), deadline));
  }
  co_await lanes.join();
}

io::Task<void> DataPlane::stop() {
  io::TaskScope lanes;
  for (const auto& lane : lanes_) {
    lanes.spawn("proxy stop", stop_lane(this, lane.get()));
  }
  co_await lanes.join();
}

std::string_view DataPlane::driver_name() const {
  return lanes_.empty() ? "" : lanes_.front()->thread.loop().driver().name();
}

}  // namespace weft::proxy
