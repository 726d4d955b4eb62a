#include "command_line.h"
#include "describe_data.h"
#include "shared_options.h"

#include "base/error.h"
#include "base/print.h"

#include "grid/solver/solver.h"
#include "plugin/library.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string text_of(job::ParameterType type, const job::Number& value) {
  if (type == job::ParameterType::boolean) return std::get<std::int64_t>(value) != 0 ? "true" : "false";
  return job::text_of(value);
}

/// The default of a list, as it is written in a job.
std::string list_text(job::ParameterType type, const job::ParameterValues& list) {
  std::vector<std::string> items;
  for (const double v : list.reals) items.push_back(text_of(type, v));
  for (const std::int64_t v : list.integers) items.push_back(text_of(type, v));
  for (const std::string& v : list.texts) items.push_back(quoted(v));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string default_text(const job::ParameterSchema& p) {
  if (p.default_list) return list_text(p.type, *p.default_list);
  if (p.default_text) return quoted(*p.default_text);
  return p.default_number ? text_of(p.type, *p.default_number) : "";
}

/// The limits of the number of elements of a list, or of the rows of a table; empty if there are none.
std::string count_text(const job::ParameterSchema& p) {
  std::vector<std::string> parts;
  if (p.minimum_count > 0) parts.push_back(fmt::format("at least {}", p.minimum_count));
  if (p.maximum_count < job::max_values) parts.push_back(fmt::format("at most {}", p.maximum_count));
  if (parts.empty()) return "";
  return fmt::format("{} {}", fmt::join(parts, " and "), p.table.empty() ? "values" : "rows");
}

/// Whether a bound is only the limit of a 32-bit integer, which is of no interest to the author of a job.
bool is_limit_of_int(const job::Number& bound) {
  using Limits = std::numeric_limits<std::int32_t>;
  const auto* integer = std::get_if<std::int64_t>(&bound);
  return integer != nullptr && (*integer == Limits::min() || *integer == Limits::max());
}

std::string range_text(const job::ParameterSchema& p) {
  std::vector<std::string> parts;
  if (p.minimum && !is_limit_of_int(p.minimum->value)) parts.push_back(text_of_minimum(*p.minimum));
  if (p.maximum && !is_limit_of_int(p.maximum->value)) parts.push_back(text_of_maximum(*p.maximum));
  if (!p.choices.empty()) parts.push_back(fmt::format("{}", fmt::join(p.choices, " | ")));
  if (std::string count = count_text(p); !count.empty()) parts.push_back(std::move(count));
  return fmt::format("{}", fmt::join(parts, ", "));
}

const char* type_text(job::ParameterType t) {
  constexpr std::array names{"real", "integer", "boolean", "text"};
  return names[static_cast<std::size_t>(t)];
}

/// The type of a parameter, with its shape.
std::string kind_text(const job::ParameterSchema& p) {
  if (p.shape == job::ParameterShape::series) return "series";
  return std::string{p.shape == job::ParameterShape::list ? "list of " : ""} + type_text(p.type);
}

const char* kind_text(solver::FieldKind k) {
  constexpr std::array names{"state", "constant", "work", "derived"};
  return names[static_cast<std::size_t>(k)];
}

const std::string& name_of(const solver::SolverSchema& s, int field) {
  return s.fields[static_cast<std::size_t>(field)].name;
}

nlohmann::json json_of(const job::ParameterSchema& p, const job::Number& number) {
  if (p.type == job::ParameterType::boolean) return std::get<std::int64_t>(number) != 0;
  return std::visit([](auto value) { return nlohmann::json(value); }, number);
}

nlohmann::json list_json(const job::ParameterSchema& p, const job::ParameterValues& list) {
  nlohmann::json out = nlohmann::json::array();
  for (const double v : list.reals) out.push_back(json_of(p, v));
  for (const std::int64_t v : list.integers) out.push_back(json_of(p, v));
  for (const std::string& v : list.texts) out.push_back(v);
  return out;
}

nlohmann::json parameter_json(const job::ParameterSchema& p) {
  constexpr std::array shapes{"single", "list", "series"};
  nlohmann::json out{{"name", p.name},
                     {"type", type_text(p.type)},
                     {"shape", shapes[static_cast<std::size_t>(p.shape)]},
                     {"unit", p.unit},
                     {"help", p.help}};
  if (!p.table.empty()) out["table"] = p.table;
  if (p.default_number) out["default"] = json_of(p, *p.default_number);
  if (p.default_text) out["default"] = *p.default_text;
  if (p.default_list) out["default"] = list_json(p, *p.default_list);
  if (p.shape == job::ParameterShape::list || !p.table.empty()) {
    out["minimum_count"] = p.minimum_count;
    out["maximum_count"] = p.maximum_count;
  }
  if (p.minimum) out["minimum"] = {{"value", json_of(p, p.minimum->value)}, {"open", p.minimum->open}};
  if (p.maximum) out["maximum"] = {{"value", json_of(p, p.maximum->value)}, {"open", p.maximum->open}};
  if (!p.choices.empty()) out["choices"] = p.choices;
  return out;
}

nlohmann::json field_json(const solver::FieldSchema& f) {
  nlohmann::json out{{"name", f.name},
                     {"kind", kind_text(f.kind)},
                     {"unit", f.unit},
                     {"help", f.help},
                     {"components", f.components},
                     {"bits", f.scalar == solver::Scalar::float64 ? 64 : 32}};
  if (f.default_value) out["default"] = *f.default_value;
  return out;
}

nlohmann::json stage_json(const solver::SolverSchema& s, const solver::StageSchema& stage) {
  nlohmann::json out{
      {"name", stage.name}, {"reads", nlohmann::json::array()}, {"writes", nlohmann::json::array()}};
  for (const auto& r : stage.reads)
    out["reads"].push_back({{"field", name_of(s, r.field)}, {"radius", r.radius}});
  for (const int w : stage.writes) out["writes"].push_back(name_of(s, w));
  return out;
}

void print_parameter(const job::ParameterSchema& p) {
  const std::string name = p.table.empty() ? p.name : p.table + "." + p.name;
  const std::string default_value = default_text(p);
  base::print("  {:<22} {:<8} {}\n", name, kind_text(p),
              default_value.empty()
                  ? "required"
                  : fmt::format("default {}", default_value) + (p.unit.empty() ? "" : " " + p.unit));
  const std::string range = range_text(p);
  if (!p.help.empty() || !range.empty()) {
    base::print("  {:<22} {}{}{}\n", "", p.help, !p.help.empty() && !range.empty() ? "; " : "", range);
  }
}

void print_field(const solver::FieldSchema& f) {
  const bool required = f.kind != solver::FieldKind::derived && !f.default_value;
  const std::string separator = f.help.empty() && f.unit.empty() ? "" : ", ";
  base::print("  {:<22} {:<8} {}{}{}{}\n", f.name, kind_text(f.kind), f.help,
              f.unit.empty() ? "" : " [" + f.unit + "]",
              f.components > 1 ? fmt::format(", {} components", f.components) : "",
              required ? separator + "required in [initial]" : "");
}

void print_stage(const solver::SolverSchema& s, const solver::StageSchema& stage) {
  std::string reads;
  std::string writes;
  for (const auto& r : stage.reads)
    reads += fmt::format("{}{} ({})", reads.empty() ? "" : ", ", name_of(s, r.field), r.radius);
  for (const int w : stage.writes) writes += (writes.empty() ? "" : ", ") + name_of(s, w);
  base::print("  {:<22} reads {}; writes {}\n", stage.name, reads, writes);
}

nlohmann::json schema_json(const solver::Solver& solver) {
  const solver::SolverSchema& s = solver.schema();
  nlohmann::json out{
      {"name", s.name}, {"version", s.version}, {"summary", s.summary}, {"file", solver.file()}};
  for (const char* list : {"parameters", "fields", "stages", "diagnostics"})
    out[list] = nlohmann::json::array();
  for (const auto& p : s.parameters) out["parameters"].push_back(parameter_json(p));
  for (const auto& f : s.fields) out["fields"].push_back(field_json(f));
  for (const auto& stage : s.stages) out["stages"].push_back(stage_json(s, stage));
  for (const auto& d : s.diagnostics) {
    out["diagnostics"].push_back({{"name", d.name}, {"unit", d.unit}, {"help", d.help}});
  }
  return out;
}

void print_schema(const solver::SolverSchema& s) {
  base::print("{} {}: {}\n\nparameters\n", s.name, s.version, s.summary);
  if (s.parameters.empty()) base::print("  none\n");
  for (const auto& p : s.parameters) print_parameter(p);
  base::print("\nfields\n");
  for (const auto& f : s.fields) {
    if (f.kind != solver::FieldKind::work) print_field(f);
  }
  base::print("\nstages\n");
  for (const auto& stage : s.stages) print_stage(s, stage);
  base::print("\ndiagnostics\n");
  for (const auto& d : s.diagnostics) {
    base::print("  {:<22} {}{}\n", d.name, d.help, d.unit.empty() ? "" : " [" + d.unit + "]");
  }
}

struct Options {
  std::string subject;  ///< a solver, or a data file
  std::string dataset;
  std::string job;
  std::vector<std::string> plugin_folders;
  bool json = false;
};

int describe(Options& options, const Invocation&) {
  if (is_data_file(options.subject)) {
    DataRequest request{options.subject, options.dataset, options.job, options.plugin_folders, options.json};
    describe_data(request);
    return 0;
  }
  if (!options.job.empty() || !options.dataset.empty()) {
    throw base::Error(base::ExitCode::usage,
                      fmt::format("--{} needs a data file, but there is no file `{}`",
                                  options.job.empty() ? "dataset" : "job", options.subject),
                      "for example: tessera describe bed.nc");
  }
  const auto path = plugin::SearchPath::standard(options.plugin_folders);
  const solver::Solver solver{plugin::find_library(options.subject, ".", path)};
  if (options.json) {
    print_json(schema_json(solver));
  } else {
    print_schema(solver.schema());
  }
  return 0;
}

}  // namespace

void add_describe(CommandLine& command_line) {
  const auto [command, options] =
      command_line.add("describe", "show the declarations of a solver, or how a data file is read", describe);
  command.add_option("subject", options.subject, "name or path of a solver, or a data file")->required();
  command.add_option("--dataset", options.dataset, "of a data file, show only this variable");
  command.add_option("--job", options.job, "show also what this job takes from the data file");
  add_plugin_path_option(command, options.plugin_folders);
  command.add_flag("--json", options.json, "print JSON");
}

}  // namespace tessera::app
