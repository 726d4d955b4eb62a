// Ghost cells beyond the faces of the domain.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/geometry.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <array>
#include <functional>
#include <memory>
#include <vector>

namespace tessera::halo {

/// Called for a face declared "custom": fill `ghosts` (local indices of `brick`) of `field` beyond the
/// face at `time`.
using CustomBoundary =
    std::function<void(int brick, const grid::Box& ghosts, int field, int axis, int side, double time)>;

/// Fills ghost cells beyond the non-periodic faces from the job's boundary conditions. Axis by axis, x
/// first, each over the ghost cells of the others too, so that edges and corners come out as products of
/// the faces' rules: a function of the cells in the domain alone, whatever the bricks. No communication;
/// allocates nothing after construction.
class BoundaryFill {
 public:
  BoundaryFill(const grid::Geometry& geometry, const solver::SolverSchema& schema, const grid::JobSpec& job,
               field::FieldStore& store, CustomBoundary custom);
  BoundaryFill(BoundaryFill&&) noexcept;
  BoundaryFill& operator=(BoundaryFill&&) noexcept;
  ~BoundaryFill();

  /// Fills `width` layers of the current level of a field on all bricks, for the given time. The ghost
  /// cells within the domain must have been exchanged.
  void fill(int field, int width, double time);

  /// Fills `ghosts` (local indices of `brick`), which lie beyond one face, in a level of a field. Does
  /// nothing at a periodic face. The cells along the normal of the face, as many as there are layers, must
  /// have been computed.
  void fill_beyond(int axis, int side, int brick, int field, const field::FieldView& level,
                   const grid::Box& ghosts, double time);

  /// The local index, along `axis`, of the first cell above a face.
  std::int64_t plane(int brick, int axis, int side) const;

 private:
  struct Slab;
  struct Face;
  struct FixedRule;

  void fill_slab(const Slab& slab, const Face& face, double time);

  grid::Geometry geometry_;
  field::FieldStore* store_;
  std::vector<std::vector<std::uint8_t>> odd_axes_;  // [field][component]
  std::vector<Face> faces_;
  CustomBoundary custom_;
};

}  // namespace tessera::halo
