// u_t = kappa (u_xx + u_yy + u_zz) with long time steps: a Runge-Kutta-Legendre method (RKL1). Its n stages
// together take a step that is (n^2 + n)/2 times as long as the longest step of the explicit Euler method.
#include <tessera/grid.hpp>

#include <string>

class ManyStages : public tessera::GridSolver {
 public:
  explicit ManyStages(tessera::Declare& d)
      : kappa_{d.parameter("diffusivity", 1.0).unit("m^2/s").above(0.0)},
        u_{d.field("u")},
        before_{d.field("before").work()} {
    for (int n = 1; n <= stages; ++n) {
      auto stage = d.stage("stage_" + std::to_string(n)).at((n * n - n) * scale);
      stage.reads(u_, 1).writes(u_).writes(before_);
      if (n > 1) stage.reads(before_, 0);
    }
    d.diagnostic("heat").sum(u_).times_cell_volume();
  }

  double stable_dt(const tessera::Geometry& g) const override {
    return 0.5 / (kappa_ * g.sum_inverse_spacing_squared()) * 0.5 / scale;
  }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double,
              double dt) override {
    const double n = stage.index() + 1.0;
    const double mu = (2.0 * n - 1.0) / n, nu = (1.0 - n) / n;
    const auto c = p.geometry().scaled_inverse_spacing_squared(2.0 * scale * mu * kappa_ * dt);
    const auto u = p.read(u_);
    const auto before = stage.index() == 0 ? p.read(u_) : p.read(before_);
    const auto next = p.write(u_), next_before = p.write(before_);
    tessera::for_each(cells, [=](int i, int j, int k) {
      const double change = c.x * (u(i - 1, j, k) - 2.0 * u(i, j, k) + u(i + 1, j, k)) +
                            c.y * (u(i, j - 1, k) - 2.0 * u(i, j, k) + u(i, j + 1, k)) +
                            c.z * (u(i, j, k - 1) - 2.0 * u(i, j, k) + u(i, j, k + 1));
      next(i, j, k) = mu * u(i, j, k) + nu * before(i, j, k) + change;
      next_before(i, j, k) = u(i, j, k);
    });
  }

 private:
  static constexpr int stages = 5;
  static constexpr double scale = 1.0 / (stages * stages + stages);

  tessera::Parameter<double> kappa_;
  tessera::Field<> u_, before_;
};

TESSERA_SOLVER(ManyStages, "many_stages", "1.0.0", "Heat conduction with long time steps")
