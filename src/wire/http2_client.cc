#include "wire/http2_client.h"

#include "base/check.h"
#include "base/text.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace weft::wire {

using base::Code;
using base::Result;

std::string_view Http2Answer::value(std::string_view name) const {
  const auto found = std::find_if(fields.rbegin(), fields.rend(),
                                  [name](const auto& field) { return field.first == name; });
  return found == fields.rend() ? std::string_view() : std::string_view(found->second);
}

namespace {

// By which the answer to our PING is known.
constexpr std::array<std::uint8_t, 8> kPingData{'w', 'e', 'f', 't', 'p', 'i', 'n', 'g'};

std::string_view as_text(const std::uint8_t* bytes, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

// The library copies both; what it takes lacks the const.
nghttp2_nv field_of(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

// The callbacks of the library are the static functions; it hands them their state.
struct Http2Client::State {
  struct Free {
    void operator()(nghttp2_session* ended) const { nghttp2_session_del(ended); }
  };

  explicit State(const Http2ClientLimits& with);

  // Ends the connection with this error, unless it has one. Returns: what a callback says then.
  int fail(Code code, const char* what) {
    if (!error) {
      error = base::Error{code, base::Side::kBackend, base::Retry::kNever, 0, what};
    }
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  int take_field(std::string_view name, std::string_view value);
  void take_frame(const nghttp2_frame& frame);
  void collect_output();

  static State& of(void* user_data) { return *static_cast<State*>(user_data); }
  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_bytes, const std::uint8_t* value,
                       std::size_t value_bytes, std::uint8_t flags, void* user);
  static int on_data(nghttp2_session* session, std::uint8_t flags, std::int32_t stream,
                     const std::uint8_t* data, std::size_t bytes, void* user);
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int on_invalid_frame(nghttp2_session* session, const nghttp2_frame* frame, int complaint,
                              void* user);
  static int on_close(nghttp2_session* session, std::int32_t stream, std::uint32_t code,
                      void* user);
  static ssize_t read_body(nghttp2_session* session, std::int32_t stream, std::uint8_t* into,
                           std::size_t room, std::uint32_t* flags, nghttp2_data_source* source,
                           void* user);

  const Http2ClientLimits limits;
  std::unique_ptr<nghttp2_session, Free> session;
  std::string output;         // for the peer, not yet taken
  std::int32_t stream = 0;    // of the request; 0: none
  std::string body;           // of the request
  std::size_t body_sent = 0;  // of it
  Http2Answer answer;
  std::size_t head_bytes = 0;  // of the answer so far
  bool is_done = false;
  std::optional<base::Error> error;
};

// The settings say what we take: nothing pushed, and heads within our limit.
Http2Client::State::State(const Http2ClientLimits& with) : limits(with) {
  nghttp2_session_callbacks* callbacks = nullptr;
  WEFT_ASSERT(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &on_frame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, &on_invalid_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &on_close);
  nghttp2_session* made = nullptr;
  WEFT_ASSERT(nghttp2_session_client_new(&made, callbacks, this) == 0);
  session.reset(made);
  nghttp2_session_callbacks_del(callbacks);
  const std::array<nghttp2_settings_entry, 2> settings{{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.head_bytes)},
  }};
  WEFT_ASSERT(nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) ==
              0);
}

// What an interim answer (1xx) brought is forgotten.
int Http2Client::State::on_begin_headers(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                                         void* user) {
  State& state = of(user);
  if (frame->hd.stream_id == state.stream && state.answer.status < 200) {
    state.answer = {};
  }
  return 0;
}

// NOLINTNEXTLINE(readability-function-size): as the library calls it
int Http2Client::State::on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                                  const std::uint8_t* name, std::size_t name_bytes,
                                  const std::uint8_t* value, std::size_t value_bytes,
                                  std::uint8_t /*flags*/, void* user) {
  State& state = of(user);
  return frame->hd.stream_id == state.stream
             ? state.take_field(as_text(name, name_bytes), as_text(value, value_bytes))
             : 0;
}

// The library has seen to it that names and values are sound, and that a status has three digits.
int Http2Client::State::take_field(std::string_view name, std::string_view value) {
  head_bytes += name.size() + value.size() + 32;  // RFC 9113 §6.5.2
  if (head_bytes > limits.head_bytes) {
    return fail(Code::kHeadTooLarge, "the head of the answer is too large");
  }
  if (name == ":status") {
    answer.status = static_cast<std::uint16_t>(base::parse_u64(value).value_or(0));
  } else {
    answer.fields.emplace_back(name, value);
  }
  return 0;
}

