// The arithmetic of a random solver. Its plugin and the serial reference share it, so that both perform the
// same operations in the same order.
#pragma once

#include "property/random_graph.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace property {

/// Coordinates of a point.
using Point = std::array<double, 3>;

/// Upper bound on the number of components of all fields together.
constexpr std::size_t max_components = 18;

/// A component of a field that a stage reads, and the stencil that the stage applies to it.
struct Input {
  int field;
  int component;
  std::array<int, 3> radius;
  std::vector<double> weights;  ///< one per cell of the stencil, x fastest
  double total = 0.0;           ///< sum of the weights
};

/// A component of a field that a stage writes.
struct Output {
  int field;
  int component;
  std::vector<double> shares;  ///< weights of the inputs
  double total = 0.0;          ///< sum of the shares
  double time = 0.0;           ///< factor of the simulated time
  double dt = 0.0;             ///< factor of the time step
  Point position{};            ///< factors of the coordinates
};

/// Computes the values that a stage writes to one cell: damped weighted means of its inputs, plus a source
/// that depends on position and time. All weights are different, so that a wrong neighbour, component or
/// field changes the result. The damping keeps all values bounded.
class Kernel {
 public:
  /// `index`: index of the stage in its graph. The weights are derived from it and from the seed of the
  /// graph.
  Kernel(const Graph& graph, const Stage& stage, std::uint64_t index) {
    const std::uint64_t key = mix(mix(graph.seed, 2), index);
    for (const Read& r : stage.reads) {
      for (int c = 0; c < graph.field(r.field).components; ++c) {
        inputs_.push_back(input(graph.dimensions, r, c, mix(key, 100 + inputs_.size())));
      }
    }
    for (const int f : stage.writes) {
      for (int c = 0; c < graph.field(f).components; ++c) {
        outputs_.push_back(output(f, c, mix(key, 200 + outputs_.size())));
      }
    }
  }

  const std::vector<Input>& inputs() const { return inputs_; }
  const std::vector<Output>& outputs() const { return outputs_; }

  /// Returns the values of all outputs in one cell. `neighbour(n, di, dj, dk)`: returns the value of input n
  /// in the neighbour at offset (di, dj, dk). `at`: centre of the cell.
  template <class Neighbour>
  std::array<double, max_components> operator()(const Neighbour& neighbour, const Point& at, double time,
                                                double dt) const {
    std::array<double, max_components> means{};
    for (std::size_t n = 0; n < inputs_.size(); ++n) means[n] = mean(n, neighbour);
    std::array<double, max_components> values{};
    for (std::size_t n = 0; n < outputs_.size(); ++n) {
      const Output& out = outputs_[n];
      double sum = 0.0;
      for (std::size_t m = 0; m < inputs_.size(); ++m) sum += out.shares[m] * means[m];
      const double source = out.time * time + out.dt * dt + out.position[0] * at[0] +
                            out.position[1] * at[1] + out.position[2] * at[2];
      values[n] = 0.75 * (sum / out.total) + source;
    }
    return values;
  }

 private:
  template <class Neighbour>
  double mean(std::size_t n, const Neighbour& neighbour) const {
    const Input& in = inputs_[n];
    double sum = 0.0;
    std::size_t w = 0;
    for (int dk = -in.radius[2]; dk <= in.radius[2]; ++dk) {
      for (int dj = -in.radius[1]; dj <= in.radius[1]; ++dj) {
        for (int di = -in.radius[0]; di <= in.radius[0]; ++di) {
          sum += in.weights[w++] * neighbour(n, di, dj, dk);
        }
      }
    }
    return sum / in.total;
  }

  static Input input(int dimensions, const Read& read, int component, std::uint64_t key) {
    const int r = read.radius;
    Input in{read.field, component, {r, dimensions > 1 ? r : 0, dimensions > 2 ? r : 0}, {}, 0.0};
    const int cells = (2 * in.radius[0] + 1) * (2 * in.radius[1] + 1) * (2 * in.radius[2] + 1);
    for (int n = 0; n < cells; ++n) {
      in.weights.push_back(0.5 + unit_interval(mix(key, static_cast<std::uint64_t>(n))));
      in.total += in.weights.back();
    }
    return in;
  }

  Output output(int field, int component, std::uint64_t key) const {
    Output out{field, component, {}, 0.0, 0.0, 0.0, {}};
    for (std::size_t n = 0; n < inputs_.size(); ++n) {
      out.shares.push_back(0.25 + unit_interval(mix(key, n)));
      out.total += out.shares.back();
    }
    if (inputs_.empty()) out.total = 1.0;
    out.time = 0.125 * sixteenths(mix(key, 50));
    out.dt = 0.25 * sixteenths(mix(key, 51));
    for (std::size_t a = 0; a < 3; ++a) out.position[a] = 0.0625 * sixteenths(mix(key, 52 + a));
    return out;
  }

  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
};

/// The kernels of all stages, followed by that of derive().
inline std::vector<Kernel> kernels_of(const Graph& graph) {
  std::vector<Kernel> kernels;
  for (std::size_t s = 0; s < graph.stages.size(); ++s) kernels.emplace_back(graph, graph.stages[s], s);
  kernels.emplace_back(graph, derive_stage(graph), graph.stages.size());
  return kernels;
}

/// The value that initialize() sets in a cell. `cell`: indices of the cell in the domain.
inline double initial_value(const Graph& graph, int field, int component,
                            const std::array<std::int64_t, 3>& cell) {
  std::uint64_t key = mix(mix(graph.seed, 3), static_cast<std::uint64_t>(3 * field + component));
  for (const std::int64_t n : cell) key = mix(key, static_cast<std::uint64_t>(n));
  return 2.0 * unit_interval(key) - 1.0;
}

/// The value that the solver's custom boundary condition sets in a ghost cell with centre `at`. `mirrored`
/// and `nearest`: values of the component in the mirror image of the ghost cell and in the cell of the domain
/// nearest to it.
inline double custom_boundary_value(const Graph& graph, int field, int component, int axis, int side,
                                    double mirrored, double nearest, const Point& at, double time) {
  const int index = ((3 * field + component) * 3 + axis) * 2 + side;
  const std::uint64_t key = mix(mix(graph.seed, 4), static_cast<std::uint64_t>(index));
  return 0.5 * mirrored + 0.25 * nearest + 0.125 * time + 0.0625 * sixteenths(mix(key, 0)) * at[0] +
         0.0625 * sixteenths(mix(key, 1)) * at[1] + 0.0625 * sixteenths(mix(key, 2)) * at[2];
}

}  // namespace property
