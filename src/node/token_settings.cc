#include "node/token_settings.h"

#include "base/text.h"
#include "wire/sha256.h"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace weft::node {
namespace {

using api::consul::AclAccess;
using api::consul::AclPolicy;
using api::consul::AclRule;
using api::consul::AclToken;
using api::consul::kAclAnonymous;

constexpr std::string_view kTokens = "security.tokens.";
constexpr std::string_view kManagementName = "management";
constexpr std::string_view kManagementVariable = "WEFT_MANAGEMENT_TOKEN";
constexpr std::size_t kNameBytesMax = 64;
// What is hashed once only must not be guessed. Source: a UUID, which Consul makes, has 36.
constexpr std::size_t kSecretBytesMin = 16;
constexpr std::size_t kSecretFileBytesMax = 4096;

// One token while it is read.
struct Reading {
  std::optional<wire::Sha256> secret;
  std::size_t secrets = 0;  // how many were given, good or not
  bool is_management = false;
  std::vector<AclRule> rules;
};

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && std::ranges::all_of(name, [](char c) {
    const char lower = base::ascii_lower(c);
    return base::is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '_';
  });
}

// Errors: a sentence.
std::expected<wire::Sha256, std::string> digest_of(std::string_view secret) {
  if (secret.empty()) {
    return std::unexpected("is empty; is its variable set?");
  }
  if (secret.size() < kSecretBytesMin) {
    return std::unexpected(
        fmt::format("is too easy to guess; at least {} characters", kSecretBytesMin));
  }
  return wire::sha256(secret);
}

std::expected<wire::Sha256, std::string> digest_in_file(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    return std::unexpected(fmt::format("{} is no file", path));
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(kSecretFileBytesMax, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()) {
    return std::unexpected(fmt::format("{} cannot be read", path));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  text.erase(std::min(text.size(), text.find_last_not_of("\r\n \t") + 1));  // editors end lines
  auto digest = digest_of(text);
  return digest ? digest : std::unexpected(fmt::format("what is in {} {}", path, digest.error()));
}

std::expected<wire::Sha256, std::string> parse_digest(std::string_view text) {
  const auto digest = wire::sha256_from_hex(text);
  if (!digest) {
    return std::unexpected("expected 64 hexadecimal digits");
  }
  return *digest;
}

// "service.web" = "write", "operator" = "read". What follows the kind is a name, dots included.
std::expected<AclRule, std::string> parse_rule(std::string_view key, std::string_view text) {
  const std::size_t dot = key.find('.');
  auto rule = api::consul::parse_acl_kind(key.substr(0, dot));
  if (!rule) {
    return std::unexpected(rule.error().what);
  }
  using api::consul::AclResource;
  const bool has_names =
      rule->resource != AclResource::kOperator && rule->resource != AclResource::kAcl;
  if (has_names != (dot != std::string_view::npos)) {
    return std::unexpected(has_names ? "expected names, such as {web: read}"
                                     : "expected read, write or deny");
  }
  rule->name = has_names ? key.substr(dot + 1) : "";
  const auto access = api::consul::parse_acl_access(text, rule->resource);
  if (!access) {
    return std::unexpected(access.error().what);
  }
  rule->access = *access;
  return *std::move(rule);
}

// Returns: what is wrong, or nothing.
std::string take_secret(Reading& reading, std::expected<wire::Sha256, std::string> digest) {
  ++reading.secrets;
  if (!digest) {
    return std::move(digest).error();
  }
  reading.secret = *digest;
  return {};
}

std::string take_member(Reading& reading, std::string_view member, const std::string& text) {
  constexpr std::string_view kRules = "rules.";
  if (member == "secret") {
    return take_secret(reading, digest_of(text));
  }
  if (member == "secret_file") {
    return take_secret(reading, digest_in_file(text));
  }
  if (member == "secret_sha256") {
    return take_secret(reading, parse_digest(text));
  }
  if (member == "management") {
    reading.is_management = text == "true";
    return text == "true" || text == "false" ? "" : "expected true or false";
  }
  if (!member.starts_with(kRules)) {
    return "expected secret, secret_file, secret_sha256, management or rules";
  }
  auto rule = parse_rule(member.substr(kRules.size()), text);
  if (!rule) {
    return std::move(rule).error();
  }
  reading.rules.push_back(*std::move(rule));
  return {};
}

std::string judge(const std::string& name, const Reading& reading) {
  if (name == kAclAnonymous) {
    return reading.secrets != 0 || reading.is_management
               ? "is for who brings no token: it has rules and nothing else"
               : "";
  }
  if (reading.secrets != 1) {
    return "expected one of secret, secret_file and secret_sha256";
  }
  if (reading.is_management == !reading.rules.empty()) {
    return "expected rules, or management: true";
  }
  return "";
}

using Readings = std::map<std::string, Reading>;

Readings take_readings(std::map<std::string, std::string>& file, SettingError& errors) {
  Readings out;
  auto entry = file.lower_bound(std::string(kTokens));
  while (entry != file.end() && entry->first.starts_with(kTokens)) {
    const std::string_view rest = std::string_view(entry->first).substr(kTokens.size());
    const std::size_t dot = rest.find('.');
    const std::string name(rest.substr(0, dot));
    std::string wrong = !is_name(name) ? "a token's name has letters, digits, - and _"
                        : dot == std::string_view::npos
                            ? "expected secret and rules"
                            : take_member(out[name], rest.substr(dot + 1), entry->second);
    if (!wrong.empty()) {
      errors.lines.push_back(fmt::format("{}: {}", entry->first, wrong));
    }
    entry = file.erase(entry);
  }
  return out;
}

}  // namespace

std::vector<AclToken> take_tokens(std::map<std::string, std::string>& file,
                                  const Environment& environment, SettingError& errors) {
  const std::size_t errors_before = errors.lines.size();
  Readings readings = take_readings(file, errors);
  if (const auto secret = environment(kManagementVariable)) {
    Reading own;
    own.is_management = true;
    if (const std::string wrong = take_secret(own, digest_of(*secret)); !wrong.empty()) {
      errors.lines.push_back(fmt::format("{}: {}", kManagementVariable, wrong));
    }
    readings.insert_or_assign(std::string(kManagementName), std::move(own));
  }
  std::vector<AclToken> tokens;
  for (const auto& [name, reading] : readings) {
    const std::string wrong = judge(name, reading);
    const bool is_taken = reading.secret && std::ranges::find(tokens, *reading.secret,
                                                              &AclToken::secret) != tokens.end();
    if (!wrong.empty() || is_taken) {
      errors.lines.push_back(fmt::format("{}{}: {}", kTokens, name,
                                         is_taken ? "has the secret of another token" : wrong));
    }
    tokens.push_back({name, reading.secret.value_or(wire::Sha256{}),
                      reading.is_management ? AclPolicy::management() : AclPolicy(reading.rules)});
  }
  if (errors.lines.size() != errors_before) {
    tokens.clear();
  }
  return tokens;
}

}  // namespace weft::node
