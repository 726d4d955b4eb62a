// Heat conduction, u_t = kappa (u_xx + u_yy + u_zz): explicit Euler in time, second-order central
// differences in space. The tutorial solver: this file is all there is to it.
#include <tessera/grid.hpp>

class Heat : public tessera::GridSolver {
 public:
  explicit Heat(tessera::Declare& d)
      : kappa_{d.parameter("diffusivity", 1.0).unit("m^2/s").at_least(0.0).help("thermal diffusivity")},
        u_{d.field("temperature").unit("K").help("temperature")} {
    d.stage("diffuse").reads(u_, 1).writes(u_);
    d.diagnostic("heat").sum(u_).times_cell_volume().unit("K m^d").help("integral of the temperature");
    d.diagnostic("hottest").max(u_).unit("K");
    d.diagnostic("coldest").min(u_).unit("K");
  }

  double stable_dt(const tessera::Geometry& g) const override {
    return 0.5 / (kappa_ * g.sum_inverse_spacing_squared());
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double dt) override {
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    const auto c = p.geometry().scaled_inverse_spacing_squared(kappa_ * dt);
    tessera::for_each(cells, [=](int i, int j, int k) {
      next(i, j, k) = u(i, j, k) + c.x * (u(i - 1, j, k) - 2 * u(i, j, k) + u(i + 1, j, k)) +
                      c.y * (u(i, j - 1, k) - 2 * u(i, j, k) + u(i, j + 1, k)) +
                      c.z * (u(i, j, k - 1) - 2 * u(i, j, k) + u(i, j, k + 1));
    });
  }

 private:
  tessera::Parameter<double> kappa_;
  tessera::Field<double> u_;
};

TESSERA_SOLVER(Heat, "heat", "1.0.0", "Heat conduction in 1, 2 or 3 dimensions")
