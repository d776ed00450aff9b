// One request on its way: match, pick, connect, relay, record. exchange.cc is the sentence.
#pragma once

#include "balance/attempt.h"
#include "balance/limits.h"
#include "balance/pick.h"
#include "balance/subset.h"
#include "balance/tried.h"
#include "base/check.h"
#include "base/result.h"
#include "http/server_connection.h"
#include "io/buffer.h"
#include "io/socket.h"
#include "io/task.h"
#include "model/record.h"
#include "proxy/access_note.h"
#include "proxy/backend.h"
#include "proxy/body.h"
#include "proxy/error_reply.h"
#include "proxy/forward_head.h"
#include "proxy/policies/fault.h"
#include "proxy/policies/policies.h"
#include "proxy/relay.h"
#include "proxy/worker.h"
#include "wire/trace_context.h"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::proxy {

// Where an exchange stands; also the list of its steps.
enum class Step : std::uint8_t {
  kMatch,    // which service
  kPrepare,  // the head for the backend; a small body is read whole
  kPick,     // which endpoint
  kConnect,  // a pooled connection or a new one
  kSend,     // the request
  kAwait,    // the head of the answer
  kRelay,    // the answer, or a tunnel
  kRecord,   // what happened
};
std::string_view step_name(Step step);

enum class KeepAlive : std::uint8_t { kYes, kNo };

// One exchange; an idle connection holds none.
// Thread: its loop.
class Exchange final {
 public:
  Exchange(Worker& worker, http::ServerConnection& client, std::string_view listener_port);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Answers the request whose parsed head lies in worker.request_head(), one way or another.
  // kNo: the client's connection must be closed.
  static io::Task<KeepAlive> run(Worker& worker, http::ServerConnection& client,
                                 std::string_view listener_port);

  Step step() const { return step_; }

 private:
  // A second try beside the first, which takes long (exchange_hedge.cc).
  struct Hedge {
    std::optional<balance::Attempt> attempt;
    balance::LimitSlot slot;
    io::Socket socket;
    std::uint32_t requests = 1;  // that the connection has carried, this one included
    bool is_reused = false;
    base::Nanos idled{0};  // the connection, before
    io::Buffer answer;     // its first bytes
  };

  enum class Next : std::uint8_t { kRetry, kGoOn };

  // Players.
  std::optional<ErrorReply> match();
  std::optional<ErrorReply> screen(const wire::RequestHead& head);
  std::optional<ErrorReply> apply_policies(const wire::RequestHead& head, const RouteMatch& found);
  void enter_cluster(const wire::RequestHead& head, const RouteMatch& found,
                     const RouteTarget& target);
  void mirror();
  std::optional<ErrorReply> prepare();
  void identify(const wire::RequestHead& head);
  bool must_stream(const wire::RequestHead& head) const;
  bool holds_body() const { return framing_.body == wire::BodyKind::kLength && !streams_body_; }
  bool install_head(std::string_view head);
  std::expected<balance::Picked, balance::PickRefusal> pick_endpoint();
  std::optional<ErrorReply> pick();
  bool take_pooled();
  bool may_repeat(base::Retry safety) const;
  Next judge(const base::Error& error);
  bool prefers_another();
  Next judge_answer();
  void end_upload(const Relay& relay, const base::Result<void>& done);
  base::Result<void> look_for_client();
  bool make_room_for_answer();
  void note_choice();
  void arm_hedge();
  void start_hedge();
  void take_hedge();
  base::Result<void> note_received(const base::Result<std::size_t>& count);
  base::Result<bool> begin_answer(const base::Result<std::size_t>& count);
  base::Result<bool> take_answer_head();
  void note_keep_alive(const wire::ResponseHead& head);
  void note_broken_relay(const Relay& relay, const base::Error& error);
  ReplyNames names() const;
  balance::Attempt& attempt() {
    WEFT_ASSERT(attempt_.has_value());
    return *attempt_;
  }
  bool may_retry();
  void pay_for_retry();
  AnswerFraming choose_framing() const;
  std::string_view write_answer_head(AnswerFraming framing);
  std::optional<ErrorReply> prepare_answer();
  Relay relay_to_client();
  void note_relay(const Relay& relay, const base::Result<void>& relayed);
  KeepAlive end_relay(bool is_whole);
  void release_backend();
  void release_slot();
  bool drop_request();
  void write_access_line();
  KeepAlive record(KeepAlive keep_alive);
  base::MonoTime try_deadline() const;
  base::MonoTime idle_deadline() const;
  base::MonoTime answer_deadline() const;
  base::MonoTime look_around(base::MonoTime deadline) const;
  // When to stop waiting for the answer for a moment.
  base::MonoTime answer_look() const { return std::min(look_around(answer_deadline()), hedge_at_); }

