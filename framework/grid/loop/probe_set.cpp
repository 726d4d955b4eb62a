#include "grid/loop/probe_set.h"

#include "base/error.h"
#include "grid/job/field_formula.h"
#include "grid/job/formula.h"
#include "reduction/reducer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace tessera::loop {

namespace {

/// Distance between two points: along the great circle in metres, or Euclidean in the unit of the job.
double distance(const grid::Geometry& g, const std::array<double, 3>& a, const std::array<double, 3>& b) {
  if (g.coordinates == grid::Coordinates::spherical) {
    const double degree = std::numbers::pi / 180.0;
    const double dx = std::sin((b[0] - a[0]) * degree / 2.0);
    const double dy = std::sin((b[1] - a[1]) * degree / 2.0);
    const double h = dy * dy + std::cos(a[1] * degree) * std::cos(b[1] * degree) * dx * dx;
    return 2.0 * g.radius * std::asin(std::min(1.0, std::sqrt(h)));
  }
  double sum = 0.0;
  for (int n = 0; n < g.dimensions; ++n) {
    const auto i = static_cast<std::size_t>(n);
    sum += (b[i] - a[i]) * (b[i] - a[i]);
  }
  return std::sqrt(sum);
}

std::array<double, 3> centre_of(const grid::Geometry& g, const grid::Index& cell) {
  return {g.centre(0, cell[0]), g.centre(1, cell[1]), g.centre(2, cell[2])};
}

grid::Index cell_of(const grid::Geometry& g, const std::array<double, 3>& at) {
  grid::Index cell;
  for (int a = 0; a < g.dimensions; ++a) {
    const double position =
        (at[static_cast<std::size_t>(a)] - g.lower[static_cast<std::size_t>(a)]) / g.spacing(a);
    cell[a] = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(position)), 0, g.cells[a] - 1);
  }
  return cell;
}

/// The cell of this rank that is nearest to a point among those that satisfy a condition on the first
/// components of the fields.
struct Nearest {
  double distance = std::numeric_limits<double>::infinity();
  std::int64_t cell = std::numeric_limits<std::int64_t>::max();
};

Nearest nearest(const grid::Geometry& g, const field::FieldStore& store, const grid::Formula& condition,
                const std::vector<int>& fields, const std::array<double, 3>& at) {
  Nearest best;
  std::vector<double> values(fields.size());
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const grid::Box& owned = store.bricks()[b];
    for_each_place(owned, [&](const grid::Index& cell) {
      const double d = distance(g, at, centre_of(g, cell));
      const std::int64_t id = linear_index(cell, g.cells);
      if (d > best.distance || (d == best.distance && id > best.cell)) return;
      for (std::size_t f = 0; f < values.size(); ++f) {
        values[f] = store.current(static_cast<int>(b), fields[f]).value(cell - owned.lower);
      }
      if (condition(values) != 0.0) best = {d, id};
    });
  }
  return best;
}

}  // namespace

ProbeSet::ProbeSet(const transport::Communicator& comm, const grid::JobSpec& job,
                   const solver::SolverSchema& schema, const field::FieldStore& store)
    : threshold_{job.probes.arrival_above} {
  const grid::Geometry& g = job.geometry;
  for (const int f : job.probes.fields) {
    const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
    if (job.probes.arrival_field == f) arrival_source_ = sources_.size();
    for (int c = 0; c < field.components; ++c) {
      sources_.push_back({f, c});
      std::string name = field.name;
      if (field.components > 1) name += "_" + std::to_string(c);
      columns_.push_back(field.unit.empty() ? name : name + " [" + field.unit + "]");
    }
  }
  if (job.probes.arrival_field && !arrival_source_) {  // sampled for arrivals, but not recorded
    arrival_source_ = sources_.size();
    sources_.push_back({*job.probes.arrival_field, 0});
  }
  std::optional<grid::Formula> condition;
  if (!job.probes.where.empty() && !job.probes.points.empty()) {
    condition.emplace(job.probes.where, grid::condition_variables(schema));
  }
  for (const grid::Probe& probe : job.probes.points) {
    ProbeRecord record;
    record.name = probe.name;
    record.observed_arrival = probe.observed_arrival;
    record.cell = cell_of(g, probe.at);
    if (condition) {
      const Nearest own = nearest(g, store, *condition, grid::condition_fields(schema), probe.at);
      const double smallest = reduction::allreduce_min(comm, own.distance);
      std::int64_t id = own.distance == smallest ? own.cell : std::numeric_limits<std::int64_t>::max();
      comm.allreduce_min(std::span<std::int64_t>{&id, 1});
      if (id == std::numeric_limits<std::int64_t>::max()) {
        throw base::Error(base::ExitCode::bad_job,
                          "no cell satisfies `where` of [probes]: " + job.probes.where,
                          "loosen the condition, or leave it out");
      }
      const grid::Index found = grid::place_at(id, g.cells);
      if (found != record.cell) record.distance_moved = smallest;
      record.cell = found;
    }
    record.at = centre_of(g, record.cell);
    record.values.resize(sources_.size());
    records_.push_back(std::move(record));
  }
  gathered_values_.resize(records_.size() * sources_.size());
}

void ProbeSet::sample(const transport::Communicator& comm, Stepper& stepper, const field::FieldStore& store,
                      double time) {
  // Each cell has one owner, so the sum over ranks adds only zeros to its value, which turns -0 into 0.
  // Adding 0.0 below has the same effect on a single rank.
  std::fill(gathered_values_.begin(), gathered_values_.end(), 0.0);
  for (std::size_t p = 0; p < records_.size(); ++p) {
    for (std::size_t b = 0; b < store.bricks().size(); ++b) {
      if (!store.bricks()[b].contains(records_[p].cell)) continue;
      const grid::Index local = records_[p].cell - store.bricks()[b].lower;
      stepper.derive_cell(static_cast<int>(b), local, time);
      for (std::size_t s = 0; s < sources_.size(); ++s) {
        gathered_values_[p * sources_.size() + s] =
            0.0 + store.current(static_cast<int>(b), sources_[s].field).value(local, sources_[s].component);
      }
    }
  }
  comm.allreduce_sum(std::span<double>{gathered_values_});
  for (std::size_t p = 0; p < records_.size(); ++p) {
    ProbeRecord& r = records_[p];
    for (std::size_t s = 0; s < sources_.size(); ++s) r.values[s] = gathered_values_[p * sources_.size() + s];
    if (!arrival_source_) continue;
    const double value = r.values[*arrival_source_];
    if (!r.first_value) r.first_value = value;
    r.max_rise = std::max(r.max_rise, value - *r.first_value);
    if (!r.arrival && std::abs(value - *r.first_value) > threshold_) r.arrival = time;
  }
}

void ProbeSet::restore(const std::vector<ProbeState>& states) {
  if (states.size() != records_.size()) return;
  for (std::size_t n = 0; n < states.size(); ++n) static_cast<ProbeState&>(records_[n]) = states[n];
}

}  // namespace tessera::loop
