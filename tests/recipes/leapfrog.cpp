// u_tt = c^2 (u_xx + u_yy + u_zz): the leapfrog method in time, second-order central differences in space.
#include <tessera/grid.hpp>

#include <cmath>

class Leapfrog : public tessera::GridSolver {
 public:
  explicit Leapfrog(tessera::Declare& d)
      : speed_{d.parameter("speed", 1.0).unit("m/s").above(0.0)},
        u_{d.field("u")},
        previous_{d.field("previous").default_value(0.0).help("u before the last step")},
        last_dt_{
            d.field("last_dt").unit("s").default_value(0.0).help("length of the last step; 0: none yet")},
        rate_{d.field("rate").unit("1/s").constant().default_value(0.0).help("u_t at the start")} {
    d.stage("leap")
        .reads(u_, 1)
        .reads(previous_, 0)
        .reads(last_dt_, 0)
        .reads(rate_, 0)
        .writes(u_)
        .writes(previous_)
        .writes(last_dt_);
    d.diagnostic("highest").max(u_);
  }

  double stable_dt(const tessera::Geometry& g) const override {
    return 1.0 / (speed_ * std::sqrt(g.sum_inverse_spacing_squared()));
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double dt) override {
    const auto u = p.read(u_), previous = p.read(previous_), last_dt = p.read(last_dt_), rate = p.read(rate_);
    const auto next = p.write(u_), next_previous = p.write(previous_), next_last_dt = p.write(last_dt_);
    const auto c = p.geometry().scaled_inverse_spacing_squared(speed_ * speed_);
    tessera::for_each(cells, [=](int i, int j, int k) {
      const double now = u(i, j, k);
      const double h = last_dt(i, j, k);
      const double velocity = h > 0.0 ? (now - previous(i, j, k)) / h : rate(i, j, k);
      const double acceleration = c.x * (u(i - 1, j, k) - 2.0 * now + u(i + 1, j, k)) +
                                  c.y * (u(i, j - 1, k) - 2.0 * now + u(i, j + 1, k)) +
                                  c.z * (u(i, j, k - 1) - 2.0 * now + u(i, j, k + 1));
      next(i, j, k) = now + dt * velocity + 0.5 * dt * (h + dt) * acceleration;
      next_previous(i, j, k) = now;
      next_last_dt(i, j, k) = dt;
    });
  }

 private:
  tessera::Parameter<double> speed_;
  tessera::Field<> u_, previous_, last_dt_, rate_;
};

TESSERA_SOLVER(Leapfrog, "leapfrog", "1.0.0", "The wave equation with the leapfrog method")
