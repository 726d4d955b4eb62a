#include "describe_data.h"

#include "console.h"
#include "data_map.h"
#include "value_range.h"

#include "base/error.h"
#include "base/print.h"
#include "base/text.h"
#include "grid/input/file_summary.h"
#include "grid/kind/grid_kind.h"
#include "run/job_request.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

/// What a job takes from the file for a component of a field.
struct Use {
  std::string field;
  std::string dataset;
  input::GridData data;
};

std::string range_text(const ValueRange& range, const std::string& unit) {
  const std::string suffix = unit.empty() ? "" : " " + unit;
  std::string text = range.missing == range.count
                         ? "no values"
                         : fmt::format("{:.8g} to {:.8g}{}", range.least, range.greatest, suffix);
  if (range.missing > 0) text += fmt::format(", {} of {} missing", range.missing, range.count);
  return text;
}

std::string order_text(const input::AxisSummary& axis) {
  if (!axis.descending) return "";
  const bool down = *axis.descending;
  if (axis.units.starts_with("degree") && axis.role == "x") return down ? ", east to west" : ", west to east";
  if (axis.units.starts_with("degree") && axis.role == "y")
    return down ? ", north to south" : ", south to north";
  return down ? ", descending" : ", ascending";
}

void print_axis(const input::AxisSummary& axis) {
  std::string text = fmt::format("{} value{}", axis.length, axis.length == 1 ? "" : "s");
  if (!axis.first.empty()) {
    text += axis.length == 1 ? " at " + axis.first : fmt::format(" from {} to {}", axis.first, axis.last);
    text += order_text(axis);
  } else {
    text += ", without coordinates";
  }
  const bool repeats_dates = axis.role == "time";
  base::print("  {:<5} {:<14} {}{}\n", axis.role.empty() ? "?" : axis.role.c_str(), axis.name, text,
              axis.units.empty() || repeats_dates ? "" : " [" + axis.units + "]");
}

void print_map(const input::GridData& data, std::size_t columns) {
  const std::string map = map_of(data, columns);
  if (!map.empty()) base::print("\n{}", base::Lines{map});
}

void print(const input::VariableSummary& variable, std::size_t columns) {
  base::print("\n{} ({}{}){}\n", variable.name.empty() ? std::string{"grid"} : variable.name, variable.type,
              variable.units.empty() ? "" : ", " + variable.units,
              variable.title.empty() ? "" : ": " + variable.title);
  for (const input::AxisSummary& axis : variable.axes) print_axis(axis);
  if (!variable.problem.empty())
    base::print("  cannot be read as it is: {}\n", base::Lines{variable.problem});
  if (!variable.data) return;
  base::print("  values {}{}\n", range_text(range_of(variable.data->values()), variable.units),
              variable.at.empty() ? "" : " at " + variable.at);
  print_map(*variable.data, columns);
}

void print(const Use& use, std::size_t columns) {
  base::print("\n{} of the job{}\n", use.field, use.dataset.empty() ? "" : " from " + use.dataset);
  for (int a = 0; a < use.data.dimensions(); ++a) {
    const auto axis = use.data.axis(a);
    base::print("  {:<5} {} nodes from {:.10g} to {:.10g}\n", std::string{"xyz"[a]}, axis.size(),
                axis.front(), axis.back());
  }
  base::print("  values {}{}\n", range_text(range_of(use.data.values()), ""),
              use.data.filled() > 0 ? fmt::format(", {} filled", use.data.filled()) : "");
  print_map(use.data, columns);
}

nlohmann::json json_of(const ValueRange& range) {
  nlohmann::json out{{"count", range.count}, {"missing", range.missing}};
  if (range.missing < range.count) {
    out["minimum"] = range.least;
    out["maximum"] = range.greatest;
  }
  return out;
}

nlohmann::json json_of(const input::VariableSummary& v) {
  nlohmann::json out{{"name", v.name}, {"type", v.type}, {"units", v.units}, {"title", v.title}};
  out["axes"] = nlohmann::json::array();
  for (const input::AxisSummary& a : v.axes) {
    out["axes"].push_back({{"role", a.role},
                           {"name", a.name},
                           {"units", a.units},
                           {"length", a.length},
                           {"first", a.first},
                           {"last", a.last}});
  }
  if (!v.at.empty()) out["at"] = v.at;
  if (!v.problem.empty()) out["problem"] = v.problem;
  if (v.data) out["values"] = json_of(range_of(v.data->values()));
  return out;
}

