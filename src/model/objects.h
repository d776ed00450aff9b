// The list of tables: which nouns State keeps. Adding one is a line here and its own header.
#pragma once

#include "base/described.h"
#include "base/described_error.h"
#include "model/check.h"
#include "model/cluster_settings.h"
#include "model/instance.h"
#include "model/kv.h"
#include "model/node.h"
#include "model/route.h"
#include "model/service.h"
#include "model/session.h"
#include "model/setting.h"
#include "model/user_event.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>

namespace weft::model {

// A value of any table. The alternatives are in the order of Table.
using Object = std::variant<Service, Instance, CheckState, ClusterSettings, Route, Setting, Node,
                            KvEntry, Session, LockDelay, UserEvent>;

// Stored by name ("check_status"), so the order may change.
enum class Table : std::uint8_t {
  kServices,
  kInstances,
  kCheckStatus,
  kClusters,
  kRoutes,
  kSettings,
  kNodes,
  kKv,
  kSessions,
  kLockDelays,
  kEvents,
};
BOOST_DESCRIBE_ENUM(Table, kServices, kInstances, kCheckStatus, kClusters, kRoutes, kSettings,
                    kNodes, kKv, kSessions, kLockDelays, kEvents)

inline constexpr std::size_t kTableCount = std::variant_size_v<Object>;
static_assert(static_cast<std::size_t>(Table::kEvents) + 1 == kTableCount);

template <class T, std::size_t kAt = 0>
constexpr Table table_of() {
  if constexpr (std::is_same_v<T, std::variant_alternative_t<kAt, Object>>) {
    return static_cast<Table>(kAt);
  } else {
    return table_of<T, kAt + 1>();
  }
}

inline Table table_of(const Object& object) { return static_cast<Table>(object.index()); }

std::string key_of(const Object& object);

// Returns: every rule of its type that the object breaks, by field; empty when it may be stored.
// An object without errors reads back equal from its JSON form.
base::FieldErrors validate(const Object& object);

}  // namespace weft::model
