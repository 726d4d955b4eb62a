#include "plugin/schema_reader.h"

#include "base/error.h"

#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace tessera::plugin {

namespace {

/// Collects what is wrong, so that an author sees all of it at once.
class Findings {
 public:
  void add(const std::string& problem) { problems_.push_back(problem); }
  bool none() const { return problems_.empty(); }
  std::string text() const {
    std::string all;
    for (const std::string& p : problems_) all += (all.empty() ? "" : "; ") + p;
    return all;
  }

 private:
  std::vector<std::string> problems_;
};

std::string text_of(const char* s) { return s == nullptr ? std::string{} : std::string{s}; }

bool is_key(const std::string& s) {
  if (s.empty()) return false;
  for (const char c : s) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!fine) return false;
  }
  return (s[0] < '0' || s[0] > '9') && s.size() <= 64;
}

/// Whether a table of `count` entries can be read at all.
bool readable(const void* table, std::int32_t count, const char* what, std::int32_t most,
              Findings& findings) {
  if (count < 0 || count > most) {
    findings.add("it declares " + std::to_string(count) + " " + what + " (0 to " + std::to_string(most) +
                 " are allowed)");
    return false;
  }
  if (count > 0 && table == nullptr) {
    findings.add("its table of " + std::string(what) + " is NULL");
    return false;
  }
  return true;
}

void check_name(std::set<std::string>& names, const std::string& name, const char* what, Findings& findings) {
  if (!is_key(name)) {
    findings.add(std::string("a ") + what + " is called `" + name +
                 "` (letters, digits and underscores, no digit first)");
  } else if (!names.insert(name).second) {
    findings.add(std::string("two ") + what + "s are called `" + name + "`");
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
    if (readable(p.choices, p.choice_count, "choices", 1000, findings)) {
      for (std::int32_t n = 0; n < p.choice_count; ++n) out.choices.push_back(text_of(p.choices[n]));
    }
    if ((p.flags & TESSERA_HAS_DEFAULT) != 0) out.default_text = text_of(p.default_text);
    if (out.default_text && !out.choices.empty()) {
      bool known = false;
      for (const std::string& c : out.choices) known = known || c == *out.default_text;
      if (!known) findings.add("the default of parameter `" + out.name + "` is none of its choices");
    }
  } else if ((p.flags & TESSERA_HAS_DEFAULT) != 0) {
    out.default_number = p.default_number;
    const double v = p.default_number;
    const bool low =
        out.minimum && (v < out.minimum->value || (out.minimum->open && v == out.minimum->value));
    const bool high =
        out.maximum && (v > out.maximum->value || (out.maximum->open && v == out.maximum->value));
    if (std::isnan(v) || low || high)
      findings.add("the default of parameter `" + out.name + "` is out of its range");
  }
  return out;
}

job::FieldSchema read_field(const tessera_field& f, Findings& findings) {
  job::FieldSchema out;
  out.name = text_of(f.name);
  out.unit = text_of(f.unit);
  out.help = text_of(f.help);
  if (f.kind < TESSERA_STATE || f.kind > TESSERA_DERIVED || f.scalar < TESSERA_FLOAT64 ||
      f.scalar > TESSERA_FLOAT32) {
    findings.add("field `" + out.name + "` has an unknown kind or scalar type");
    return out;
  }
  out.kind = static_cast<job::FieldKind>(f.kind);
  out.scalar = static_cast<job::Scalar>(f.scalar);
  if (f.components < 1 || f.components > TESSERA_MAX_COMPONENTS) {
    findings.add("field `" + out.name + "` has " + std::to_string(f.components) + " components (1 to " +
                 std::to_string(TESSERA_MAX_COMPONENTS) + " are allowed)");
    return out;
  }
  out.components = f.components;
  if (f.odd_axes != nullptr) out.odd_axes.assign(f.odd_axes, f.odd_axes + f.components);
  if (f.has_default != 0) out.default_value = f.default_value;
  return out;
}

