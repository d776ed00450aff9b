#include "io/process.h"

#include "io/driver_fixture_for_test.h"

#include <gtest/gtest.h>

#include <fstream>
#include <signal.h>
#include <sstream>

namespace weft::io {
namespace {

using namespace std::chrono_literals;
using Kind = ProcessOutput::Kind;

Task<void> take_exit(Process* process, base::MonoTime deadline, base::Result<ProcessExit>* out) {
  *out = co_await process->wait(deadline);
}

Task<void> read_once(Process* process, base::MonoTime deadline, std::string* out) {
  std::array<char, 64> bytes{};
  const auto count = co_await process->read(Process::Stream::kOut, bytes, deadline);
  out->append(bytes.data(), count.value_or(0));
}

Task<void> read_all(Process* process, base::MonoTime deadline, std::string* out) {
  std::array<char, 64> bytes{};
  for (;;) {
    const auto count = co_await process->read(Process::Stream::kOut, bytes, deadline);
    if (!count || *count == 0) {
      co_return;
    }
    out->append(bytes.data(), *count);
  }
}

class ProcessTest : public testing::TestWithParam<const char*> {
 protected:
  static ProcessOptions shell(std::string script) {
    ProcessOptions options;
    options.argv = {"sh", "-c", std::move(script)};
    return options;
  }
  base::Result<ProcessExit> wait_for(Process& process, base::Nanos duration = 10s) {
    base::Result<ProcessExit> got;
    loop_->run_until_done(take_exit(&process, loop_->now() + duration, &got));
    return got;
  }

  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Drivers, ProcessTest, testing::ValuesIn(real_driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(ProcessTest, TheExitCodeIsAwaitedAndStaysKnown) {
  auto process = Process::spawn(*loop_, shell("exit 7"));
  ASSERT_TRUE(process);
  const auto first = wait_for(*process);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->code, 7);
  EXPECT_FALSE(first->is_success());
  EXPECT_EQ(wait_for(*process)->code, 7);
  EXPECT_EQ(process->send_signal(SIGTERM).error().code, base::Code::kNotFound);
}

TEST_P(ProcessTest, OutputAndAddedEnvironmentComeThroughThePipe) {
  ProcessOptions options = shell("echo $HOME $WEFT_IO_TEST_NEW; echo err >&2; pwd");
  options.environment = {"HOME=replaced", "WEFT_IO_TEST_NEW=added"};
  options.directory = "/";
  options.out.kind = Kind::kPipe;
  options.err.kind = Kind::kMerge;
  auto process = Process::spawn(*loop_, options);
  ASSERT_TRUE(process);
  std::string text;
  loop_->run_until_done(read_all(&*process, loop_->now() + 10s, &text));
  EXPECT_EQ(text, "replaced added\nerr\n/\n");
  EXPECT_TRUE(wait_for(*process)->is_success());
}

TEST_P(ProcessTest, InputIsReadToItsEnd) {
  ProcessOptions options = shell("cat | wc -c; cat | wc -c");
  options.input = std::string(300'000, 'x');
  options.out.kind = Kind::kPipe;
  auto process = Process::spawn(*loop_, options);
  ASSERT_TRUE(process);
  std::string text;
  loop_->run_until_done(read_all(&*process, loop_->now() + 10s, &text));
  EXPECT_EQ(text, "300000\n0\n");
  EXPECT_TRUE(wait_for(*process)->is_success());
}

TEST_P(ProcessTest, OutputToAFileIsAppended) {
  const std::string path = testing::TempDir() + "weft_process_test_" + std::to_string(getpid());
  for (int i = 0; i < 2; ++i) {
    ProcessOptions options = shell("echo line");
    options.out = {Kind::kFile, path};
    auto process = Process::spawn(*loop_, options);
    ASSERT_TRUE(process);
    ASSERT_TRUE(wait_for(*process));
  }
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "line\nline\n");
  unlink(path.c_str());
}

TEST_P(ProcessTest, AProgramThatDoesNotExistIsAnErrorOfSpawn) {
  ProcessOptions options;
  options.argv = {"/nowhere/weft-no-such-program"};
  const auto process = Process::spawn(*loop_, options);
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code, base::Code::kNotFound);
}

TEST_P(ProcessTest, ASignalEndsTheChildAndItsChildren) {
  ProcessOptions options = shell("sleep 100 & echo started; wait");
  options.out.kind = Kind::kPipe;
  auto process = Process::spawn(*loop_, options);
  ASSERT_TRUE(process);
  std::string text;
  loop_->run_until_done(read_once(&*process, loop_->now() + 10s, &text));
  EXPECT_EQ(text, "started\n");
  EXPECT_EQ(wait_for(*process, 5ms).error().code, base::Code::kTimeout);
  ASSERT_TRUE(process->send_signal(SIGKILL));
  EXPECT_EQ(wait_for(*process)->signal, SIGKILL);
  // The grandchild held the pipe open; its end shows that it went too.
  loop_->run_until_done(read_all(&*process, loop_->now() + 10s, &text));
  EXPECT_EQ(text, "started\n");
}

TEST_P(ProcessTest, ADestroyedProcessIsKilledAndReaped) {
  pid_t pid = -1;
  {
    auto process = Process::spawn(*loop_, shell("sleep 100"));
    ASSERT_TRUE(process);
    pid = process->pid();
    EXPECT_EQ(getpgid(pid), pid);
  }
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_P(ProcessTest, BlockedSignalsOfOursAreNotBlockedInTheChild) {
  sigset_t block;
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &block, nullptr);
  auto process = Process::spawn(*loop_, shell("kill -TERM $$; sleep 100"));
  pthread_sigmask(SIG_UNBLOCK, &block, nullptr);
  ASSERT_TRUE(process);
  EXPECT_EQ(wait_for(*process)->signal, SIGTERM);
}

}  // namespace
}  // namespace weft::io
