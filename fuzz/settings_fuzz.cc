// Config files: any text is settings or one line that says what is wrong.
#include "fuzz.h"
#include "node/settings.h"
#include "node/settings_file.h"

#include <optional>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const node::Environment environment = [](std::string_view name) -> std::optional<std::string> {
    return name == "X" ? std::optional<std::string>("10s") : std::nullopt;
  };
  const std::string text(fuzz::as_text(data, size));
  const auto keys = node::parse_settings_text(text, "weft.yaml", environment);
  if (!keys) {
    WEFT_ASSERT(!keys.error().lines.empty());
    return 0;
  }
  const auto settings = node::load_settings(*keys, environment);
  WEFT_ASSERT(settings.has_value() || !settings.error().lines.empty());
  return 0;
}
