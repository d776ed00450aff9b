// Snapshots: any bytes are an archive or an error, also behind a digest that is right; what is read
// is written and read again as it was.
#include "api/consul/archive.h"
#include "fuzz.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft::api::consul;
  const std::string_view text = weft::fuzz::as_text(data, size);
  weft::base::ignore(read_archive(text), "whatever it is");
  const auto archive = parse_archive_text(std::string(text) + digest_line(text));
  if (archive) {
    const auto again = read_archive(write_archive(*archive));
    WEFT_ASSERT(again && *again == *archive);
  }
  return 0;
}
