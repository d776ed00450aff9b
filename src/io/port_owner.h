// Whether an address can be listened on alone, and who has it when it cannot.
#pragma once

#include "base/address.h"
#include "base/result.h"

#include <optional>
#include <string>

namespace weft::io {

// Could somebody listen there now without sharing it? A listener that would share its port
// (SO_REUSEPORT) counts as having it. Port 0 and unix paths always pass: they are not shared.
// Errors: kAddressInUse, kForbidden, kNoSpace, kIo. Thread: any.
base::Result<void> probe_address(const base::SocketAddress& address);

struct AddressOwner {
  int pid = 0;
  std::string name;  // of the program, as ps shows it
  bool is_this_process = false;
};

// The process that listens on `address`, or on all addresses of its port. Source: proc(5).
// Returns: nullopt when nobody does, or when it is not ours to know (another user's process).
// Thread: any. It reads /proc from end to end: for error messages.
std::optional<AddressOwner> address_owner(const base::SocketAddress& address);

}  // namespace weft::io
