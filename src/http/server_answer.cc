#include "http/server_answer.h"

#include "base/check.h"
#include "base/text.h"
#include "http/status.h"
#include "wire/http1.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace weft::http {
namespace {

using base::Result;

// Bodies up to this go out with their head in one piece.
constexpr std::size_t kJoinedBytes = 16 * 1024;
// A slow client makes progress piece by piece; each piece has its own deadline.
constexpr std::size_t kPieceBytes = 64 * 1024;

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

bool is_written_by_the_server(std::string_view name) {
  for (const std::string_view own :
       {"Content-Length", "Transfer-Encoding", "Connection", "Date", "X-Content-Type-Options"}) {
    if (base::iequals(name, own)) {
      return true;
    }
  }
  return false;
}

void add_fields(std::string& head, const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (is_written_by_the_server(name)) {
      continue;
    }
    if (!wire::is_token(name) || !wire::is_field_value(value)) {
      WEFT_BUG("a handler made a header field that breaks the head");
      continue;
    }
    fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
  }
}

void add_connection(std::string& head, const Response& response, const AnswerForm& form) {
  if (response.status == 101) {
    head += "Connection: Upgrade\r\n";
  } else if (!form.keep_alive) {
    head += "Connection: close\r\n";
  } else if (form.version_minor == 0) {
    head += "Connection: keep-alive\r\n";
  }
}

// Source of the chunked form: RFC 9112 §7.1.
class StreamWriter final : public BodyWriter {
 public:
  StreamWriter(ServerConnection* connection, bool is_chunked)
      : connection_(connection), is_chunked_(is_chunked) {}

  io::Task<Result<>> write(std::string_view piece) override {
    if (piece.empty()) {
      co_return Result<>{};
    }
    if (!is_chunked_) {
      co_return co_await send_pieces(connection_, piece);
    }
    std::string chunk = fmt::format("{:x}\r\n", piece.size());
    chunk += piece;
    chunk += "\r\n";
    co_return co_await send_pieces(connection_, chunk);
  }

  io::Task<Result<>> finish() {
    if (!is_chunked_) {
      co_return Result<>{};
    }
    co_return co_await connection_->socket().send("0\r\n\r\n", connection_->progress_deadline());
  }

 private:
  ServerConnection* connection_;
  bool is_chunked_;
};

io::Task<Result<>> send_stream(ServerConnection* connection, StreamBody body, bool is_chunked) {
  StreamWriter writer(connection, is_chunked);
  WEFT_CO_TRY_VOID(co_await body(writer));
  co_return co_await writer.finish();
}

}  // namespace

io::Task<Result<>> send_pieces(ServerConnection* connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    WEFT_CO_TRY_VOID(co_await connection->socket().send(piece, connection->progress_deadline()));
    bytes.remove_prefix(piece.size());
  }
  co_return Result<>{};
}

std::string encode_answer_head(const Response& response, const AnswerForm& form) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  if (!form.date.empty()) {
    head += "Date: " + form.date + "\r\n";
  }
  if (response.status >= 200) {
    head += "X-Content-Type-Options: nosniff\r\n";  // the type is what we say
  }
  add_fields(head, response);
  if (!has_no_body(response.status)) {
    if (!response.is_stream()) {
      fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n",
                     response.body_text().size());
    } else if (form.version_minor > 0) {
      head += "Transfer-Encoding: chunked\r\n";
    }
  }
  add_connection(head, response, form);
  head += "\r\n";
  return head;
}

io::Task<Result<>> send_answer(ServerConnection* connection, Response response, AnswerForm form) {
  std::string head = encode_answer_head(response, form);
  const bool sends_body = !form.is_head && !has_no_body(response.status);
  const std::string_view body = sends_body ? response.body_text() : std::string_view();
  if (body.size() <= kJoinedBytes) {
    head += body;
    WEFT_CO_TRY_VOID(co_await send_pieces(connection, head));
  } else {
    WEFT_CO_TRY_VOID(co_await send_pieces(connection, head));
    WEFT_CO_TRY_VOID(co_await send_pieces(connection, body));
  }
  if (sends_body && response.is_stream()) {
    co_return co_await send_stream(connection, std::move(std::get<StreamBody>(response.body)),
                                   form.version_minor > 0);
  }
  co_return Result<>{};
}

}  // namespace weft::http
