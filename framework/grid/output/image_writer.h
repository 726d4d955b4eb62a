// Images of slices of fields.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"
#include "picture/picture.h"
#include "transport/communicator.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::output {

/// Draws the images of a job as PNG files.
class ImageWriter {
 public:
  /// `directory`: the run directory. All but the last argument must outlive it.
  ImageWriter(const transport::Communicator& comm, const grid::JobSpec& job,
              const solver::SolverSchema& schema, std::string directory)
      : comm_{&comm}, job_{&job}, schema_{&schema}, directory_{std::move(directory)} {}

  /// Draws image number `number` of the job; returns its file's name below the run directory. `markers`:
  /// points to show if the image shows probes. Throws transport::AgreedError. @note Collective.
  std::string write(const field::FieldStore& store, std::size_t number,
                    const std::vector<picture::Marker>& markers, std::int64_t step, double time) const;

 private:
  std::string label_of(const grid::ImageSpec& image) const;
  std::string name_of(std::size_t number, std::int64_t step) const;
  picture::Frame frame_of(const grid::ImageSpec& image, std::int64_t step, double time) const;

  const transport::Communicator* comm_;
  const grid::JobSpec* job_;
  const solver::SolverSchema* schema_;
  std::string directory_;
};

}  // namespace tessera::output
