// The driver of a simulation: the network is SimNetwork, time is virtual and moves only when nobody
// has anything left to do. Made by SimWorld::make_loop (sim_world.h).
#pragma once

#include "io/driver.h"
#include "io/sim_network.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace weft::io {

// Thread: the one that runs the simulation, except wake().
class SimDriver final : public Driver, public SimWatcher {
 public:
  // Who moves time when nobody has anything to do: the driver in turn(), or the one who turns
  // several loops.
  enum class Mover : std::uint8_t { kSelf, kWorld };

  SimDriver(SimNetwork& network, Mover mover) : network_(network), mover_(mover) {}
  SimDriver(const SimDriver&) = delete;
  SimDriver& operator=(const SimDriver&) = delete;

  void attach(Loop& loop) override { loop_ = &loop; }
  bool start(Operation& op) override;
  void cancel(Operation& op) override;
  void turn(base::MonoTime deadline) override;
  void wake() override;
  base::MonoTime now() const override { return network_.now(); }
  base::WallTime wall_now() const override;
  base::Result<Channel*> listen(const base::SocketAddress& address,
                                const ListenOptions& options) override;
  base::Result<Channel*> adopt_listener(UniqueFd descriptor) override;
  base::Result<Channel*> open_stream(const base::SocketAddress& address) override;
  // Descriptors of the kernel do not exist here: every wait for one ends with kUnsupported.
  Channel* watch_foreign(int fd) override;
  void close(Channel& channel) override;
  void shutdown_write(Channel& channel) override { network_.shutdown_write(channel.fd); }
  bool is_stale(Channel& channel) override;
  bool has_left(Channel& channel) override;
  base::SocketAddress local_address(const Channel& channel) const override {
    return network_.local_address(channel.fd);
  }
  std::string_view name() const override { return "sim"; }

  void on_ready(int fd) override { ready_.push_back(fd); }

  // When the loop wants to turn again by itself; now or earlier when its last turn did something.
  base::MonoTime wanted() const { return wanted_; }

 private:
  Channel* add_channel(int fd);
  bool attempt(Operation& op);
  bool try_accept(Operation& op);
  bool try_connect(Operation& op);
  bool try_recv(Operation& op);
  bool try_send(Operation& op);
  void retry(int fd, Operation* Channel::* slot);
  bool take_woken();
  void wait_until_woken();

  SimNetwork& network_;
  const Mover mover_;
  Loop* loop_ = nullptr;
  base::MonoTime wanted_{};
  std::unordered_map<int, std::unique_ptr<Channel>> channels_;
  std::vector<int> ready_;
  int last_foreign_ = 0;  // foreign ones are numbered below zero

  std::mutex mutex_;
  std::condition_variable woken_signal_;
  bool woken_ = false;  // guarded by mutex_
};

}  // namespace weft::io
