#include "commands.h"

#include "base/error.h"

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

std::string number_text(const job::ParameterSchema& p) {
  if (p.type == job::ParameterType::boolean) return *p.default_number != 0.0 ? "true" : "false";
  return fmt::format("{:g}", *p.default_number);
}

std::string default_text(const job::ParameterSchema& p) {
  if (p.default_text) return '"' + *p.default_text + '"';
  return p.default_number ? number_text(p) : "";
}

std::string range_text(const job::ParameterSchema& p) {
  std::string text;
  if (p.minimum) text += fmt::format("{} {:g}", p.minimum->open ? "above" : "at least", p.minimum->value);
  if (p.maximum) {
    text += fmt::format("{}{} {:g}", text.empty() ? "" : ", ", p.maximum->open ? "below" : "at most",
                        p.maximum->value);
  }
  for (std::size_t n = 0; n < p.choices.size(); ++n)
    text += (n > 0 || !text.empty() ? " | " : "") + p.choices[n];
  return text;
}

const char* type_text(job::ParameterType t) {
  switch (t) {
    case job::ParameterType::real:
      return "real";
    case job::ParameterType::integer:
      return "integer";
    case job::ParameterType::boolean:
      return "boolean";
    case job::ParameterType::text:
      break;
  }
  return "text";
}

const char* kind_text(job::FieldKind k) {
  switch (k) {
    case job::FieldKind::state:
      return "state";
    case job::FieldKind::constant:
      return "constant";
    case job::FieldKind::work:
      return "work";
    case job::FieldKind::derived:
      break;
  }
  return "derived";
}

nlohmann::json schema_json(const plugin::Solver& solver) {
  const job::SolverSchema& s = solver.schema();
  nlohmann::json out{
      {"name", s.name}, {"version", s.version}, {"summary", s.summary}, {"file", solver.file()}};
  out["parameters"] = nlohmann::json::array();
  for (const auto& p : s.parameters) {
    nlohmann::json one{{"name", p.name}, {"type", type_text(p.type)}, {"unit", p.unit}, {"help", p.help}};
    if (!p.table.empty()) one["table"] = p.table;
    if (p.default_number) one["default"] = *p.default_number;
    if (p.default_text) one["default"] = *p.default_text;
    if (p.minimum) one["minimum"] = {{"value", p.minimum->value}, {"open", p.minimum->open}};
    if (p.maximum) one["maximum"] = {{"value", p.maximum->value}, {"open", p.maximum->open}};
    if (!p.choices.empty()) one["choices"] = p.choices;
    out["parameters"].push_back(one);
  }
  out["fields"] = nlohmann::json::array();
  for (const auto& f : s.fields) {
    nlohmann::json one{
        {"name", f.name}, {"kind", kind_text(f.kind)},  {"unit", f.unit},
        {"help", f.help}, {"components", f.components}, {"bits", f.scalar == job::Scalar::float64 ? 64 : 32}};
    if (f.default_value) one["default"] = *f.default_value;
    out["fields"].push_back(one);
  }
  out["stages"] = nlohmann::json::array();
  for (const auto& st : s.stages) {
    nlohmann::json one{
        {"name", st.name}, {"reads", nlohmann::json::array()}, {"writes", nlohmann::json::array()}};
    for (const auto& r : st.reads) {
      one["reads"].push_back(
          {{"field", s.fields[static_cast<std::size_t>(r.field)].name}, {"radius", r.radius}});
    }
    for (const int w : st.writes) one["writes"].push_back(s.fields[static_cast<std::size_t>(w)].name);
    out["stages"].push_back(one);
  }
  out["diagnostics"] = nlohmann::json::array();
  for (const auto& d : s.diagnostics) {
    out["diagnostics"].push_back({{"name", d.name}, {"unit", d.unit}, {"help", d.help}});
  }
  return out;
}

void print_schema(const job::SolverSchema& s) {
  fmt::print("{} {}: {}\n\n", s.name, s.version, s.summary);
  fmt::print("parameters\n");
  if (s.parameters.empty()) fmt::print("  none\n");
  for (const auto& p : s.parameters) {
    const std::string name = p.table.empty() ? p.name : p.table + "." + p.name;
    const std::string fallback = default_text(p);
    fmt::print("  {:<22} {:<8} {}\n", name, type_text(p.type),
               fallback.empty() ? "required"
                                : fmt::format("default {}", fallback) + (p.unit.empty() ? "" : " " + p.unit));
    const std::string range = range_text(p);
    if (!p.help.empty() || !range.empty()) {
      fmt::print("  {:<22} {}{}{}\n", "", p.help, !p.help.empty() && !range.empty() ? "; " : "", range);
    }
  }
  fmt::print("\nfields\n");
  for (const auto& f : s.fields) {
    if (f.kind == job::FieldKind::work) continue;
    fmt::print(
        "  {:<22} {:<8} {}{}{}{}\n", f.name, kind_text(f.kind), f.help,
        f.unit.empty() ? "" : " [" + f.unit + "]",
        f.components > 1 ? fmt::format(", {} components", f.components) : "",
        f.kind == job::FieldKind::derived || f.default_value
            ? ""
            : (f.help.empty() && f.unit.empty() ? "required in [initial]" : ", required in [initial]"));
  }
  fmt::print("\nstages\n");
  for (const auto& st : s.stages) {
    std::string reads;
    std::string writes;
    for (const auto& r : st.reads) {
      reads += fmt::format("{}{} ({})", reads.empty() ? "" : ", ",
                           s.fields[static_cast<std::size_t>(r.field)].name, r.radius);
    }
    for (const int w : st.writes)
      writes += (writes.empty() ? "" : ", ") + s.fields[static_cast<std::size_t>(w)].name;
    fmt::print("  {:<22} reads {}; writes {}\n", st.name, reads, writes);
  }
  fmt::print("\ndiagnostics\n");
  for (const auto& d : s.diagnostics) {
    fmt::print("  {:<22} {}{}\n", d.name, d.help, d.unit.empty() ? "" : " [" + d.unit + "]");
  }
}

}  // namespace

int solvers(const std::vector<std::string>& plugin_folders, bool json) {
  const auto path = plugin::SearchPath::standard(plugin_folders);
  nlohmann::json list = nlohmann::json::array();
  for (const plugin::Found& found : plugin::list_libraries(path)) {
    try {
      const plugin::Solver solver{found.file};
      const job::SolverSchema& s = solver.schema();
      if (json) {
        list.push_back(
            {{"name", found.name}, {"version", s.version}, {"summary", s.summary}, {"file", found.file}});
      } else {
        fmt::print("{:<18} {:<8} {}\n", found.name, s.version, s.summary);
      }
    } catch (const base::Error& e) {
      if (json) {
        list.push_back({{"name", found.name}, {"file", found.file}, {"error", e.text()}});
      } else {
        fmt::print("{:<18} {:<8} cannot be loaded: {}\n", found.name, "-", e.text());
      }
    }
  }
  if (json) std::puts(list.dump(2).c_str());
  return 0;
}

int describe(const std::string& name, const std::vector<std::string>& plugin_folders, bool json) {
  const auto path = plugin::SearchPath::standard(plugin_folders);
  const plugin::Solver solver{plugin::find_library(name, ".", path)};
  if (json) {
    std::puts(schema_json(solver).dump(2).c_str());
  } else {
    print_schema(solver.schema());
  }
  return 0;
}

}  // namespace tessera::app
