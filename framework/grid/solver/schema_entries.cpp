#include "grid/solver/schema_entries.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace tessera::solver {

namespace {

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
  findings.add("stage `" + stage + "` " + verb + " field number " + std::to_string(field) +
               ", which nobody declared");
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

void read_writes(const tessera_stage& s, const std::vector<FieldSchema>& fields, StageSchema& out,
                 Findings& findings) {
  if (!findings.readable(s.writes, s.write_count, "writes", 1000)) return;
  std::set<int> written;
  for (std::int32_t n = 0; n < s.write_count; ++n) {
    if (!is_declared(out.name, s.writes[n], "writes", fields, findings)) continue;
    const FieldSchema& field = fields[static_cast<std::size_t>(s.writes[n])];
    if (field.kind == FieldKind::constant || field.kind == FieldKind::derived) {
      findings.add("stage `" + out.name + "` writes `" + field.name + "`, which is declared " +
                   (field.kind == FieldKind::constant ? "constant" : "derived"));
    } else if (!written.insert(s.writes[n]).second) {
      findings.add("stage `" + out.name + "` writes `" + field.name + "` twice");
    } else {
      out.writes.push_back(s.writes[n]);
    }
  }
}

}  // namespace

std::string text_of(const char* text) { return text == nullptr ? std::string{} : std::string{text}; }

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
    findings.add("field `" + out.name + "` has " + std::to_string(f.components) + " components (1 to " +
                 std::to_string(TESSERA_MAX_COMPONENTS) + " are allowed)");
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
    findings.add("diagnostic `" + out.name + "` is of component " + std::to_string(d.component) +
                 ", which `" + field.name + "` does not have");
  }
  return out;
}

}  // namespace tessera::solver
