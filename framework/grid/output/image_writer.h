// Images of slices of fields.
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

/// Which plane: across `axis` at cell `at` of the domain; without an axis, the whole of a 1-D or 2-D
/// domain.
struct Plane {
  std::optional<int> axis;
  std::int64_t at = 0;

  /// The axes of the domain that point right and up in a picture of it.
  std::array<int, 2> axes() const;
};

/// Values of one plane, the lower of the remaining axes fastest.
struct PlaneValues {
  int width = 0;
  int height = 0;
  std::vector<double> values;
};

/// Gathers a plane of one component of a field on rank 0; other ranks get empty values. `cells`: extent
/// of the domain. @note Collective over `comm`.
PlaneValues gather_plane(const transport::Communicator& comm, const field::FieldStore& store,
                         const grid::Index& cells, int field, int component, const Plane& plane);

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
