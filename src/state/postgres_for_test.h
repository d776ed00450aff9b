// A real PostgreSQL for tests: one server per test program, in a folder of its own, on a Unix
// socket only. It ends with the program, however that ends. Needs Debian's postgresql-15.
#pragma once

#include <string>
#include <vector>

namespace weft::state {

// Thread: the test's.
class PostgresForTest final {
 public:
  static constexpr const char* kMissing = "PostgreSQL's server is not installed (postgresql-15)";
  static bool is_installed();
  // The server of this program, started by the first call. Null when it does not start, which is
  // a failure of the test.
  static PostgresForTest* start_once();

  PostgresForTest(const PostgresForTest&) = delete;
  PostgresForTest& operator=(const PostgresForTest&) = delete;
  ~PostgresForTest();

  // A URL of the database as its owner, through the socket.
  std::string url() const;
  // The name of a schema that nobody has used.
  std::string new_schema();
  // Runs SQL in a session of its own; statements are separated by semicolons.
  void run_sql(const std::string& sql);

  // Stops every process of the server where it stands, or lets them go on.
  void stop_all();
  void continue_all();
  // Kills every process of the server at once.
  void kill_all();
  // Starts it again after kill_all() and waits until it answers.
  void start_again();

 private:
  explicit PostgresForTest(std::string bin);
  bool make_cluster();
  bool start();
  bool answers() const;
  std::vector<int> processes() const;
  void signal_all(int number) const;
  void end_keeper(bool keep_folder);

  const std::string bin_;  // where the programs are
  std::string folder_;
  int keeper_ = -1;    // a shell that ends the server and removes the folder when we are gone
  int lifeline_ = -1;  // its standard input
  int schemas_ = 0;
};

}  // namespace weft::state
