#include "grid/solver/schema_reader.h"

#include "base/error.h"
#include "grid/solver/findings.h"
#include "grid/solver/schema_entries.h"

#include <cmath>
#include <set>
#include <string>

namespace tessera::solver {

namespace {

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
    findings.add("its schema has " + std::to_string(tables.struct_size) + " bytes, expected " +
                 std::to_string(sizeof(tessera_schema)));
  }
  if (findings.none()) return schema;
  throw base::Error(base::ExitCode::unavailable,
                    "the solver `" + schema.name + "` declares something impossible: " + findings.text(),
                    "this is a mistake in the plugin; its author must mend it");
}

}  // namespace tessera::solver
