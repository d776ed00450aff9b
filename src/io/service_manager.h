// What the service manager that started this process is told.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace weft::io {

// Sends `state`, lines of NAME=VALUE, to the socket that $NOTIFY_SOCKET named. Never waits.
// Source: sd_notify(3), "Standalone Implementations".
// Errors: kInvalid (no socket's name), kNotFound, kRefused, kForbidden, kIo. Thread: any.
base::Result<void> tell_service_manager(const std::string& socket, std::string_view state);

}  // namespace weft::io
