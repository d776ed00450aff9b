#include "dns/packed_facts.h"

#include <cstdint>
#include <cstring>
#include <utility>

namespace weft::dns {
namespace {

// What has one size; the texts follow, the id first.
struct PackedHead {
  std::uint16_t port = 0;
  std::uint16_t weight_passing = 0;
  std::uint16_t weight_warning = 0;
  InstanceHealth health = InstanceHealth::kPassing;
};

// Seven bits a byte, the lowest first; the highest bit says that more follow: most texts are short.
std::size_t bytes_of_number(std::size_t number) {
  std::size_t bytes = 1;
  while ((number >>= 7) != 0) {
    ++bytes;
  }
  return bytes;
}

char* put_number(char* to, std::size_t number) {
  while (number > 0x7f) {
    *to++ = static_cast<char>(0x80U | (number & 0x7fU));
    number >>= 7;
  }
  *to++ = static_cast<char>(number);
  return to;
}

char* put_text(char* to, std::string_view text) {
  to = put_number(to, text.size());
  if (!text.empty()) {
    std::memcpy(to, text.data(), text.size());
  }
  return to + text.size();
}

std::size_t bytes_of_text(std::string_view text) {
  return bytes_of_number(text.size()) + text.size();
}

// Of bytes that a PackedFacts wrote itself.
class PackedReader final {
 public:
  explicit PackedReader(const char* at) : at_(at) {}

  std::size_t number() {
    std::size_t out = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      out |= static_cast<std::size_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) {
        return out;
      }
    }
  }
  std::string_view text() {
    const std::size_t bytes = number();
    return {std::exchange(at_, at_ + bytes), bytes};
  }

 private:
  const char* at_;
};

}  // namespace

PackedFacts::PackedFacts(const InstanceFacts& facts) {
  const std::string_view texts[] = {facts.id, facts.address, facts.node, facts.node_address};
  std::size_t bytes = sizeof(PackedHead) + bytes_of_number(facts.tags.size());
  for (const std::string_view text : texts) {
    bytes += bytes_of_text(text);
  }
  for (const std::string& tag : facts.tags) {
    bytes += bytes_of_text(tag);
  }
  bytes_ = std::make_unique_for_overwrite<char[]>(bytes);
  const PackedHead head{facts.port, facts.weight_passing, facts.weight_warning, facts.health};
  std::memcpy(bytes_.get(), &head, sizeof(head));
  char* to = bytes_.get() + sizeof(head);
  for (const std::string_view text : texts) {
    to = put_text(to, text);
  }
  to = put_number(to, facts.tags.size());
  for (const std::string& tag : facts.tags) {
    to = put_text(to, tag);
  }
}

std::string_view PackedFacts::id() const {
  return PackedReader(bytes_.get() + sizeof(PackedHead)).text();
}

InstanceFacts PackedFacts::unpack() const {
  PackedHead head;
  std::memcpy(&head, bytes_.get(), sizeof(head));
  PackedReader reader(bytes_.get() + sizeof(head));
  InstanceFacts facts;
  facts.port = head.port;
  facts.weight_passing = head.weight_passing;
  facts.weight_warning = head.weight_warning;
  facts.health = head.health;
  for (std::string* text : {&facts.id, &facts.address, &facts.node, &facts.node_address}) {
    *text = reader.text();
  }
  facts.tags.resize(reader.number());
  for (std::string& tag : facts.tags) {
    tag = reader.text();
  }
  return facts;
}

}  // namespace weft::dns
