#include "grid/solver/schema_reader.h"

#include "base/error.h"
#include "grid/solver/findings.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tessera::solver {

namespace {

/// "" for NULL.
std::string text_of(const char* text) { return text == nullptr ? std::string{} : std::string{text}; }

void read_choices(const tessera_parameter& p, job::ParameterSchema& out, Findings& findings) {
  if (findings.readable(p.choices, p.choice_count, "choices", 1000)) {
    for (std::int32_t n = 0; n < p.choice_count; ++n) out.choices.push_back(text_of(p.choices[n]));
  }
  if ((p.flags & TESSERA_HAS_DEFAULT) != 0) out.default_text = text_of(p.default_text);
  if (out.default_text && !out.choices.empty() &&
      std::find(out.choices.begin(), out.choices.end(), *out.default_text) == out.choices.end()) {
    findings.add("the default of parameter `" + out.name + "` is none of its choices");
  }
}

void read_default(double value, job::ParameterSchema& out, Findings& findings) {
  out.default_number = value;
  const bool low =
      out.minimum && (value < out.minimum->value || (out.minimum->open && value == out.minimum->value));
  const bool high =
      out.maximum && (value > out.maximum->value || (out.maximum->open && value == out.maximum->value));
  if (std::isnan(value) || low || high)
    findings.add("the default of parameter `" + out.name + "` is out of its range");
}

/// Whether a stage names a declared field.
bool is_declared(const std::string& stage, std::int32_t field, const char* verb,
                 const std::vector<FieldSchema>& fields, Findings& findings) {
  if (field >= 0 && field < static_cast<std::int32_t>(fields.size())) return true;
  findings.add(fmt::format("stage `{}` {} field number {}, which nobody declared", stage, verb, field));
  return false;
}

void read_reads(const tessera_stage& s, const std::vector<FieldSchema>& fields, StageSchema& out,
                Findings& findings) {
  if (!findings.readable(s.reads, s.read_count, "reads", 1000)) return;
  std::set<int> read;
  for (std::int32_t n = 0; n < s.read_count; ++n) {
    const tessera_access& a = s.reads[n];
    if (!is_declared(out.name, a.field, "reads", fields, findings)) continue;
    const std::string& name = fields[static_cast<std::size_t>(a.field)].name;
    if (a.radius < 0 || a.radius > TESSERA_MAX_RADIUS) {
      findings.add(fmt::format("stage `{}` reads `{}` within a radius of {} cells (0 to {} are allowed)",
                               out.name, name, a.radius, TESSERA_MAX_RADIUS));
    } else if (!read.insert(a.field).second) {
      findings.add("stage `" + out.name + "` reads `" + name + "` twice");
    } else {
      out.reads.push_back({a.field, a.radius});
    }
  }
}

void read_writes(const tessera_stage& s, const std::vector<FieldSchema>& fields, StageSchema& out,
                 Findings& findings) {
  if (!findings.readable(s.writes, s.write_count, "writes", 1000)) return;
  std::set<int> written;
  for (std::int32_t n = 0; n < s.write_count; ++n) {
    if (!is_declared(out.name, s.writes[n], "writes", fields, findings)) continue;
    const FieldSchema& field = fields[static_cast<std::size_t>(s.writes[n])];
    if (field.kind == FieldKind::constant || field.kind == FieldKind::derived) {
      findings.add(fmt::format("stage `{}` writes `{}`, which is declared {}", out.name, field.name,
                               field.kind == FieldKind::constant ? "constant" : "derived"));
    } else if (!written.insert(s.writes[n]).second) {
      findings.add("stage `" + out.name + "` writes `" + field.name + "` twice");
    } else {
      out.writes.push_back(s.writes[n]);
    }
  }
}

job::ParameterSchema read_parameter(const tessera_parameter& p, Findings& findings) {
  job::ParameterSchema out;
  out.name = text_of(p.name);
  out.table = text_of(p.table);
  out.unit = text_of(p.unit);
  out.help = text_of(p.help);
  if (p.type < TESSERA_REAL || p.type > TESSERA_TEXT) {
    findings.add("parameter `" + out.name + "` has an unknown type");
    return out;
  }
  out.type = static_cast<job::ParameterType>(p.type);
  if ((p.flags & TESSERA_HAS_MINIMUM) != 0)
    out.minimum = job::Bound{p.minimum, (p.flags & TESSERA_MINIMUM_OPEN) != 0};
  if ((p.flags & TESSERA_HAS_MAXIMUM) != 0)
    out.maximum = job::Bound{p.maximum, (p.flags & TESSERA_MAXIMUM_OPEN) != 0};
  if (out.type == job::ParameterType::text) {
    read_choices(p, out, findings);
  } else if ((p.flags & TESSERA_HAS_DEFAULT) != 0) {
    read_default(p.default_number, out, findings);
  }
  return out;
}

FieldSchema read_field(const tessera_field& f, Findings& findings) {
  FieldSchema out;
  out.name = text_of(f.name);
  out.unit = text_of(f.unit);
  out.help = text_of(f.help);
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
  if (f.odd_axes != nullptr) out.odd_axes.assign(f.odd_axes, f.odd_axes + f.components);
  if (f.has_default != 0) out.default_value = f.default_value;
  return out;
}

StageSchema read_stage(const tessera_stage& s, const std::vector<FieldSchema>& fields, Findings& findings) {
  StageSchema out;
  out.name = text_of(s.name);
  out.time_offset = s.time_offset;
  if (!std::isfinite(s.time_offset)) findings.add("stage `" + out.name + "` has no finite time offset");
  read_reads(s, fields, out, findings);
  read_writes(s, fields, out, findings);
  if (out.writes.empty() && findings.none()) findings.add("stage `" + out.name + "` writes nothing");
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
    findings.add("diagnostic `" + out.name + "` is of no declared field");
    return out;
  }
  const FieldSchema& field = fields[static_cast<std::size_t>(d.field)];
  if (d.component < 0 || d.component >= field.components) {
    findings.add(fmt::format("diagnostic `{}` is of component {}, which `{}` does not have", out.name,
                             d.component, field.name));
  }
  return out;
}

