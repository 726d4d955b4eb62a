// Writes maps of the statistics of a job.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/job_spec.h"
#include "grid/output/map.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tessera::output {

/// Writes maps in the formats of the job: GeoTIFF, and KML with images. The domain must have 2 dimensions.
/// A map has no values where the statistic is NaN, and in the cells that the first image of the statistic
/// shows as land. That image also determines the colours.
class MapWriter {
 public:
  /// `directory`: the run directory. The other arguments must outlive the object.
  MapWriter(const transport::Communicator& comm, const grid::JobSpec& job, const solver::SolverSchema& schema,
            std::string directory)
      : comm_{&comm}, job_{&job}, schema_{&schema}, directory_{std::move(directory)} {}

  /// Writes the files of one statistic and returns their paths relative to the run directory; none if the job
  /// has no format for maps. `index`: index in the job's list of statistics. Throws transport::AgreedError on
  /// all ranks if any rank fails. @note Collective.
  std::vector<std::string> write(const field::FieldStore& store, std::size_t index, std::int64_t step,
                                 double time) const;

 private:
  Map map_of(const grid::Statistic& statistic, std::int64_t step, double time) const;
  const grid::ImageSpec* image_of(int field) const;
  void write_images(const Map& map, const grid::ImageSpec* style, const std::string& image,
                    const std::string& legend) const;

  const transport::Communicator* comm_;
  const grid::JobSpec* job_;
  const solver::SolverSchema* schema_;
  std::string directory_;
};

}  // namespace tessera::output
