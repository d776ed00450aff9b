// The whole body of a request in memory, within a limit.
#pragma once

#include "base/result.h"
#include "http/server_connection.h"
#include "io/task.h"
#include "wire/http1.h"

#include <cstddef>
#include <string>

namespace weft::http {

// Reads what `framing` announces; the head is consumed already, the next message stays in in().
// Errors:  kBodyTooLarge (> limit bytes; a Content-Length beyond it is refused unread),
//          kBadMessage (chunks), kTimeout (no progress), kClosed (the client left), kReset,
//          kCancelled. The connection is of no further use after any of them.
// Lifetime: the connection outlives the task.
io::Task<base::Result<std::string>> read_body(ServerConnection* connection, wire::Framing framing,
                                              std::size_t limit);

}  // namespace weft::http
