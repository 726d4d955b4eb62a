// Fills ghost cells that depend only on cells of the same brick, box by box.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/geometry.h"
#include "grid/job/field_formula.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <array>
#include <functional>
#include <optional>
#include <vector>

namespace tessera::halo {

/// Called for a face declared "custom", to fill `ghosts` (local indices of `brick`) of `field` beyond the
/// face at simulated time `time`.
using CustomBoundary =
    std::function<void(int brick, const grid::Box& ghosts, int field, int axis, int side, double time)>;

/// Fills ghost cells as soon as the cells that they depend on have been computed, while these are in cache:
/// periodic images along axes that every brick spans from end to end, then the layers beyond the non-periodic
/// faces of the domain, from the job's boundary conditions. Axes are handled in order, x first, and each axis
/// includes the ghost cells of the earlier ones, so that edges and corners combine the rules of their faces:
/// they depend only on cells in the domain, not on bricks. No communication or allocation after construction.
///
/// The boxes of a brick must be passed in an order in which, along each axis, lower cells come no later than
/// upper ones; each box must span the wrapped axes.
class GhostFill {
 public:
  /// `wrapped`: the periodic axes along which this class fills the images. `store` must outlive it.
  GhostFill(const solver::SolverSchema& schema, const grid::JobSpec& job, std::array<bool, 3> wrapped,
            const field::FieldStore& store, CustomBoundary custom);

  /// To be called when `cells` (local indices) of a level of a field have been computed or received: fills
  /// the ghost cells that depend on them, `width` layers beyond the domain. `end`: upper end of the computed
  /// cells along each axis.
  void fill(int brick, int field, const field::FieldView& level, int width, const grid::Box& cells,
            const grid::Index& end, double time);

  /// Fills `ghosts` (local indices of `brick`), which are beyond one face, in a level of a field. Does
  /// nothing at a periodic face. As many layers inside the face as ghost layers must have been computed.
  void fill_beyond(int axis, int side, int brick, int field, const field::FieldView& level,
                   const grid::Box& ghosts, double time);

  /// The local index, along `axis`, of the first cell above a face.
  std::int64_t plane(int brick, int axis, int side) const;

 private:
  /// The value of one component of one field on a face.
  struct FixedRule {
    int field;
    int component;
    double constant;
    std::optional<grid::FieldFormula> formula;
  };
  struct Face {
    int axis;
    int side;
    grid::BoundaryKind kind;
    std::vector<FixedRule> rules;
  };

  template <class T>
  void fill_component(Face& face, int brick, int field, int component, const field::FieldView& level,
                      const grid::Box& ghosts, double time);
  std::array<double, 3> point(int brick, const grid::Index& ghost, const Face* on_face) const;

  grid::Geometry geometry_;
  std::array<bool, 3> wrapped_;
  const field::FieldStore* store_;
  std::vector<std::vector<std::uint8_t>> odd_axes_;  // [field][component]
  std::vector<Face> faces_;
  CustomBoundary custom_;
};

}  // namespace tessera::halo
