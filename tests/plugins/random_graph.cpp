// A solver without physics. Its fields and stages are generated from the seed in the environment variable
// TESSERA_TEST_SEED. The tests in tests/property compare its results with a serial reference.
#include "property/graph_kernel.h"

#include <tessera/grid.hpp>

#include <array>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using property::Field;
using property::Kernel;
using property::Kind;

std::uint64_t seed() {
  const char* text = std::getenv("TESSERA_TEST_SEED");
  if (text == nullptr) throw std::runtime_error("the environment variable TESSERA_TEST_SEED is not set");
  return std::stoull(text);
}

/// Access to a component of a field of type float64 or float32.
template <class Double, class Float>
struct Cells {
  std::optional<tessera::View<Double>> float64;
  std::optional<tessera::View<Float>> float32;

  double get(int i, int j, int k) const {
    return float64 ? (*float64)(i, j, k) : static_cast<double>((*float32)(i, j, k));
  }
  void set(int i, int j, int k, double value) const {
    if (float64) {
      (*float64)(i, j, k) = value;
    } else {
      (*float32)(i, j, k) = static_cast<float>(value);
    }
  }
};
using Source = Cells<const double, const float>;
using Target = Cells<double, float>;

}  // namespace

class RandomGraph : public tessera::GridSolver {
 public:
  explicit RandomGraph(tessera::Declare& d)
      : graph_{property::random_graph(seed())}, kernels_{property::kernels_of(graph_)} {
    for (const Field& f : graph_.fields) {
      if (f.is_float32) {
        declare(f, d.field<float>(f.name));
      } else {
        declare(f, d.field(f.name));
      }
    }
    for (const property::Stage& s : graph_.stages) {
      auto stage = d.stage(s.name);
      for (const property::Read& r : s.reads) stage.reads(tessera::Field<>{r.field}, r.radius);
      for (const int f : s.writes) stage.writes(tessera::Field<>{f});
      stage.at(s.offset);
    }
    d.diagnostic("sum").sum(tessera::Field<>{0});
    d.default_cfl(0.5);
  }

  double stable_dt(const tessera::Geometry&) const override { return 0.5; }

  void initialize(tessera::Patch& p, tessera::Region cells, double) override {
    const std::int64_t* offset = p.raw().offset;
    for (int f = 0; f < static_cast<int>(graph_.fields.size()); ++f) {
      const Kind kind = graph_.field(f).kind;
      if (kind == Kind::work || kind == Kind::derived || given(tessera::Field<>{f})) continue;
      for (int c = 0; c < graph_.field(f).components; ++c) {
        const Target to = write(p, f, c);
        tessera::for_each(cells, [&](int i, int j, int k) {
          const std::array<std::int64_t, 3> cell{offset[0] + i, offset[1] + j, offset[2] + k};
          to.set(i, j, k, property::initial_value(graph_, f, c, cell));
        });
      }
    }
  }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    compute(kernels_[static_cast<std::size_t>(stage.index())], p, cells, time, dt);
  }

  void derive(tessera::Patch& p, tessera::Region cells, double time) override {
    compute(kernels_.back(), p, cells, time, 0.0);
  }

  void boundary(tessera::Patch& p, tessera::Region ghosts, int field, tessera::Face face,
                double time) override {
    const tessera::Geometry& g = p.geometry();
    const auto axis = static_cast<std::size_t>(face.axis);
    const bool lower = face.side == tessera::Side::lower;
    const int nearest_cell = p.cell_at(face);
    for (int c = 0; c < graph_.field(field).components; ++c) {
      const Source from = read(p, field, c);
      const Target to = write(p, field, c);
      tessera::for_each(ghosts, [&](int i, int j, int k) {
        std::array<int, 3> nearest{i, j, k};
        std::array<int, 3> mirror{i, j, k};
        nearest[axis] = nearest_cell;
        mirror[axis] = 2 * nearest_cell + (lower ? -1 : 1) - mirror[axis];
        to.set(i, j, k,
               property::custom_boundary_value(graph_, field, c, static_cast<int>(axis), lower ? 0 : 1,
                                               from.get(mirror[0], mirror[1], mirror[2]),
                                               from.get(nearest[0], nearest[1], nearest[2]),
                                               {g.x(i), g.y(j), g.z(k)}, time));
      });
    }
  }

 private:
  template <class T>
  static void declare(const Field& field, tessera::FieldBuilder<T> builder) {
    builder.components(field.components);
    for (int c = 0; c < field.components; ++c) {
      for (int a = 0; a < 3; ++a) {
        if (((field.odd[static_cast<std::size_t>(c)] >> a) & 1) != 0) {
          builder.odd_across(static_cast<tessera::Axis>(a), c);
        }
      }
    }
    if (!field.set_by_formula) builder.default_value(0.0);
    if (field.kind == Kind::constant) builder.constant();
    if (field.kind == Kind::work) builder.work();
    if (field.kind == Kind::derived) builder.derived();
  }

  Source read(const tessera::Patch& p, int field, int component) const {
    Source cells;
    if (graph_.field(field).is_float32) {
      cells.float32 = p.read(tessera::Field<float>{field}).component(component);
    } else {
      cells.float64 = p.read(tessera::Field<double>{field}).component(component);
    }
    return cells;
  }

  Target write(const tessera::Patch& p, int field, int component) const {
    Target cells;
    if (graph_.field(field).is_float32) {
      cells.float32 = p.write(tessera::Field<float>{field}).component(component);
    } else {
      cells.float64 = p.write(tessera::Field<double>{field}).component(component);
    }
    return cells;
  }

  void compute(const Kernel& kernel, const tessera::Patch& p, const tessera::Region& cells, double time,
               double dt) const {
    const tessera::Geometry& g = p.geometry();
    std::vector<Source> from;
    for (const property::Input& in : kernel.inputs()) from.push_back(read(p, in.field, in.component));
    std::vector<Target> to;
    for (const property::Output& out : kernel.outputs()) to.push_back(write(p, out.field, out.component));
    tessera::for_each(cells, [&](int i, int j, int k) {
      const auto neighbour = [&](std::size_t n, int di, int dj, int dk) {
        return from[n].get(i + di, j + dj, k + dk);
      };
      // All values are computed before any is stored, because a field may be updated in place.
      const auto values = kernel(neighbour, {g.x(i), g.y(j), g.z(k)}, time, dt);
      for (std::size_t n = 0; n < to.size(); ++n) to[n].set(i, j, k, values[n]);
    });
  }

  property::Graph graph_;
  std::vector<Kernel> kernels_;
};

TESSERA_SOLVER(RandomGraph, "random_graph", "1.0.0", "Random fields and stages, from TESSERA_TEST_SEED")
