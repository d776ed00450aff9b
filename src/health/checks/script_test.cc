#include "health/checks/script.h"

#include "health/backend_for_test.h"
#include "io/driver_fixture_for_test.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace weft::health {
namespace {

using model::CheckKind;
using model::CheckStatus;
using Words = std::vector<std::string>;

model::CheckSpec make_script(Words args, CheckKind kind = CheckKind::kScript) {
  model::CheckSpec spec;
  spec.kind = kind;
  spec.details.emplace().args = std::move(args);
  return spec;
}

model::CheckSpec make_docker(const std::string& container, const std::string& shell, Words args) {
  model::CheckSpec spec = make_script(std::move(args), CheckKind::kDocker);
  spec.details->container = container;
  spec.details->shell = shell;
  return spec;
}

TEST(ScriptCommand, IsTheProgramWithItsArguments) {
  EXPECT_EQ(*script_command(make_script({"/bin/check", "-x", "a b; c"})),
            (Words{"/bin/check", "-x", "a b; c"}));
}

TEST(ScriptCommand, InAContainerGoesThroughAShellOnlyWhereOneIsNamed) {
  EXPECT_EQ(*script_command(make_docker("db-1", "", {"pg_isready", "-q"})),
            (Words{"docker", "exec", "db-1", "pg_isready", "-q"}));
  EXPECT_EQ(*script_command(make_docker("db-1", "/bin/bash", {"pg_isready", "-q"})),
            (Words{"docker", "exec", "db-1", "/bin/bash", "-c", "pg_isready -q"}));
}

TEST(ScriptCommand, NamesAProgramAndAContainer) {
  EXPECT_FALSE(script_command(make_script({})));
  EXPECT_FALSE(script_command(make_script({""})));
  EXPECT_FALSE(script_command(model::CheckSpec{}));
  for (const char* container : {"", "--privileged", "-it", "a b", "a/b", ".a"}) {
    EXPECT_FALSE(script_command(make_docker(container, "", {"true"}))) << container;
  }
}

TEST(OutputTail, KeepsTheLastBytes) {
  OutputTail tail(4);
  EXPECT_EQ(tail.text(), "");
  tail.add("abc");
  EXPECT_EQ(tail.text(), "abc");
  tail.add("de");
  EXPECT_EQ(tail.text(), "bcde");
  tail.add(std::string(100, 'x') + "last");
  EXPECT_EQ(tail.text(), "last");
}

struct PipeForTest {
  PipeForTest() { WEFT_ASSERT(::mkfifo(path.c_str(), 0600) == 0); }
  PipeForTest(const PipeForTest&) = delete;
  PipeForTest& operator=(const PipeForTest&) = delete;
  ~PipeForTest() { ::unlink(path.c_str()); }

  const std::string path = testing::TempDir() + "weft-script-" + std::to_string(::getpid());
};

class ScriptCheckTest : public testing::TestWithParam<const char*> {
 protected:
  ProbeResult probe(model::CheckSpec spec, base::Nanos timeout = base::Seconds(30)) {
    spec.timeout = timeout;
    return probe_for_test(*loop_, check_, make_instance_for_test("10.0.0.1", 1, std::move(spec)),
                          timeout);
  }
  ProbeResult probe_shell(const std::string& script, base::Nanos timeout = base::Seconds(30)) {
    return probe(make_script({"/bin/sh", "-c", script}), timeout);
  }

