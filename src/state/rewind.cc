#include "state/rewind.h"

#include "base/described_enum.h"
#include "state/codec.h"
#include "state/draft.h"

namespace weft::state {
namespace {

// A row that was created before and not since is the same to the loops of the gateway.
template <class T>
void put_back(Draft& draft, const model::View& later, model::Row<T> was) {
  const model::Row<T>* now = later.find<T>(key_of(was.object));
  if (now != nullptr && now->created_index == was.created_index) {
    was.number = now->number;
  }
  draft.set({}, std::make_shared<const model::Row<T>>(std::move(was)));
}

template <std::size_t kAt = 0>
void take_out(Draft& draft, model::Table table, const std::string& key) {
  if constexpr (kAt < model::kTableCount) {
    if (static_cast<std::size_t>(table) != kAt) {
      take_out<kAt + 1>(draft, table, key);
    } else if (auto row = draft.find<std::variant_alternative_t<kAt, model::Object>>(key)) {
      draft.set(model::AnyRow(std::move(row)), {});
    }
  }
}

}  // namespace

void Rewind::take(const HistoryPage& page) {
  for (const StoredChange& change : page.changes) {
    if (change.index > index_) {
      take_back(change);
    } else {
      reached_ = true;
      note_older(change);
    }
  }
  if (!page.next_before_index) {
    reached_ = true;
    unknown_ = 0;
  }
}

void Rewind::take_back(const StoredChange& change) {
  const auto at = rows_.try_emplace({change.table, change.key}).first;
  unknown_ -= at->second.body ? 1 : 0;
  unknown_ += change.before ? 1 : 0;
  at->second.body = change.before;
  at->second.created_index = change.created_index;
}

void Rewind::note_older(const StoredChange& change) {
  const auto found = rows_.find({change.table, change.key});
  if (found == rows_.end() || !found->second.body || found->second.modified_index != 0) {
    return;
  }
  found->second.modified_index = change.index;
  --unknown_;
}

base::Result<std::shared_ptr<const model::View>> Rewind::apply_to(const model::View& later) const {
  Draft draft;
  draft.reset(later);
  // All of them go first: one may have a name now that another had then.
  for (const auto& [place, was] : rows_) {
    if (const auto table = base::parse_enum<model::Table>(place.first)) {
      take_out(draft, *table, place.second);
    }
  }
  for (const auto& [place, was] : rows_) {
    const auto& [table, key] = place;
    if (!was.body) {
      continue;
    }
    WEFT_TRY(model::Object object, decode_object(table, *was.body));
    const std::uint64_t modified = was.modified_index != 0 ? was.modified_index : was.created_index;
    std::visit(
        [&]<class T>(T& value) {
          put_back(draft, later, model::Row<T>{std::move(value), was.created_index, modified, 0});
        },
        object);
  }
  draft.set_index(index_);
  return draft.freeze();
}

}  // namespace weft::state
