// A solver for tests of probes. Each step adds dt to `u`; the derived field `w` depends on `u` and the time.
#include <tessera/grid.hpp>

class Probed : public tessera::GridSolver {
 public:
  explicit Probed(tessera::Declare& d)
      : u_{d.field("u").unit("K")},
        v_{d.field<float>("v").components(2)},
        w_{d.field("w").unit("m").derived()} {
    d.allows_spherical();
    d.stage("add").reads(u_, 1).writes(u_);
  }

  double stable_dt(const tessera::Geometry&) const override { return 1.0; }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double dt) override {
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    tessera::for_each(cells, [=](int i, int j, int k) { next(i, j, k) = u(i, j, k) + dt; });
  }

  void derive(tessera::Patch& p, tessera::Region cells, double time) override {
    const auto u = p.read(u_);
    const auto w = p.write(w_);
    tessera::for_each(cells, [=](int i, int j, int k) { w(i, j, k) = 2.0 * u(i, j, k) + 1000.0 * time; });
  }

 private:
  tessera::Field<> u_;
  tessera::Field<float> v_;
  tessera::Field<> w_;
};

TESSERA_SOLVER(Probed, "probed", "1.0.0", "Adds dt to a field, for tests of probes")
