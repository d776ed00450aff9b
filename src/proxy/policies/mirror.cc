#include "proxy/policies/mirror.h"

#include "balance/attempt.h"
#include "balance/pick.h"
#include "balance/tried.h"
#include "io/buffer.h"
#include "proxy/body.h"

#include <algorithm>
#include <utility>

namespace weft::proxy {

using base::Code;
using base::Result;

void Mirrors::send(LoopCluster& cluster, std::string request, wire::Method method) {
  cluster.begin_use();
  scope_.spawn("mirrored request", run(this, &cluster, std::move(request), method));
}

io::Task<void> Mirrors::run(Mirrors* self, LoopCluster* cluster, std::string request,
                            wire::Method method) {
  co_await self->exchange(cluster, &request, method);
  cluster->end_use();
}

io::Task<void> Mirrors::exchange(LoopCluster* cluster, const std::string* request,
                                 wire::Method method) {
  const balance::Tried tried;
  const auto picked = balance::pick(cluster->balance(), {loop_.now(), loop_.random(), tried});
  if (!picked) {
    co_return;
  }
  balance::Attempt attempt(cluster->balance(), *picked->endpoint, loop_.now());
  auto slot = attempt.endpoint().limits.take_connection();
  if (!slot) {
    co_return;  // the shadow's own traffic goes first
  }
  const base::MonoTime deadline = loop_.now() + cluster->config().settings.timeouts.request;
  const std::uint32_t number = attempt.endpoint().id;
  std::uint16_t status = 0;
  std::uint32_t carried = 0;
  io::Socket socket;
  Backend* backend = cluster->backend(number);
  if (auto kept = backend != nullptr ? backend->pool.take(loop_.now()) : std::nullopt) {
    socket = std::move(kept->socket);
    carried = kept->requests;
  } else {
    auto fresh = co_await connect(cluster, number, deadline);
    if (!fresh) {
      attempt.settle(balance::outcome_of_error(fresh.error()), loop_.now());
      slot->release();
      cluster->tell_slot_freed(number);
      co_return;
    }
    socket = std::move(*fresh);
  }
  Result<bool> reusable = false;
  const auto sent = co_await socket.send(*request, deadline);
  if (sent) {
    reusable = co_await read_answer(&socket, method, deadline, &status);
  } else {
    reusable = base::fail(sent.error());
  }
  attempt.settle(
      reusable ? balance::outcome_of_status(status) : balance::outcome_of_error(reusable.error()),
      loop_.now());
  sent_total_ += reusable ? 1 : 0;
  backend = cluster->backend(number);  // it may have left meanwhile
  if (reusable.value_or(false) && backend != nullptr) {
    backend->pool.give(std::move(socket), loop_.now(), carried + 1);
  }
  slot->release();
  cluster->tell_slot_freed(number);
}

// A backend that is only known by name is not mirrored to before somebody else resolved it: copies
// must not make the resolver's queue longer.
io::Task<Result<io::Socket>> Mirrors::connect(LoopCluster* cluster, std::uint32_t endpoint,
                                              base::MonoTime deadline) {
  const Backend* backend = cluster->backend(endpoint);
  if (backend == nullptr || !backend->address) {
    co_return base::fail(Code::kUnreachable, "no address to mirror to", base::Side::kBackend);
  }
  const base::MonoTime until =
      std::min(deadline, loop_.now() + cluster->config().settings.timeouts.connect);
  co_return co_await io::connect(loop_, *backend->address, until);
}

// Reads the answer to its end and drops it. Returns: may the connection be used again?
io::Task<Result<bool>> Mirrors::read_answer(io::Socket* socket, wire::Method method,
                                            base::MonoTime deadline, std::uint16_t* status) {
  io::Buffer buffer = loop_.buffers().take();
  wire::ResponseHead head;
  BodySource body;
  std::size_t seen = 0;
  bool in_body = false;
  for (;;) {
    while (!in_body && !buffer.empty()) {
      WEFT_CO_TRY(const std::size_t bytes,
                  wire::parse_response_head(buffer.view(), method, options_.head, head, seen));
      seen = bytes > 0 ? 0 : buffer.size();
      if (bytes == 0) {
        break;
      }
      buffer.consume(bytes);
      in_body = !head.is_informational;
      body = BodySource(head.framing);
      *status = head.status;
    }
    if (in_body) {
      WEFT_CO_TRY(const Piece piece, body.take(buffer));
      buffer.consume(piece.consumed);
      if (piece.done) {
        co_return head.framing.keep_alive&& buffer.empty();
      }
    }
    if (buffer.tail_room() == 0 && !buffer.grow(loop_.buffers())) {
      co_return base::fail(Code::kHeadTooLarge, "answer head", base::Side::kBackend);
    }
    WEFT_CO_TRY(const std::size_t count,
                co_await socket->recv({buffer.tail(), buffer.tail_room()}, deadline));
    buffer.commit(count);
    if (count == 0) {
      WEFT_CO_TRY_VOID(body.end());
      co_return false;
    }
  }
}

}  // namespace weft::proxy
