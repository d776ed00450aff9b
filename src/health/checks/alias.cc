#include "health/checks/alias.h"

#include "base/text.h"
#include "health/watchlist.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::health {
namespace {

using model::CheckDetails;
using model::CheckKind;
using model::CheckStatus;

// Whose checks count; each may be null.
struct AliasTarget {
  const WatchedOwner* instance = nullptr;
  const WatchedOwner* node = nullptr;
  std::string_view node_name;  // where it is, or would be

  bool is_missing() const { return instance == nullptr && node == nullptr; }
};

AliasTarget target_of(const WatchedCheck& alias, const Watchlist& list) {
  const CheckDetails& details = model::details_of(alias.spec());
  AliasTarget target{.node_name = alias_home(alias)};
  if (details.alias_instance.empty()) {
    target.node =
        details.alias_node.empty() ? nullptr : list.find(OwnerKey{details.alias_node, {}});
    return target;
  }
  const WatchedOwner* named = list.find(OwnerKey{{}, details.alias_instance});
  if (named != nullptr && named->row.home() == target.node_name) {
    target.instance = named;
  } else {
    target.instance = list.find_local(target.node_name, details.alias_instance);
  }
  if (target.instance == nullptr && details.alias_node.empty()) {
    target.instance = named;  // on another node
  }
  if (target.instance != nullptr) {
    target.node_name = target.instance->row.home();
    target.node = list.find(OwnerKey{target.node_name, {}});
  }
  return target;
}

// `look(check)` returns whether it has seen enough.
template <class Look>
bool any_check(const AliasTarget& target, Look look) {
  const auto any_of = [&look](const WatchedOwner* owner) {
    return owner != nullptr &&
           std::ranges::any_of(owner->checks, [&look](const auto& check) { return look(*check); });
  };
  return any_of(target.instance) || any_of(target.node);
}

bool depends_on(const WatchedCheck& from, const WatchedCheck& on, const Watchlist& list) {
  std::vector<const WatchedCheck*> aliases{&from};  // in the order they were found
  for (std::size_t i = 0; i < aliases.size(); ++i) {
    const bool found = any_check(target_of(*aliases[i], list), [&](const WatchedCheck& check) {
      if (&check == &on) {
        return true;
      }
      if (check.spec().kind == CheckKind::kAlias &&
          std::ranges::find(aliases, &check) == aliases.end()) {
        aliases.push_back(&check);
      }
      return aliases.size() > kAliasesMax;
    });
    if (found) {
      return true;
    }
  }
  return false;
}

// The order of model::Health.
int badness_of(const Verdict& verdict) {
  switch (verdict.status) {
    case CheckStatus::kPassing:
      return 0;
    case CheckStatus::kNone:
      return 1;
    case CheckStatus::kWarning:
      return 2;
    case CheckStatus::kCritical:
      break;
  }
  return verdict.no_answer ? 4 : 3;
}

// Consul: "Service 'web' check", where a check of a service has no name.
std::string name_of_check(const WatchedCheck& check) {
  const CheckDetails& details = model::details_of(check.spec());
  if (!details.name.empty()) {
    return details.name;
  }
  const model::Instance* instance = check.owner->row.instance();
  return instance != nullptr ? base::concat({"Service '", instance->service, "' check"})
                             : check.spec().id;
}

// The worst so far, the first one among equals.
struct Worst {
  Verdict verdict{CheckStatus::kPassing, false};
  std::string output = "No checks found.";

  void weigh(const Verdict& other, std::string_view name, std::string_view its_output) {
    if (badness_of(other) > badness_of(verdict)) {
      verdict = other;
      output = other.status == CheckStatus::kNone
                   ? base::concat({"Aliased check \"", name, "\" has no result yet"})
                   : base::concat({"Aliased check \"", name, "\" failing: ", its_output});
    } else if (badness_of(verdict) == 0) {
      output = "All checks passing.";
    }
  }
};

// Consul: maintenance is a critical check of its service or node.
void weigh_maintenance(const AliasTarget& target, Worst& worst) {
  constexpr Verdict kDown{CheckStatus::kCritical, false};
  if (target.instance != nullptr && !target.instance->row.instance()->enabled) {
    worst.weigh(kDown, "Service Maintenance Mode",
                target.instance->row.instance()->disabled_reason);
  }
  if (target.node != nullptr && !target.node->row.node()->enabled) {
    worst.weigh(kDown, "Node Maintenance Mode", target.node->row.node()->disabled_reason);
  }
}

std::string missing_text(const CheckDetails& details, std::string_view node) {
  if (!details.alias_instance.empty()) {
    return base::concat({"Service ", details.alias_instance, " could not be found on node ", node});
  }
  return details.alias_node.empty() ? "The alias names neither a service nor a node"
                                    : base::concat({"Node ", node, " could not be found"});
}

}  // namespace

std::string_view alias_home(const WatchedCheck& alias) {
  const CheckDetails& details = model::details_of(alias.spec());
  return details.alias_node.empty() ? std::string_view(alias.owner->row.home())
                                    : std::string_view(details.alias_node);
}

AliasFinding judge_alias(const WatchedCheck& alias, const Watchlist& list) {
  const AliasTarget target = target_of(alias, list);
  std::string node(target.node_name);
  if (target.is_missing()) {
    return {Verdict{CheckStatus::kCritical, false},
            missing_text(model::details_of(alias.spec()), node), std::move(node)};
  }
  Worst worst;
  weigh_maintenance(target, worst);
  any_check(target, [&](const WatchedCheck& check) {
    const bool counts = &check != &alias &&
                        (check.spec().kind != CheckKind::kAlias || !depends_on(check, alias, list));
    if (counts) {
      worst.weigh(check.told, name_of_check(check), check.output);
    }
    return false;
  });
  return {worst.verdict, std::move(worst.output), std::move(node)};
}

}  // namespace weft::health