/// Dimensions, geometries, and what the solver can do.
void read_abilities(const tessera_solver_descriptor& descriptor, const tessera_schema& tables,
                    SolverSchema& schema, Findings& findings) {
  for (unsigned d = 0; d < 3; ++d) schema.dimensions[d] = ((tables.dimensions >> d) & 1u) != 0;
  if ((tables.dimensions & 7u) == 0) findings.add("it works in no number of dimensions");
  schema.cartesian = ((tables.geometries >> TESSERA_CARTESIAN) & 1u) != 0;
  schema.spherical = ((tables.geometries >> TESSERA_SPHERICAL) & 1u) != 0;
  if (!schema.cartesian && !schema.spherical) findings.add("it works in no geometry");
  schema.has_dt = (tables.flags & TESSERA_HAS_DT) != 0;
  schema.local_dt = (tables.flags & TESSERA_LOCAL_DT) != 0;
  schema.has_derive = (tables.flags & TESSERA_HAS_DERIVE) != 0;
  schema.one_step = (tables.flags & TESSERA_ONE_STEP) != 0;
  schema.has_boundary = (tables.flags & TESSERA_HAS_BOUNDARY) != 0;
  if ((schema.has_dt && descriptor.stable_dt == nullptr) ||
      (schema.has_derive && descriptor.derive == nullptr) ||
      (schema.has_boundary && descriptor.boundary == nullptr)) {
    findings.add("its flags promise a function that is NULL");
  }
  schema.default_cfl = tables.default_cfl;
  if (!(tables.default_cfl > 0.0) || !std::isfinite(tables.default_cfl))
    findings.add("its default cfl is not positive");
}

void read_parameters(const tessera_schema& tables, SolverSchema& schema, Findings& findings) {
  if (!findings.readable(tables.parameters, tables.parameter_count, "parameters", 1000)) return;
  std::set<std::string> names;
  for (std::int32_t n = 0; n < tables.parameter_count; ++n) {
    schema.parameters.push_back(read_parameter(tables.parameters[n], findings));
    const job::ParameterSchema& p = schema.parameters.back();
    if (!p.table.empty() && !is_key(p.table))
      findings.add("a table of parameters is called `" + p.table + "`");
    if (p.table.empty()) {
      findings.check_name(names, p.name, "parameter");
    } else if (!names.insert(p.table + "." + p.name).second || !is_key(p.name)) {
      findings.add("column `" + p.name + "` of table `" + p.table + "` has no name of its own");
    }
  }
  for (const job::ParameterSchema& p : schema.parameters) {
    if (!p.table.empty() && names.contains(p.table)) {
      findings.add("`" + p.table + "` is both a parameter and a table");
      break;
    }
  }
}

void read_fields(const tessera_schema& tables, SolverSchema& schema, Findings& findings) {
  if (findings.readable(tables.fields, tables.field_count, "fields", 1000)) {
    std::set<std::string> names;
    for (std::int32_t n = 0; n < tables.field_count; ++n) {
      schema.fields.push_back(read_field(tables.fields[n], findings));
      findings.check_name(names, schema.fields.back().name, "field");
    }
  }
  if (tables.field_count == 0) findings.add("it declares no field");
}

void read_stages(const tessera_schema& tables, SolverSchema& schema, Findings& findings) {
  if (findings.readable(tables.stages, tables.stage_count, "stages", 100)) {
    std::set<std::string> names;
    for (std::int32_t n = 0; n < tables.stage_count; ++n) {
      schema.stages.push_back(read_stage(tables.stages[n], schema.fields, findings));
      findings.check_name(names, schema.stages.back().name, "stage");
    }
  }
  if (tables.stage_count == 0) findings.add("it declares no stage");
}

void read_diagnostics(const tessera_schema& tables, SolverSchema& schema, Findings& findings) {
  if (!findings.readable(tables.diagnostics, tables.diagnostic_count, "diagnostics", 1000)) return;
  std::set<std::string> names;
  for (std::int32_t n = 0; n < tables.diagnostic_count; ++n) {
    const tessera_diagnostic& d = tables.diagnostics[n];
    findings.check_name(names, text_of(d.name), "diagnostic");
    schema.diagnostics.push_back(read_diagnostic(d, schema.fields, findings));
  }
}

}  // namespace

SolverSchema read_schema(const tessera_solver_descriptor& descriptor, const tessera_schema& tables) {
  Findings findings;
  SolverSchema schema;
  schema.name = descriptor.name;
  schema.version = descriptor.version;
  schema.summary = descriptor.summary;
  if (tables.struct_size == sizeof(tessera_schema)) {
    read_abilities(descriptor, tables, schema, findings);
    read_parameters(tables, schema, findings);
    read_fields(tables, schema, findings);
    read_stages(tables, schema, findings);
    read_diagnostics(tables, schema, findings);
  } else {
    findings.add(
        fmt::format("its schema has {} bytes, expected {}", tables.struct_size, sizeof(tessera_schema)));
  }
  if (findings.none()) return schema;
  throw base::Error(base::ExitCode::unavailable,
                    "the solver `" + schema.name + "` declares something impossible: " + findings.text(),
                    "this is a mistake in the plugin; its author must mend it");
}

}  // namespace tessera::solver
