// A solver without physics in which every ghost cell affects the result. Stencils of radius 1 to 3 with a
// different weight for each neighbour read faces, edges and corners. A step has three stages and uses double
// and float fields, a field with three components, and a constant field with ghost cells. If the weights are
// between 0 and 1, no value exceeds the largest initial magnitude.
#include <tessera/grid.hpp>

namespace {

/// The weight of a neighbour. Each neighbour has a different weight, so that swapping or mirroring ghost
/// cells changes the result.
template <class T>
T weight(int di, int dj, int dk) {
  return static_cast<T>(1.0 + 0.05 * di + 0.03 * dj + 0.02 * dk);
}

/// Weighted mean of `value(di, dj, dk)` over the box of `radius` around a cell, in a fixed order.
template <class T, class F>
T box_mean(int radius, F value) {
  T sum = 0;
  T total = 0;
  for (int dk = -radius; dk <= radius; ++dk) {
    for (int dj = -radius; dj <= radius; ++dj) {
      for (int di = -radius; di <= radius; ++di) {
        const T w = weight<T>(di, dj, dk);
        sum += w * value(di, dj, dk);
        total += w;
      }
    }
  }
  return sum / total;
}

}  // namespace

class Mix : public tessera::GridSolver {
 public:
  explicit Mix(tessera::Declare& d)
      : strength_{d.parameter("strength", 0.5).at_least(0.0).at_most(1.0).help("weight of the mean")},
        a_{d.field("a").help("mixed over boxes of radius 2 and 3")},
        b_{d.field<float>("b")
               .components(3)
               .default_value(0.0)
               .odd_across(tessera::Axis::x, 0)
               .odd_across(tessera::Axis::y, 1)
               .odd_across(tessera::Axis::z, 2)
               .help("vector, mixed over boxes of radius 1")},
        weights_{d.field("weights").constant().default_value(1.0).help("weight of each cell, from 0 to 1")},
        blur_{d.stage("blur").reads(a_, 2).reads(weights_, 2).writes(a_)},
        twist_{d.stage("twist").reads(b_, 1).reads(a_, 1).writes(b_).at(0.5)},
        reach_{d.stage("reach").reads(a_, 3).reads(b_, 0).writes(a_).at(0.5)} {
    d.default_cfl(1.0);
    d.diagnostic("sum_a").sum(a_);
    d.diagnostic("mass_a").sum(a_).times_cell_volume();
    d.diagnostic("min_a").min(a_);
    d.diagnostic("max_a").max(a_);
    d.diagnostic("sum_b0").sum(b_, 0);
    d.diagnostic("l1_b1").l1(b_, 1);
    d.diagnostic("l2_b2").l2(b_, 2);
  }

  /// One unit of time per step.
  double stable_dt(const tessera::Geometry&) const override { return 1.0; }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double,
              double) override {
    if (stage == blur_) {
      blur(p, cells);
    } else if (stage == twist_) {
      twist(p, cells);
    } else {
      reach(p, cells);
    }
  }

 private:
  void blur(tessera::Patch& p, tessera::Region cells) const {
    const auto a = p.read(a_);
    const auto w = p.read(weights_);
    const auto next = p.write(a_);
    const double s = strength_;
    tessera::for_each(cells, [=](int i, int j, int k) {
      const double mean = box_mean<double>(
          2, [&](int di, int dj, int dk) { return w(i + di, j + dj, k + dk) * a(i + di, j + dj, k + dk); });
      next(i, j, k) = (1.0 - s) * a(i, j, k) + s * mean;
    });
  }

  void twist(tessera::Patch& p, tessera::Region cells) const {
    const auto a = p.read(a_);
    const auto s = static_cast<float>(strength_);
    for (int c = 0; c < 3; ++c) {
      const auto b = p.read(b_).component(c);
      const auto next_component = p.read(b_).component((c + 1) % 3);
      const auto next = p.write(b_).component(c);
      tessera::for_each(cells, [=](int i, int j, int k) {
        const float mean = box_mean<float>(1, [&](int di, int dj, int dk) {
          return b(i + di, j + dj, k + dk) + 0.125f * static_cast<float>(a(i + di, j + dj, k + dk));
        });
        next(i, j, k) = 0.5f * (1.0f - s) * b(i, j, k) + 0.25f * next_component(i, j, k) + 0.5f * s * mean;
      });
    }
  }

  void reach(tessera::Patch& p, tessera::Region cells) const {
    const auto a = p.read(a_);
    const auto b = p.read(b_).component(2);
    const auto next = p.write(a_);
    const double s = strength_;
    tessera::for_each(cells, [=](int i, int j, int k) {
      const double mean =
          box_mean<double>(3, [&](int di, int dj, int dk) { return a(i + di, j + dj, k + dk); });
      next(i, j, k) =
          (1.0 - s) * a(i, j, k) + 0.875 * s * mean + 0.0625 * s * static_cast<double>(b(i, j, k));
    });
  }

  tessera::Parameter<double> strength_;
  tessera::Field<double> a_;
  tessera::Field<float> b_;
  tessera::Field<double> weights_;
  tessera::Stage blur_;
  tessera::Stage twist_;
  tessera::Stage reach_;
};

TESSERA_SOLVER(Mix, "mix", "1.0.0", "Mixes each cell with all its neighbours, to test ghost cells")
