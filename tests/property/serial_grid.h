// A serial reference for random jobs, with one array per field, loops over the whole domain, and the boundary
// conditions that docs/job-file.md describes. It shares only the graph and its arithmetic with the plugin.
#pragma once

#include "property/random_job.h"

#include <array>
#include <cstddef>
#include <vector>

namespace property {

class SerialGrid {
 public:
  using Cell = std::array<int, 3>;

  /// Sets the initial state. `job` must outlive the object.
  explicit SerialGrid(const Job& job);

  /// Performs all steps of the job, then computes the derived fields.
  void run();

  /// The value of a component in a cell. Float32 values are converted to double.
  double value(int field, int component, const Cell& cell) const {
    return values_[static_cast<std::size_t>(field)][index(component, cell)];
  }

 private:
  std::size_t index(int component, const Cell& cell) const;
  double rounded(int field, double value) const;
  Point centre(const Cell& cell) const;
  void set(int field, int component, const Cell& cell, double value);

  void fill_ghosts(int field, int width, double time);
  void fill_face(int field, int width, int axis, int side, Cell low, Cell high, double time);
  void fill_periodic(int field, int width, int axis, Cell low, Cell high);
  double ghost_value(int field, int component, int axis, int side, const Cell& ghost, double time) const;
  void compute(const Kernel& kernel, double time, double dt);

  const Job* job_;
  std::vector<Kernel> kernels_;
  Cell ghost_{};                             // number of ghost layers at each end of an axis
  Cell extent_{};                            // number of cells along each axis, including ghost cells
  std::vector<std::vector<double>> values_;  // values of each field
};

}  // namespace property
