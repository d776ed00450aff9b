#include "io/datagram_sending.h"

#include "io/datagram_headers.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/udp.h>

namespace weft::io {
namespace {

// What the kernel cuts apart at most (UDP_MAX_SEGMENTS), and what fits every link: a larger answer
// may have to be cut by IP, which both together cannot be.
constexpr std::size_t kGroupedMax = 64;
constexpr std::size_t kGroupedBytesMax = 1200;

constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

// The kernel does not know how, or the way out does not.
bool is_about_grouping(int sys) {
  return sys == EINVAL || sys == EIO || sys == EMSGSIZE || sys == EOPNOTSUPP || sys == ENOPROTOOPT;
}

bool is_same_path(const msghdr& a, const msghdr& b) {
  return a.msg_namelen == b.msg_namelen && a.msg_controllen == b.msg_controllen &&
         std::memcmp(a.msg_name, b.msg_name, a.msg_namelen) == 0 &&
         (a.msg_controllen == 0 ||
          std::memcmp(a.msg_control, b.msg_control, a.msg_controllen) == 0);
}

// Which groups were formed lately, by the peer's port and the answer's size.
constexpr std::size_t kLately = 64;
std::size_t place_among_lately(const sockaddr_in6& name, std::size_t bytes) {
  return (name.sin6_port ^ bytes * 7U) % kLately;  // the port is where sockaddr_in has it
}

}  // namespace

void DatagramSending::form_groups() {
  DatagramBatch::Headers& headers = *batch_.headers_;
  std::array<std::uint16_t, kLately> lately{};  // a group's number and one; 0: none
  for (std::size_t slot = 0; slot < batch_.size_; ++slot) {
    const std::size_t bytes = batch_.answer_bytes_[slot];
    if (bytes == 0) {
      continue;
    }
    std::uint16_t& last = lately[place_among_lately(headers.names[slot], bytes)];
    if (may_group_ && last != 0 && bytes <= kGroupedBytesMax) {
      DatagramGroup& group = headers.groups[last - 1U];
      if (batch_.answer_bytes_[group.slot] == bytes && group.count < kGroupedMax &&
          is_same_path(headers.received[group.slot].msg_hdr, headers.received[slot].msg_hdr)) {
        ++group.count;
        headers.group_of[slot] = last - 1U;
        continue;
      }
    }
    headers.groups[groups_] = {.slot = static_cast<std::uint32_t>(slot), .count = 1};
    headers.group_of[slot] = static_cast<std::uint32_t>(groups_);
    ++groups_;
    last = static_cast<std::uint16_t>(groups_);
  }
}

// The answers of each group behind one another.
void DatagramSending::lay_out() {
  DatagramBatch::Headers& headers = *batch_.headers_;
  std::uint32_t from = 0;
  for (std::size_t i = 0; i < groups_; ++i) {
    headers.groups[i].from = from;
    from += headers.groups[i].count;
    write_header(i);
    headers.groups[i].count = 0;  // counted again as they are put there
  }
  for (std::size_t slot = 0; slot < batch_.size_; ++slot) {
    if (batch_.answer_bytes_[slot] > 0) {
      DatagramGroup& group = headers.groups[headers.group_of[slot]];
      headers.from[group.from + group.count] = {batch_.answer_room(slot).data(),
                                                batch_.answer_bytes_[slot]};
      ++group.count;
    }
  }
}

void DatagramSending::write_header(std::size_t group) {
  DatagramBatch::Headers& headers = *batch_.headers_;
  const DatagramGroup& about = headers.groups[group];
  const msghdr& question = headers.received[about.slot].msg_hdr;
  msghdr& message = headers.sent[group].msg_hdr;
  message.msg_name = question.msg_name;
  message.msg_namelen = question.msg_namelen;
  message.msg_iov = &headers.from[about.from];
  message.msg_iovlen = about.count;
  message.msg_control = question.msg_controllen > 0 ? question.msg_control : nullptr;
  message.msg_controllen = question.msg_controllen;
  if (about.count > 1) {
    add_segment_control(group);
  }
}

void DatagramSending::add_segment_control(std::size_t group) {
  DatagramBatch::Headers& headers = *batch_.headers_;
  msghdr& message = headers.sent[group].msg_hdr;
  std::array<char, sizeof(SegmentControl::bytes)>& bytes = headers.segment_controls[group].bytes;
  const std::size_t before = message.msg_controllen;
  if (before > 0) {
    std::memcpy(bytes.data(), message.msg_control, before);
  }
  const auto size = static_cast<std::uint16_t>(batch_.answer_bytes_[headers.groups[group].slot]);
  cmsghdr control{};
  control.cmsg_level = IPPROTO_UDP;
  control.cmsg_type = UDP_SEGMENT;
  control.cmsg_len = CMSG_LEN(sizeof size);
  std::memcpy(bytes.data() + before, &control, sizeof control);
  std::memcpy(bytes.data() + before + CMSG_LEN(0), &size, sizeof size);
  message.msg_control = bytes.data();
  message.msg_controllen = before + CMSG_SPACE(sizeof size);
}

std::size_t DatagramSending::send_one_by_one(std::size_t group) {
  DatagramBatch::Headers& headers = *batch_.headers_;
  const DatagramGroup& about = headers.groups[group];
  msghdr message = headers.sent[group].msg_hdr;
  const msghdr& question = headers.received[about.slot].msg_hdr;
  message.msg_control = question.msg_controllen > 0 ? question.msg_control : nullptr;
  message.msg_controllen = question.msg_controllen;
  message.msg_iovlen = 1;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < about.count; ++i) {
    message.msg_iov = &headers.from[about.from + i];
    lost += ::sendmsg(descriptor_, &message, kSendFlags) < 0 ? 1 : 0;
  }
  return lost;
}

std::size_t DatagramSending::send() {
  DatagramBatch::Headers& headers = *batch_.headers_;
  form_groups();
  lay_out();
  std::size_t lost = 0;
  for (std::size_t done = 0; done < groups_;) {
    const int sent = ::sendmmsg(descriptor_, headers.sent.data() + done,
                                static_cast<unsigned>(groups_ - done), kSendFlags);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno == EINTR) {
      continue;
    }
    const std::size_t count = headers.groups[done].count;
    if (count > 1 && is_about_grouping(errno)) {
      may_group_ = false;
      lost += send_one_by_one(done);
    } else {
      lost += count;
    }
    ++done;
  }
  return lost;
}

}  // namespace weft::io