  std::unique_ptr<io::Loop> loop_ = io::make_loop_for_test(GetParam());
  ScriptCheck check_{*loop_, Scripts::kAllowed};
};

INSTANTIATE_TEST_SUITE_P(EachRealDriver, ScriptCheckTest,
                         testing::ValuesIn(io::real_driver_names_for_test()),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(ScriptCheckTest, TheExitStatusIsTheResult) {
  struct Case {
    const char* script;
    CheckStatus status;
  };
  for (const Case& one :
       {Case{"exit 0", CheckStatus::kPassing}, Case{"exit 1", CheckStatus::kWarning},
        Case{"exit 2", CheckStatus::kCritical}, Case{"exit 127", CheckStatus::kCritical}}) {
    const ProbeResult result = probe_shell(one.script);
    EXPECT_EQ(result.status, one.status) << one.script;
    EXPECT_FALSE(result.no_answer);
    EXPECT_EQ(result.output, "");
    EXPECT_GT(result.response_time, base::Nanos(0));
  }
}

TEST_P(ScriptCheckTest, BothItsStreamsAreTheOutput) {
  const ProbeResult result = probe_shell("echo one; echo two >&2; printf '\\033three'; exit 1");
  EXPECT_EQ(result.status, CheckStatus::kWarning);
  EXPECT_EQ(result.output, "one\ntwo\n?three");
}

TEST_P(ScriptCheckTest, ArgumentsAreNoScript) {
  EXPECT_EQ(probe(make_script({"echo", "$HOME; `true`"})).output, "$HOME; `true`\n");
}

// More than a pipe holds: a program that nobody read would wait forever.
TEST_P(ScriptCheckTest, OfALongOutputTheEndIsKept) {
  const ProbeResult result = probe_shell("yes | head -c 300000; printf the-end");
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_EQ(result.output.size(), model::CheckState::kOutputBytesMax);
  EXPECT_TRUE(result.output.ends_with("y\nthe-end"));
  model::CheckSpec spec = make_script({"echo", "1234567890"});
  spec.details->output_bytes_max = 4;
  EXPECT_EQ(probe(std::move(spec)).output, "890\n");
}

// A named pipe that a program opens is how we know of it: nobody has it any more once all are gone.
TEST_P(ScriptCheckTest, AProgramThatTakesTooLongIsKilledWithWhatItStarted) {
  const PipeForTest pipe;
  const int watched = ::open(pipe.path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const ProbeResult result =
      probe_shell("exec 9> " + pipe.path + "; echo started; sleep 1000 & wait", base::Millis(300));
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.no_answer);
  EXPECT_EQ(result.output, "timed out (300ms) running the check\n\nstarted\n");
  pollfd hang_up{.fd = watched, .events = 0, .revents = 0};
  EXPECT_EQ(::poll(&hang_up, 1, 30'000), 1);
  EXPECT_NE(hang_up.revents & POLLHUP, 0);
  ::close(watched);
}

TEST_P(ScriptCheckTest, WhatGoesOnBehindItIsNotWaitedFor) {
  const PipeForTest pipe;
  const ProbeResult result = probe_shell("echo done; (read end < " + pipe.path + ") & exit 0");
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_EQ(result.output, "done\n");
  ::close(::open(pipe.path.c_str(), O_WRONLY | O_CLOEXEC));  // which it waits for
}

TEST_P(ScriptCheckTest, AProgramThatDiesSaysOfWhat) {
  const ProbeResult result = probe_shell("echo last words; kill -SEGV $$");
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_EQ(result.output, "ended by signal 11\n\nlast words\n");
}

TEST_P(ScriptCheckTest, AProgramThatDoesNotExistIsCriticalAndSaysSo) {
  const ProbeResult result = probe(make_script({"/no/such/program"}));
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.no_answer);
  EXPECT_EQ(result.output, "/no/such/program: no such program");
  EXPECT_EQ(probe(make_script({})).output, "the check names no program");
}

TEST_P(ScriptCheckTest, NothingIsRunWhereScriptsAreDisabled) {
  const std::string mark = testing::TempDir() + "weft-script-mark-" + std::to_string(::getpid());
  ScriptCheck check(*loop_, Scripts::kForbidden);
  for (const CheckKind kind : {CheckKind::kScript, CheckKind::kDocker}) {
    const ProbeResult result = probe_for_test(
        *loop_, check, make_instance_for_test("10.0.0.1", 1, make_script({"touch", mark}, kind)));
    EXPECT_EQ(result.status, CheckStatus::kCritical);
    EXPECT_EQ(result.output, "scripts are disabled");
  }
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST_P(ScriptCheckTest, AProbeThatIsCutShortSaysNothing) {
  ProbeResult result;
  result.status = CheckStatus::kPassing;
  io::TaskScope scope;
  scope.spawn("probe", probe_into(&check_,
                                  make_target_for_test(make_instance_for_test(
                                      "10.0.0.1", 1, make_script({"sleep", "1000"}))),
                                  loop_->now() + base::Seconds(1000), &result));
  run_for(*loop_, base::Millis(5));
  loop_->run_until_done(scope.stop());
  EXPECT_EQ(result.status, CheckStatus::kNone);
}

}  // namespace
}  // namespace weft::health
