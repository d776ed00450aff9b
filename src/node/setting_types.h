// The types of settings that are more than a word, and how the text of a value is read.
#pragma once

#include "base/address.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "io/driver_kind.h"
#include "sync/settings.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::node {

// "off" is an empty list.
struct ListenAddresses {
  std::vector<base::SocketAddress> list;
  bool is_off() const { return list.empty(); }
};

// Names a Host field may carry: "mesh.example.org", "*.corp", or "*" for every name.
struct HostNames {
  std::vector<std::string> list;
};

// "https://ui.example.org", "http://localhost:5173", or "*" for every one; from a JSON array or a
// comma list. Source: contract/apg.md §9.
struct Origins {
  std::vector<std::string> list;
};

// "10.0.0.2:53,10.0.0.3": where a port is left out it is 53.
struct Recursors {
  std::vector<base::SocketAddress> list;
};

// "*=5s,web=1s,web*=2s": a name, or a beginning of it, and a duration.
struct ServiceTtls {
  std::vector<std::pair<std::string, base::Nanos>> list;
};

// Never shown: where settings are printed or compared it is kSecretShown.
struct Secret {
  std::string text;
};
inline constexpr std::string_view kSecretShown = "(secret)";

// "10.0.0.1:8500", "http://consul:8500"; "off" is none.
struct ConsulAddress {
  std::optional<base::HostPort> at;
};

// Parts that ask for a token. Source: contract/apg.md §9.
struct Families {
  std::vector<std::string> list;
  bool has(std::string_view family) const;
};

// "dc2=http://10.0.0.2:8500,dc3=http://consul.dc3.example.org:8500"
struct WanPeers {
  std::vector<std::pair<std::string, base::HostPort>> list;
};

// "10.0.0.0/8,192.168.1.1"
struct Networks {
  std::vector<base::Network> list;
};

// Where the state is kept: nothing, "sqlite:///of/here.db", "sqlite:////from/root.db" or
// "postgresql://user:password@host/database". Source: contract/README.md "Storage".
struct DatabaseUrl {
  enum class Kind : std::uint8_t { kInDataDir, kSqlite, kPostgres };
  Kind kind = Kind::kInDataDir;
  std::string path{};  // kSqlite
  std::string url{};   // kPostgres; holds a password: never shown
};

// The text of a URL with *** for its password. Thread: any; pure.
std::string without_password(std::string_view url);

// Each reads the text of one value. Errors: kInvalid, `what` says what was expected.
// Thread: any; pure.
base::Result<void> parse_value(std::string_view text, std::string& out);
base::Result<void> parse_value(std::string_view text, bool& out);
base::Result<void> parse_value(std::string_view text, std::uint64_t& out);
base::Result<void> parse_value(std::string_view text, double& out);
base::Result<void> parse_value(std::string_view text, base::Nanos& out);
base::Result<void> parse_value(std::string_view text, io::DriverKind& out);
base::Result<void> parse_value(std::string_view text, base::LogLevel& out);
base::Result<void> parse_value(std::string_view text, base::LogFormat& out);
base::Result<void> parse_value(std::string_view text, ListenAddresses& out);
base::Result<void> parse_value(std::string_view text, HostNames& out);
base::Result<void> parse_value(std::string_view text, Origins& out);
base::Result<void> parse_value(std::string_view text, Networks& out);
base::Result<void> parse_value(std::string_view text, Recursors& out);
base::Result<void> parse_value(std::string_view text, ServiceTtls& out);
base::Result<void> parse_value(std::string_view text, DatabaseUrl& out);
base::Result<void> parse_value(std::string_view text, Secret& out);
base::Result<void> parse_value(std::string_view text, ConsulAddress& out);
base::Result<void> parse_value(std::string_view text, sync::Direction& out);
base::Result<void> parse_value(std::string_view text, Families& out);
base::Result<void> parse_value(std::string_view text, WanPeers& out);

}  // namespace weft::node
