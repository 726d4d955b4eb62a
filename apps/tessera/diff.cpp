#include "command_line.h"

#include "base/exit_code.h"
#include "base/print.h"
#include "grid/output/snapshot_comparison.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

struct Options {
  std::string first;
  std::string second;
  double tolerance = 0.0;
  bool json = false;
};

/// The result of comparing a field, as JSON and as text.
struct Verdict {
  nlohmann::json json;
  std::string text;
};

Verdict verdict_of(const output::FieldComparison& field, double tolerance) {
  using Kind = output::FieldComparison::Kind;
  Verdict verdict{{{"same", field.is_same()}, {"field", field.name}}, ""};
  switch (field.kind) {
    case Kind::only_in_first:
      verdict.text = "only in the first";
      break;
    case Kind::only_in_second:
      verdict.text = "only in the second";
      break;
    case Kind::incomparable:
      verdict.text = "shape or precision differs";
      break;
    case Kind::compared:
      if (field.is_same()) {
        verdict.text = tolerance > 0.0 ? "same within the tolerance" : "bit-identical";
        break;
      }
      verdict.text =
          fmt::format("{} of {} values differ, by {:.3g} at most, first at cell {}", field.difference.count,
                      field.compared_values, field.difference.largest, field.first_cell);
      verdict.json["values"] = field.difference.count;
      verdict.json["largest"] = field.difference.largest;
      verdict.json["first_cell"] = field.first_cell;
      break;
  }
  return verdict;
}

int diff(Options& options, const Invocation&) {
  const auto first = output::StoredSnapshot::read(output::StoredSnapshot::find_newest(options.first));
  const auto second = output::StoredSnapshot::read(output::StoredSnapshot::find_newest(options.second));
  bool same = first.step == second.step && first.time == second.time;
  if (!options.json && !same) {
    base::print("step {} at t = {:.17g} s against step {} at t = {:.17g} s\n", first.step, first.time,
                second.step, second.time);
  }
  nlohmann::json fields = nlohmann::json::array();
  for (const output::FieldComparison& field : output::compare(first, second, options.tolerance)) {
    same = same && field.is_same();
    Verdict verdict = verdict_of(field, options.tolerance);
    fields.push_back(std::move(verdict.json));
    if (!options.json) base::print("{:<20} {}\n", field.name, verdict.text);
  }
  if (options.json) {
    print_json({{"first", first.path}, {"second", second.path}, {"same", same}, {"fields", fields}});
  }
  return static_cast<int>(same ? base::ExitCode::done : base::ExitCode::check_failed);
}

}  // namespace

void add_diff(CommandLine& command_line) {
  const auto [command, options] = command_line.add("diff", "compare the last field files of two runs", diff);
  command.footer("Exit code 0 if they are the same, 1 if they differ.");
  command.add_option("first", options.first, "run directory or .h5 file")->required();
  command.add_option("second", options.second, "run directory or .h5 file")->required();
  command.add_option("--tolerance", options.tolerance, "largest difference to accept (default: 0)")
      ->check(CLI::NonNegativeNumber);
  command.add_flag("--json", options.json, "print JSON");
}

}  // namespace tessera::app
