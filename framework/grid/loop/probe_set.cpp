#include "grid/loop/probe_set.h"

#include "base/error.h"
#include "grid/geometry/point.h"
#include "grid/job/field_formula.h"
#include "grid/job/formula.h"
#include "reduction/reducer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

std::array<double, 3> centre_of(const grid::Geometry& g, const grid::Index& cell) {
  return {g.centre(0, cell[0]), g.centre(1, cell[1]), g.centre(2, cell[2])};
}

struct NearestCell {
  double distance = std::numeric_limits<double>::infinity();
  std::int64_t cell = std::numeric_limits<std::int64_t>::max();  ///< linear index
};

/// Returns the cell of this rank that is nearest to `point` among the cells that satisfy `condition`. The
/// variables of the condition are the first components of `fields`.
NearestCell nearest_cell(const grid::Geometry& g, const field::FieldStore& store,
                         const grid::Formula& condition, const std::vector<int>& fields,
                         const std::array<double, 3>& point) {
  NearestCell best;
  std::vector<double> values(fields.size());
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const grid::Box& owned = store.bricks()[b];
    for_each_index(owned, [&](const grid::Index& cell) {
      const double d = grid::distance(g, point, centre_of(g, cell));
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

/// Returns the nearest cell of all ranks that satisfies the condition; nullopt if there is none.
/// @note Collective over `comm`.
std::optional<grid::Index> find_cell(const transport::Communicator& comm, const grid::Geometry& g,
                                     const field::FieldStore& store, const grid::Formula& condition,
                                     const std::vector<int>& fields, const std::array<double, 3>& at) {
  constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
  const NearestCell own = nearest_cell(g, store, condition, fields, at);
  const double min_distance = reduction::allreduce_min(comm, own.distance);
  std::int64_t id = own.distance == min_distance ? own.cell : none;
  comm.allreduce_min(std::span<std::int64_t>{&id, 1});
  return id == none ? std::nullopt : std::optional{grid::index_at(id, g.cells)};
}

}  // namespace

ProbeSet::ProbeSet(const transport::Communicator& comm, const grid::JobSpec& job,
                   const solver::SolverSchema& schema, const field::FieldStore& store,
                   const std::vector<SavedProbe>& saved)
    : sampler_{schema, job.probes.fields}, cells_{job.geometry.cells}, threshold_{job.probes.arrival_above} {
  const grid::Geometry& g = job.geometry;
  if (job.probes.arrival_field) arrival_source_ = sampler_.add(*job.probes.arrival_field);
  std::optional<grid::Formula> condition;
  if (!job.probes.where.empty() && !job.probes.points.empty()) {
    condition.emplace(job.probes.where, grid::condition_variables(schema));
  }
  if (arrival_source_) {
    arrival_key_ = fmt::format(
        "{} by {}", schema.fields[static_cast<std::size_t>(*job.probes.arrival_field)].name, threshold_);
  }
  for (const grid::Probe& probe : job.probes.points) {
    ProbeRecord record;
    record.name = probe.name;
    record.key = fmt::format("{} at {} {} {} where {}", probe.name, probe.at[0], probe.at[1], probe.at[2],
                             job.probes.where);
    record.observed_arrival = probe.observed_arrival;
    record.cell = grid::cell_at(g, probe.at);
    const auto earlier = std::find_if(saved.begin(), saved.end(), [&](const SavedProbe& s) {
      return s.key == record.key && s.cell >= 0 && s.cell < g.domain().volume();
    });
    std::optional<grid::Index> moved_to;
    if (earlier != saved.end()) {
      // The condition may no longer select the same cell, because the fields have changed.
      moved_to = grid::index_at(earlier->cell, g.cells);
      if (earlier->arrival_key == arrival_key_) static_cast<ProbeState&>(record) = *earlier;
    } else if (condition) {
      moved_to = find_cell(comm, g, store, *condition, grid::condition_fields(schema), probe.at);
      if (!moved_to) {
        throw base::Error(base::ExitCode::bad_job,
                          "no cell satisfies `where` in [probes]: " + job.probes.where,
                          "relax or remove the condition");
      }
    }
    if (moved_to && *moved_to != record.cell) {
      record.cell = *moved_to;
      record.distance_moved = grid::distance(g, probe.at, centre_of(g, record.cell));
    }
    record.centre = centre_of(g, record.cell);
    record.values.resize(sampler_.values_per_cell());
    sampled_cells_.push_back(record.cell);
    records_.push_back(std::move(record));
  }
}

void ProbeSet::sample(const transport::Communicator& comm, Stepper& stepper, const field::FieldStore& store,
                      double time) {
  const std::span<const double> values = sampler_.sample(comm, stepper, store, sampled_cells_, time);
  const std::size_t count = sampler_.values_per_cell();
  for (std::size_t p = 0; p < records_.size(); ++p) {
    ProbeRecord& r = records_[p];
    std::ranges::copy(values.subspan(p * count, count), r.values.begin());
    if (!arrival_source_) continue;
    const double value = r.values[*arrival_source_];
    if (!r.first_value) r.first_value = value;
    r.max_rise = std::max(r.max_rise, value - *r.first_value);
    if (!r.arrival && std::abs(value - *r.first_value) > threshold_) r.arrival = time;
  }
}

std::vector<SavedProbe> ProbeSet::saved() const {
  std::vector<SavedProbe> all;
  for (const ProbeRecord& r : records_) all.push_back({r, r.key, arrival_key_, linear_index(r.cell, cells_)});
  return all;
}

}  // namespace tessera::loop