  // Conductors.
  io::Task<std::optional<ErrorReply>> suffer_fault();
  io::Task<base::Result<void>> hold_body();
  io::Task<base::Result<void>> try_once();
  io::Task<base::Result<void>> connect_backend();
  io::Task<base::Result<void>> take_slot();
  io::Task<base::Result<io::Socket>> open_connection(std::uint32_t number, base::MonoTime deadline);
  static io::Task<void> run_hedge(Exchange* self);
  io::Task<base::Result<void>> settle_hedge(base::Result<void> answered);
  io::Task<base::Result<void>> pass_informational();
  io::Task<base::Result<void>> read_answer_head();
  static io::Task<void> upload(Exchange* self);
  io::Task<KeepAlive> relay_answer(Relay* relay, std::string_view head);
  io::Task<KeepAlive> relay_tunnel();
  io::Task<KeepAlive> refuse(ErrorReply reply);
  io::Task<void> pause_before_retry();

  Worker& worker_;
  io::Loop& loop_;
  http::ServerConnection& client_;
  std::string_view listener_port_;
  Step step_ = Step::kMatch;

  // The request.
  wire::Method method_ = wire::Method::kOther;
  wire::Framing framing_;
  std::uint8_t version_minor_ = 1;
  bool streams_body_ = false;    // sent on as it comes, cannot be repeated
  std::size_t front_bytes_ = 0;  // of client_.in(): the head, and the body when it is held
  BodySource request_body_;
  bool upload_begun_ = false;
  bool is_uploading_ = false;
  bool upload_done_ = false;
  std::optional<base::Error> client_error_;  // the client failed while it sent its body
  wire::TraceContext trace_;
  wire::RequestId request_id_;

  // What its route does with it.
  IndexHolds::Hold index_hold_;                 // as long as `policies_` is used
  const CompiledPolicies* policies_ = nullptr;  // null: nothing
  InjectedFault fault_;
  std::string own_field_;  // of an answer of our own, which borrows it

  // Where it goes.
  LoopCluster* cluster_ = nullptr;
  balance::SubsetHold subset_;  // the part of the cluster that the route means
  std::size_t strip_bytes_ = 0;
  std::size_t matched_bytes_ = 0;  // of the path, by the route
  base::MonoTime began_;
  base::Nanos request_timeout_{0};
  base::MonoTime deadline_ = base::kNever;  // of the whole request; an upload sets it anew
  base::MonoTime tried_at_{};
  base::MonoTime quiet_since_{};  // nothing went to or came from the backend
  std::uint32_t retries_left_ = 0;
  std::uint32_t stale_retries_ = 0;
  std::optional<std::uint64_t> hash_key_;
  std::optional<std::uint64_t> pinned_;  // the endpoint that the client's cookie names
  balance::Tried tried_;
  bool must_pause_ = false;
  std::optional<balance::Picked> next_;      // chosen already
  std::optional<balance::Attempt> attempt_;  // from pick() until it is given up or recorded
  BackendPin chosen_;                        // by the last pick(); until it is recorded

  // The connection to the backend.
  io::Socket backend_;
  bool backend_reused_ = false;
  std::uint32_t backend_requests_ = 0;  // that this connection has carried, this one included
  base::Nanos backend_idled_{0};        // in the pool, when it is reused
  balance::LimitSlot slot_;

  base::MonoTime hedge_at_ = base::kNever;  // when a second try begins
  std::unique_ptr<Hedge> hedge_;            // null: there was none
  io::TaskScope hedges_;

  // The answer.
  io::Buffer answer_;
  BodySource answer_body_;
  std::uint16_t status_ = 0;
  wire::Framing answer_framing_;
  std::size_t answer_head_bytes_ = 0;  // 0: it is not there yet
  std::size_t answer_seen_ = 0;        // bytes of answer_ in which its end was looked for
  std::size_t informational_ = 0;

  io::TaskScope uploads_;

  // What is told about it.
  model::Record record_;
  AccessNote note_;           // holds nothing while there is no access log
  std::string_view refusal_;  // reason of an answer of our own; static text
};

}  // namespace weft::proxy
