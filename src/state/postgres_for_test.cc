#include "state/postgres_for_test.h"

#include "base/check.h"
#include "io/descriptor_wait.h"
#include "state/store_postgres_db.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <memory>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::state {
namespace {

constexpr int kStartMillisMax = 60'000;
constexpr int kLookMillis = 10;

// PostgreSQL refuses to run as root. Returns: whom it runs as then; null to run as who we are.
const passwd* unprivileged_user() {
  if (::geteuid() != 0) {
    return nullptr;
  }
  // NOLINTBEGIN(concurrency-mt-unsafe): nothing else asks for users here.
  const passwd* user = ::getpwnam("postgres");
  return user != nullptr ? user : ::getpwnam("nobody");
  // NOLINTEND(concurrency-mt-unsafe)
}

// Runs a shell script as the unprivileged user with `arguments` as $1 and so on.
// Returns: its process, and where to write to its standard input.
struct Shell {
  pid_t process = -1;
  int input = -1;
};

Shell run_shell(const std::string& script, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"/bin/sh", "-c", script, "weft-test"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  const passwd* user = unprivileged_user();
  std::array<int, 2> ends{};
  WEFT_ASSERT(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  WEFT_ASSERT(child >= 0);
  if (child == 0) {
    ::dup2(ends[0], 0);
    // What is sent to the test's group, such as Ctrl-C, is not for the server: its keeper ends it.
    ::setsid();
    const bool is_ready =
        user == nullptr || (::setgroups(0, nullptr) == 0 && ::setgid(user->pw_gid) == 0 &&
                            ::setuid(user->pw_uid) == 0);
    if (is_ready) {
      ::execv(argv[0], argv.data());
    }
    ::_exit(127);
  }
  ::close(ends[0]);
  return {child, ends[1]};
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string find_programs() {
  for (const char* version : {"15", "16", "17", "14"}) {
    const std::string bin = fmt::format("/usr/lib/postgresql/{}/bin", version);
    if (::access((bin + "/postgres").c_str(), X_OK) == 0 &&
        ::access((bin + "/initdb").c_str(), X_OK) == 0) {
      return bin;
    }
  }
  return "";
}

}  // namespace

PostgresForTest::PostgresForTest(std::string bin) : bin_(std::move(bin)) {}

PostgresForTest::~PostgresForTest() { end_keeper(false); }

bool PostgresForTest::is_installed() { return !find_programs().empty(); }

PostgresForTest* PostgresForTest::start_once() {
  static const std::unique_ptr<PostgresForTest> kServer = [] {
    // house(new): the constructor is private.
    std::unique_ptr<PostgresForTest> made(new PostgresForTest(find_programs()));
    if (!made->make_cluster() || !made->start()) {
      std::ifstream log(made->folder_ + "/log");
      ADD_FAILURE() << "PostgreSQL does not start:\n" << log.rdbuf();
      made.reset();
    }
    return made;
  }();
  return kServer.get();
}

bool PostgresForTest::make_cluster() {
  std::string name = (std::filesystem::temp_directory_path() / "weft-postgres-XXXXXX").string();
  WEFT_ASSERT(::mkdtemp(name.data()) != nullptr);
  folder_ = name;
  if (const passwd* user = unprivileged_user()) {
    WEFT_ASSERT(::chown(folder_.c_str(), user->pw_uid, user->pw_gid) == 0);
  }
  const Shell shell = run_shell(
      "exec \"$1/initdb\" -D \"$2/data\" -A trust -U weft --no-locale -E UTF8 -N >\"$2/log\" 2>&1",
      {bin_, folder_});
  const int code = wait_for(shell.process);
  ::close(shell.input);
  return code == 0;
}

bool PostgresForTest::start() {
  // The shell waits for a word or the end of its input, which is our end, and takes the server
  // along. "keep" leaves the folder. fsync is off: a killed server loses nothing by that, for the
  // kernel has its pages, and a busy disk would make every start after a kill take half a minute.
  const Shell shell = run_shell(
      "exec >>\"$2/log\" 2>&1\n"
      "\"$1/postgres\" -D \"$2/data\" -c listen_addresses= -c \"unix_socket_directories=$2\""
      "  -c shared_buffers=16MB -c max_connections=50 -c fsync=off </dev/null &\n"
      "server=$!\n"
      "read -r word\n"
      "kill -QUIT $server\n"
      "kill -CONT $server\n"  // a test may have ended while it stood still
      "wait $server\n"
      "[ \"$word\" = keep ] || rm -rf \"$2\"\n",
      {bin_, folder_});
  keeper_ = shell.process;
  lifeline_ = shell.input;
  for (int waited = 0; waited < kStartMillisMax; waited += kLookMillis) {
    if (answers()) {
      return true;
    }
    ::poll(nullptr, 0, kLookMillis);
  }
  return false;
}

void PostgresForTest::end_keeper(bool keep_folder) {
  if (keeper_ < 0) {
    return;
  }
  continue_all();
  if (keep_folder) {
    WEFT_ASSERT(::write(lifeline_, "keep\n", 5) == 5);
  }
  ::close(lifeline_);
  wait_for(keeper_);
  keeper_ = -1;
}

std::string PostgresForTest::url() const {
  return fmt::format("postgresql://weft@/postgres?host={}", folder_);
}

bool PostgresForTest::answers() const {
  std::string why;
  const auto targets = parse_postgres_url(url());
  WEFT_ASSERT(targets);
  return PgConnection::open({.targets = *targets}, io::deadline_after(base::Seconds(5)), why)
      .has_value();
}

std::string PostgresForTest::new_schema() { return fmt::format("test_{}", ++schemas_); }

void PostgresForTest::run_sql(const std::string& sql) {
  std::string why;
  const auto targets = parse_postgres_url(url());
  WEFT_ASSERT(targets);
  const base::MonoTime until = io::deadline_after(base::Seconds(30));
  auto db = PgConnection::open({.targets = *targets}, until, why);
  WEFT_ASSERT(db);
  const auto ran = db->run_script(sql, until);
  WEFT_ASSERT(ran);
}

// The postmaster and its children, oldest first.
std::vector<int> PostgresForTest::processes() const {
  std::vector<int> all;
  std::ifstream file(folder_ + "/data/postmaster.pid");
  pid_t postmaster = 0;
  if (!(file >> postmaster)) {
    return all;
  }
  all.push_back(postmaster);
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", postmaster));
  for (pid_t child = 0; children >> child;) {
    all.push_back(child);
  }
  return all;
}

void PostgresForTest::signal_all(int number) const {
  for (const pid_t process : processes()) {
    ::kill(process, number);
  }
}

void PostgresForTest::stop_all() { signal_all(SIGSTOP); }
void PostgresForTest::continue_all() { signal_all(SIGCONT); }

void PostgresForTest::kill_all() {
  const std::vector<int> all = processes();
  signal_all(SIGKILL);
  // A new server refuses to start while one of the old has its memory; the dead have no program.
  std::array<char, 256> program{};
  for (const pid_t process : all) {
    while (::readlink(fmt::format("/proc/{}/exe", process).c_str(), program.data(),
                      program.size()) > 0) {
      ::poll(nullptr, 0, 1);
    }
  }
  end_keeper(true);
}

void PostgresForTest::start_again() { WEFT_ASSERT(start()); }

}  // namespace weft::state
