// Fills ghost cells that depend only on cells of the same brick, box by box.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/geometry.h"
#include "grid/job/box_formula.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <array>
#include <functional>
#include <variant>
#include <vector>

namespace tessera::halo {

/// Fills the ghost cells `ghosts` (local indices of `brick`) of `field` beyond a face that the job declares
/// "custom". `side`: 0 for the lower face, 1 for the upper face; `time`: simulated time in seconds.
using CustomBoundary =
    std::function<void(int brick, const grid::Box& ghosts, int field, int axis, int side, double time)>;

/// Fills ghost cells as soon as the cells that they depend on have been computed and are still in cache:
/// first the periodic images along axes that every brick spans from end to end, then the layers beyond the
/// non-periodic faces of the domain, from the job's boundary conditions. Axes are handled in order, x first,
/// and each axis includes the ghost cells of the earlier axes. Edges and corners therefore combine the rules
/// of their faces, and do not depend on how the domain is divided into bricks. Does not communicate, and does
/// not allocate memory after construction.
///
/// The boxes of a brick must be passed to fill() in ascending order along each axis, and each box must span
/// the whole brick along the wrapped axes.
class GhostFill {
 public:
  /// `wrapped`: the periodic axes along which every brick spans the domain, so that this class fills the
  /// periodic images. `custom`: fills ghost cells beyond custom faces. `store` must outlive this object.
  GhostFill(const solver::SolverSchema& schema, const grid::JobSpec& job, std::array<bool, 3> wrapped,
            const field::FieldStore& store, CustomBoundary custom);

  /// Fills the ghost cells of `level`, a level of `field`, that depend on `cells`, up to `width` layers
  /// beyond the domain. Must be called once `cells` (local indices) have been computed or received. `end`:
  /// upper end, along each axis, of all cells of the brick that are computed or received, whether or not
  /// they are in `cells`.
  void fill(int brick, int field, const field::FieldView& level, int width, const grid::Box& cells,
            const grid::Index& end, double time);

  /// Fills the ghost cells `ghosts` (local indices of `brick`) of `level`, a level of `field`. All of them
  /// must be beyond the given face. Does nothing at a periodic face. If `ghosts` is n layers deep, n layers
  /// inside the face must have been computed.
  void fill_beyond(int axis, int side, int brick, int field, const field::FieldView& level,
                   const grid::Box& ghosts, double time);

  /// Position of a face of the domain: the local index, along `axis`, of the first cell above it.
  std::int64_t face_position(int brick, int axis, int side) const;

 private:
  /// The value that the job sets for a component of a field at a face.
  struct FixedRule {
    int field;
    int component;
    std::variant<double, grid::FormulaText, job::TimeSeries> value;
    std::vector<grid::BoxFormula> formulas;  // of a formula: one per brick
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
  void add_formulas(const Face& face, FixedRule& rule, const grid::FieldFormula& formula);
  std::vector<double> coordinates(const Face& face, int brick, int axis, const grid::Box& cells) const;

  grid::Geometry geometry_;
  std::array<bool, 3> wrapped_;
  const field::FieldStore* store_;
  std::vector<std::vector<std::uint8_t>> odd_axes_;  // [field][component]
  std::vector<Face> faces_;
  std::vector<double> workspace_;  // of formulas
  CustomBoundary custom_;
};

}  // namespace tessera::halo
