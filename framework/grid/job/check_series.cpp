#include "base/error.h"
#include "base/text.h"
#include "grid/job/check_parts.h"
#include "host/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>
#include <vector>

namespace tessera::grid {

namespace {

/// The largest job that can be recorded; see job::Document.
constexpr std::size_t max_job_bytes = std::size_t{16} << 20U;

/// Reads an array of finite numbers.
std::vector<double> read_numbers(const Section& source, const std::string& key) {
  std::vector<double> out;
  const job::Node* array = source.array(key, "an array of numbers");
  if (array == nullptr) return out;
  for (const job::Node& item : array->items) {
    const auto value = read_number(source.context(), item, source.path_of(key), key);
    if (!value) return {};
    out.push_back(*value);
  }
  return out;
}

/// Reads a series that is written in the job.
std::optional<StoredSeries> read_inline_series(const Section& source) {
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
  if (times.size() > max_times)
    return source.reject("times", {fmt::format("`times` has more than {} entries", max_times)});
  if (std::ranges::adjacent_find(times, std::greater_equal<>{}) != times.end())
    return source.reject("times", {"each of `times` must be above the one before it"});
  if (std::ranges::any_of(times, [](double t) { return std::abs(t) > job::max_duration; }))
    return source.reject(
        "times", {fmt::format("`times` must be between {} and {}", -job::max_duration, job::max_duration)});
  stored.first_place = stored.last_place = "`times`";
  return stored;
}

/// Reads a series from the file that the job names.
std::optional<StoredSeries> read_stored_series(const Section& source, const std::string& unit,
                                               const Draft& draft) {
  const auto file = source.text("table");
  SeriesColumns columns{source.text("column").value_or(""), source.text("time").value_or(""), unit};
  if (!file) return std::nullopt;
  if (file->empty()) return source.reject("table", {"`table` is empty"});
  for (const char* key : {"column", "time"}) {
    const job::Node* node = source.find(key);
    if (node != nullptr && !node->is_text()) return std::nullopt;  // has been reported
    if (node != nullptr && node->text.empty()) return source.reject(key, {fmt::format("`{}` is empty", key)});
  }
  const std::string path = path_from_job(draft, *file);
  if (std::string reason = host::why_unreadable(path); !reason.empty())
    return source.reject("table", {std::move(reason)});
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) {
    return source.reject("table", {fmt::format("no such file: `{}`", base::printable(path)), "",
                                   "paths are relative to the job file's folder"});
  }
  try {
    return read_series(path, base::printable(*file), columns);
  } catch (const UnknownColumn& unknown) {
    const std::string note = "columns: " + base::printable(job::join_sorted(unknown.columns));
    if (unknown.name.empty())
      return source.reject("table", {"a table of several columns needs `column`", "", note});
    const std::string key =
        source.find("column") != nullptr && source.find("column")->text == unknown.name ? "column" : "time";
    return source.reject(key, job::unknown_word(fmt::format("`{}` has no column `{}`", base::printable(*file),
                                                            base::printable(unknown.name, 40)),
                                                unknown.name, unknown.columns, note));
  } catch (const base::Error& e) {
    return source.reject("table", {e.problem(), "", e.hint()});
  }
}

job::Node array_of(const std::vector<double>& numbers) {
  job::Node array;
  array.kind = job::Node::Kind::array;
  for (const double number : numbers) {
    job::Node item;
    item.kind = job::Node::Kind::real;
    item.real = number;
    array.items.push_back(std::move(item));
  }
  return array;
}

/// Returns a copy of `node` in which each series is written in place of the name of its file.
job::Node with_series(const job::Node& node, const std::vector<UsedSeries>& all) {
  const auto used = std::ranges::find(all, &node, &UsedSeries::node);
  job::Node copy = node;
  if (used == all.end()) {
    for (std::size_t n = 0; n < node.items.size(); ++n) copy.items[n] = with_series(node.items[n], all);
    return copy;
  }
  copy.keys = {{"times", {}}, {"values", {}}};
  copy.items = {array_of(used->stored.series.times), array_of(used->stored.series.values)};
  return copy;
}

}  // namespace

std::optional<TimeSeries> check_series(Context& context, const job::Node& node, const std::string& key,
                                       const std::string& unit, Draft& draft) {
  const Section source{context, node,       node.location,
                       key,     "a series", {"table", "column", "time", "times", "values"}};
  const bool is_inline = source.find("times") != nullptr || source.find("values") != nullptr;
  for (const char* file_key : {"table", "column", "time"}) {
    if (is_inline && source.find(file_key) != nullptr) {
      source.report_at_key(file_key,
                           {fmt::format("`{}` cannot be combined with `times` and `values`", file_key)});
      return std::nullopt;
    }
  }
  if (!is_inline && source.require("table", "{ table = \"tide.csv\", column = \"level\" }") == nullptr)
    return std::nullopt;
  auto stored = is_inline ? read_inline_series(source) : read_stored_series(source, unit, draft);
  if (!stored) return std::nullopt;
  const job::Node& value = *source.find(is_inline ? "times" : "table");
  draft.series.push_back({&node, value.location, source.path_of(is_inline ? "times" : "table"), *stored});
  return std::move(stored->series);
}

void check_series_times(Context& context, const Draft& draft) {
  for (const UsedSeries& used : draft.series) {
    const auto report = [&](job::ProblemText problem) {
      context.report(used.location, used.key, std::move(problem));
    };
    const std::vector<double>& times = used.stored.series.times;
    const double end = draft.spec.time.end;
    if (times.front() > 0) {
      report({fmt::format("{}: the series begins at {} s, after the start of the run",
                          used.stored.first_place, times.front())});
    } else if (std::isinf(end)) {
      report({"a series needs `end` in [time]", "", "write end = \"...\" in [time]"});
    } else if (times.back() < end) {
      report({fmt::format("{}: the series ends at {} s, before `end` in [time], {} s", used.stored.last_place,
                          times.back(), end)});
    }
  }
}

std::string text_with_series(Context& context, const Draft& draft) {
  if (draft.series.empty()) return context.document().text();
  std::string text = job::to_toml(with_series(context.document().root(), draft.series));
  if (text.size() > max_job_bytes) {
    const UsedSeries& first = draft.series.front();
    context.report(first.location, first.key,
                   {"the series of the job have too many values: more than 16 MiB of text"});
  }
  return text;
}

}  // namespace tessera::grid
