#include "cli/services_at.h"

#include "base/described_decode.h"
#include "cli/change_info.h"
#include "cli/nearest.h"
#include "cli/table.h"
#include "io/terminal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace weft::cli {
namespace {

struct InstanceList {
  std::vector<ListedInstance> services;
};
BOOST_DESCRIBE_STRUCT(InstanceList, (), (services))

std::string_view worse(std::string_view a, std::string_view b) {
  constexpr std::array<std::string_view, 4> kWorstFirst{"unhealthy", "degraded", "unknown",
                                                        "healthy"};
  return std::ranges::find(kWorstFirst, a) <= std::ranges::find(kWorstFirst, b) ? a : b;
}

Failure no_service_then(const std::string& name, const std::vector<ListedInstance>& all) {
  std::vector<std::string> names;
  for (const ListedInstance& instance : all) {
    names.push_back(instance.name);
  }
  const auto meant = nearest(name, names);
  return {fmt::format("no service '{}' had instances then{}", name,
                      meant ? fmt::format("; did you mean '{}'?", *meant) : ""),
          1, 404};
}

// Keeps in the answer as it came what is of the service.
json::value only_of(const json::value& sent, const std::string& name) {
  json::array kept;
  for (const json::value& instance : sent.at("services").get_array()) {
    if (instance.at("name") == json::value(name)) {
      kept.push_back(instance);
    }
  }
  const std::size_t count = kept.size();
  return json::object{{"services", std::move(kept)}, {"count", count}};
}

}  // namespace

Outcome<void> show_services_at(ApiSession& session, const std::string& at, const std::string& name,
                               OutputForm form) {
  const auto moment = sent_moment(session, at);
  if (!moment) {
    return std::unexpected(moment.error());
  }
  const auto sent = session.fetch(fmt::format("{}/services?at={}", kMeshApi, *moment));
  if (!sent) {
    return std::unexpected(sent.error());
  }
  auto list = base::decode<InstanceList>(*sent);
  if (!list) {
    return std::unexpected(Failure{
        fmt::format("{} answered something else than services; is it a node of this version?",
                    session.url().text)});
  }
  std::vector<ListedInstance> shown = list->services;
  if (!name.empty()) {
    std::erase_if(shown, [&](const ListedInstance& each) { return each.name != name; });
    if (shown.empty()) {
      return std::unexpected(no_service_then(name, list->services));
    }
  }
  if (form == OutputForm::kJson) {
    print_json(name.empty() ? *sent : only_of(*sent, name));
    return {};
  }
  const Paint paint = Paint::choose(io::is_terminal(io::StandardStream::kOut), process_environment);
  fmt::print("{}", shown.empty()  ? "There were no services.\n"
                   : name.empty() ? services_at_text(shown, paint)
                                  : instances_at_text(shown, paint));
  return {};
}

std::string services_at_text(const std::vector<ListedInstance>& instances, const Paint& paint) {
  struct Sum {
    std::size_t total = 0;
    std::size_t healthy = 0;
    std::string_view state = "healthy";
  };
  std::map<std::string_view, Sum> services;
  for (const ListedInstance& instance : instances) {
    Sum& sum = services[instance.name];
    ++sum.total;
    sum.healthy += instance.state == "healthy" ? 1 : 0;
    sum.state = worse(sum.state, instance.state);
  }
  Table table({{"NAME"}, {"STATE"}, {"INSTANCES", Align::kRight}});
  for (const auto& [name, sum] : services) {
    table.add({{std::string(name)},
               {std::string(sum.state), tone_of_state(sum.state)},
               {fmt::format("{}/{}", sum.healthy, sum.total)}});
  }
  return table.text(paint);
}

std::string instances_at_text(const std::vector<ListedInstance>& instances, const Paint& paint) {
  Table table({{"INSTANCE"}, {"ADDRESS"}, {"STATE"}, {"TAGS"}});
  for (const ListedInstance& instance : instances) {
    const bool is_ipv6 = instance.address.find(':') != std::string::npos;
    table.add({{instance.id},
               {fmt::format(fmt::runtime(is_ipv6 ? "[{}]:{}" : "{}:{}"), instance.address,
                            instance.port)},
               {instance.state, tone_of_state(instance.state)},
               {fmt::to_string(fmt::join(instance.tags, ", "))}});
  }
  return table.text(paint);
}

}  // namespace weft::cli
