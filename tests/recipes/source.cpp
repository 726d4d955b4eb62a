// u_t = kappa (u_xx + u_yy + u_zz) + strength sin(2 pi t / period): the midpoint method (Runge-Kutta, two
// stages).
#include <tessera/grid.hpp>

#include <cmath>
#include <numbers>

class Source : public tessera::GridSolver {
 public:
  explicit Source(tessera::Declare& d)
      : kappa_{d.parameter("diffusivity", 1.0).unit("m^2/s").above(0.0)},
        period_{d.parameter("period", 1.0).unit("s").above(0.0)},
        u_{d.field("u").unit("K").default_value(0.0)},
        strength_{d.field("strength").unit("K/s").constant()},
        start_{d.field("start").unit("K").work()},
        half_{d.stage("half").reads(u_, 1).reads(strength_, 0).writes(u_).writes(start_)} {
    d.stage("full").reads(u_, 1).reads(strength_, 0).reads(start_, 0).writes(u_).at(0.5);
    d.diagnostic("heat").sum(u_).times_cell_volume();
  }

  double stable_dt(const tessera::Geometry& g) const override {
    return 0.5 / (kappa_ * g.sum_inverse_spacing_squared());
  }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    const bool half = stage == half_;
    const double stage_time = half ? time : time + 0.5 * dt;  // as declared with .at()
    const double h = half ? 0.5 * dt : dt;
    const double wave = std::sin(2.0 * std::numbers::pi * stage_time / period_);
    const auto c = p.geometry().scaled_inverse_spacing_squared(kappa_ * h);
    const auto u = p.read(u_), strength = p.read(strength_);
    const auto start = half ? p.read(u_) : p.read(start_);
    const auto next = p.write(u_);
    if (half) {
      const auto saved = p.write(start_);
      tessera::for_each(cells, [=](int i, int j, int k) { saved(i, j, k) = u(i, j, k); });
    }
    tessera::for_each(cells, [=](int i, int j, int k) {
      next(i, j, k) = start(i, j, k) + h * wave * strength(i, j, k) +
                      c.x * (u(i - 1, j, k) - 2.0 * u(i, j, k) + u(i + 1, j, k)) +
                      c.y * (u(i, j - 1, k) - 2.0 * u(i, j, k) + u(i, j + 1, k)) +
                      c.z * (u(i, j, k - 1) - 2.0 * u(i, j, k) + u(i, j, k + 1));
    });
  }

 private:
  tessera::Parameter<double> kappa_, period_;
  tessera::Field<> u_, strength_, start_;
  tessera::Stage half_;
};

TESSERA_SOLVER(Source, "source", "1.0.0", "Heat conduction with a source that oscillates in time")
