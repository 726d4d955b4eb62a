#include "grid/loop/transect_set.h"

#include "grid/geometry/point.h"

#include <algorithm>

namespace tessera::loop {

TransectSet::TransectSet(const grid::JobSpec& job, const solver::SolverSchema& schema)
    : sampler_{schema, job.probes.fields} {
  const grid::Geometry& g = job.geometry;
  if (g.coordinates == grid::Coordinates::spherical) {
    columns_ = {"transect", "distance [m]", "lon [degrees_east]", "lat [degrees_north]"};
  } else {
    columns_ = {"transect", "distance"};
    for (int a = 0; a < g.dimensions; ++a) columns_.push_back(std::string(1, "xyz"[a]));
  }
  columns_.insert(columns_.end(), sampler_.columns().begin(), sampler_.columns().end());
  for (const grid::Transect& transect : job.probes.transects) add(g, transect);
}

/// Adds the points of a transect, with values of 0.
void TransectSet::add(const grid::Geometry& geometry, const grid::Transect& transect) {
  grid::Point previous = transect.from;
  double length = 0.0;
  for (int n = 0; n < transect.points; ++n) {
    const double part = static_cast<double>(n) / (transect.points - 1);
    grid::Point at{};
    for (std::size_t a = 0; a < at.size(); ++a)
      at[a] = transect.from[a] + (transect.to[a] - transect.from[a]) * part;
    if (geometry.coordinates == grid::Coordinates::spherical) {
      // The line is straight in longitude and latitude, so its length is the sum of those of its parts.
      length += grid::distance(geometry, previous, at);
    } else {
      length = grid::distance(geometry, transect.from, at);
    }
    previous = at;
    names_.push_back(transect.name);
    cells_.push_back(grid::cell_at(geometry, at));
    numbers_.push_back(length);
    numbers_.insert(numbers_.end(), at.begin(), at.begin() + geometry.dimensions);
    numbers_.resize(numbers_.size() + sampler_.values_per_cell());
  }
}

void TransectSet::sample(const transport::Communicator& comm, Stepper& stepper,
                         const field::FieldStore& store, double time) {
  const std::span<const double> values = sampler_.sample(comm, stepper, store, cells_, time);
  const std::size_t row = columns_.size() - 1;
  const std::size_t count = sampler_.values_per_cell();
  for (std::size_t n = 0; n < cells_.size(); ++n)
    std::ranges::copy(values.subspan(n * count, count),
                      numbers_.begin() + static_cast<std::ptrdiff_t>((n + 1) * row - count));
}

}  // namespace tessera::loop
