#include "grid/loop/probe_set.h"

#include "base/error.h"
#include "grid/job/field_formula.h"
#include "grid/job/formula.h"
#include "reduction/reducer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

/// Distance between two points: on a sphere, along the great circle in metres; otherwise Euclidean, in the
/// job's unit of length.
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

grid::Index cell_of(const grid::Geometry& g, const std::array<double, 3>& point) {
  grid::Index cell;
  for (int a = 0; a < g.dimensions; ++a) {
    const double position =
        (point[static_cast<std::size_t>(a)] - g.lower[static_cast<std::size_t>(a)]) / g.spacing(a);
    cell[a] = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(position)), 0, g.cells[a] - 1);
  }
  return cell;
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
      const double d = distance(g, point, centre_of(g, cell));
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
    : cells_{job.geometry.cells}, threshold_{job.probes.arrival_above} {
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
  if (job.probes.arrival_field && !arrival_source_) {  // sampled, but not a column
    arrival_source_ = sources_.size();
    sources_.push_back({*job.probes.arrival_field, 0});
  }
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
    record.cell = cell_of(g, probe.at);
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
      record.distance_moved = distance(g, probe.at, centre_of(g, record.cell));
    }
    record.centre = centre_of(g, record.cell);
    record.values.resize(sources_.size());
    records_.push_back(std::move(record));
  }
  gathered_values_.resize(records_.size() * sources_.size());
}

void ProbeSet::sample(const transport::Communicator& comm, Stepper& stepper, const field::FieldStore& store,
                      double time) {
  // Each cell has one owner, so the sum over all ranks adds only zeros to its value. This turns -0.0 into
  // 0.0; adding 0.0 below has the same effect on a single rank.
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

std::vector<SavedProbe> ProbeSet::saved() const {
  std::vector<SavedProbe> all;
  for (const ProbeRecord& r : records_) all.push_back({r, r.key, arrival_key_, linear_index(r.cell, cells_)});
  return all;
}

}  // namespace tessera::loop
