// A simple solver for the wave equation u_tt = c^2 (u_xx + u_yy + u_zz): leapfrog in time, 8th-order
// central differences in space. The benchmark compares it with tests/bench/reference/wave4_mpi.c, which
// has the same order of operations.
#include <tessera/grid.hpp>

#include <cmath>

namespace {

/// h^2 times the second derivative along an axis. `u(m)`: value at a distance of m cells along the axis.
template <class F>
double second_difference(F u) {
  return -205.0 / 72.0 * u(0) + 8.0 / 5.0 * (u(-1) + u(1)) - 1.0 / 5.0 * (u(-2) + u(2)) +
         8.0 / 315.0 * (u(-3) + u(3)) - 1.0 / 560.0 * (u(-4) + u(4));
}

}  // namespace

class Wave4 : public tessera::GridSolver {
 public:
  explicit Wave4(tessera::Declare& d)
      : speed_{d.parameter("speed", 1.0).unit("m/s").above(0.0).help("speed of the waves")},
        u_{d.field("u").unit("m").help("displacement")},
        before_{d.field("before").unit("m").help("displacement one step earlier")} {
    d.stage("leap").reads(u_, 4).reads(before_, 0).writes(u_).writes(before_);
    // stable_dt() is well below the stability limit of the scheme, 0.45 h/c, so no further margin is needed.
    d.default_cfl(1.0);
    d.diagnostic("total").sum(u_).unit("m");
    d.diagnostic("highest").max(u_).unit("m");
  }

  double stable_dt(const tessera::Geometry& g) const override {
    return 0.5 / (speed_ * std::sqrt(g.sum_inverse_spacing_squared()));
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double dt) override {
    const auto u = p.read(u_);
    const auto before = p.read(before_);
    const auto next = p.write(u_);
    const auto next_before = p.write(before_);
    const double advance = speed_ * dt;
    const auto c = p.geometry().scaled_inverse_spacing_squared(advance * advance);
    tessera::for_each(cells, [=](int i, int j, int k) {
      next(i, j, k) = 2 * u(i, j, k) - before(i, j, k) +
                      c.x * second_difference([&](int m) { return u(i + m, j, k); }) +
                      c.y * second_difference([&](int m) { return u(i, j + m, k); }) +
                      c.z * second_difference([&](int m) { return u(i, j, k + m); });
      next_before(i, j, k) = u(i, j, k);
    });
  }

 private:
  tessera::Parameter<double> speed_;
  tessera::Field<double> u_;
  tessera::Field<double> before_;
};

TESSERA_SOLVER(Wave4, "wave4", "1.0.0",
               "The wave equation with 8th-order differences in space, for the benchmark")
