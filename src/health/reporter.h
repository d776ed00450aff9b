// Reporter: what health has to tell the registry, in commands. What comes together while one
// command is under way goes into the next, so that a crowd costs few transactions.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"
#include "model/command.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weft::health {

// Thread: its loop.
class Reporter final {
 public:
  struct Options {
    std::size_t steps_max = 256;  // of one command
    // What comes within this time of the first shares its command.
    base::Nanos gather_time = base::Millis(1);
    // A registry that takes nothing for a reason of its own is asked again after this time.
    base::Nanos retry_pause = base::Millis(500);
  };

  // Makes a command durable; State::apply() with its errors.
  using Apply = std::function<io::Task<base::Result<void>>(model::Command)>;

  // `log` outlives the reporter.
  Reporter(io::Loop& loop, base::Log& log, const Options& options, Apply apply);
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  // Tells a status. What was not yet sent about the same check is forgotten.
  void put(model::CheckState state);

  // Removes an instance, if its row is still that of `modified_index`.
  void remove_instance(const std::string& instance, std::uint64_t modified_index);

  // Is something waiting or under way?
  bool is_busy() const { return scope_.size() > 0; }

  // Forgets what was not sent.
  io::Task<void> stop() { co_await scope_.stop(); }

 private:
  // By what it is about, so that the newest word counts.
  using Key = std::pair<model::Table, std::string>;
  using Steps = std::map<Key, model::Step>;
  enum class Sent : std::uint8_t { kDone, kRefused, kLater };

  void add(Key key, model::Step step);
  io::Task<void> send_all();
  io::Task<Sent> send(std::vector<model::Step> steps);
  io::Task<Sent> send_one_by_one(Steps& batch);
  Sent note_outcome(const base::Result<void>& applied);
  Steps take_batch();
  void give_back(Steps batch);

  io::Loop& loop_;
  base::Log& log_;
  const Options options_;
  const Apply apply_;
  Steps waiting_;
  bool is_put_off_ = false;  // the last command was not taken; said once in the log
  io::TaskScope scope_;
};

}  // namespace weft::health
