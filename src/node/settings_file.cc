#include "node/settings_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace weft::node {
namespace {

using Flat = std::map<std::string, std::string>;

constexpr std::size_t kFileBytesMax = 1024 * 1024;
constexpr int kDepthMax = 32;

std::unexpected<SettingError> wrong(const std::string& where, std::string_view why) {
  return std::unexpected(SettingError{{fmt::format("{}: {}", where, why)}});
}

// ${VAR} and ${VAR:-default}; a variable that is not set and has no default becomes nothing.
std::string expand(const std::string& text, const Environment& environment) {
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = text.find("${", at);
    const std::size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) {
      return out + text.substr(at);
    }
    out += text.substr(at, open - at);
    const std::string inside = text.substr(open + 2, close - open - 2);
    const std::size_t separator = inside.find(":-");
    const std::string name = inside.substr(0, separator);
    const auto value = environment(name);
    if (value && !value->empty()) {
      out += *value;
    } else if (separator != std::string::npos) {
      out += inside.substr(separator + 2);
    }
    at = close + 1;
  }
}

// Maps become dotted keys, lists become comma lists.
void flatten(const YAML::Node& node, const std::string& key, const Environment& environment,
             int depth, Flat& out) {
  if (depth > kDepthMax) {
    return;
  }
  if (node.IsMap()) {
    for (const auto& entry : node) {
      const auto name = entry.first.as<std::string>();
      flatten(entry.second, key.empty() ? name : key + "." + name, environment, depth + 1, out);
    }
  } else if (node.IsSequence()) {
    std::string joined;
    for (const auto& item : node) {
      joined += (joined.empty() ? "" : ",") + expand(item.as<std::string>(""), environment);
    }
    out[key] = joined;
  } else if (node.IsScalar()) {
    out[key] = expand(node.Scalar(), environment);
  }
}

}  // namespace

std::optional<std::string> process_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::expected<Flat, SettingError> parse_settings_text(const std::string& text,
                                                      const std::string& name,
                                                      const Environment& environment) {
  if (text.size() > kFileBytesMax) {
    return wrong(name, "larger than 1 MiB");
  }
  // yaml-cpp throws; this file is its adapter.
  try {
    Flat out;
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap() && !root.IsNull()) {
      return wrong(name, "expected keys and values");
    }
    flatten(root, "", environment, 0, out);
    return out;
  } catch (const YAML::Exception& error) {
    return wrong(fmt::format("{}:{}", name, error.mark.line + 1), error.msg);
  }
}

std::expected<Flat, SettingError> read_settings_file(const std::string& path,
                                                     const Environment& environment) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return wrong(path, "is a directory; name a YAML file");
  }
  std::ifstream file(path);
  std::ostringstream text;
  if (file && file.peek() != std::ifstream::traits_type::eof()) {
    text << file.rdbuf();
  }
  if (!file && !file.eof()) {
    return wrong(path, "cannot be read");
  }
  return parse_settings_text(text.str(), path, environment);
}

}  // namespace weft::node
