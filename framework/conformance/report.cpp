#include "conformance/report.h"

#include "base/escape.h"
#include "base/text.h"
#include "base/utf8.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::conformance {

namespace {

struct Style {
  const char* sign;
  const char* colour;
  const char* word;
};

Style style_of(State state) {
  switch (state) {
    case State::kept:
      return {"✓", "\x1b[32m", "kept"};
    case State::broken:
      return {"✗", "\x1b[31m", "broken"};
    case State::unchecked:
      break;
  }
  return {"–", "\x1b[2m", "not checked"};
}

nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json{} : nlohmann::ordered_json(text);
}

}  // namespace

std::string table_of(const Report& report, bool colour) {
  std::size_t promise_width = 0;
  std::size_t runs_width = 0;
  for (const Row& row : report.rows) {
    promise_width = std::max(promise_width, base::count_characters(text_of(row.promise)));
    runs_width = std::max(runs_width, base::count_characters(row.runs));
  }
  std::string out;
  for (const Row& row : report.rows) {
    const Style style = style_of(row.state);
    const std::string sign = colour ? fmt::format("{}{}\x1b[0m", style.colour, style.sign) : style.sign;
    const bool explained = row.state == State::unchecked && !row.found.empty();
    out += fmt::format("{} {}  {}  {}{}\n", sign, base::padded(text_of(row.promise), promise_width),
                       base::padded(row.runs, runs_width), style.word,
                       explained ? ": " + base::printable(row.found) : "");
  }
  return out;
}

std::string json_of(const Report& report, const std::string& solver, const std::string& job,
                    const std::string& sample_job) {
  nlohmann::ordered_json out{{"solver", solver},
                             {"job", text_or_null(job)},
                             {"sample_job", text_or_null(sample_job)},
                             {"steps", report.steps},
                             {"ok", !report.error.has_value()},
                             {"exit_code", report.code()},
                             {"error", text_or_null(report.error ? report.error->message() : "")},
                             {"promises", nlohmann::ordered_json::array()}};
  for (const Row& row : report.rows) {
    nlohmann::ordered_json kept;  // null
    if (row.state != State::unchecked) kept = row.state == State::kept;
    out["promises"].push_back({{"name", name_of(row.promise)},
                               {"text", text_of(row.promise)},
                               {"tried", text_or_null(row.runs)},
                               {"kept", kept},
                               {"found", text_or_null(row.found)},
                               {"setting", text_or_null(row.setting)},
                               {"commands", row.commands},
                               {"hint", text_or_null(row.hint)}});
  }
  return base::json_text(out);
}

}  // namespace tessera::conformance
