#include "job/diagnostics.h"

#include "base/text.h"
#include "job/quoted_line.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace tessera::job {

namespace {

constexpr std::size_t most_shown = 50;

auto place(const Problem& p) {
  const int unplaced = std::numeric_limits<int>::max();
  return std::tuple{p.command_line, p.line > 0 || p.command_line ? p.line : unplaced, p.column};
}

class Painter {
 public:
  explicit Painter(bool colour) : colour_{colour} {}
  std::string red(const std::string& text) const { return paint("\033[1;31m", text); }
  std::string blue(const std::string& text) const { return paint("\033[1;34m", text); }
  std::string bold(const std::string& text) const { return paint("\033[1m", text); }

 private:
  std::string paint(const char* on, const std::string& text) const {
    return colour_ && !text.empty() ? on + text + "\033[0m" : text;
  }
  bool colour_;
};

std::string mark_line(const QuotedLine& q, const Problem& p, const Painter& paint) {
  return q.indent + paint.red(q.mark + (p.label.empty() ? "" : " " + p.label));
}

// The place of a problem of the command line is shown under the override itself.
std::string command_line_part(const Problem& p, const Painter& paint) {
  const std::string arrow = "  --> command line: ";
  const QuotedLine q = quote(p.file, p.column, p.length);
  const std::string under(arrow.size() - 4, ' ');
  std::string out = paint.blue(arrow) + q.text + "\n";
  if (p.column > 0) return out + paint.blue("   |") + under + mark_line(q, p, paint) + "\n";
  return p.label.empty() ? out : out + paint.blue("   = ") + p.label + "\n";
}

std::string file_part(const Problem& p, const Painter& paint) {
  const std::string number = p.line > 0 ? std::to_string(p.line) : "  ";
  const std::string margin(number.size(), ' ');
  const std::string file = base::printable(p.file);
  if (p.line <= 0 || p.column <= 0) {
    const std::string line = p.line > 0 ? ":" + number : "";
    std::string out = paint.blue(margin + "--> ") + file + line + "\n";
    return p.label.empty() ? out : out + paint.blue(margin + " = ") + p.label + "\n";
  }
  const QuotedLine q = quote(p.quoted, p.column, p.length);
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
  const auto same = [&](const Problem& p) {
    return p.message == problem.message && place(p) == place(problem) && p.file == problem.file;
  };
  if (std::any_of(problems_.begin(), problems_.end(), same)) return;
  const auto after = std::upper_bound(problems_.begin(), problems_.end(), problem,
                                      [](const Problem& a, const Problem& b) { return place(a) < place(b); });
  problems_.insert(after, std::move(problem));
}

std::string Diagnostics::render(const std::string& closing, bool colour) const {
  if (problems_.empty()) return {};
  const Painter paint{colour};
  std::string out;
  for (std::size_t n = 0; n < std::min(size(), most_shown); ++n) {
    const Problem& p = problems_[n];
    out += paint.red("error") + paint.bold(": " + p.message) + "\n";
    out += p.command_line ? command_line_part(p, paint) : file_part(p, paint);
    if (!p.note.empty()) {
      const std::size_t margin = p.command_line || p.line <= 0 ? 2 : std::to_string(p.line).size();
      out += paint.blue(std::string(margin, ' ') + " = ") + p.note + "\n";
    }
  }
  if (size() > most_shown) out += fmt::format("… and {} more\n", size() - most_shown);
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
                    {"file", p.command_line ? "command line: " + p.file : p.file},
                    {"line", number(p.line)},
                    {"column", number(p.column)},
                    {"key", text(p.key)},
                    {"suggestion", text(p.suggestion.empty() ? p.label : p.suggestion)}});
  }
  return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace tessera::job
