#include "job/diagnostics.h"

#include "base/escape.h"
#include "base/text.h"
#include "base/utf8.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace tessera::job {

namespace {

constexpr std::size_t max_shown = 50;

// The location of a problem. Locations compare in the order in which problems are listed.
auto location(const Problem& p) {
  const int after_all_lines = std::numeric_limits<int>::max();
  return std::tuple{p.is_override, p.line > 0 || p.is_override ? p.line : after_all_lines, p.column};
}

struct Painter {
  bool colour;

  std::string red(const std::string& text) const { return paint("\033[1;31m", text); }
  std::string blue(const std::string& text) const { return paint("\033[1;34m", text); }
  std::string bold(const std::string& text) const { return paint("\033[1m", text); }
  std::string paint(const char* escape, const std::string& text) const {
    return colour && !text.empty() ? escape + text + "\033[0m" : text;
  }
};

// A line of a file or an override, with carets under a part of it.
struct QuotedLine {
  std::string text;    // safe to print; long lines are shortened to the part around the mark
  std::string indent;  // spaces up to the mark
  std::string mark;    // carets, as wide as the marked part
};

constexpr std::size_t max_quoted = 96;       // maximum length of a quoted line, in characters
constexpr std::size_t max_before_mark = 32;  // maximum number of these before the mark

// A character in printable form.
struct Glyph {
  std::string text;
  std::size_t width;  // in terminal columns
};

// Returns characters [first, last) of `line`.
std::vector<Glyph> glyphs_of(const std::string& line, std::size_t first, std::size_t last) {
  std::vector<Glyph> glyphs;
  std::size_t n = 0;
  for (std::size_t at = 0; at < line.size() && n < last; ++n) {
    const base::Character c = base::character_at(line, at);
    at += c.bytes;
    if (n < first) continue;
    if (c.code_point == U'\t') {
      glyphs.push_back({" ", 1});
    } else if (base::is_control(c.code_point)) {
      glyphs.push_back({"\uFFFD", 1});
    } else {
      glyphs.push_back({base::to_utf8(c.code_point), static_cast<std::size_t>(base::width_of(c.code_point))});
    }
  }
  return glyphs;
}

// Quotes `line` with characters [column, column + length) marked; `column` is 1-based. A column past
// the end marks the position after the last character.
QuotedLine quote(const std::string& line, int column, int length) {
  const std::size_t count = base::count_characters(line);
  const std::size_t mark = std::min(static_cast<std::size_t>(std::max(column, 1) - 1), count);
  std::size_t first = 0;
  if (count > max_quoted && mark > max_before_mark) {
    first = std::min(mark - max_before_mark, count - max_quoted);
  }
  const std::size_t last = std::min(count, first + max_quoted);
  const std::size_t mark_end = std::min(mark + static_cast<std::size_t>(std::max(length, 1)), last);

  QuotedLine out;
  if (first > 0) {
    out.text = "…";
    out.indent = " ";
  }
  std::size_t n = first;
  std::size_t mark_width = 0;
  for (const Glyph& c : glyphs_of(line, first, last)) {
    out.text += c.text;
    if (n < mark) out.indent.append(c.width, ' ');
    if (n >= mark && n < mark_end) mark_width += c.width;
    ++n;
  }
  if (last < count) out.text += "…";
  out.mark.assign(std::max<std::size_t>(mark_width, 1), '^');
  return out;
}

std::string mark_line(const QuotedLine& q, const Problem& p, const Painter& paint) {
  return q.indent + paint.red(q.mark + (p.label.empty() ? "" : " " + p.label));
}

// Quotes the override that contains the problem, and marks the error in it.
std::string override_excerpt(const Problem& p, const Painter& paint) {
  const std::string arrow = "  --> command line: ";
  const QuotedLine q = quote(p.file, p.column, p.length);
  const std::string indent(arrow.size() - 4, ' ');
  std::string out = paint.blue(arrow) + q.text + "\n";
  if (p.column > 0) return out + paint.blue("   |") + indent + mark_line(q, p, paint) + "\n";
  return p.label.empty() ? out : out + paint.blue("   = ") + p.label + "\n";
}

// Quotes the line of the file that contains the problem, and marks the error in it.
std::string file_excerpt(const Problem& p, const Painter& paint) {
  const std::string number = p.line > 0 ? std::to_string(p.line) : "  ";
  const std::string margin(number.size(), ' ');
  const std::string file = base::printable(p.file);
  if (p.line <= 0 || p.column <= 0) {
    const std::string line = p.line > 0 ? ":" + number : "";
    std::string out = paint.blue(margin + "--> ") + file + line + "\n";
    return p.label.empty() ? out : out + paint.blue(margin + " = ") + p.label + "\n";
  }
  const QuotedLine q = quote(p.line_text, p.column, p.length);
  return fmt::format("{}{}:{}:{}\n{}\n{} {}\n{} {}\n", paint.blue(margin + "--> "), file, p.line, p.column,
                     paint.blue(margin + " |"), paint.blue(number + " |"), q.text, paint.blue(margin + " |"),
                     mark_line(q, p, paint));
}

}  // namespace

void Diagnostics::add(Problem problem) {
  for (std::string* text :
       {&problem.message, &problem.label, &problem.note, &problem.key, &problem.suggestion}) {
    *text = base::printable(*text, 2000);
  }
  const auto is_same = [&](const Problem& p) {
    return p.message == problem.message && location(p) == location(problem) && p.file == problem.file;
  };
  if (std::any_of(problems_.begin(), problems_.end(), is_same)) return;
  const auto position =
      std::upper_bound(problems_.begin(), problems_.end(), problem,
                       [](const Problem& a, const Problem& b) { return location(a) < location(b); });
  problems_.insert(position, std::move(problem));
}

std::string Diagnostics::render(const std::string& closing, bool colour) const {
  if (problems_.empty()) return {};
  const Painter paint{colour};
  std::string out;
  for (std::size_t n = 0; n < std::min(size(), max_shown); ++n) {
    const Problem& p = problems_[n];
    out += paint.red("error") + paint.bold(": " + p.message) + "\n";
    out += p.is_override ? override_excerpt(p, paint) : file_excerpt(p, paint);
    if (!p.note.empty()) {
      const std::size_t margin = p.is_override || p.line <= 0 ? 2 : std::to_string(p.line).size();
      out += paint.blue(std::string(margin, ' ') + " = ") + p.note + "\n";
    }
  }
  if (size() > max_shown) out += fmt::format("… and {} more\n", size() - max_shown);
  out += fmt::format("{} error{}.", size(), size() == 1 ? "" : "s");
  if (!closing.empty()) out += " " + closing;
  return out;
}

std::string Diagnostics::json() const {
  auto list = nlohmann::ordered_json::array();
  const auto text = [](const std::string& t) {
    return t.empty() ? nlohmann::ordered_json{} : nlohmann::ordered_json(t);
  };
  const auto number = [](int n) { return n > 0 ? nlohmann::ordered_json(n) : nlohmann::ordered_json{}; };
  for (const Problem& p : problems_) {
    list.push_back({{"message", p.message},
                    {"file", p.is_override ? "command line: " + p.file : p.file},
                    {"line", number(p.line)},
                    {"column", number(p.column)},
                    {"key", text(p.key)},
                    {"suggestion", text(p.suggestion.empty() ? p.label : p.suggestion)}});
  }
  return base::json_text(list);
}

}  // namespace tessera::job
