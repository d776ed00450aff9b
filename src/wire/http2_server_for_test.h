// The server's end of one HTTP/2 connection, which answers as a test says. No I/O.
#pragma once

#include "base/check.h"
#include "wire/http2_client.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::wire {

// What it says to each request. Thread: any (a value).
struct Http2ScriptForTest {
  std::string status = "200";
  Http2Fields fields{};
  std::string body{};
  Http2Fields trailers{};  // none: it ends with its body, or its head
  bool resets = false;     // refuses the stream instead
  bool leaves = false;     // says GOAWAY to everything instead
};

// Thread: its loop. Lifetime: not moved.
class Http2ServerForTest final {
 public:
  explicit Http2ServerForTest(Http2ScriptForTest script = {}) : script_(std::move(script)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    WEFT_ASSERT(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &on_frame);
    nghttp2_session* made = nullptr;
    WEFT_ASSERT(nghttp2_session_server_new(&made, callbacks, this) == 0);
    session_.reset(made);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  Http2ServerForTest(const Http2ServerForTest&) = delete;
  Http2ServerForTest& operator=(const Http2ServerForTest&) = delete;

  // Returns: false when it is not spoken to in HTTP/2.
  bool fold(std::string_view bytes) {
    return nghttp2_session_mem_recv(session_.get(),
                                    reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                    bytes.size()) >= 0;
  }
  std::string take_output() {
    std::string out;
    const std::uint8_t* bytes = nullptr;
    for (ssize_t count = 0; (count = nghttp2_session_mem_send(session_.get(), &bytes)) > 0;) {
      out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
    }
    return out;
  }

  // Of the last request.
  const Http2Fields& fields() const { return fields_; }
  const std::string& body() const { return body_; }
  int pings() const { return pings_; }

 private:
  struct Free {
    void operator()(nghttp2_session* ended) const { nghttp2_session_del(ended); }
  };

  static Http2ServerForTest& of(void* user) { return *static_cast<Http2ServerForTest*>(user); }
  // NOLINTNEXTLINE(readability-function-size): as the library calls it
  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/,
                       const std::uint8_t* name, std::size_t name_bytes, const std::uint8_t* value,
                       std::size_t value_bytes, std::uint8_t /*flags*/, void* user) {
    of(user).fields_.emplace_back(std::string(reinterpret_cast<const char*>(name), name_bytes),
                                  std::string(reinterpret_cast<const char*>(value), value_bytes));
    return 0;
  }
  // NOLINTNEXTLINE(readability-function-size): as the library calls it
  static int on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t /*stream*/,
                     const std::uint8_t* data, std::size_t bytes, void* user) {
    of(user).body_.append(reinterpret_cast<const char*>(data), bytes);
    return 0;
  }
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2ServerForTest& self = of(user);
    const bool is_ping =
        frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0;
    self.pings_ += is_ping ? 1 : 0;
    const bool is_asked = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                          (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (self.script_.leaves && (is_ping || is_asked)) {
      nghttp2_session_terminate_session2(session, 0, NGHTTP2_ENHANCE_YOUR_CALM);
    } else if (is_asked && self.script_.resets) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                NGHTTP2_REFUSED_STREAM);
    } else if (is_asked) {
      self.answer(frame->hd.stream_id);
    }
    return 0;
  }
  // NOLINTNEXTLINE(readability-function-size): as the library calls it
  static ssize_t read_body(nghttp2_session* session, std::int32_t stream, std::uint8_t* into,
                           std::size_t room, std::uint32_t* flags, nghttp2_data_source* /*source*/,
                           void* user) {
    Http2ServerForTest& self = of(user);
    const std::size_t count = std::min(room, self.script_.body.size() - self.sent_);
    std::copy_n(self.script_.body.data() + self.sent_, count, into);
    self.sent_ += count;
    if (self.sent_ == self.script_.body.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!self.script_.trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto trailers = as_fields(self.script_.trailers);
        nghttp2_submit_trailer(session, stream, trailers.data(), trailers.size());
      }
    }
    return static_cast<ssize_t>(count);
  }

  static std::vector<nghttp2_nv> as_fields(const Http2Fields& fields) {
    std::vector<nghttp2_nv> out;
    const auto bytes = [](const std::string& text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    for (const auto& [name, value] : fields) {
      out.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    return out;
  }

  void answer(std::int32_t stream) {
    sent_ = 0;
    Http2Fields head{{":status", script_.status}};
    head.insert(head.end(), script_.fields.begin(), script_.fields.end());
    const auto fields = as_fields(head);
    const nghttp2_data_provider body{{}, &read_body};
    const bool is_bare = script_.body.empty() && script_.trailers.empty();
    nghttp2_submit_response(session_.get(), stream, fields.data(), fields.size(),
                            is_bare ? nullptr : &body);
  }

  Http2ScriptForTest script_;
  std::unique_ptr<nghttp2_session, Free> session_;
  Http2Fields fields_;
  std::string body_;
  std::size_t sent_ = 0;
  int pings_ = 0;
};

}  // namespace weft::wire
