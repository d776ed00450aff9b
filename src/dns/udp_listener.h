// UdpListener: serves queries on one UDP socket, in batches.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "dns/answerer.h"
#include "dns/dns_meters.h"
#include "io/datagram_socket.h"
#include "io/loop.h"
#include "io/task.h"

#include <cstddef>
#include <memory>
#include <string>

namespace weft::dns {

// Thread: its loop. Lifetime: stop() has ended before it is destroyed.
class UdpListener final {
 public:
  UdpListener(io::Loop& loop, Answerer& answerer, DnsMeters& meters, io::DatagramSocket socket,
              std::size_t batch);
  UdpListener(const UdpListener&) = delete;
  UdpListener& operator=(const UdpListener&) = delete;

  base::SocketAddress local_address() const { return socket_.local_address(); }
  // Lifetime: the listener's.
  int descriptor() const { return socket_.descriptor(); }
  io::Task<void> stop();

 private:
  io::Task<void> serve();
  // Returns: false when the kernel failed to receive.
  bool serve_batches();
  void answer_batch();
  io::Task<void> answer_later(std::string message, io::DatagramPath path);

  io::Loop& loop_;
  Answerer& answerer_;
  DnsMeters& meters_;
  io::DatagramSocket socket_;
  io::DatagramBatch batch_;
  io::TaskScope scope_;
};

}  // namespace weft::dns
