#include "base/described_decode.h"

#include "base/check.h"
#include "base/described_shape.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace weft::base::described {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// 5 and 5.0 are one number to a reader of JSON; 2^63 and above fit no signed integer.
std::optional<std::int64_t> integral(double number) {
  if (number != std::floor(number) || std::abs(number) >= 0x1p63) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(number);
}

bool reads_text(const json::value& in, const Decoding& at) {
  return in.is_string() && at.options().scalars == Scalars::kText;
}

std::string_view text_of(const json::value& in) {
  return {in.get_string().data(), in.get_string().size()};
}

std::size_t character_count(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) {
    count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1U : 0U;
  }
  return count;
}

std::string counted(std::string_view how, std::size_t count, std::string_view noun) {
  return fmt::format("{} {} {}{}", how, count, noun, count == 1 ? "" : "s");
}

// Checks a number against the facts of its field. `unit` follows the figure in the message.
void check_range(double number, const Field& facts, std::string_view unit, Decoding& at) {
  if (facts.minimum_is_excluded && number <= facts.minimum) {
    at.refuse(FieldProblem::kNotAbove, fmt::format("more than {}{}", facts.minimum, unit));
  } else if (number < facts.minimum) {
    at.refuse(FieldProblem::kBelowMinimum, fmt::format("at least {}{}", facts.minimum, unit));
  } else if (number > facts.maximum) {
    at.refuse(FieldProblem::kAboveMaximum, fmt::format("at most {}{}", facts.maximum, unit));
  }
}

void refuse_integer(Decoding& at) { at.refuse(FieldProblem::kNotInteger, "must be an integer"); }

std::optional<double> number_of(const json::value& in, const Decoding& at) {
  if (reads_text(in, at)) {
    return parse_double(text_of(in));
  }
  json::error_code error;
  const double number = in.to_number<double>(error);
  return error ? std::nullopt : std::optional(number);
}

void check_count(std::size_t items, const Rules& rules, Decoding& at) {
  if (items < rules.facts.length_min) {
    at.refuse(FieldProblem::kTooFewItems, counted("at least", rules.facts.length_min, "item"));
  } else if (items > rules.facts.length_max) {
    at.refuse(FieldProblem::kTooManyItems, counted("at most", rules.facts.length_max, "item"));
  }
}

// The value under the field's name or its alias; null when absent.
const json::value* find_field(const json::object& in, const Field& facts) {
  const json::value* value = in.if_contains(facts.member);
  if (value == nullptr && !facts.alias_name.empty()) {
    value = in.if_contains(facts.alias_name);
  }
  return value;
}

}  // namespace

void decode_bool(const json::value& in, bool& out, Decoding& at) {
  if (in.is_bool()) {
    out = in.get_bool();
    return;
  }
  if (reads_text(in, at)) {
    const std::string word = to_lower(text_of(in));
    if (word == "true" || word == "1" || word == "yes" || word == "on") {
      out = true;
      return;
    }
    if (word == "false" || word == "0" || word == "no" || word == "off") {
      out = false;
      return;
    }
  }
  at.refuse(FieldProblem::kNotBoolean, "must be true or false");
}

void decode_text(const json::value& in, std::string& out, const Rules& rules, Decoding& at) {
  const auto text = word_of(in, at);
  if (!text) {
    return;
  }
  const std::size_t length = character_count(*text);
  if (length < rules.facts.length_min) {
    at.refuse(FieldProblem::kTooShort, counted("at least", rules.facts.length_min, "character"));
  } else if (length > rules.facts.length_max) {
    at.refuse(FieldProblem::kTooLong, counted("at most", rules.facts.length_max, "character"));
  } else if (rules.pattern != nullptr && !rules.pattern->matches(*text)) {
    at.refuse(FieldProblem::kNoMatch, fmt::format("must match {}", rules.facts.pattern_text));
  }
  out = std::string(*text);  // no larger than it is: most of what is decoded is kept
}

void decode_double(const json::value& in, double& out, const Rules& rules, Decoding& at) {
  const auto number = number_of(in, at);
  if (!number || !std::isfinite(*number)) {
    at.refuse(FieldProblem::kNotNumber, "must be a number");
    return;
  }
  check_range(*number, rules.facts, "", at);
  out = *number;
}

void decode_nanos(const json::value& in, Nanos& out, const Rules& rules, Decoding& at) {
  constexpr double kSecondsMax = 100.0 * 365 * 86'400;  // as parse_duration
  Result<Nanos> nanos = fail(Code::kInvalid, "must be a duration such as \"10s\"");
  if (in.is_string()) {
    if (const auto parsed = parse_duration(text_of(in))) {
      nanos = *parsed;
    }
  } else if (const auto seconds = number_of(in, at)) {
    if (*seconds >= 0 && *seconds <= kSecondsMax) {
      nanos = std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(*seconds));
    }
  }
  if (!nanos) {
    at.refuse(FieldProblem::kBadForm, nanos.error().what);
    return;
  }
  check_range(to_seconds(*nanos), rules.facts, " s", at);
  out = *nanos;
}

