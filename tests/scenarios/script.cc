#include "script.h"

#include "base/result.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weft::scenario {
namespace {

// What is wrong with a line.
using Wrong = std::string;
template <class T>
using Parsed = std::expected<T, Wrong>;

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : std::string_view();
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// "\{x*100}": the text a hundred times. `text` begins behind the brace and loses what was read.
Parsed<std::string> read_repetition(std::string_view& text) {
  const std::size_t end = text.find('}');
  const std::string_view inside = text.substr(0, end);
  const std::size_t star = inside.rfind('*');
  const auto times = star < inside.size() ? base::parse_u64(inside.substr(star + 1)) : std::nullopt;
  if (end == std::string_view::npos || !times) {
    return std::unexpected("a repetition is \\{TEXT*TIMES}");
  }
  WEFT_TRY(const std::string once, unescape(inside.substr(0, star)));
  text.remove_prefix(end + 1);
  std::string out;
  for (std::uint64_t i = 0; i < *times; ++i) {
    out += once;
  }
  return out;
}

// One escape; `text` begins behind the backslash and loses what was read.
Parsed<std::string> read_escape(std::string_view& text) {
  constexpr std::string_view kLetters = "rnts0\\|#";
  constexpr std::string_view kBytes("\r\n\t \0\\|#", kLetters.size());
  if (text.empty()) {
    return std::unexpected("a line ends within an escape");
  }
  const char letter = text.front();
  text.remove_prefix(1);
  if (letter == '{') {
    return read_repetition(text);
  }
  if (letter == 'x') {
    const auto byte = base::from_hex(text.substr(0, 2));
    if (!byte || byte->empty()) {
      return std::unexpected("a byte is \\x and two digits");
    }
    text.remove_prefix(2);
    return *byte;
  }
  const std::size_t at = kLetters.find(letter);
  if (at == std::string_view::npos) {
    return std::unexpected(fmt::format("there is no escape \\{}", letter));
  }
  return std::string(1, kBytes[at]);
}

// "200 400": statuses; "nothing": none.
Parsed<std::vector<int>> read_statuses(std::string_view text) {
  std::vector<int> out;
  if (text == "nothing") {
    return out;
  }
  for (const std::string_view word : base::split(text, ' ')) {
    const auto status = base::parse_u64(word);
    if (!status || *status < 100 || *status > 999) {
      return std::unexpected(fmt::format("'{}' is no status", word));
    }
    out.push_back(static_cast<int>(*status));
  }
  return out;
}

// "400, closed", "200 200", "nothing, open", "closed"
Parsed<void> read_answers(std::string_view text, Scenario& into) {
  for (const std::string_view part : base::split(text, ',')) {
    if (part == "closed" || part == "open") {
      into.closed = part == "closed";
      continue;
    }
    WEFT_TRY(into.statuses, read_statuses(part));
  }
  return {};
}

Parsed<void> read_sight(Player by, std::string_view text, Scenario& into) {
  Sight sight{.by = by, .text = {}};
  if (const std::string_view unwanted = without_prefix(text, "no "); !unwanted.empty()) {
    sight.wanted = false;
    text = unwanted;
  }
  WEFT_TRY(sight.text, unescape(text));
  into.sights.push_back(std::move(sight));
  return {};
}

Parsed<void> read_client(std::string_view text, Scenario& into) {
  if (text == "ends") {
    into.client_ends = true;
    return {};
  }
  return read_answers(text, into);
}

Parsed<void> read_backend(std::string_view text, Scenario& into) {
  if (text == "closes") {
    into.backend_closes = true;
    return {};
  }
  if (text == "answers early") {
    into.backend_early = true;
    return {};
  }
  const std::size_t space = text.find(' ');
  const auto count = base::parse_u64(text.substr(0, space));
  if (!count || space == std::string_view::npos || !text.substr(space + 1).starts_with("request")) {
    return std::unexpected("a backend 'closes', 'answers early', 'sees TEXT' or got 'N requests'");
  }
  into.requests = count;
  return {};
}

// What one of them does or must have seen.
Parsed<void> read_player(Player player, std::string_view text, Scenario& into) {
  if (const std::string_view sight = without_prefix(text, "sees "); !sight.empty()) {
    return read_sight(player, sight, into);
  }
  return player == Player::kClient ? read_client(text, into) : read_backend(text, into);
}

// "C: line" with its line end, "C. bytes" without.
Parsed<void> read_bytes(std::string_view line, std::vector<Piece>& into) {
  const std::string_view text = line.size() > 2 ? line.substr(line[2] == ' ' ? 3 : 2) : "";
  WEFT_TRY(std::string bytes, unescape(text));
  if (line[1] == ':') {
    bytes += "\r\n";
  }
  if (into.empty()) {
    into.emplace_back();
  }
  into.back().bytes += bytes;
  return {};
}

Parsed<base::Nanos> read_duration(std::string_view text) {
  const auto time = base::parse_duration(base::trim(text));
  if (!time) {
    return std::unexpected(fmt::format("'{}' is no duration", text));
  }
  return *time;
}

// Where the bytes of this player go.
std::vector<Piece>& pieces_of(Player player, Scenario& into) {
  if (player == Player::kClient) {
    return into.client;
  }
  if (!into.world || into.world->instances.empty()) {
    return into.backend;
  }
  std::vector<Answer>& answers = into.world->instances.back().answers;
  return (answers.empty() ? answers.emplace_back() : answers.back()).pieces;
}

Parsed<void> read_pause(Player last, std::string_view text, Scenario& into) {
  WEFT_TRY(const base::Nanos pause, read_duration(text));
  pieces_of(last, into).push_back({.pause = pause, .bytes = {}});
  return {};
}

// A line about a fleet. Returns: false when it is about something else.
Parsed<bool> read_fleet(std::string_view word, std::string_view rest, Scenario& into) {
  World world = into.world.value_or(World());
  WEFT_TRY(const bool is_taken, read_world_line(word, rest, world));
  if (is_taken) {
    into.world = std::move(world);
  }
  return is_taken;
}

bool is_bytes(std::string_view line, char player) {
  return line.size() >= 2 && line[0] == player && (line[1] == ':' || line[1] == '.');
}

// Reads the lines of one scenario, `last` being whose bytes came last.
Parsed<void> read_line(std::string_view line, Player& last, Scenario& into) {
  for (const Player player : {Player::kClient, Player::kBackend}) {
    if (is_bytes(line, player == Player::kClient ? 'C' : 'B')) {
      last = player;
      return read_bytes(line, pieces_of(player, into));
    }
  }
  const std::string_view word = line.substr(0, line.find(' '));
  const std::string_view rest = base::trim(line.substr(word.size()));
  WEFT_TRY(const bool is_taken, read_fleet(word, rest, into));
  if (is_taken) {
    last = word == "instance" || word == "then" ? Player::kBackend : last;
    return {};
  }
  if (word == "source") {
    into.source = rest;
  } else if (word == "pause") {
    return read_pause(last, rest, into);
  } else if (word == "patience") {
    WEFT_TRY(into.patience, read_duration(rest));
  } else if (word == "bodiless") {
    into.bodiless = true;
  } else if (line == "must be refused") {
    into.must_be_refused = true;
  } else if (word == "client" || word == "backend") {
    return read_player(word == "client" ? Player::kClient : Player::kBackend, rest, into);
  } else {
    return std::unexpected(fmt::format("'{}' begins no line", word));
  }
  return {};
}

// The lines from one title to the next.
struct Block {
  std::string title;
  std::size_t first = 0;  // number of the title's line
  std::vector<std::pair<std::size_t, std::string>> lines;
  std::vector<std::string> values;  // of `each`, as written
};

bool expects_refusal(const Scenario& scenario) {
  return scenario.requests == 0U && scenario.statuses && !scenario.statuses->empty() &&
         scenario.statuses->back() >= 400;
}

bool says_outcome(const Scenario& scenario) {
  return scenario.statuses || scenario.closed || scenario.requests ||
         (scenario.world && (!scenario.world->statuses.empty() || !scenario.world->sights.empty()));
}

std::expected<Scenario, std::string> read_block(const std::string& file, const Block& block,
                                                std::string_view value) {
  Scenario out;
  out.file = file;
  out.line = block.first;
  out.title = replace_all(block.title, "{}", value);
  out.heading = block.title;
  out.value = value;
  Player last = Player::kClient;
  for (const auto& [number, line] : block.lines) {
    if (const auto read = read_line(replace_all(line, "{}", value), last, out); !read) {
      return std::unexpected(fmt::format("{}:{}: {}", file, number, read.error()));
    }
  }
  if (out.source.empty() || out.client.empty() || !says_outcome(out)) {
    return std::unexpected(
        fmt::format("{}:{}: a scenario says its source, what the client sends and what comes of it",
                    file, block.first));
  }
  if (out.must_be_refused && !expects_refusal(out)) {
    return std::unexpected(fmt::format(
        "{}:{}: what must be refused ends with a status of 400 or more and reaches no backend",
        file, block.first));
  }
  return out;
}

void add_values(std::string_view text, std::vector<std::string>& into) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      value += text.substr(i, 2);
      ++i;
    } else if (text[i] == '|') {
      into.emplace_back(base::trim(std::exchange(value, {})));
    } else {
      value += text[i];
    }
  }
  into.emplace_back(base::trim(value));
}

