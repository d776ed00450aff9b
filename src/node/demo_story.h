// `weft demo --check`: the main job, step by step, unattended. Each step prints one line with what
// it measured.
#pragma once

#include "cli/options.h"
#include "io/task.h"
#include "node/demo_stage.h"
#include "node/load_report.h"

#include <optional>
#include <string>
#include <string_view>

namespace weft::node {

// Thread: its loop. Lifetime: the stage outlives it.
class DemoStory final {
 public:
  DemoStory(DemoStage& stage, cli::OutputForm form) : stage_(stage), form_(form) {}

  // Tells the story on stdout, a line per step and one at the end; as JSON objects when asked for:
  // {"step", "ok", "says", "seconds"} and {"steps", "passed", "ok", "seconds"}.
  // Returns: whether every step went as it should.
  io::Task<bool> run();

 private:
  using Step = io::Task<Told<std::string>> (DemoStory::*)();

  // Each returns what it measured, or what was expected and what was seen instead.
  io::Task<Told<std::string>> bring_up();
  io::Task<Told<std::string>> all_healthy();
  io::Task<Told<std::string>> discovered();
  io::Task<Told<std::string>> called();
  io::Task<Told<std::string>> killed();
  io::Task<Told<std::string>> shown();
  io::Task<Told<std::string>> hung();
  io::Task<Told<std::string>> taken_back();
  io::Task<Told<std::string>> stopped();

  // When the node first says that the victim takes no more requests; nullopt at the deadline.
  io::Task<std::optional<base::MonoTime>> out_of_rotation(base::MonoTime deadline);
  static io::Task<void> note_shown(DemoStory* story);
  static io::Task<void> ask_slowly(DemoStage* stage, std::size_t* answered);
  std::string busiest(const LoadReport& report, std::string_view service) const;

  void print_step(const char* name, const Told<std::string>& told, base::Nanos took) const;
  void print_sum(std::size_t passed, std::size_t steps, base::Nanos took) const;

  DemoStage& stage_;
  const cli::OutputForm form_;
  base::MonoTime enrolled_{};
  std::string victim_;  // the instance that was killed
  base::MonoTime killed_at_{};
  std::optional<base::MonoTime> shown_at_;  // when the page showed the kill
};

}  // namespace weft::node
