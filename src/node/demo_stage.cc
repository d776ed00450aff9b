#include "node/demo_stage.h"

namespace weft::node {

using namespace std::chrono_literals;

DemoStage::DemoStage(io::Loop& loop, DemoDirectory directory, DemoStageOptions options,
                     std::function<void(std::string)> say)
    : loop_(loop),
      directory_(std::move(directory)),
      options_(options),
      say_(std::move(say)),
      node_(loop, directory_) {}

io::Task<Told<>> DemoStage::start(std::vector<std::string>* notes) {
  if (auto started = co_await node_.start(options_.ports, notes); !started) {
    co_return started;
  }
  api_.emplace(loop_, node_.control());
  gateway_.emplace(loop_, node_.gateway());
  fleet_.emplace(loop_,
                 DemoFleetOptions{options_.ports, node_.gateway(), options_.restart_after,
                                  directory_.path() + "/fleet.log"},
                 say_);
  if (auto started = co_await fleet_->start(notes); !started) {
    co_return started;
  }
  if (auto enrolled = co_await fleet_->enrol(*api_); !enrolled) {
    co_return enrolled;
  }
  watch_.emplace(loop_, node_.control());
  co_return co_await watch_->start();
}

// The watch first, so that it does not see the end as a loss; the node before the fleet, so that
// requests under way find their service.
io::Task<void> DemoStage::stop() {
  if (watch_) {
    co_await watch_->stop();
  }
  base::ignore(co_await node_.stop(10s), "it is killed when this goes");
  if (fleet_) {
    base::ignore(base::Result<std::size_t>(co_await fleet_->stop()), "they are killed then");
  }
}

}  // namespace weft::node
