#include "dns/service_entry.h"

namespace weft::dns {
namespace {

void append_part(const RecordShard& shard, std::string_view tag, std::vector<ShardPart>& out) {
  if (tag.empty()) {
    out.push_back({.shard = &shard});
    return;
  }
  if (const RecordShard::Tagged* tagged = shard.tagged(tag); tagged != nullptr) {
    out.push_back({.shard = &shard, .tagged = tagged->is_whole() ? nullptr : tagged});
  }
}

}  // namespace

void ServiceEntry::append_parts(std::string_view tag, std::vector<ShardPart>& out) const {
  if (only != nullptr) {
    append_part(*only, tag, out);
    return;
  }
  for (const ShardPointer& shard : *many) {
    append_part(*shard, tag, out);
  }
}

}  // namespace weft::dns
