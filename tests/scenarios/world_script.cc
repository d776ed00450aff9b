#include "base/result.h"
#include "base/text.h"
#include "script.h"
#include "world.h"

#include <fmt/format.h>

#include <algorithm>

namespace weft::scenario {
namespace {

template <class T>
using Read = std::expected<T, std::string>;

Read<json::object> read_object(std::string_view text) {
  if (base::trim(text).empty()) {
    return json::object();
  }
  auto value = base::parse_json(text);
  if (!value || !value->is_object()) {
    return std::unexpected(fmt::format("'{}' is no JSON object", text));
  }
  return value->as_object();
}

Read<base::Nanos> read_time(std::string_view text) {
  const auto time = base::parse_duration(base::trim(text));
  if (!time) {
    return std::unexpected(fmt::format("'{}' is no duration", text));
  }
  return *time;
}

// "5", "3..7"
Read<Counts> read_counts(std::string_view text) {
  const std::size_t dots = text.find("..");
  const auto least = base::parse_u64(text.substr(0, dots));
  const auto most = dots == std::string_view::npos ? least : base::parse_u64(text.substr(dots + 2));
  if (!least || !most) {
    return std::unexpected(fmt::format("'{}' is no count, nor LEAST..MOST", text));
  }
  return Counts{*least, *most};
}

Read<void> take_trait(std::string_view key, const json::value& value, Instance& into) {
  const std::string_view text = value.is_string() ? std::string_view(value.as_string()) : "";
  if (key == "service") {
    into.service = text;
  } else if (key == "version") {
    into.version = text;
  } else if (key == "health") {
    into.health = text;
  } else if (key == "local" && value.is_bool()) {
    into.is_local = value.as_bool();
  } else if (key == "weight" && value.is_int64()) {
    into.weight = static_cast<std::uint16_t>(value.as_int64());
  } else if (key == "tags" && value.is_array()) {
    for (const json::value& tag : value.as_array()) {
      into.tags.emplace_back(tag.as_string());
    }
  } else if (key == "joins") {
    WEFT_TRY(into.joins, read_time(text));
  } else if (key == "leaves") {
    WEFT_TRY(into.leaves, read_time(text));
  } else if (key == "fails_checks") {
    WEFT_TRY(into.fails_checks, read_time(text));
  } else {
    return std::unexpected(fmt::format("an instance has no trait '{}' like this", key));
  }
  return {};
}

// "instance NAME {TRAITS}"
Read<void> read_instance(std::string_view rest, World& into) {
  const std::size_t space = std::min(rest.find(' '), rest.size());
  Instance instance;
  instance.name = rest.substr(0, space);
  WEFT_TRY(const json::object traits, read_object(rest.substr(space)));
  for (const auto& trait : traits) {
    if (const auto taken = take_trait(trait.key(), trait.value(), instance); !taken) {
      return taken;
    }
  }
  into.instances.push_back(std::move(instance));
  return {};
}

// "then", "then after 3": the bytes that follow answer the requests after the first one or three.
Read<void> read_then(std::string_view rest, World& into) {
  if (into.instances.empty()) {
    return std::unexpected("'then' follows an answer of an instance");
  }
  std::uint64_t times = 1;
  if (rest.starts_with("after ")) {
    const auto count = base::parse_u64(rest.substr(6));
    if (!count) {
      return std::unexpected("'then after N'");
    }
    times = *count;
  }
  std::vector<Answer>& answers = into.instances.back().answers;
  if (answers.empty()) {
    answers.emplace_back();
  }
  answers.back().times = times;
  answers.emplace_back();
  return {};
}

// What an instance does ("closes") or must have seen ("3 requests", "sees TEXT").
Read<void> read_about(std::string_view name, std::string_view rest, World& into) {
  InstanceSight sight{.instance = std::string(name), .requests = std::nullopt, .text = {}};
  if (rest == "closes") {
    into.instances.back().closes = true;
    return {};
  }
  if (rest == "refuses") {
    into.instances.back().refuses = true;
    return {};
  }
  if (rest.starts_with("sees ")) {
    rest.remove_prefix(5);
    sight.wanted = !rest.starts_with("no ");
    WEFT_TRY(sight.text, unescape(sight.wanted ? rest : rest.substr(3)));
  } else {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    if (!rest.substr(space).starts_with(" request")) {
      return std::unexpected("an instance 'closes', 'refuses', 'sees TEXT' or got 'N requests'");
    }
    WEFT_TRY(sight.requests, read_counts(rest.substr(0, space)));
  }
  into.sights.push_back(std::move(sight));
  return {};
}

// "200*90 503*8..12"
Read<void> read_status_counts(std::string_view rest, World& into) {
  for (const std::string_view word : base::split(rest, ' ')) {
    const std::size_t star = word.find('*');
    const auto status = base::parse_u64(word.substr(0, star));
    if (!status || star == std::string_view::npos) {
      return std::unexpected(fmt::format("'{}' is no STATUS*COUNT", word));
    }
    WEFT_TRY(const Counts counts, read_counts(word.substr(star + 1)));
    into.statuses.emplace_back(static_cast<int>(*status), counts);
  }
  return {};
}

// "100 times", "100 times every 10ms"
Read<void> read_times(std::string_view rest, World& into) {
  const auto words = base::split(rest, ' ');
  const auto times = base::parse_u64(words.front());
  if (!times || words.size() < 2 || words[1] != "times") {
    return std::unexpected("'asks N times', 'asks N times every DURATION'");
  }
  into.times = *times;
  if (words.size() == 4 && words[2] == "every") {
    WEFT_TRY(into.every, read_time(words[3]));
  }
  return {};
}

Read<void> read_took(std::string_view rest, World& into) {
  const std::size_t dots = rest.find("..");
  if (dots == std::string_view::npos) {
    return std::unexpected("'took LEAST..MOST'");
  }
  WEFT_TRY(const base::Nanos least, read_time(rest.substr(0, dots)));
  WEFT_TRY(const base::Nanos most, read_time(rest.substr(dots + 2)));
  into.took = {least, most};
  return {};
}

bool is_instance(const World& world, std::string_view name) {
  return std::ranges::any_of(world.instances,
                             [&](const Instance& instance) { return instance.name == name; });
}

Read<bool> taken(const Read<void>& read) {
  return read ? Read<bool>(true) : std::unexpected(read.error());
}

}  // namespace

std::expected<bool, std::string> read_world_line(std::string_view word, std::string_view rest,
                                                 World& into) {
  if (word == "instance") {
    return taken(read_instance(rest, into));
  }
  if (word == "then") {
    return taken(read_then(rest, into));
  }
  if (word == "settings") {
    const bool is_named = !rest.starts_with('{');
    const std::size_t space = is_named ? std::min(rest.find(' '), rest.size()) : 0;
    WEFT_TRY(json::object object, read_object(rest.substr(space)));
    into.settings[is_named ? std::string(rest.substr(0, space)) : "web"] = std::move(object);
    return true;
  }
  if (word == "route") {
    WEFT_TRY(json::object object, read_object(rest));
    into.routes.emplace_back(std::move(object));
    return true;
  }
  if (word == "asks") {
    return taken(read_times(rest, into));
  }
  if (word == "clients") {
    const auto count = base::parse_u64(rest);
    into.clients = count.value_or(1);
    return count ? Read<bool>(true) : std::unexpected("'clients N'");
  }
  if (word == "gets") {
    return taken(read_status_counts(rest, into));
  }
  if (word == "took") {
    return taken(read_took(rest, into));
  }
  if (is_instance(into, word)) {
    return taken(read_about(word, rest, into));
  }
  return false;
}

}  // namespace weft::scenario
