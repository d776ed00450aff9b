#include "node/settings_source.h"

#include "io/host.h"
#include "node/settings_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

namespace weft::node {
namespace {

constexpr std::string_view kDefaultConfig = "config/config.yaml";

}  // namespace

std::expected<LoadedSettings, SettingError> read_settings(const std::string& named_file) {
  std::map<std::string, std::string> file;
  std::string path = named_file;
  std::error_code ignored;
  if (path.empty() && std::filesystem::exists(kDefaultConfig, ignored)) {
    path = kDefaultConfig;
  }
  if (!path.empty()) {
    auto read = read_settings_file(path, process_environment);
    if (!read) {
      return std::unexpected(read.error());
    }
    file = std::move(*read);
  }
  return load_settings(file, process_environment);
}

std::string first_of(const SettingError& error) {
  const std::size_t more = error.lines.size() - 1;
  return more == 0 ? error.lines.front()
                   : fmt::format("{} (and {} more: 'weft config check' lists them)",
                                 error.lines.front(), more);
}

cli::Option config_option(std::string& into) {
  return {.name = "--config",
          .about = "Config file (default config/config.yaml)",
          .into = &into,
          .shown = "FILE",
          .kind = cli::ValueKind::kFile};
}

}  // namespace weft::node
