#include "io/datagram_batch.h"

#include "io/datagram_headers.h"
#include "io/sockaddr.h"

#include <cstring>

namespace weft::io {

static_assert(sizeof(sockaddr_in6) == 28);
static_assert(sizeof(DatagramControl::bytes) == 40);

base::SocketAddress DatagramPath::peer() const {
  KernelAddress kernel;
  std::memcpy(kernel.get(), name_.data(), name_bytes_);
  kernel.bytes = name_bytes_;
  return from_kernel(kernel);
}

DatagramBatch::DatagramBatch(const DatagramBatchSizes& sizes)
    : sizes_(sizes),
      written_(sizes.datagrams),
      received_memory_(sizes.datagrams * sizes.received_bytes),
      answer_memory_(sizes.datagrams * sizes.answer_bytes),
      received_bytes_(sizes.datagrams),
      answer_bytes_(sizes.datagrams),
      is_cut_(sizes.datagrams),
      headers_(std::make_unique<Headers>()) {
  Headers& headers = *headers_;
  headers.names.resize(sizes.datagrams);
  headers.controls.resize(sizes.datagrams);
  headers.into.resize(sizes.datagrams);
  headers.from.resize(sizes.datagrams);
  headers.received.resize(sizes.datagrams);
  headers.sent.resize(sizes.datagrams);
  for (std::size_t i = 0; i < sizes.datagrams; ++i) {
    headers.into[i] = {received_memory_.data() + i * sizes.received_bytes, sizes.received_bytes};
    msghdr& message = headers.received[i].msg_hdr;
    message.msg_name = &headers.names[i];
    message.msg_iov = &headers.into[i];
    message.msg_iovlen = 1;
    message.msg_control = headers.controls[i].bytes.data();
    headers.sent[i].msg_hdr.msg_iov = &headers.from[i];
    headers.sent[i].msg_hdr.msg_iovlen = 1;
  }
}

DatagramBatch::~DatagramBatch() = default;

DatagramPath DatagramBatch::path(std::size_t at) const {
  const msghdr& message = headers_->received[at].msg_hdr;
  DatagramPath path;
  path.name_bytes_ = message.msg_namelen;
  std::memcpy(path.name_.data(), message.msg_name, message.msg_namelen);
  path.control_bytes_ = static_cast<std::uint32_t>(message.msg_controllen);
  if (message.msg_controllen > 0) {
    std::memcpy(path.control_.data(), message.msg_control, message.msg_controllen);
  }
  return path;
}

void prepare_control_for_answer(msghdr& message) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      info.ipi_ifindex = 0;
      std::memcpy(CMSG_DATA(control), &info, sizeof info);
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) {
        info.ipi6_ifindex = 0;
      }
      std::memcpy(CMSG_DATA(control), &info, sizeof info);
    }
  }
}

}  // namespace weft::io
