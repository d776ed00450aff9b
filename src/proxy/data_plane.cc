#include "proxy/data_plane.h"

#include "io/cross_loop.h"
#include "io/watchdog.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::proxy {

// One loop with its thread and its worker.
struct DataPlane::Lane {
  Lane(std::unique_ptr<io::LoopThread> made, RecordOutlet::Box& box, base::MeterRegistry* meters)
      : turning(std::move(made)), thread(*turning), records(box, meters) {}

  std::unique_ptr<io::LoopThread> turning;
  io::LoopThread& thread;
  RecordOutlet records;
  std::optional<io::Watchdog> watchdog;
  std::unique_ptr<Worker> worker;
  std::uint64_t adopted_index = 0;  // as far as the control loop has heard
  io::TaskScope requests;           // of this lane's loop: what the control loop asked for

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

io::Task<ActivePart> active_of(Worker* worker, ActivePart::Place at) {
  co_return worker->active(at);
}

io::Task<base::Result<Worker::OpenListener>> listen_on(Worker* worker,
                                                       base::SocketAddress address) {
  co_return worker->listen(address);
}

io::Task<EndpointReports> report_of(Worker* worker, std::span<const EndpointRef> endpoints) {
  co_return worker->report(endpoints);
}

}  // namespace

DataPlane::DataPlane(io::Loop& control, const DataPlaneOptions& options, Sinks sinks)
    : control_(control),
      options_(options),
      meters_(sinks.meters),
      log_(sinks.log),
      wants_records_(sinks.records != nullptr),
      records_(control, options.record_batches_waiting_max, std::move(sinks.records)),
      breakers_(control, options.record_batches_waiting_max, std::move(sinks.breakers)),
      suspects_(control, options.record_batches_waiting_max, std::move(sinks.suspects)),
      adoptions_(control, options.record_batches_waiting_max,
                 [this](const Adoption& adoption) { note_adoption(adoption); }),
      adoption_(control) {}

DataPlane::~DataPlane() = default;

base::Result<std::vector<base::SocketAddress>> DataPlane::open(
    std::span<const base::SocketAddress> addresses, AccessLog* access_log, Inherited inherited) {
  const std::size_t loops = options_.loops > 0 ? options_.loops : io::usable_processors();
  inherited.resize(addresses.size());
  for (std::size_t i = 0; i < loops; ++i) {
    WEFT_TRY_VOID(make_lane(access_log));
  }
  std::vector<base::SocketAddress> bound(addresses.begin(), addresses.end());
  for (std::size_t i = 0; i < loops; ++i) {
    WEFT_TRY_VOID(open_listeners(i, bound, inherited));
  }
  return bound;
}

base::Result<void> DataPlane::make_lane(AccessLog* access_log) {
  const std::size_t number = lanes_.size();
  WEFT_TRY(auto loop, options_.make_loop(fmt::format("proxy-{}", number)));
  auto lane = std::make_unique<Lane>(std::move(loop), records_, meters_);
  if (log_ != nullptr && meters_ != nullptr) {
    lane->watchdog.emplace(lane->thread.loop(), *log_, *meters_);
  }
  WorkerSinks sinks;
  if (wants_records_) {
    sinks.records = [outlet = &lane->records](std::vector<model::Record> batch) {
      outlet->send(std::move(batch));
    };
  }
  sinks.breakers = [this](BreakerEvent event) {
    base::ignore(breakers_.try_post(event), "the next transition says more");
  };
  sinks.suspects = [this](std::uint32_t instance) {
    base::ignore(suspects_.try_post(instance), "the next check finds out as well");
  };
  sinks.access = access_log != nullptr ? &access_log->add_ring() : nullptr;
  sinks.meters = meters_;
  lane->worker = std::make_unique<Worker>(lane->thread.loop(), static_cast<std::uint16_t>(number),
                                          options_.worker, std::move(sinks));
  lane->worker->hold_clients();
  lanes_.push_back(std::move(lane));
  return {};
}

base::Result<void> DataPlane::open_listeners(std::size_t loop, std::span<base::SocketAddress> bound,
                                             Inherited& inherited) {
  Worker& worker = *lanes_[loop]->worker;
  for (std::size_t at = 0; at < bound.size(); ++at) {
    std::vector<io::UniqueFd>& sockets = inherited[at];
    // Every socket has an owner, also when there are fewer loops than before.
    for (std::size_t i = loop; i < sockets.size(); i += lanes_.size()) {
      WEFT_TRY(Worker::OpenListener open, worker.inherit(std::move(sockets[i])));
      bound[at] = open.address;
      note_listener({at, loop, std::move(open)});
    }
    // A unix socket has one listener; TCP has one per loop on the same port.
    if (loop < sockets.size() || (bound[at].is_unix() && loop > 0)) {
      continue;
    }
    if (!sockets.empty()) {
      missing_.push_back({at, loop, {bound[at], -1}});
      continue;
    }
    WEFT_TRY(Worker::OpenListener open, worker.listen(bound[at]));
    bound[at] = open.address;
    note_listener({at, loop, std::move(open)});
  }
  return {};
}

