#include "io/append_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace weft::io {
namespace {

class AppendFileTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(directory_); }

  static std::filesystem::path make_directory() {
    std::string name = testing::TempDir() + "weft-append-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
  }

  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(directory_ / name).rdbuf();
    return text.str();
  }

  std::filesystem::path directory_ = make_directory();
  std::string path_ = directory_ / "log";
};

TEST_F(AppendFileTest, AddsToWhatIsThere) {
  std::ofstream(path_) << "old\n";
  auto file = AppendFile::open(path_);
  ASSERT_TRUE(file);
  const Appended done = file->append("new\n");
  EXPECT_EQ(done.bytes, 4U);
  EXPECT_FALSE(done.error);
  EXPECT_EQ(read("log"), "old\nnew\n");
}

TEST_F(AppendFileTest, MakesAFileThatStrangersCannotRead) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(AppendFile::open(path_));
  ::umask(before);
  struct stat facts{};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0640U);
}

TEST_F(AppendFileTest, IsOpenedAgainUnderItsNameAfterItWasMovedAway) {
  auto file = AppendFile::open(path_);
  ASSERT_TRUE(file);
  file->append("one\n");
  std::filesystem::rename(path_, directory_ / "log.1");
  file->append("two\n");
  ASSERT_TRUE(file->reopen());
  file->append("three\n");
  EXPECT_EQ(read("log.1"), "one\ntwo\n");
  EXPECT_EQ(read("log"), "three\n");
}

TEST_F(AppendFileTest, KeepsItsFileWhenItCannotBeOpenedAgain) {
  auto file = AppendFile::open(path_);
  ASSERT_TRUE(file);
  std::filesystem::rename(path_, directory_ / "log.1");
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(file->reopen());
  EXPECT_EQ(file->append("on\n").bytes, 3U);
  EXPECT_EQ(read("log.1"), "on\n");
}

TEST_F(AppendFileTest, RefusesAPathThatIsNoFile) {
  EXPECT_EQ(AppendFile::open(directory_ / "none" / "log").error().code, base::Code::kNotFound);
  EXPECT_FALSE(AppendFile::open(directory_));
}

TEST_F(AppendFileTest, SaysThatTheDiskIsFull) {
  auto file = AppendFile::open("/dev/full");
  ASSERT_TRUE(file);
  const Appended done = file->append("line\n");
  EXPECT_EQ(done.bytes, 0U);
  ASSERT_TRUE(done.error);
  EXPECT_EQ(done.error.value_or(base::Error{}).code, base::Code::kNoSpace);
}

TEST_F(AppendFileTest, WaitsForTheReaderOfAPipeThatIsFull) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  UniqueFd reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK));
  ASSERT_TRUE(reader);
  auto file = AppendFile::open(path_);
  ASSERT_TRUE(file);
  std::string text(1 << 20, 'x');  // of which a pipe holds a part
  text.back() = '\n';
  std::string seen;
  std::jthread reading([&] {
    std::array<char, 16384> piece{};
    ssize_t count = -1;
    while (count != 0) {  // 0: nobody writes any more
      count = ::read(reader.value(), piece.data(), piece.size());
      seen.append(piece.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
  });
  const Appended done = file->append(text);
  EXPECT_FALSE(done.error);
  EXPECT_EQ(done.bytes, text.size());
  file = AppendFile::open(directory_ / "other");  // what was not written does not come any more
  reading.join();
  EXPECT_EQ(seen, text);
}

TEST_F(AppendFileTest, SurvivesAReaderOfItsPipeThatWentAway) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(AppendFile::open(path_)) << "nobody reads";
  const int reader = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  auto file = AppendFile::open(path_);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->append("line\n").bytes, 5U);
  ::close(reader);
  const Appended done = file->append("line\n");
  EXPECT_EQ(done.bytes, 0U);
  EXPECT_TRUE(done.error);
}

}  // namespace
}  // namespace weft::io
