#include "diagnosis/report.h"

#include "base/escape.h"
#include "base/text.h"
#include "base/utf8.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::diagnosis {

namespace {

struct Style {
  const char* sign;
  const char* colour;
  const char* word;
};

Style style_of(State state) {
  switch (state) {
    case State::good:
      return {"✓", "\x1b[32m", "good"};
    case State::warning:
      return {"!", "\x1b[33m", "warning"};
    case State::bad:
      return {"✗", "\x1b[31m", "bad"};
    case State::absent:
      break;
  }
  return {"–", "\x1b[2m", "absent"};
}

std::string coloured(const std::string& text, const char* colour, bool on) {
  return on ? colour + text + "\x1b[0m" : text;
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, base::count_characters(text)), ' ');
}

std::string plural(int n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

}  // namespace

std::string table_of(const Checks& checks, bool colour) {
  std::size_t width = 0;
  for (const Check& c : checks) width = std::max(width, base::count_characters(base::printable(c.name, 40)));
  std::string out;
  std::string group;
  for (const Check& c : checks) {
    if (c.group != group) {
      out += coloured(base::printable(c.group, 100), "\x1b[1m", colour) + "\n";
      group = c.group;
    }
    const Style style = style_of(c.state);
    out += fmt::format("  {} {}  {}\n", coloured(style.sign, style.colour, colour),
                       padded(base::printable(c.name, 40), width), base::printable(c.found));
    std::istringstream lines{c.advice};
    const std::string margin(width + 6, ' ');
    bool first = true;
    for (std::string line; std::getline(lines, line); first = false) {
      const bool is_hint = line.find_first_not_of(' ') == line.find("= ");  // a hint in an error message
      const bool is_excerpt = line.find('|') != std::string::npos || line.find("-->") != std::string::npos;
      out += fmt::format("{}{}{}\n", margin, first && !is_hint && !is_excerpt ? "= " : "",
                         base::printable(line));
    }
  }
  const int bad = count(checks, State::bad);
  const int warnings = count(checks, State::warning);
  if (bad == 0 && warnings == 0) return out + "No problems found.\n";
  if (bad > 0) out += plural(bad, "problem to fix", "problems to fix");
  if (warnings > 0) out += (bad > 0 ? ", " : "") + plural(warnings, "warning", "warnings");
  return out + ".\n";
}

std::string json_of(const Checks& checks) {
  const int bad = count(checks, State::bad);
  nlohmann::ordered_json out{{"ok", bad == 0},
                             {"bad", bad},
                             {"warnings", count(checks, State::warning)},
                             {"checks", nlohmann::json::array()}};
  for (const Check& c : checks) {
    out["checks"].push_back(
        {{"group", c.group},
         {"name", c.name},
         {"state", style_of(c.state).word},
         {"found", c.found},
         {"advice", c.advice.empty() ? nlohmann::ordered_json{} : nlohmann::ordered_json(c.advice)}});
  }
  return base::json_text(out);
}

}  // namespace tessera::diagnosis
