#include "base/text.h"
#include "job/attachments.h"
#include "job/csv_columns.h"
#include "job/parameters.h"
#include "job/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace tessera::job {

namespace {

/// Reads an array of finite numbers.
std::vector<double> read_numbers(const Section& source, const std::string& key) {
  std::vector<double> out;
  const Node* array = source.array(key, "an array of numbers");
  if (array == nullptr) return out;
  for (const Node& item : array->items) {
    const auto value = read_number(source.context(), item, source.path_of(key), key);
    if (!value) return {};
    out.push_back(*value);
  }
  return out;
}

/// Reads a series that is written in the job.
std::optional<StoredSeries> read_inline_series(const Section& source, const SeriesRules& rules) {
  if (source.require("times", "times = [0, 3600]") == nullptr ||
      source.require("values", "values = [0, 1.5]") == nullptr) {
    return std::nullopt;
  }
  const std::size_t problems_before = source.context().problem_count();
  StoredSeries stored;
  stored.series = {read_numbers(source, "times"), read_numbers(source, "values")};
  const auto& [times, values] = stored.series;
  if (source.context().problem_count() > problems_before) return std::nullopt;
  if (times.size() < 2) return source.reject("times", {"`times` needs at least two entries"});
  if (times.size() != values.size()) {
    return source.reject("values", {fmt::format("`values` expects {} entries, as `times` has, not {}",
                                                times.size(), values.size())});
  }
  if (times.size() > static_cast<std::size_t>(max_values))
    return source.reject("times", {fmt::format("`times` has more than {} entries", max_values)});
  if (std::ranges::adjacent_find(times, std::greater_equal<>{}) != times.end())
    return source.reject("times", {"each of `times` must be above the one before it"});
  if (std::ranges::any_of(times, [](double t) { return std::abs(t) > max_duration; }))
    return source.reject("times",
                         {fmt::format("`times` must be between {} and {}", -max_duration, max_duration)});
  for (std::size_t n = 0; n < values.size(); ++n) {
    if (std::string problem = rules.problem(values[n]); !problem.empty()) {
      return source.context().reject(source.find("values")->items[n].location, source.path_of("values"),
                                     {std::move(problem)});
    }
  }
  stored.first_place = stored.last_place = "`times`";
  return stored;
}

/// Reads a series from the file that the job names.
std::optional<StoredSeries> read_stored_series(const Section& source, const SeriesRules& rules) {
  const auto file = read_file_key(source, "file", "file = \"tide.csv\"");
  SeriesColumns columns{source.text("column").value_or(""), source.text("time").value_or("")};
  if (!file) return std::nullopt;
  for (const char* key : {"column", "time"}) {
    const Node* node = source.find(key);
    if (node != nullptr && !node->is_text()) return std::nullopt;  // has been reported
    if (node != nullptr && node->text.empty()) return source.reject(key, {fmt::format("`{}` is empty", key)});
  }
  try {
    return read_series(*file, columns, rules);
  } catch (const UnknownColumn& unknown) {
    report_unknown(source, file->name, unknown, {"column", "time"});
  } catch (const base::Error& e) {
    report_unusable(source, e);
  }
  return std::nullopt;
}

}  // namespace

std::optional<TimeSeries> check_series(Context& context, const Node& node, const std::string& key,
                                       const SeriesRules& rules, Attachments& attachments) {
  const Section source{context, node,       node.location,
                       key,     "a series", {"file", "column", "time", "times", "values"}};
  if (!source.present()) return std::nullopt;
  const bool is_inline = source.find("times") != nullptr || source.find("values") != nullptr;
  for (const char* file_key : {"file", "column", "time"}) {
    if (is_inline && source.find(file_key) != nullptr) {
      source.report_at_key(file_key,
                           {fmt::format("`{}` cannot be combined with `times` and `values`", file_key)});
      return std::nullopt;
    }
  }
  auto stored = is_inline ? read_inline_series(source, rules) : read_stored_series(source, rules);
  if (!stored) return std::nullopt;
  if (!is_inline) {
    Node values;
    values.keys = {{"times", {}}, {"values", {}}};
    values.items = {array_of(stored->series.times), array_of(stored->series.values)};
    attachments.add_values(node, std::move(values));
  }
  const std::string place = is_inline ? "times" : "file";
  attachments.add_series({source.find(place)->location, source.path_of(place), *stored});
  return std::move(stored->series);
}

}  // namespace tessera::job
