// What recvmmsg and sendmmsg are told of a DatagramBatch. For the datagram files of this room.
#pragma once

#include "io/datagram_batch.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <vector>

namespace weft::io {

// One control message: to which of our addresses a datagram came, or from which it leaves.
struct DatagramControl {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
};

struct DatagramBatch::Headers {
  std::vector<sockaddr_in6> names;
  std::vector<DatagramControl> controls;
  std::vector<iovec> into;
  std::vector<iovec> from;
  std::vector<mmsghdr> received;
  std::vector<mmsghdr> sent;  // only those with an answer, the first ones
};

// Leaves the way of an answer to routing: only its source is the address that was asked. A
// link-local address means nothing without its interface, which therefore stays.
// Source: ip(7) IP_PKTINFO, ipv6(7), RFC 3542 §6.
void prepare_control_for_answer(msghdr& message);

}  // namespace weft::io
