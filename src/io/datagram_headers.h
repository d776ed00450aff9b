// What recvmmsg and sendmmsg are told of a DatagramBatch. For the datagram files of this room.
#pragma once

#include "io/datagram_batch.h"

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <sys/socket.h>
#include <vector>

namespace weft::io {

// One control message: to which of our addresses a datagram came, or from which it leaves.
struct DatagramControl {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
};

// The same for what leaves together (datagram_sending.cc), with how large each datagram of it is.
struct SegmentControl {
  alignas(cmsghdr)
      std::array<char, CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(std::uint16_t))> bytes;
};

// Answers of one size to one peer. The kernel cuts them apart again on their way out.
struct DatagramGroup {
  std::uint32_t slot = 0;   // of the first one
  std::uint32_t count = 0;  // of answers
  std::uint32_t from = 0;   // of the headers' `from`
};

struct DatagramBatch::Headers {
  std::vector<sockaddr_in6> names;
  std::vector<DatagramControl> controls;
  std::vector<iovec> into;
  std::vector<mmsghdr> received;
  // Of what is sent, one for each group: the first ones.
  std::vector<DatagramGroup> groups;
  std::vector<std::uint32_t> group_of;  // each slot's
  std::vector<iovec> from;
  std::vector<SegmentControl> segment_controls;
  std::vector<mmsghdr> sent;
};

// Leaves the way of an answer to routing: only its source is the address that was asked. A
// link-local address means nothing without its interface, which therefore stays.
// Source: ip(7) IP_PKTINFO, ipv6(7), RFC 3542 §6.
void prepare_control_for_answer(msghdr& message);

}  // namespace weft::io