// NOLINTNEXTLINE(readability-function-size): as the library calls it
int Http2Client::State::on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/,
                                std::int32_t stream, const std::uint8_t* data, std::size_t bytes,
                                void* user) {
  State& state = of(user);
  if (stream != state.stream) {
    return 0;
  }
  if (bytes > state.limits.body_bytes - state.answer.body.size()) {
    return state.fail(Code::kBodyTooLarge, "the body of the answer is too large");
  }
  state.answer.body += as_text(data, bytes);
  return 0;
}

int Http2Client::State::on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                                 void* user) {
  of(user).take_frame(*frame);
  return 0;
}

void Http2Client::State::take_frame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_PING && (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 && stream == 0) {
    is_done = is_done || std::ranges::equal(frame.ping.opaque_data, kPingData);
  }
  // One that leaves our request alone changes nothing.
  if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.last_stream_id < stream) {
    fail(Code::kReset, "the connection was refused");
  }
}

int Http2Client::State::on_invalid_frame(nghttp2_session* /*session*/,
                                         const nghttp2_frame* /*frame*/, int /*complaint*/,
                                         void* user) {
  of(user).fail(Code::kBadMessage, "the answer breaks the rules of HTTP/2");
  return 0;
}

int Http2Client::State::on_close(nghttp2_session* /*session*/, std::int32_t stream,
                                 std::uint32_t code, void* user) {
  State& state = of(user);
  if (stream != state.stream) {
    return 0;
  }
  // A server may say that it wants no more of the request once it has answered: RFC 9113 §8.1.
  state.is_done = code == NGHTTP2_NO_ERROR && state.answer.status >= 200;
  if (!state.is_done) {
    state.fail(Code::kReset, "the stream was reset");
  }
  return 0;
}

// NOLINTNEXTLINE(readability-function-size): as the library calls it
ssize_t Http2Client::State::read_body(nghttp2_session* /*session*/, std::int32_t /*stream*/,
                                      std::uint8_t* into, std::size_t room, std::uint32_t* flags,
                                      nghttp2_data_source* /*source*/, void* user) {
  State& state = of(user);
  const std::size_t count = std::min(room, state.body.size() - state.body_sent);
  std::memcpy(into, state.body.data() + state.body_sent, count);
  state.body_sent += count;
  if (state.body_sent == state.body.size()) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  }
  return static_cast<ssize_t>(count);
}

void Http2Client::State::collect_output() {
  const std::uint8_t* bytes = nullptr;
  for (ssize_t count = 0; (count = nghttp2_session_mem_send(session.get(), &bytes)) > 0;) {
    output += as_text(bytes, static_cast<std::size_t>(count));
  }
}

Http2Client::Http2Client(const Http2ClientLimits& limits)
    : state_(std::make_unique<State>(limits)) {}
Http2Client::Http2Client(Http2Client&&) noexcept = default;
Http2Client& Http2Client::operator=(Http2Client&&) noexcept = default;
Http2Client::~Http2Client() = default;

void Http2Client::send_request(Http2Request request) {
  WEFT_ASSERT(state_->stream == 0);
  std::vector<nghttp2_nv> fields{
      field_of(":method", request.method), field_of(":scheme", request.scheme),
      field_of(":authority", request.authority), field_of(":path", request.path)};
  for (const auto& [name, value] : request.fields) {
    fields.push_back(field_of(name, value));
  }
  state_->body = std::move(request.body);
  const nghttp2_data_provider body{{}, &State::read_body};
  state_->stream =
      nghttp2_submit_request(state_->session.get(), nullptr, fields.data(), fields.size(),
                             state_->body.empty() ? nullptr : &body, nullptr);
  WEFT_ASSERT(state_->stream > 0);
}

void Http2Client::send_ping() {
  WEFT_ASSERT(nghttp2_submit_ping(state_->session.get(), NGHTTP2_FLAG_NONE, kPingData.data()) == 0);
}

std::string Http2Client::take_output() {
  state_->collect_output();
  return std::exchange(state_->output, {});
}

// That the library has given up, it says only once its farewell is written.
Result<void> Http2Client::fold(std::string_view bytes) {
  nghttp2_session* session = state_->session.get();
  const ssize_t taken = nghttp2_session_mem_recv(
      session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  state_->collect_output();
  if (taken < 0 || nghttp2_session_want_read(session) == 0) {
    state_->fail(Code::kBadMessage, "the answer is not HTTP/2");
  }
  if (state_->error && !state_->is_done) {
    return base::fail(*state_->error);
  }
  return {};
}

bool Http2Client::is_done() const { return state_->is_done; }

const Http2Answer& Http2Client::answer() const { return state_->answer; }

}  // namespace weft::wire
