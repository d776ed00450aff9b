// All loops of the gateway: threads, workers, and the way in for snapshots and out for experience.
#pragma once

#include "base/address.h"
#include "base/log.h"
#include "base/result.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/mailbox.h"
#include "io/task.h"
#include "io/thread.h"
#include "io/unique_fd.h"
#include "model/record.h"
#include "proxy/access_log.h"
#include "proxy/record_outlet.h"
#include "proxy/route_index.h"
#include "proxy/worker.h"

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace weft::proxy {

struct DataPlaneOptions {
  WorkerOptions worker;                           // behaviour
  std::size_t loops = 0;                          // speed; 0: one per processor
  io::LoopMaker make_loop;                        // what they stand on
  std::size_t record_batches_waiting_max = 2048;  // speed; more are dropped and counted
};

// Thread: the control loop, except where said. Lifetime: stop() is awaited before destruction;
// the sinks are called on the control loop.
class DataPlane final {
 public:
  struct Sinks {
    std::function<void(std::vector<model::Record>)> records;  // null: nobody wants them
    std::function<void(BreakerEvent)> breakers;
    std::function<void(std::uint32_t instance)> suspects;
    base::MeterRegistry* meters = nullptr;  // of every loop; outlives the data plane
    base::Log* log = nullptr;               // hears of slow turns, when there are meters
  };

  DataPlane(io::Loop& control, const DataPlaneOptions& options, Sinks sinks);
  DataPlane(const DataPlane&) = delete;
  DataPlane& operator=(const DataPlane&) = delete;
  ~DataPlane();

  // The sockets of each address that another process had, in the order of its loops; where there
  // are none, the address is bound.
  using Inherited = std::vector<std::vector<io::UniqueFd>>;

  // Makes the loops and binds every address on each of them; nothing runs yet. `access_log` gets a
  // ring per loop and outlives the data plane; null: requests are not logged. Inherited sockets
  // are shared out among the loops; each keeps its queue.
  // Returns: what was bound, in order (port 0 becomes a real one).
  // Errors: kAddressInUse, kForbidden, kNoSpace, kUnsupported (the driver).
  base::Result<std::vector<base::SocketAddress>> open(
      std::span<const base::SocketAddress> addresses, AccessLog* access_log,
      Inherited inherited = {});
  // Starts the threads. Clients are taken after the snapshots published so far.
  void start();
  // After start(): loops that have inherited no socket of an address bind one beside the others.
  // Not before they can accept, for the kernel gives a new socket its share of clients at once.
  io::Task<void> open_missing();

  // The listening sockets of all loops: by address, then in the order of the loops.
  struct PlaneListener {
    std::size_t address = 0;  // its place among those given to open()
    std::size_t loop = 0;
    Worker::OpenListener open;
  };
  const std::vector<PlaneListener>& listeners() const { return listeners_; }
  // Another process accepts on this address, one that open() returned: see Worker::leave_queue().
  void leave_queues(const base::SocketAddress& address);

  // Every loop takes `index` between two requests. It is freed on the control loop.
  void publish(std::shared_ptr<const RouteIndex> index);
  // Returns when every loop that runs works by a snapshot that was published with `index` or more:
  // requests that begin from then on are treated by it. Errors: kTimeout, kCancelled.
  io::Task<base::Result<void>> adopted(std::uint64_t index, base::MonoTime deadline);
  void on_check_passed(std::uint32_t service, std::uint32_t instance);
  void reset_breaker(std::uint32_t service, std::uint32_t instance);
  // The requests under way by instance, over all loops; those of instances that no loop has called
  // are not there. The loops answer in parts, as does report().
  io::Task<std::unordered_map<std::uint32_t, std::uint32_t>> active();
  // Returns: what each loop says, in the order of the loops. Any number of endpoints: the loops
  // answer kEndpointsPerReport of them per turn. Lifetime: `endpoints` until it ends.
  io::Task<std::vector<EndpointReports>> report(std::span<const EndpointRef> endpoints);

  // No new connections; returns when the last client has left or at `deadline`.
  io::Task<void> drain(base::MonoTime deadline);
  // Cuts what is left and ends the threads.
  io::Task<void> stop();

  std::size_t loops() const { return lanes_.size(); }
  std::string_view driver_name() const;

 private:
  struct Lane;
  struct Adoption {
    std::size_t loop = 0;
    std::uint64_t index = 0;
  };

  base::Result<void> make_lane(AccessLog* access_log);
  base::Result<void> open_listeners(std::size_t loop, std::span<base::SocketAddress> bound,
                                    Inherited& inherited);
  void note_listener(PlaneListener listener);
  void note_adoption(const Adoption& adoption);
  bool have_adopted(std::uint64_t index) const;

  static io::Task<void> drain_lane(DataPlane* plane, Lane* lane, base::MonoTime deadline);
  static io::Task<void> stop_lane(DataPlane* plane, Lane* lane);

  io::Loop& control_;
  const DataPlaneOptions options_;
  base::MeterRegistry* const meters_;
  base::Log* const log_;
  const bool wants_records_;
  io::Mailbox<std::vector<model::Record>> records_;
  io::Mailbox<BreakerEvent> breakers_;
  io::Mailbox<std::uint32_t> suspects_;
  io::Mailbox<Adoption> adoptions_;
  io::Event adoption_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<PlaneListener> listeners_;
  std::vector<PlaneListener> missing_;  // to be bound by open_missing()
};

}  // namespace weft::proxy
