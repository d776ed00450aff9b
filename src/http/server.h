// The control plane's HTTP/1.1 server: listeners, one coroutine per connection, limits, and an
// orderly stop. What is answered is the dispatcher's business.
#pragma once

#include "base/limit_meters.h"
#include "base/log.h"
#include "base/meters.h"
#include "http/date.h"
#include "http/dispatch.h"
#include "http/kept_answers.h"
#include "http/server_connection.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/socket.h"
#include "io/task.h"
#include "io/unique_fd.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace weft::http {

struct ServerOptions {
  std::string role = "control";  // label of its meters and log lines
  ConnectionOptions connection = {};
  base::JsonLimits json = {};  // of a body of JSON
  // Of one request; more is 413.
  std::size_t body_bytes = base::default_of(base::Limit::kBodyBytes);
  // The newest is closed at once.
  std::size_t connections_max = base::default_of(base::Limit::kControlConnections);
};

// As this process has set them.
ServerOptions server_options(const base::Limits& limits);

// What a server needs from its node. Lifetime: outlives the server.
struct ServerParts {
  io::Loop& loop;
  const Dispatcher& dispatcher;
  base::Log& log;
  base::MeterRegistry& meters;
};

// Thread: its loop. Lifetime: stop() has ended before it is destroyed.
class Server final {
 public:
  Server(const ServerParts& parts, ServerOptions options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Starts to accept; may be called for several addresses.
  // Returns: the address bound, with the port chosen for port 0.
  // Errors:  kAddressInUse, kForbidden, kNoSpace, kIo.
  base::Result<base::SocketAddress> listen(const base::SocketAddress& address);
  // The same with a socket that listens already. Errors: io::adopt_listener()'s.
  base::Result<base::SocketAddress> inherit(io::UniqueFd descriptor);

  // By address. Lifetime of the descriptors: until stop().
  struct OpenListener {
    base::SocketAddress address;
    int descriptor = -1;
  };
  std::vector<OpenListener> listeners() const;

  // Closes the listeners, lets running requests end with `Connection: close` and WebSockets say
  // goodbye, closes idle connections within a second, and cuts what is left at `deadline`.
  io::Task<void> stop(base::MonoTime deadline);

  std::size_t connections() const { return conversations_.size(); }

 private:
  struct Conversation;
  struct Bound {
    io::Listener listener;
    base::SocketAddress address;
  };

  base::SocketAddress begin_to_accept(io::Listener listener);
  io::Task<void> accept_on(Bound* bound);
  io::Task<void> converse(io::Socket socket, base::SocketAddress peer, base::SocketAddress bound);
  // Returns: whether another request may follow on the connection.
  io::Task<bool> exchange(Conversation* conversation);
  io::Task<base::Result<>> read_request_body(Conversation* conversation, Request* request);
  io::Task<bool> answer(Conversation* conversation, Context* context, bool keep_alive);
  // What was answered before and still holds.
  io::Task<bool> repeat(Conversation* conversation, std::shared_ptr<KeptAnswer> kept);
  void keep_answer(const Conversation& conversation, Context& context, const Response& response);
  // Says why a message is refused, where anybody can still hear it, and ends the connection.
  io::Task<void> refuse(Conversation* conversation, base::Error error, std::string path);
  // Whose wait ends: WebSockets, clients that have asked before, all that have no request under
  // way.
  enum class Waiting : std::uint8_t { kOtherProtocols, kAnswered, kAll };
  void end_waits(Waiting which);
  io::Task<void> wait_for_ends(base::MonoTime deadline);
  void note_end(const base::Result<>& how);
  void note_answer(const Context& context, int status);

  ServerParts parts_;
  const ServerOptions options_;
  base::MeterGroup meter_group_;
  base::LimitMeters limits_;
  std::array<base::Counter*, 6> answers_by_class_{};  // by status / 100
  base::Gauge& open_;
  base::Histogram& duration_;
  DateField date_;
  KeptAnswers kept_;
  // Shared by all connections: filled and copied without an await between, and too large to keep
  // one per idle connection.
  wire::RequestHead head_;
  std::list<Bound> bound_;
  std::unordered_set<Conversation*> conversations_;
  io::Event left_;  // a conversation has ended
  io::TaskScope accepting_;
  io::TaskScope conversing_;
};

}  // namespace weft::http
