// Addresses: what is read is written in a form that reads back equal.
#include "base/address.h"
#include "fuzz.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const std::string_view text = fuzz::as_text(data, size);
  if (const auto ip = base::parse_ip(text)) {
    const auto again = base::parse_ip(ip->to_string());
    WEFT_ASSERT(again && *again == *ip);
  }
  if (const auto address = base::parse_socket_address(text)) {
    const auto again = base::parse_socket_address(address->to_string());
    WEFT_ASSERT(again && *again == *address);
  }
  if (const auto host = base::parse_host_port(text, 80)) {
    const auto again = base::parse_host_port(host->to_string());
    WEFT_ASSERT(host->port == 0 || (again && *again == *host));
  }
  if (const auto network = base::parse_network(text)) {
    WEFT_ASSERT(network->contains(network->base));
  }
  return 0;
}