nlohmann::json json_of(const Use& use) {
  nlohmann::json out{{"field", use.field}, {"dataset", use.dataset}, {"filled", use.data.filled()}};
  out["axes"] = nlohmann::json::array();
  for (int a = 0; a < use.data.dimensions(); ++a) {
    const auto axis = use.data.axis(a);
    out["axes"].push_back({{"nodes", axis.size()}, {"first", axis.front()}, {"last", axis.back()}});
  }
  out["values"] = json_of(range_of(use.data.values()));
  return out;
}

struct JobUse {
  std::vector<Use> uses;
  std::vector<work::Remark> remarks;
};

JobUse use_by_job(const DataRequest& request) {
  run::JobRequest job;
  job.path = request.job;
  job.plugin_folders = request.plugin_folders;
  const work::CheckedJob checked = run::check_job(grid::GridKind{}, job);
  grid::LoadedJob loaded = grid::load(checked);
  const auto& fields = loaded.solver.schema().fields;
  JobUse out;
  out.remarks = checked.remarks;
  for (const grid::InitialValue& initial : loaded.spec.initial) {
    const auto* sources = std::get_if<input::GridSources>(&initial.value);
    if (sources == nullptr) continue;
    const solver::FieldSchema& field = fields[static_cast<std::size_t>(initial.field)];
    for (const input::GridSource& source : *sources) {
      std::error_code ec;
      if (!std::filesystem::equivalent(source.path, request.path, ec)) continue;
      const std::string name =
          field.components > 1 ? fmt::format("{}[{}]", field.name, initial.component) : field.name;
      out.uses.push_back({name, source.dataset,
                          *loaded.data_sets.get(source, loaded.spec.geometry.dimensions,
                                                grid::data_region(loaded.spec.geometry))});
    }
  }
  if (out.uses.empty()) {
    throw base::Error(base::ExitCode::usage,
                      fmt::format("the job `{}` reads nothing from `{}`", request.job, request.path),
                      "paths in a job are relative to its folder");
  }
  return out;
}

}  // namespace

bool is_data_file(const std::string& path) {
  std::error_code ec;
  const bool bare_name = path.find_first_of("./") == std::string::npos;
  if (bare_name || path.ends_with(".so") || !std::filesystem::is_regular_file(path, ec)) return false;
  std::array<char, 4> start{};
  std::ifstream{path, std::ios::binary}.read(start.data(), start.size());
  return std::string_view{start.data(), start.size()} !=
         "\x7f"
         "ELF";
}

void describe_data(const DataRequest& request) {
  const auto variables = input::summarize_file(request.path, request.dataset);
  std::optional<JobUse> job;
  if (!request.job.empty()) job = use_by_job(request);
  if (request.json) {
    nlohmann::json out{{"file", request.path}, {"variables", nlohmann::json::array()}};
    for (const auto& variable : variables) out["variables"].push_back(json_of(variable));
    if (job) {
      out["job"] = {{"uses", nlohmann::json::array()}, {"remarks", nlohmann::json::array()}};
      for (const Use& use : job->uses) out["job"]["uses"].push_back(json_of(use));
      for (const work::Remark& remark : job->remarks) out["job"]["remarks"].push_back(remark.text);
    }
    return print_json(out);
  }
  base::print("{}: {} variable{}\n", request.path, variables.size(), variables.size() == 1 ? "" : "s");
  constexpr std::size_t max_maps = 3;
  for (std::size_t n = 0; n < variables.size(); ++n) print(variables[n], n < max_maps ? request.columns : 0);
  if (!job) return;
  for (const Use& use : job->uses) print(use, request.columns);
  for (const work::Remark& remark : job->remarks)
    base::print("\n{}: {}\n", remark.advice.empty() ? "note" : "warning", remark.text);
}

}  // namespace tessera::app
