// u_t + c u_x = 0 with c >= 0: a Runge-Kutta method of three stages (SSP-RK3) in time, third-order upwind
// differences in space.
#include <tessera/grid.hpp>

class RungeKutta : public tessera::GridSolver {
 public:
  explicit RungeKutta(tessera::Declare& d)
      : speed_{d.parameter("speed", 1.0).unit("m/s").at_least(0.0)},
        u_{d.field("u")},
        start_{d.field("start").work()},
        first_{d.stage("first").reads(u_, 2).writes(u_).writes(start_)},
        second_{d.stage("second").reads(u_, 2).reads(start_, 0).writes(u_).at(1.0)} {
    d.stage("third").reads(u_, 2).reads(start_, 0).writes(u_).at(0.5);
    d.dimensions({1});
    d.diagnostic("mass").sum(u_).times_cell_volume();
  }

  double stable_dt(const tessera::Geometry& g) const override { return g.spacing(tessera::Axis::x) / speed_; }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double,
              double dt) override {
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    const double c = speed_ * dt / (6.0 * p.geometry().spacing(tessera::Axis::x));
    const auto euler = [=](int i) {
      return u(i) - c * (2.0 * u(i + 1) + 3.0 * u(i) - 6.0 * u(i - 1) + u(i - 2));
    };
    if (stage == first_) {
      const auto start = p.write(start_);
      tessera::for_each(cells, [=](int i) {
        start(i) = u(i);
        next(i) = euler(i);
      });
    } else {
      const auto start = p.read(start_);
      const double share = stage == second_ ? 3.0 / 4.0 : 1.0 / 3.0;
      tessera::for_each(cells, [=](int i) { next(i) = share * start(i) + (1.0 - share) * euler(i); });
    }
  }

 private:
  tessera::Parameter<double> speed_;
  tessera::Field<> u_, start_;
  tessera::Stage first_, second_;
};

TESSERA_SOLVER(RungeKutta, "runge_kutta", "1.0.0", "Advection with a Runge-Kutta method of three stages")
