// Linear advection, c_t + u c_x = 0 with u >= 0: first-order upwind.
#include <tessera/grid.hpp>

class Advection : public tessera::GridSolver {
 public:
  explicit Advection(tessera::Declare& d)
      : speed_{d.parameter("speed", 1.0).unit("m/s").at_least(0.0)}, c_{d.field("concentration")} {
    d.dimensions({1});
    d.stage("upwind").reads(c_, 1).writes(c_);
    d.diagnostic("mass").sum(c_).times_cell_volume();
  }

  double stable_dt(const tessera::Geometry& g) const override { return g.spacing(tessera::Axis::x) / speed_; }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double dt) override {
    const auto c = p.read(c_);
    const auto next = p.write(c_);
    const double courant = speed_ * dt / p.geometry().spacing(tessera::Axis::x);
    tessera::for_each(cells, [=](int i, int j) { next(i, j) = c(i, j) - courant * (c(i, j) - c(i - 1, j)); });
  }

 private:
  tessera::Parameter<double> speed_;
  tessera::Field<double> c_;
};

TESSERA_SOLVER(Advection, "advection", "1.0.0", "Linear advection in 1 dimension")
