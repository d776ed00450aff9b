#include "dump.h"

#include "base/json.h"
#include "base/text.h"

namespace weft::scenario {
namespace {

json::array pieces_of(const std::vector<Piece>& pieces) {
  json::array out;
  for (const Piece& piece : pieces) {
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(piece.pause);
    out.push_back({{"pause_ms", pause.count()}, {"bytes", base::to_hex(piece.bytes)}});
  }
  return out;
}

json::array sights_of(const Scenario& scenario) {
  json::array out;
  for (const Sight& sight : scenario.sights) {
    out.push_back({{"by", sight.by == Player::kClient ? "client" : "backend"},
                   {"text", base::to_hex(sight.text)},
                   {"wanted", sight.wanted}});
  }
  return out;
}

json::value expected_statuses(const Scenario& scenario) {
  if (!scenario.statuses) {
    return nullptr;
  }
  return json::array(scenario.statuses->begin(), scenario.statuses->end());
}

template <class T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value();
}

}  // namespace

std::string as_json(const Scenario& scenario) {
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(scenario.patience);
  return base::write_json(json::object{
      {"file", scenario.file},
      {"line", scenario.line},
      {"title", base::to_hex(scenario.title)},
      {"heading", scenario.heading},
      {"value", base::to_hex(scenario.value)},
      {"source", scenario.source},
      {"must_be_refused", scenario.must_be_refused},
      {"client", pieces_of(scenario.client)},
      {"client_ends", scenario.client_ends},
      {"backend", pieces_of(scenario.backend)},
      {"backend_closes", scenario.backend_closes},
      {"backend_early", scenario.backend_early},
      {"patience_ms", patience.count()},
      {"bodiless", scenario.bodiless},
      {"statuses", expected_statuses(scenario)},
      {"closed", or_null(scenario.closed)},
      {"requests", or_null(scenario.requests)},
      {"sights", sights_of(scenario)},
  });
}

}  // namespace weft::scenario
