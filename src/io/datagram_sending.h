// DatagramSending: the answers of a batch on their way out. Those of one size to one peer are given
// to the kernel as one and cut apart by it or by the network card, which spares a walk through the
// network's layers for each: half of what an answer costs.
// Source: udp(7) UDP_SEGMENT (Linux 4.18).
#pragma once

#include "io/datagram_batch.h"

#include <cstddef>

namespace weft::io {

// Thread: the socket's loop. Lifetime: that of one sending.
class DatagramSending final {
 public:
  // `may_group`: of the socket; cleared when the kernel, or the way out, cannot do it.
  DatagramSending(DatagramBatch& batch, int descriptor, bool& may_group)
      : batch_(batch), descriptor_(descriptor), may_group_(may_group) {}

  // Returns: how many answers were lost.
  std::size_t send();

 private:
  void form_groups();
  void lay_out();
  void write_header(std::size_t group);
  void add_segment_control(std::size_t group);
  // Returns: how many were lost.
  std::size_t send_one_by_one(std::size_t group);

  DatagramBatch& batch_;
  const int descriptor_;
  bool& may_group_;
  std::size_t groups_ = 0;
};

}  // namespace weft::io