job::StageSchema read_stage(const tessera_stage& s, const std::vector<job::FieldSchema>& fields,
                            Findings& findings) {
  job::StageSchema out;
  out.name = text_of(s.name);
  out.time_offset = s.time_offset;
  if (!std::isfinite(s.time_offset)) findings.add("stage `" + out.name + "` has no finite time offset");
  const auto known = [&](std::int32_t field, const char* verb) {
    if (field >= 0 && field < static_cast<std::int32_t>(fields.size())) return true;
    findings.add("stage `" + out.name + "` " + verb + " field number " + std::to_string(field) +
                 ", which nobody declared");
    return false;
  };
  std::set<int> read;
  if (readable(s.reads, s.read_count, "reads", 1000, findings)) {
    for (std::int32_t n = 0; n < s.read_count; ++n) {
      const tessera_access& a = s.reads[n];
      if (!known(a.field, "reads")) continue;
      const std::string& name = fields[static_cast<std::size_t>(a.field)].name;
      if (a.radius < 0 || a.radius > TESSERA_MAX_RADIUS) {
        findings.add("stage `" + out.name + "` reads `" + name + "` within a radius of " +
                     std::to_string(a.radius) + " cells (0 to " + std::to_string(TESSERA_MAX_RADIUS) +
                     " are allowed)");
      } else if (!read.insert(a.field).second) {
        findings.add("stage `" + out.name + "` reads `" + name + "` twice");
      } else {
        out.reads.push_back({a.field, a.radius});
      }
    }
  }
  if (readable(s.writes, s.write_count, "writes", 1000, findings)) {
    std::set<int> written;
    for (std::int32_t n = 0; n < s.write_count; ++n) {
      if (!known(s.writes[n], "writes")) continue;
      const job::FieldSchema& field = fields[static_cast<std::size_t>(s.writes[n])];
      if (field.kind == job::FieldKind::constant || field.kind == job::FieldKind::derived) {
        findings.add("stage `" + out.name + "` writes `" + field.name + "`, which is declared " +
                     (field.kind == job::FieldKind::constant ? "constant" : "derived"));
      } else if (!written.insert(s.writes[n]).second) {
        findings.add("stage `" + out.name + "` writes `" + field.name + "` twice");
      } else {
        out.writes.push_back(s.writes[n]);
      }
    }
  }
  if (out.writes.empty() && findings.none()) findings.add("stage `" + out.name + "` writes nothing");
  return out;
}

}  // namespace

job::SolverSchema read_schema(const tessera_solver_descriptor& descriptor, const tessera_schema& tables) {
  Findings findings;
  job::SolverSchema schema;
  schema.name = descriptor.name;
  schema.version = descriptor.version;
  schema.summary = descriptor.summary;
  const auto refuse = [&] {
    return base::Error(base::ExitCode::unavailable,
                       "the solver `" + schema.name + "` declares something impossible: " + findings.text(),
                       "this is a mistake in the plugin; its author must mend it");
  };
  if (tables.struct_size != sizeof(tessera_schema)) {
    findings.add("its schema has " + std::to_string(tables.struct_size) + " bytes, expected " +
                 std::to_string(sizeof(tessera_schema)));
    throw refuse();
  }
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

  std::set<std::string> names;
  if (readable(tables.parameters, tables.parameter_count, "parameters", 1000, findings)) {
    for (std::int32_t n = 0; n < tables.parameter_count; ++n) {
      schema.parameters.push_back(read_parameter(tables.parameters[n], findings));
      const job::ParameterSchema& p = schema.parameters.back();
      if (!p.table.empty() && !is_key(p.table))
        findings.add("a table of parameters is called `" + p.table + "`");
      if (p.table.empty()) {
        check_name(names, p.name, "parameter", findings);
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
  names.clear();
  if (readable(tables.fields, tables.field_count, "fields", 1000, findings)) {
    for (std::int32_t n = 0; n < tables.field_count; ++n) {
      schema.fields.push_back(read_field(tables.fields[n], findings));
      check_name(names, schema.fields.back().name, "field", findings);
    }
  }
  if (tables.field_count == 0) findings.add("it declares no field");
  names.clear();
  if (readable(tables.stages, tables.stage_count, "stages", 100, findings)) {
    for (std::int32_t n = 0; n < tables.stage_count; ++n) {
      schema.stages.push_back(read_stage(tables.stages[n], schema.fields, findings));
      check_name(names, schema.stages.back().name, "stage", findings);
    }
  }
  if (tables.stage_count == 0) findings.add("it declares no stage");
  names.clear();
  if (readable(tables.diagnostics, tables.diagnostic_count, "diagnostics", 1000, findings)) {
    for (std::int32_t n = 0; n < tables.diagnostic_count; ++n) {
      const tessera_diagnostic& d = tables.diagnostics[n];
      job::DiagnosticSchema out;
      out.name = text_of(d.name);
      out.unit = text_of(d.unit);
      out.help = text_of(d.help);
      out.times_volume = d.times_volume != 0;
      check_name(names, out.name, "diagnostic", findings);
      if (d.reduction < TESSERA_SUM || d.reduction > TESSERA_L2) {
        findings.add("diagnostic `" + out.name + "` has an unknown reduction");
        continue;
      }
      out.reduction = static_cast<job::Reduction>(d.reduction);
      out.field = d.field;
      out.component = d.component;
      if (d.field < 0 || d.field >= static_cast<std::int32_t>(schema.fields.size())) {
        findings.add("diagnostic `" + out.name + "` is of no declared field");
      } else if (d.component < 0 ||
                 d.component >= schema.fields[static_cast<std::size_t>(d.field)].components) {
        findings.add("diagnostic `" + out.name + "` is of component " + std::to_string(d.component) +
                     ", which `" + schema.fields[static_cast<std::size_t>(d.field)].name + "` does not have");
      }
      schema.diagnostics.push_back(out);
    }
  }
  if (!findings.none()) throw refuse();
  return schema;
}

}  // namespace tessera::plugin
