// Zone: every answer of the DNS server at one moment, immutable. A new zone shares with the one
// before it whatever did not change, so a change costs what it changes.
//
//   WEFT_TRY(auto settings, dns::compile_zone_settings(options));
//   dns::ZoneEditor editor(settings);
//   editor.put_service(facts);                   // everything, at the start
//   server.set_zone(editor.freeze(index));       // a value for any thread
//   editor.put_instance("web", instance);        // a change, or several
//   server.set_zone(editor.freeze(next_index));
#pragma once

#include "base/address.h"
#include "dns/facts.h"
#include "dns/node_entry.h"
#include "dns/service_draft.h"
#include "dns/service_entry.h"
#include "dns/shard_compiler.h"
#include "dns/zone_settings.h"
#include "model/radix_map.h"
#include "model/sharded_map.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weft::dns {

// Who has an address: nodes before services.
struct ReverseEntry {
  base::IpAddress ip;
  bool is_service = false;
  std::string key;
  std::uint32_t times = 1;  // in so many shards of the service
};

struct ReverseOrder {
  using Key = std::tuple<base::IpAddress, bool, std::string_view>;
  static Key key(const ReverseEntry& entry) { return {entry.ip, entry.is_service, entry.key}; }
};

// Thread: any (immutable).
class Zone final {
 public:
  using NodePointer = std::shared_ptr<const NodeEntry>;
  using Reverse = model::ShardedMap<ReverseEntry, ReverseOrder>;

  const ZoneSettings& settings() const { return *settings_; }
  std::size_t services() const { return services_.size(); }
  std::size_t nodes() const { return nodes_.size(); }

  // `key`: labels in lower case. Returns: nullptr when there is none. Lifetime: the zone's.
  const ServiceEntry* service(std::string_view key) const { return services_.find(key); }
  const NodeEntry* node(std::string_view key) const {
    const NodePointer* found = nodes_.find(key);
    return found == nullptr ? nullptr : found->get();
  }
  // By address; ordered as ReverseOrder says.
  const Reverse& reverse() const { return reverse_; }

  // The SOA record for names below settings().domains[at].
  std::string_view soa_record(std::size_t at) const { return soa_records_[at]; }

 private:
  friend class ZoneEditor;

  std::shared_ptr<const ZoneSettings> settings_;
  model::RadixMap<ServiceEntry> services_;
  model::RadixMap<NodePointer> nodes_;
  Reverse reverse_;
  std::vector<std::string> soa_records_;
};

// Makes the next zone, and the next. Facts that have no answer (no usable instance, a name that
// cannot be one in DNS) take away what was there. Names differing in case are one.
//
// It keeps the facts about instances, in shards, and compiles those that changed when a zone is
// made: a change costs the same in a service of one instance and of a hundred thousand.
// Thread: its owner's.
class ZoneEditor final {
 public:
  // Nothing is in it at first.
  explicit ZoneEditor(std::shared_ptr<const ZoneSettings> settings)
      : settings_(std::move(settings)), compiler_(*settings_) {}

  // Takes the place of all instances of the service.
  void put_service(const ServiceFacts& facts);
  void erase_service(std::string_view name);
  // Adds or replaces one; a service that is not there yet begins with it.
  void put_instance(std::string_view service, const InstanceFacts& instance);
  // Does nothing when there is none.
  void erase_instance(std::string_view service, std::string_view id);
  void put_node(const NodeFacts& facts);
  void erase_node(std::string_view name);

  // The zone as it is now. `serial`: of its SOA, such as the index of the snapshot, of which the
  // lower half is said.
  std::shared_ptr<const Zone> freeze(std::uint64_t serial);

 private:
  // Returns: nullptr when the name cannot be one in DNS. What it returns counts as changed.
  ServiceDraft* draft_of(std::string_view name);
  ServiceDraft* known_draft_of(std::string_view name);
  void compile_changed();
  void put_node_entry(const std::string& key, Zone::NodePointer entry);
  void change_reverse(ServiceDraft::Changes changes, const ReverseEntry& who);

  std::shared_ptr<const ZoneSettings> settings_;
  ShardCompiler compiler_;
  std::unordered_map<std::string, ServiceDraft> drafts_;  // by key
  std::unordered_set<std::string> changed_;               // keys of drafts
  model::RadixMap<ServiceEntry> services_;
  model::RadixMap<Zone::NodePointer> nodes_;
  Zone::Reverse::Editor reverse_;
};

}  // namespace weft::dns
