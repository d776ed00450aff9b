#include "state/result_index.h"

#include <algorithm>
#include <ranges>

namespace weft::state {

void ResultIndex::open(std::uint64_t index) {
  floor_ = index;
  newest_ = floor_;
  extinct_ = floor_;
  graves_floor_ = floor_;
  tables_.fill(floor_);
  services_.clear();
  graves_.clear();
}

void ResultIndex::note(const model::Change& change, const model::View& view) {
  newest_ = change.index;
  tables_.at(static_cast<std::size_t>(change.table())) = change.index;
  each_service(change, view, [&](std::string_view service) {
    if (view.find<model::Service>(service) != nullptr) {
      services_.insert_or_assign(std::string(service), change.index);
      return;
    }
    extinct_ = change.index;
    if (const auto known = services_.find(service); known != services_.end()) {
      services_.erase(known);
    }
  });
  if (change.table() == model::Table::kKv && !model::has_row(change.after)) {
    graves_.push_back({change.index, change.key()});
    if (graves_.size() > kGravesMax) {
      graves_floor_ = graves_.front().index;
      graves_.pop_front();
    }
  }
}

bool ResultIndex::knows(const Interest& interest) {
  switch (interest.kind) {
    case Interest::Kind::kEverything:
    case Interest::Kind::kTables:
    case Interest::Kind::kService:
      return true;
    case Interest::Kind::kKey:
    case Interest::Kind::kPrefix:
      return interest.tables == Interest::bit(model::Table::kKv);
  }
  return false;
}

std::uint64_t ResultIndex::of(const Interest& interest, const model::View& view) const {
  switch (interest.kind) {
    case Interest::Kind::kEverything:
      return newest_;
    case Interest::Kind::kService:
      return of_service(interest.text, view);
    case Interest::Kind::kKey:
    case Interest::Kind::kPrefix:
      return of_kv(interest, view);
    case Interest::Kind::kTables:
      break;
  }
  std::uint64_t newest = floor_;
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    if ((interest.tables & Interest::bit(static_cast<model::Table>(i))) != 0) {
      newest = std::max(newest, tables_.at(i));
    }
  }
  return newest;
}

std::uint64_t ResultIndex::of_service(const std::string& name, const model::View& view) const {
  if (const auto known = services_.find(name); known != services_.end()) {
    return known->second;
  }
  return view.find<model::Service>(name) != nullptr ? floor_ : extinct_;
}

std::uint64_t ResultIndex::of_kv(const Interest& interest, const model::View& view) const {
  std::uint64_t newest = graves_floor_;
  if (interest.kind == Interest::Kind::kKey) {
    if (const auto* row = view.find<model::KvEntry>(interest.text)) {
      newest = std::max(newest, row->modified_index);
    }
  } else {
    for (const auto& row : view.kv_below(interest.text)) {
      newest = std::max(newest, row->modified_index);
    }
  }
  // The youngest grave that matters is the last one that does.
  for (const Grave& grave : graves_ | std::views::reverse) {
    if (grave.index <= newest) {
      break;
    }
    if (interest.kind == Interest::Kind::kKey ? grave.key == interest.text
                                              : grave.key.starts_with(interest.text)) {
      return grave.index;
    }
  }
  return newest;
}

}  // namespace weft::state
