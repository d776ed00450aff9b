// Files of services and of keys: any JSON is read, what is wrong is named, and what is not wrong is
// a registration with a name.
#include "base/json.h"
#include "cli/catalog_file.h"
#include "cli/kv_entry.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const auto value = base::parse_json(fuzz::as_text(data, size));
  if (!value) {
    return 0;
  }
  if (const auto file = cli::parse_catalog(*value)) {
    for (const cli::CatalogService& service : file->services) {
      WEFT_ASSERT(!service.problems.empty() || !service.name.empty());
      WEFT_ASSERT(!service.problems.empty() || !service.id.empty());
    }
  }
  if (const auto keys = cli::parse_kv_export(*value)) {
    const auto again = cli::parse_kv_export(cli::encode_kv_export(*keys));
    WEFT_ASSERT(again && *again == *keys);
  }
  return 0;
}
