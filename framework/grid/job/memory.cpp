#include "grid/job/memory.h"

#include <algorithm>

namespace tessera::grid {

namespace {

bool has_two_levels(const solver::SolverSchema& schema, int field) {
  return std::any_of(schema.stages.begin(), schema.stages.end(), [field](const solver::StageSchema& s) {
    const bool reads_around =
        std::any_of(s.reads.begin(), s.reads.end(),
                    [field](const solver::StageRead& r) { return r.field == field && r.radius > 0; });
    return reads_around && std::find(s.writes.begin(), s.writes.end(), field) != s.writes.end();
  });
}

}  // namespace

double bytes_per_cell(const solver::SolverSchema& schema) {
  double bytes = 0.0;
  for (std::size_t n = 0; n < schema.fields.size(); ++n) {
    const solver::FieldSchema& f = schema.fields[n];
    const double levels = has_two_levels(schema, static_cast<int>(n)) ? 2.0 : 1.0;
    bytes += levels * f.components * (f.scalar == solver::Scalar::float64 ? 8.0 : 4.0);
  }
  return bytes;
}

double bytes_needed(const JobSpec& job, const solver::SolverSchema& schema) {
  double cells = 1.0;
  for (int a = 0; a < job.geometry.dimensions; ++a) cells *= static_cast<double>(job.geometry.cells[a]);
  return cells * bytes_per_cell(schema);
}

}  // namespace tessera::grid
