// An answer of the control plane: status, fields and one of several kinds of body.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "http/headers.h"
#include "io/task.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace weft::http {

class ServerConnection;

// Where a streamed body goes, piece by piece (chunked towards HTTP/1.1 clients).
// Thread: its loop. Lifetime: one answer.
class BodyWriter {
 public:
  // Waits while the client is slow; an empty piece writes nothing.
  // Errors: kTimeout (no progress), kReset, kCancelled. The body ends there.
  virtual io::Task<base::Result<>> write(std::string_view piece) = 0;

 protected:
  ~BodyWriter() = default;
};

// Writes a body of unknown length; an error cuts the connection so that the client notices.
using StreamBody = std::move_only_function<io::Task<base::Result<>>(BodyWriter&)>;

// Text that lives as long as the program: embedded pages.
struct StaticText {
  std::string_view text;
};

// Speaks another protocol on the connection (never null) after 101; it is closed when the task
// ends.
using Takeover = std::move_only_function<io::Task<void>(ServerConnection*)>;

// Thread: its loop (a value).
struct Response {
  using Body =
      std::variant<std::string, std::shared_ptr<const std::string>, StaticText, StreamBody>;

  int status = 200;
  Headers headers;
  Body body;
  Takeover takeover;  // with status 101 only

  // The bytes of a body that is not a stream.
  std::string_view body_text() const;
  bool is_stream() const { return std::holds_alternative<StreamBody>(body); }
};

Response json_response(const json::value& value, int status = 200);
Response text_response(std::string text, int status = 200,
                       std::string_view content_type = "text/plain; charset=utf-8");

// Turns a 200 to GET or HEAD into 304 when the client has this entity tag already.
// Source: RFC 9110 §13.1.2.
void apply_if_none_match(std::string_view if_none_match, Response& response);

// "\"3a...\"": a strong entity tag of the bytes.
std::string entity_tag(std::string_view bytes);

}  // namespace weft::http
