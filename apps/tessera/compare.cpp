#include "commands.h"

#include "base/digest.h"
#include "base/error.h"
#include "output/snapshot_reader.h"

#include <bit>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

/// How two stored fields differ.
struct Difference {
  std::int64_t values = 0;  ///< that differ by more than the tolerance
  double largest = 0.0;
  std::size_t first = 0;  ///< place of the first of them, in the order of the file
};

Difference compare(const output::StoredField& a, const output::StoredField& b, double tolerance) {
  Difference d;
  for (std::size_t n = 0; n < a.values.size(); ++n) {
    const double x = a.values[n];
    const double y = b.values[n];
    if (std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y)) continue;
    const double gap = std::abs(x - y);
    if (gap <= tolerance && tolerance > 0.0) continue;
    if (d.values++ == 0) d.first = n;
    if (!(gap <= d.largest)) d.largest = gap;
  }
  return d;
}

/// "(x, y, z)" of a place in file order.
std::string cell_text(const output::StoredField& f, std::size_t place) {
  place /= static_cast<std::size_t>(f.components);
  std::string text;
  const std::size_t axes = f.shape.size() - (f.components > 1 ? 1 : 0);
  for (std::size_t a = axes; a-- > 0;) {
    const auto extent = static_cast<std::size_t>(f.shape[a]);
    text += (text.empty() ? "(" : ", ") + std::to_string(place % extent);
    place /= extent;
  }
  return text + ")";
}

}  // namespace

int digest(const std::string& path, bool json) {
  const auto snapshot = output::StoredSnapshot::read(output::StoredSnapshot::newest(path));
  nlohmann::json fields = nlohmann::json::object();
  for (const output::StoredField& f : snapshot.fields) {
    const std::string text = base::Digest::text(output::digest_of(f));
    fields[f.name] = text;
    if (!json) fmt::print("{}  {}\n", text, f.name);
  }
  if (json) {
    const nlohmann::json out{
        {"file", snapshot.path}, {"step", snapshot.step}, {"time_s", snapshot.time}, {"fields", fields}};
    std::puts(out.dump(2).c_str());
  } else {
    fmt::print("{}, step {}, t = {:.6g} s\n", snapshot.path, snapshot.step, snapshot.time);
  }
  return 0;
}

int diff(const DiffOptions& options) {
  const auto first = output::StoredSnapshot::read(output::StoredSnapshot::newest(options.first));
  const auto second = output::StoredSnapshot::read(output::StoredSnapshot::newest(options.second));
  bool different = first.step != second.step || first.time != second.time;
  nlohmann::json report = nlohmann::json::array();
  if (!options.json && different) {
    fmt::print("step {} at t = {:.17g} s against step {} at t = {:.17g} s\n", first.step, first.time,
               second.step, second.time);
  }
  const auto say = [&](const std::string& field, const std::string& text, nlohmann::json entry) {
    entry["field"] = field;
    report.push_back(std::move(entry));
    if (!options.json) fmt::print("{:<20} {}\n", field, text);
  };
  const auto find = [](const output::StoredSnapshot& s,
                       const std::string& name) -> const output::StoredField* {
    for (const auto& f : s.fields) {
      if (f.name == name) return &f;
    }
    return nullptr;
  };
  for (const output::StoredField& a : first.fields) {
    const output::StoredField* b = find(second, a.name);
    if (b == nullptr || a.shape != b->shape || a.single_precision != b->single_precision) {
      different = true;
      say(a.name, b == nullptr ? "only in the first" : "of another shape or precision", {{"same", false}});
      continue;
    }
    const Difference d = compare(a, *b, options.tolerance);
    different = different || d.values > 0;
    if (d.values == 0) {
      say(a.name, options.tolerance > 0.0 ? "same within the tolerance" : "same bits", {{"same", true}});
    } else {
      const std::string cell = cell_text(a, d.first);
      say(a.name,
          fmt::format("{} of {} values differ, by {:.3g} at most, first at cell {}", d.values,
                      a.values.size(), d.largest, cell),
          {{"same", false}, {"values", d.values}, {"largest", d.largest}, {"first_cell", cell}});
    }
  }
  for (const output::StoredField& b : second.fields) {
    if (find(first, b.name) != nullptr) continue;
    different = true;
    say(b.name, "only in the second", {{"same", false}});
  }
  if (options.json) {
    std::puts(nlohmann::json{
        {"first", first.path}, {"second", second.path}, {"same", !different}, {"fields", report}}
                  .dump(2)
                  .c_str());
  }
  return static_cast<int>(different ? base::ExitCode::different : base::ExitCode::done);
}

}  // namespace tessera::app
