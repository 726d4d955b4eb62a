#include "grid/solver/schema_reader.h"

#include "base/error.h"
#include "plugin/parameter_reader.h"
#include "plugin/tables.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tessera::solver {

namespace {

using plugin::Findings;
using plugin::read_array;
using plugin::text_of;

/// Names of coordinates, the time and constants in the formulas of a job.
constexpr std::array formula_names{"x", "y", "z", "t", "pi", "e"};

template <class Names>
bool is_among(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::uint32_t known_schema_flags =
    TESSERA_LOCAL_DT | TESSERA_HAS_DT | TESSERA_HAS_DERIVE | TESSERA_HAS_BOUNDARY | TESSERA_ONE_STEP;

/// Whether `field` is the index of a declared field. Adds a finding if not.
bool is_declared(const std::string& stage, std::int32_t field, const char* verb,
                 const std::vector<FieldSchema>& fields, Findings& findings) {
  if (field >= 0 && field < static_cast<std::int32_t>(fields.size())) return true;
  findings.add(
      fmt::format("stage `{}` {} field number {}, which is not declared ({} declared, numbered from 0)",
                  stage, verb, field, fields.size()));
  return false;
}

void read_reads(const tessera_stage& s, const std::vector<FieldSchema>& fields, StageSchema& out,
                Findings& findings) {
  std::set<int> read;
  for (const tessera_read& r :
       read_array(s.reads, s.read_count, "reads of stage `" + out.name + "`", 1000, findings)) {
    if (!is_declared(out.name, r.field, "reads", fields, findings)) continue;
    const FieldSchema& field = fields[static_cast<std::size_t>(r.field)];
    if (field.kind == FieldKind::derived) {
      findings.add(fmt::format("stage `{}` reads `{}`, a derived field; derive() runs after the stages",
                               out.name, field.name));
    } else if (r.radius < 0 || r.radius > TESSERA_MAX_RADIUS) {
      findings.add(fmt::format("stage `{}` reads `{}` within a radius of {} cells (0 to {} are allowed)",
                               out.name, field.name, r.radius, TESSERA_MAX_RADIUS));
    } else if (!read.insert(r.field).second) {
      findings.add("stage `" + out.name + "` reads `" + field.name + "` twice");
    } else {
      out.reads.push_back({r.field, r.radius});
    }
  }
}

void read_writes(const tessera_stage& s, const std::vector<FieldSchema>& fields, StageSchema& out,
                 Findings& findings) {
  std::set<int> written;
  for (const std::int32_t w :
       read_array(s.writes, s.write_count, "writes of stage `" + out.name + "`", 1000, findings)) {
    if (!is_declared(out.name, w, "writes", fields, findings)) continue;
    const FieldSchema& field = fields[static_cast<std::size_t>(w)];
    if (field.kind == FieldKind::constant || field.kind == FieldKind::derived) {
      findings.add(fmt::format("stage `{}` writes `{}`, which is declared {}", out.name, field.name,
                               field.kind == FieldKind::constant ? "constant" : "derived"));
    } else if (!written.insert(w).second) {
      findings.add("stage `" + out.name + "` writes `" + field.name + "` twice");
    } else {
      out.writes.push_back(w);
    }
  }
}

/// The odd_axes masks of a field, one per component; empty if the field declares none.
std::vector<std::uint8_t> read_odd_axes(const tessera_field& f) {
  if (f.odd_axes == nullptr) return {};
  return {f.odd_axes, f.odd_axes + f.components};
}

FieldSchema read_field(const tessera_field& f, Findings& findings) {
  FieldSchema out;
  out.name = text_of(f.name);
  out.unit = text_of(f.unit);
  out.help = text_of(f.help);
  findings.check_flags(f.flags, 0, "field `" + out.name + "`");
  if (f.kind < TESSERA_STATE || f.kind > TESSERA_DERIVED || f.scalar < TESSERA_FLOAT64 ||
      f.scalar > TESSERA_FLOAT32) {
    findings.add("field `" + out.name + "` has an unknown kind or scalar type");
    return out;
  }
  out.kind = static_cast<FieldKind>(f.kind);
  out.scalar = static_cast<Scalar>(f.scalar);
  if (f.components < 1 || f.components > TESSERA_MAX_COMPONENTS) {
    findings.add(fmt::format("field `{}` has {} components (1 to {} are allowed)", out.name, f.components,
                             TESSERA_MAX_COMPONENTS));
    return out;
  }
  out.components = f.components;
  out.odd_axes = read_odd_axes(f);
  if (f.has_default == 0) return out;
  out.default_value = f.default_value;
  const bool is_finite = out.scalar == Scalar::float64 ? std::isfinite(f.default_value)
                                                       : std::isfinite(static_cast<float>(f.default_value));
  if (!is_finite) findings.add("the default of field `" + out.name + "` is not finite");
  return out;
}

StageSchema read_stage(const tessera_stage& s, const std::vector<FieldSchema>& fields, Findings& findings) {
  StageSchema out;
  out.name = text_of(s.name);
  out.time_offset = s.time_offset;
  findings.check_flags(s.flags, 0, "stage `" + out.name + "`");
  if (!std::isfinite(s.time_offset))
    findings.add("stage `" + out.name + "` has a time offset that is not finite");
  read_reads(s, fields, out, findings);
  read_writes(s, fields, out, findings);
  if (out.writes.empty() && findings.empty()) findings.add("stage `" + out.name + "` writes nothing");
  return out;
}

DiagnosticSchema read_diagnostic(const tessera_diagnostic& d, const std::vector<FieldSchema>& fields,
                                 Findings& findings) {
  DiagnosticSchema out;
  out.name = text_of(d.name);
  out.unit = text_of(d.unit);
  out.help = text_of(d.help);
  out.times_volume = d.times_volume != 0;
  if (d.reduction < TESSERA_SUM || d.reduction > TESSERA_L2) {
    findings.add("diagnostic `" + out.name + "` has an unknown reduction");
    return out;
  }
  out.reduction = static_cast<Reduction>(d.reduction);
  out.field = d.field;
  out.component = d.component;
  if (d.field < 0 || d.field >= static_cast<std::int32_t>(fields.size())) {
    findings.add("diagnostic `" + out.name + "` uses a field that is not declared");
    return out;
  }
  const FieldSchema& field = fields[static_cast<std::size_t>(d.field)];
  if (d.component < 0 || d.component >= field.components) {
    findings.add(fmt::format("diagnostic `{}` uses component {}, which `{}` does not have", out.name,
                             d.component, field.name));
  }
  return out;
}

/// Reads the dimensions, geometries and optional functions that the solver supports.
void read_capabilities(const tessera_grid_functions& functions, const tessera_schema& tables,
                       SolverSchema& schema, Findings& findings) {
  findings.check_flags(tables.flags, known_schema_flags, "its schema");
  for (unsigned d = 0; d < 3; ++d) schema.dimensions[d] = ((tables.dimensions >> d) & 1u) != 0;
  if (tables.dimensions == 0 || tables.dimensions > 7)
    findings.add("it must support 1, 2 or 3 dimensions, and no others");
  schema.cartesian = ((tables.geometries >> TESSERA_CARTESIAN) & 1u) != 0;
  schema.spherical = ((tables.geometries >> TESSERA_SPHERICAL) & 1u) != 0;
  if (tables.geometries == 0 || tables.geometries > 3)
    findings.add("it must support at least one geometry, and only known geometries");
  schema.has_dt = (tables.flags & TESSERA_HAS_DT) != 0;
  schema.local_dt = (tables.flags & TESSERA_LOCAL_DT) != 0;
  schema.has_initialize = functions.initialize != nullptr;
  schema.has_derive = (tables.flags & TESSERA_HAS_DERIVE) != 0;
  schema.one_step = (tables.flags & TESSERA_ONE_STEP) != 0;
  schema.has_boundary = (tables.flags & TESSERA_HAS_BOUNDARY) != 0;
  if ((schema.has_dt && functions.stable_dt == nullptr) ||
      (schema.has_derive && functions.derive == nullptr) ||
      (schema.has_boundary && functions.boundary == nullptr)) {
    findings.add("its flags declare a function that is NULL");
  }
  if (schema.local_dt && !schema.has_dt) findings.add("it sets TESSERA_LOCAL_DT without TESSERA_HAS_DT");
  schema.default_cfl = tables.default_cfl;
  if (!(tables.default_cfl > 0.0) || !std::isfinite(tables.default_cfl))
    findings.add("its default CFL number is not positive and finite");
}

void read_fields(const tessera_schema& tables, SolverSchema& schema, Findings& findings) {
  std::set<std::string> names;
  for (const tessera_field& f :
       read_array(tables.fields, tables.field_count, tables.field_size, "fields", 1000, findings)) {
    schema.fields.push_back(read_field(f, findings));
    const FieldSchema& field = schema.fields.back();
    findings.check_name(names, field.name, "field");
    if (is_among(coordinate_names, field.name))
      findings.add("field `" + field.name + "` has the name of a coordinate");
    if (field.name == "VTKHDF") findings.add("field `VTKHDF` has the name of a group in field files");
    const int max_dimensions = schema.dimensions[2] ? 3 : schema.dimensions[1] ? 2 : 1;
    if (std::any_of(field.odd_axes.begin(), field.odd_axes.end(),
                    [&](std::uint8_t mask) { return mask >> max_dimensions != 0; }))
      findings.add("field `" + field.name + "` is odd across an axis that the solver does not support");
  }
  if (tables.field_count == 0) findings.add("it declares no field");
}

void read_stages(const tessera_schema& tables, SolverSchema& schema, Findings& findings) {
  std::set<std::string> names;
  for (const tessera_stage& s :
       read_array(tables.stages, tables.stage_count, tables.stage_size, "stages", 100, findings)) {
    schema.stages.push_back(read_stage(s, schema.fields, findings));
    findings.check_name(names, schema.stages.back().name, "stage");
  }
  if (tables.stage_count == 0) findings.add("it declares no stage");
}

void read_diagnostics(const tessera_schema& tables, SolverSchema& schema, Findings& findings) {
  std::set<std::string> names;
  for (const tessera_diagnostic& d : read_array(tables.diagnostics, tables.diagnostic_count,
                                                tables.diagnostic_size, "diagnostics", 1000, findings)) {
    findings.check_name(names, text_of(d.name), "diagnostic");
    schema.diagnostics.push_back(read_diagnostic(d, schema.fields, findings));
  }
}

void check_parameter_names(const SolverSchema& schema, Findings& findings) {
  for (const job::ParameterSchema& p : schema.parameters) {
    if (!p.table.empty()) continue;
    if (is_among(formula_names, p.name) || schema.field_index(p.name) >= 0)
      findings.add("the name of parameter `" + p.name + "` has another meaning in the formulas of a job");
  }
}

/// Checks that a work field is written in each step before it is read, because checkpoints do not contain it.
void check_work_field(const SolverSchema& schema, int field, Findings& findings) {
  const std::string& name = schema.fields[static_cast<std::size_t>(field)].name;
  for (const StageSchema& stage : schema.stages) {
    if (stage.read_radius(field) >= 0) {
      findings.add(
          fmt::format("stage `{}` reads the work field `{}` before the step writes it", stage.name, name));
      return;
    }
    if (stage.writes_field(field)) return;
  }
  findings.add(fmt::format("no stage writes the work field `{}`", name));
}

void check_derived_fields(const SolverSchema& schema, Findings& findings) {
  if (schema.has_derive) return;
  for (const FieldSchema& f : schema.fields) {
    if (f.kind == FieldKind::derived)
      findings.add("field `" + f.name + "` is derived, but the solver has no derive()");
  }
}

void check_fields(const SolverSchema& schema, Findings& findings) {
  check_derived_fields(schema, findings);
  for (std::size_t f = 0; f < schema.fields.size(); ++f) {
    if (schema.fields[f].kind == FieldKind::work) check_work_field(schema, static_cast<int>(f), findings);
  }
}

}  // namespace

SolverSchema read_schema(const plugin::Plugin& plugin, const tessera_grid_functions& functions,
                         const tessera_schema* c_schema) {
  const auto tables =
      plugin::read_struct<tessera_schema>(c_schema, "the schema of the solver `" + plugin.name + "`");
  Findings findings;
  SolverSchema schema;
  schema.name = plugin.name;
  schema.version = plugin.version;
  schema.summary = plugin.summary;
  read_capabilities(functions, tables, schema, findings);
  schema.parameters =
      plugin::read_parameters(tables.parameters, tables.parameter_count, tables.parameter_size, findings);
  read_fields(tables, schema, findings);
  check_parameter_names(schema, findings);
  // Without fields, every stage and diagnostic would be reported as well.
  if (!schema.fields.empty()) {
    read_stages(tables, schema, findings);
    read_diagnostics(tables, schema, findings);
  }
  // These checks combine several declarations, all of which must be valid.
  if (findings.empty()) check_fields(schema, findings);
  if (findings.empty()) return schema;
  throw base::Error(base::ExitCode::unavailable,
                    "the declarations of the solver `" + schema.name + "` are invalid: " + findings.text(),
                    "this is a mistake in the plugin " + plugin.file + "; its author must fix it");
}

}  // namespace tessera::solver
