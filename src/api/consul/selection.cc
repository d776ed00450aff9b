#include "api/consul/selection.h"

#include "base/text.h"
#include "model/labels.h"

#include <algorithm>

namespace weft::api::consul {
namespace {

bool has_pair(const json::object& metadata, std::string_view pair) {
  const std::size_t colon = pair.find(':');
  const std::string_view key = pair.substr(0, colon);
  const std::string_view value =
      colon == std::string_view::npos ? std::string_view() : pair.substr(colon + 1);
  return metadata.contains({key.data(), key.size()}) && model::text_of(metadata, key) == value;
}

bool has_tag(const model::Instance& instance, std::string_view tag) {
  return std::ranges::any_of(instance.tags,
                             [tag](const std::string& own) { return base::iequals(own, tag); });
}

}  // namespace

state::Interest interest_of_service(std::string_view service) {
  using model::Table;
  return is_own_service(service)
             ? state::Interest::of_tables(
                   {Table::kNodes, Table::kServices, Table::kInstances, Table::kCheckStatus})
             : state::Interest::of_service(service);
}

bool has_node_meta(const Question& question, const NodeEntry& node) {
  return std::ranges::all_of(question.asked.all("node-meta"), [&](const std::string& pair) {
    return has_pair(node.node->metadata, pair);
  });
}

std::vector<ServiceEntry> selected(const Question& question, std::vector<ServiceEntry> entries) {
  const std::vector<std::string> tags = question.asked.all("tag");
  std::erase_if(entries, [&](const ServiceEntry& entry) {
    return !has_node_meta(question, entry.node) ||
           !std::ranges::all_of(
               tags, [&](const std::string& tag) { return has_tag(entry.instance(), tag); });
  });
  return entries;
}

}  // namespace weft::api::consul