std::optional<std::int64_t> decode_signed(const json::value& in, std::int64_t low,
                                          std::int64_t high, const Rules& rules, Decoding& at) {
  std::optional<std::int64_t> number;
  if (reads_text(in, at)) {
    number = parse_i64(text_of(in));
  } else if (in.is_int64()) {
    number = in.get_int64();
  } else if (in.is_double()) {
    number = integral(in.get_double());
  } else if (in.is_uint64()) {  // above 2^63: an integer, and too large for any signed field
    at.refuse(FieldProblem::kAboveMaximum, fmt::format("at most {}", high));
    return std::nullopt;
  }
  if (!number) {
    refuse_integer(at);
    return std::nullopt;
  }
  if (*number > high && rules.facts.maximum == kInfinity) {
    at.refuse(FieldProblem::kAboveMaximum, fmt::format("at most {}", high));
    return std::nullopt;
  }
  if (*number < low && rules.facts.minimum == -kInfinity) {
    at.refuse(FieldProblem::kBelowMinimum, fmt::format("at least {}", low));
    return std::nullopt;
  }
  check_range(static_cast<double>(*number), rules.facts, "", at);
  return number;
}

std::optional<std::uint64_t> decode_unsigned(const json::value& in, std::uint64_t high,
                                             const Rules& rules, Decoding& at) {
  std::optional<std::uint64_t> large;  // what may not fit the signed way below
  if (reads_text(in, at)) {
    large = parse_u64(text_of(in));
  } else if (in.is_uint64()) {
    large = in.get_uint64();
  }
  if (large && *large <= high) {
    check_range(static_cast<double>(*large), rules.facts, "", at);
    return large;
  }
  const auto signed_high = static_cast<std::int64_t>(
      std::min<std::uint64_t>(high, std::numeric_limits<std::int64_t>::max()));
  const auto number = decode_signed(in, 0, signed_high, rules, at);
  if (!number || *number < 0) {  // below a minimum of its own: refused already
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(*number);
}

std::optional<std::string_view> word_of(const json::value& in, Decoding& at) {
  if (!in.is_string()) {
    at.refuse(FieldProblem::kNotString, "must be a string");
    return std::nullopt;
  }
  return text_of(in);
}

const json::array* list_of(const json::value& in, const Rules& rules, Decoding& at) {
  const json::array* array = in.if_array();
  if (array == nullptr) {
    at.refuse(FieldProblem::kNotList, "must be a list");
    return nullptr;
  }
  check_count(array->size(), rules, at);
  return array;
}

const json::object* object_of(const json::value& in, Decoding& at) {
  const json::object* object = in.if_object();
  if (object == nullptr) {
    at.refuse(FieldProblem::kNotObject, "must be an object");
  }
  return object;
}

const json::object* map_of(const json::value& in, const Rules& rules, Decoding& at) {
  const json::object* object = object_of(in, at);
  if (object != nullptr) {
    check_count(object->size(), rules, at);
  }
  return object;
}

void decode_member(const json::object& in, void* object, const Member& member, Decoding& at) {
  const Field& facts = member.facts;
  const json::value* value = find_field(in, facts);
  if (value == nullptr) {
    if (facts.is_required && at.options().presence == Presence::kComplete) {
      at.refuse_member(facts.member, FieldProblem::kMissing, "field required");
    }
    return;
  }
  WEFT_ASSERT(member.shape->decode != nullptr);  // decode_onto() lets no other type in
  const Decoding::Step step(at, std::string(facts.member));
  const FieldPattern* pattern = member.pattern == nullptr ? nullptr : &member.pattern();
  member.shape->decode(*value, member.in(object), Rules{facts, pattern}, at);
}

void refuse_unknown(const json::object& in, const Struct& type, Decoding& at) {
  for (const auto& given : in) {
    const std::string_view name(given.key().data(), given.key().size());
    const bool is_known = std::ranges::any_of(type.members, [&](const Member& member) {
      return name == member.name() || (!name.empty() && name == member.facts.alias_name);
    });
    if (!is_known) {
      at.refuse_member(name, FieldProblem::kUnknown, "unknown field");
    }
  }
}

void run_rules(const void* object, const Struct& type, Decoding& at) {
  if (type.run_rules != nullptr) {
    const Decoding::Rules rules(at);
    type.run_rules(object, at);
  }
}

void decode_struct(const json::value& in, void* object, const Struct& type, Decoding& at) {
  const json::object* members = object_of(in, at);
  if (members == nullptr) {
    return;
  }
  for (const Member& member : type.members) {
    decode_member(*members, object, member, at);
  }
  if (at.options().unknown == UnknownFields::kRefuse) {
    refuse_unknown(*members, type, at);
  }
  run_rules(object, type, at);
}

}  // namespace weft::base::described