Parsed<std::vector<Block>> split_blocks(const std::string& file, std::string_view text) {
  std::vector<Block> blocks;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.starts_with('#') || base::trim(line).empty()) {
      continue;
    }
    if (line.starts_with("== ")) {
      blocks.push_back({std::string(line.substr(3)), number, {}, {}});
    } else if (blocks.empty()) {
      return std::unexpected(fmt::format("{}:{}: a scenario begins with '== TITLE'", file, number));
    } else if (line.starts_with("each ")) {
      add_values(line.substr(5), blocks.back().values);
    } else {
      blocks.back().lines.emplace_back(number, line);
    }
  }
  return blocks;
}

}  // namespace

std::expected<std::string, std::string> unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('\\'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) {
      break;
    }
    text.remove_prefix(1);
    WEFT_TRY(const std::string bytes, read_escape(text));
    out += bytes;
  }
  return out;
}

std::expected<std::vector<Scenario>, std::string> parse_script(const std::string& file,
                                                               std::string_view text) {
  WEFT_TRY(std::vector<Block> blocks, split_blocks(file, text));
  std::vector<Scenario> out;
  for (Block& block : blocks) {
    if (block.values.empty()) {
      block.values.emplace_back();
    }
    for (const std::string& value : block.values) {
      WEFT_TRY(Scenario scenario, read_block(file, block, value));
      out.push_back(std::move(scenario));
    }
  }
  return out;
}

std::string as_script(std::string_view bytes, std::size_t bytes_max) {
  std::string out;
  for (const char c : bytes.substr(0, bytes_max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n\n";
    } else if (byte < 0x20 || byte >= 0x7f || c == '\\') {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  if (bytes.size() > bytes_max) {
    out += fmt::format("... {} bytes in all", bytes.size());
  }
  return out;
}

}  // namespace weft::scenario
