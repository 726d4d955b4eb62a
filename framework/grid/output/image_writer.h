// Draws images of fields, or of slices through them.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"
#include "picture/picture.h"
#include "transport/communicator.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::output {

/// The plane of cells normal to `axis` at cell index `at`; without an axis, a whole 1-D or 2-D domain.
struct Plane {
  std::optional<int> axis;
  std::int64_t at = 0;

  /// The axes of the domain that point right and up in an image of the plane.
  std::array<int, 2> axes() const;
};

/// The values in one plane. The index along the axis that points right varies fastest.
struct PlaneValues {
  int width = 0;
  int height = 0;
  std::vector<double> values;
};

/// Gathers a plane of one component of a field on rank 0; the result is empty on other ranks. `cells`: number
/// of cells of the domain along each axis. @note Collective over `comm`.
PlaneValues gather_plane(const transport::Communicator& comm, const field::FieldStore& store,
                         const grid::Index& cells, int field, int component, const Plane& plane);

/// Draws the images of a job as PNG files.
class ImageWriter {
 public:
  /// `directory`: the run directory. The other arguments must outlive the object.
  ImageWriter(const transport::Communicator& comm, const grid::JobSpec& job,
              const solver::SolverSchema& schema, std::string directory)
      : comm_{&comm}, job_{&job}, schema_{&schema}, directory_{std::move(directory)} {}

  /// Draws an image of the job and returns the path of its file relative to the run directory. `index`: index
  /// in the job's list of images; `markers`: the probes, which are marked only if the image shows probes and
  /// is not a slice. Throws transport::AgreedError on all ranks if any rank fails. @note Collective.
  std::string write(const field::FieldStore& store, std::size_t index,
                    const std::vector<picture::Marker>& markers, std::int64_t step, double time) const;

 private:
  std::string label_of(const grid::ImageSpec& image) const;
  std::string path_of(std::size_t index, std::int64_t step) const;
  picture::Frame frame_of(const grid::ImageSpec& image, std::int64_t step, double time) const;

  const transport::Communicator* comm_;
  const grid::JobSpec* job_;
  const solver::SolverSchema* schema_;
  std::string directory_;
};

}  // namespace tessera::output
