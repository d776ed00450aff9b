#include "node/ground.h"

#include "node/listening.h"
#include "state/store_postgres.h"
#include "state/store_sqlite.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace weft::node {
namespace {

bool make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  return std::filesystem::is_directory(path, error);
}

}  // namespace

base::Result<std::unique_ptr<io::LoopThread>> MachineGround::make_loop(io::DriverKind driver,
                                                                       std::string name) {
  return io::loop_threads(driver)(std::move(name));
}

std::string describe(const StoreChoice& choice) {
  switch (choice.database.kind) {
    case DatabaseUrl::Kind::kInDataDir:
      return "data_dir " + choice.directory;
    case DatabaseUrl::Kind::kSqlite:
      return "database.url " + choice.database.path;
    case DatabaseUrl::Kind::kPostgres:
      return "database.url " + without_password(choice.database.url);
  }
  return "";
}

base::Result<std::unique_ptr<state::Store>> MachineGround::open_store(const StoreChoice& choice) {
  if (!make_directory(choice.directory)) {
    return base::fail(base::Code::kForbidden, "data_dir cannot be made");
  }
  if (choice.database.kind == DatabaseUrl::Kind::kPostgres) {
    return state::StorePostgres::open({.url = choice.database.url,
                                       .schema = choice.schema,
                                       .retention = choice.retention,
                                       .log = choice.log});
  }
  const std::string path = choice.database.kind == DatabaseUrl::Kind::kSqlite
                               ? choice.database.path
                               : choice.directory + "/state.db";
  return state::StoreSqlite::open({.path = path, .retention = choice.retention});
}

base::Result<std::unique_ptr<io::Resolver>> MachineGround::make_resolver(io::Loop& loop) {
  return io::make_resolver(loop, {});
}

io::Task<std::optional<std::string>> MachineGround::first_not_free(
    io::Loop* loop, std::span<const base::SocketAddress> addresses) {
  return node::first_not_free(loop, addresses);
}

base::Result<std::string> MachineGround::keep_file(const std::string& path,
                                                   const std::string& text) {
  if (std::ifstream file(path); file) {
    std::string kept;
    std::getline(file, kept);
    if (!kept.empty()) {
      return kept;
    }
  }
  WEFT_TRY_VOID(write_file(path, text + "\n"));
  return text;
}

base::Result<void> MachineGround::write_file(const std::string& path, const std::string& text) {
  const std::string draft = path + ".new";
  {
    std::ofstream file(draft);
    file << text;
    if (!file.flush()) {
      return base::fail(base::Code::kIo, "cannot be written");
    }
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) {
    return base::fail(base::Code::kIo, "cannot be renamed");
  }
  return {};
}

}  // namespace weft::node
