// u_t = kappa (u_xx + u_yy + u_zz) around obstacles. Cells in which `solid` is not 0 keep their value, and no
// heat flows between them and their neighbours.
#include <tessera/grid.hpp>

class Mask : public tessera::GridSolver {
 public:
  explicit Mask(tessera::Declare& d)
      : kappa_{d.parameter("diffusivity", 1.0).unit("m^2/s").above(0.0)},
        u_{d.field("u")},
        solid_{d.field<float>("solid").constant().default_value(0.0).help("not 0: an obstacle")},
        open_u_{d.field("open_u").derived().help("u, or 0 in an obstacle")} {
    d.stage("diffuse").reads(u_, 1).reads(solid_, 1).writes(u_);
    d.diagnostic("heat").sum(open_u_).times_cell_volume();
  }

  double stable_dt(const tessera::Geometry& g) const override {
    return 0.5 / (kappa_ * g.sum_inverse_spacing_squared());
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double dt) override {
    const auto u = p.read(u_);
    const auto solid = p.read(solid_);
    const auto next = p.write(u_);
    const auto c = p.geometry().scaled_inverse_spacing_squared(kappa_ * dt);
    tessera::for_each(cells, [=](int i, int j, int k) {
      const double here = u(i, j, k);
      const auto from = [&](int x, int y, int z) { return solid(x, y, z) != 0.0f ? 0.0 : u(x, y, z) - here; };
      const double change = c.x * (from(i - 1, j, k) + from(i + 1, j, k)) +
                            c.y * (from(i, j - 1, k) + from(i, j + 1, k)) +
                            c.z * (from(i, j, k - 1) + from(i, j, k + 1));
      next(i, j, k) = solid(i, j, k) != 0.0f ? here : here + change;
    });
  }

  void derive(tessera::Patch& p, tessera::Region cells, double) override {
    const auto u = p.read(u_);
    const auto solid = p.read(solid_);
    const auto open_u = p.write(open_u_);
    tessera::for_each(
        cells, [=](int i, int j, int k) { open_u(i, j, k) = solid(i, j, k) != 0.0f ? 0.0 : u(i, j, k); });
  }

 private:
  tessera::Parameter<double> kappa_;
  tessera::Field<> u_;
  tessera::Field<float> solid_;
  tessera::Field<> open_u_;
};

TESSERA_SOLVER(Mask, "mask", "1.0.0", "Heat conduction around obstacles")
