// What a node stands on: threads for its loops, a disk, names. The machine's in production, a
// simulation's in tests/sim.
#pragma once

#include "base/address.h"
#include "base/log.h"
#include "base/result.h"
#include "io/blocking_pool.h"
#include "io/driver.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"
#include "io/thread.h"
#include "node/setting_types.h"
#include "state/retention.h"
#include "state/store.h"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace weft::node {

// Which state is opened. Lifetime: the log's.
struct StoreChoice {
  std::string directory{};  // of this node's own files, and of the state when no URL says otherwise
  DatabaseUrl database{};
  std::string schema{};  // of a PostgreSQL database
  state::Retention retention{};
  base::Log* log = nullptr;
};

// Where that is, for people. Thread: any; pure.
std::string describe(const StoreChoice& choice);

// Thread: the control loop. Lifetime: outlives its node, and each pool what was opened with it.
class Ground {
 public:
  Ground() = default;
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  virtual ~Ground() = default;

  // A loop for the gateway, with what turns it. Errors: kUnsupported (the driver), kNoSpace, kIo.
  virtual base::Result<std::unique_ptr<io::LoopThread>> make_loop(io::DriverKind driver,
                                                                  std::string name) = 0;
  // Where calls to the store block.
  virtual io::BlockingPool& disk_pool() = 0;
  // Opens the state; `directory` is made when it is not there. Blocks for as long as PostgreSQL
  // takes to answer, a few seconds at most.
  // Errors: those of StoreSqlite::open() and StorePostgres::open(); kForbidden (the directory).
  virtual base::Result<std::unique_ptr<state::Store>> open_store(const StoreChoice& choice) = 0;
  virtual base::Result<std::unique_ptr<io::Resolver>> make_resolver(io::Loop& loop) = 0;
  // Returns: why the first of `addresses` that cannot be had alone cannot; nullopt when all can.
  virtual io::Task<std::optional<std::string>> first_not_free(
      io::Loop* loop, std::span<const base::SocketAddress> addresses) = 0;
  // What a small file says; it is made with `text` when it is not there. Errors: kIo, kForbidden.
  virtual base::Result<std::string> keep_file(const std::string& path, const std::string& text) = 0;
  // Writes a small file whole: a reader sees all of it or what was there before.
  virtual base::Result<void> write_file(const std::string& path, const std::string& text) = 0;
};

class MachineGround final : public Ground {
 public:
  base::Result<std::unique_ptr<io::LoopThread>> make_loop(io::DriverKind driver,
                                                          std::string name) override;
  io::BlockingPool& disk_pool() override { return disk_pool_; }
  base::Result<std::unique_ptr<state::Store>> open_store(const StoreChoice& choice) override;
  base::Result<std::unique_ptr<io::Resolver>> make_resolver(io::Loop& loop) override;
  io::Task<std::optional<std::string>> first_not_free(
      io::Loop* loop, std::span<const base::SocketAddress> addresses) override;
  base::Result<std::string> keep_file(const std::string& path, const std::string& text) override;
  base::Result<void> write_file(const std::string& path, const std::string& text) override;

 private:
  io::BlockingPool disk_pool_{1};
};

}  // namespace weft::node
