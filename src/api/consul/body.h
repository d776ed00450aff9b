// Reads the members of a JSON body as Consul does: names in any case and with underscores, null as
// absent, unknown members ignored, the first thing that does not fit as an error.
#pragma once

#include "api/consul/refusal.h"
#include "base/json.h"
#include "base/time.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::consul {

// Thread: any. Lifetime: borrows the value. Members that are absent leave `out` as it is.
class Body final {
 public:
  // Anything but an object has no members, and is an error unless it is null.
  explicit Body(const json::value& value, std::string where = {});

  // Names are given as Consul writes them: "EnableTagOverride".
  const json::value* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }

  void text(std::string_view name, std::string& out);
  void flag(std::string_view name, bool& out);
  void integer(std::string_view name, std::int64_t& out);
  void unsigned_integer(std::string_view name, std::uint64_t& out);
  // "10s", or a number of nanoseconds.
  void duration(std::string_view name, base::Nanos& out);
  void texts(std::string_view name, std::vector<std::string>& out);
  // An object of texts; numbers and booleans are refused.
  void text_map(std::string_view name, json::object& out);

  // Something did not fit. Once it is set nothing else replaces it.
  void fail(std::string text);
  void mismatch(std::string_view name, std::string_view expected, const json::value& got);
  bool is_bad() const { return !error_.empty(); }
  // 400 with what did not fit.
  Judged<void> judge() const;

  // "Name" -> "name": how names are compared.
  static std::string normal(std::string_view name);

 private:
  std::map<std::string, const json::value*, std::less<>> members_;
  std::string where_;
  std::string error_;
};

}  // namespace weft::api::consul
