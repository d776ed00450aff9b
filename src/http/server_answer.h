// A Response on its way to the client: head, then a body of known length or in chunks.
#pragma once

#include "base/result.h"
#include "http/response.h"
#include "http/server_connection.h"
#include "io/task.h"

#include <string>
#include <string_view>

namespace weft::http {

// What the request and the server have to say about the form of an answer.
struct AnswerForm {
  bool is_head = false;    // fields as for GET, no body
  bool keep_alive = true;  // another request may follow
  int version_minor = 1;   // of the request; a stream towards HTTP/1.0 ends with the connection
  std::string date = {};
};

// Returns: the bytes before the body. Content-Length, Transfer-Encoding, Connection and Date are
// written here and dropped from response.headers; a field that would break the head is dropped and
// reported as a bug. Thread: any; pure.
std::string encode_answer_head(const Response& response, const AnswerForm& form);

// Sends bytes in pieces, each of which has its time to make progress; none when they are empty.
// Errors: as send_answer(). Lifetime: connection and bytes outlive the task.
io::Task<base::Result<>> send_pieces(ServerConnection* connection, std::string_view bytes);

// Sends the answer whole. A streamed body is cut when its writer fails.
// Errors: kTimeout (no progress), kReset, kCancelled and whatever the writer says: close then.
// Lifetime: the connection outlives the task.
io::Task<base::Result<>> send_answer(ServerConnection* connection, Response response,
                                     AnswerForm form);

}  // namespace weft::http