void DataPlane::note_listener(PlaneListener listener) {
  const auto place = std::ranges::upper_bound(
      listeners_, std::pair(listener.address, listener.loop), {},
      [](const PlaneListener& one) { return std::pair(one.address, one.loop); });
  listeners_.insert(place, std::move(listener));
}

io::Task<void> DataPlane::open_missing() {
  for (const PlaneListener& wanted : std::exchange(missing_, {})) {
    Lane& lane = *lanes_[wanted.loop];
    auto open = co_await io::run_on(control_, lane.thread.loop(), lane.requests,
                                    listen_on(lane.worker.get(), wanted.open.address));
    if (open) {
      note_listener({wanted.address, wanted.loop, std::move(*open)});
    } else if (log_ != nullptr) {
      log_->warning("a loop has no listener of its own",
                    {{"loop", wanted.loop},
                     {"address", wanted.open.address.to_string()},
                     {"error", base::describe(open.error())}});
    }
  }
}

void DataPlane::leave_queues(const base::SocketAddress& address) {
  for (const PlaneListener& listener : listeners_) {
    if (listener.open.address == address) {
      Lane& lane = *lanes_[listener.loop];
      lane.post([worker = lane.worker.get(), descriptor = listener.open.descriptor] {
        worker->leave_queue(descriptor);
      });
    }
  }
}

void DataPlane::start() {
  for (const auto& lane : lanes_) {
    lane->post([worker = lane->worker.get()] { worker->take_clients(); });
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
  for (std::size_t loop = 0; loop < lanes_.size(); ++loop) {
    lanes_[loop]->post([this, worker = lanes_[loop]->worker.get(), lent, loop] {
      worker->adopt(lent);
      base::ignore(adoptions_.try_post({loop, lent->snapshot().index}), "the next one says more");
    });
  }
}

void DataPlane::note_adoption(const Adoption& adoption) {
  lanes_[adoption.loop]->adopted_index = adoption.index;
  adoption_.notify_all();
}

bool DataPlane::have_adopted(std::uint64_t index) const {
  return std::ranges::all_of(lanes_, [&](const auto& lane) {
    return !lane->thread.is_running() || lane->adopted_index >= index;
  });
}

io::Task<base::Result<void>> DataPlane::adopted(std::uint64_t index, base::MonoTime deadline) {
  while (!have_adopted(index)) {
    WEFT_CO_TRY_VOID(co_await adoption_.wait(deadline));
  }
  co_return base::Result<void>();
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

io::Task<std::unordered_map<std::uint32_t, std::uint32_t>> DataPlane::active() {
  std::unordered_map<std::uint32_t, std::uint32_t> all;
  for (const auto& lane : lanes_) {
    std::vector<ActivePart::Count> counts;
    ActivePart part;
    do {
      part = co_await io::run_on(control_, lane->thread.loop(), lane->requests,
                                 active_of(lane->worker.get(), part.next));
      if (part.is_first) {
        counts.clear();
      }
      counts.insert(counts.end(), part.counts.begin(), part.counts.end());
    } while (!part.is_last);
    for (const auto& [instance, active] : counts) {
      all[instance] += active;
    }
  }
  co_return all;
}

io::Task<std::vector<EndpointReports>> DataPlane::report(std::span<const EndpointRef> endpoints) {
  std::vector<EndpointReports> all;
  all.reserve(lanes_.size());
  for (const auto& lane : lanes_) {
    EndpointReports whole;
    if (!lane->thread.is_running()) {
      all.push_back(std::move(whole));  // it works by no snapshot yet
      continue;
    }
    std::size_t at = 0;
    do {
      const auto some = endpoints.subspan(at, std::min(kEndpointsPerReport, endpoints.size() - at));
      auto part = co_await io::run_on(control_, lane->thread.loop(), lane->requests,
                                      report_of(lane->worker.get(), some));
      // The older one, for a snapshot may come between two parts.
      whole.index = at == 0 ? part.index : std::min(whole.index, part.index);
      at += some.size();
      whole.endpoints.insert(whole.endpoints.end(), part.endpoints.begin(), part.endpoints.end());
    } while (at < endpoints.size());
    all.push_back(std::move(whole));
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
