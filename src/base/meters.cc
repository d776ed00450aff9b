#include "base/meters.h"

#include "base/check.h"

#include <algorithm>
#include <map>

namespace weft::base {
namespace {

MeterValue read_meter(const Counter& counter) { return counter.value(); }
MeterValue read_meter(const Gauge& gauge) { return gauge.value(); }
MeterValue read_meter(const Histogram& histogram) { return histogram.read(); }

void add_to(std::uint64_t& total, std::uint64_t value) { total += value; }
void add_to(std::int64_t& total, std::int64_t value) { total += value; }
void add_to(HistogramCounts& total, const HistogramCounts& value) { total.merge(value); }

void merge_into(MeterValue& total, const MeterValue& value) {
  std::visit(
      [&](auto& sum) {
        using Value = std::remove_reference_t<decltype(sum)>;
        const auto* same = std::get_if<Value>(&value);
        WEFT_ASSERT(same != nullptr);  // one name, one kind of meter
        add_to(sum, *same);
      },
      total);
}

struct Family {
  MeterInfo info;
  std::map<MeterLabels, MeterValue> samples;
};

// Adds what one entry of a group reads now to the sample of its name and labels.
void add_reading(std::map<std::string_view, Family>& by_name, const auto& entry) {
  MeterValue value = std::visit([](const auto& m) { return read_meter(m); }, entry.meter);
  Family& family = by_name.try_emplace(entry.info.name, Family{entry.info, {}}).first->second;
  if (const auto same = family.samples.find(entry.labels); same != family.samples.end()) {
    merge_into(same->second, value);
  } else {
    family.samples.emplace(entry.labels, std::move(value));
  }
}

}  // namespace

std::vector<MeterFamily> MeterRegistry::collect() const {
  std::map<std::string_view, Family> by_name;
  {
    const MutexLock lock(mutex_);
    for (const MeterGroup* group : groups_) {
      for (const MeterGroup::Entry& entry : group->entries_) {
        add_reading(by_name, entry);
      }
    }
  }
  std::vector<MeterFamily> families;
  for (auto& [name, family] : by_name) {
    MeterFamily& out = families.emplace_back(MeterFamily{family.info, {}});
    for (auto& [labels, value] : family.samples) {
      out.samples.push_back({labels, std::move(value)});
    }
  }
  return families;
}

MeterGroup::MeterGroup(MeterRegistry& registry, MeterLabels common)
    : registry_(registry), common_(std::move(common)) {
  const MutexLock lock(registry_.mutex_);
  registry_.groups_.push_back(this);
}

MeterGroup::~MeterGroup() {
  const MutexLock lock(registry_.mutex_);
  std::erase(registry_.groups_, this);
}

template <class Meter>
Meter& MeterGroup::add(const MeterInfo& info, MeterLabels labels) {
  labels.insert(labels.begin(), common_.begin(), common_.end());
  const MutexLock lock(registry_.mutex_);
  Entry& entry = entries_.emplace_back();
  entry.info = info;
  entry.labels = std::move(labels);
  return entry.meter.template emplace<Meter>();
}

Counter& MeterGroup::counter(const MeterInfo& info, MeterLabels labels) {
  return add<Counter>(info, std::move(labels));
}

Gauge& MeterGroup::gauge(const MeterInfo& info, MeterLabels labels) {
  return add<Gauge>(info, std::move(labels));
}

Histogram& MeterGroup::histogram(const MeterInfo& info, MeterLabels labels) {
  return add<Histogram>(info, std::move(labels));
}

}  // namespace weft::base
