#include "driver/step_plan.h"

#include <algorithm>

namespace tessera::driver {

namespace {

bool writes(const job::StageSchema& stage, int field) {
  return std::find(stage.writes.begin(), stage.writes.end(), field) != stage.writes.end();
}

bool written(const job::SolverSchema& schema, int field) {
  return std::any_of(schema.stages.begin(), schema.stages.end(),
                     [&](const job::StageSchema& s) { return writes(s, field); });
}

int radius_of(const job::StageSchema& stage, int field) {
  for (const job::StageRead& r : stage.reads) {
    if (r.field == field) return r.radius;
  }
  return 0;
}

/// The widest read of a field from stage `first` on, until a stage writes it.
int widest_until_written(const job::SolverSchema& schema, std::size_t first, int field) {
  int widest = 0;
  for (std::size_t s = first; s < schema.stages.size(); ++s) {
    widest = std::max(widest, radius_of(schema.stages[s], field));
    if (writes(schema.stages[s], field)) break;
  }
  return widest;
}

}  // namespace

std::vector<field::FieldSpec> field_specs(const job::SolverSchema& schema) {
  std::vector<field::FieldSpec> specs;
  for (std::size_t n = 0; n < schema.fields.size(); ++n) {
    const job::FieldSchema& f = schema.fields[n];
    field::FieldSpec spec;
    spec.name = f.name;
    spec.scalar = f.scalar == job::Scalar::float64 ? field::Scalar::float64 : field::Scalar::float32;
    spec.components = f.components;
    for (const job::StageSchema& s : schema.stages) {
      const int radius = radius_of(s, static_cast<int>(n));
      spec.ghost = std::max(spec.ghost, radius);
      if (radius > 0 && writes(s, static_cast<int>(n))) spec.levels = 2;
    }
    specs.push_back(spec);
  }
  return specs;
}

std::vector<StagePlan> plan_step(const job::SolverSchema& schema) {
  const std::vector<field::FieldSpec> specs = field_specs(schema);
  std::vector<int> valid(schema.fields.size(), 0);  // layers of ghost cells that hold current values
  std::vector<StagePlan> plan;
  for (std::size_t s = 0; s < schema.stages.size(); ++s) {
    const job::StageSchema& stage = schema.stages[s];
    StagePlan p;
    p.stage = static_cast<int>(s);
    p.time_offset = stage.time_offset;
    for (const job::StageRead& read : stage.reads) {
      p.radius = std::max(p.radius, read.radius);
      auto& layers = valid[static_cast<std::size_t>(read.field)];
      if (!written(schema, read.field) || read.radius <= layers) continue;
      layers = widest_until_written(schema, s, read.field);
      p.exchange.push_back({read.field, layers});
    }
    for (const int field : stage.writes) {
      valid[static_cast<std::size_t>(field)] = 0;
      if (specs[static_cast<std::size_t>(field)].levels == 2) p.advances.push_back(field);
    }
    plan.push_back(std::move(p));
  }
  return plan;
}

std::vector<halo::HaloField> fixed_fields(const job::SolverSchema& schema) {
  const std::vector<field::FieldSpec> specs = field_specs(schema);
  std::vector<halo::HaloField> fixed;
  for (std::size_t n = 0; n < specs.size(); ++n) {
    if (specs[n].ghost > 0 && !written(schema, static_cast<int>(n))) {
      fixed.push_back({static_cast<int>(n), specs[n].ghost});
    }
  }
  return fixed;
}

}  // namespace tessera::driver
