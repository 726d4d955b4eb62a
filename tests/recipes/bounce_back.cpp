// Flow of a nearly incompressible fluid: the lattice Boltzmann method (D2Q9, BGK) with a constant force along
// x. Cells in which `solid` is not 0 are walls. Lengths are in cells, and times in steps.
#include <tessera/grid.hpp>

#include <array>
#include <stdexcept>

namespace {

constexpr int cx[9] = {0, 1, 0, -1, 0, 1, -1, -1, 1};  // the direction of each population
constexpr int cy[9] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
constexpr int opposite[9] = {0, 3, 4, 1, 2, 7, 8, 5, 6};
constexpr double weight[9] = {4.0 / 9,  1.0 / 9,  1.0 / 9,  1.0 / 9, 1.0 / 9,
                              1.0 / 36, 1.0 / 36, 1.0 / 36, 1.0 / 36};

template <class T>
std::array<tessera::View<T>, 9> populations(const tessera::View<T>& f) {
  return {f.component(0), f.component(1), f.component(2), f.component(3), f.component(4),
          f.component(5), f.component(6), f.component(7), f.component(8)};
}

}  // namespace

class BounceBack : public tessera::GridSolver {
 public:
  explicit BounceBack(tessera::Declare& d)
      : tau_{d.parameter("relaxation_time", 0.8).above(0.5)},
        force_{d.parameter("force", 0.0).help("force per cell along x")},
        f_{d.field("f").components(9).default_value(0.0).help("populations after the collision")},
        solid_{d.field<float>("solid").constant().default_value(0.0).help("not 0: a wall")},
        velocity_{d.field("velocity").components(2).derived()} {
    d.stage("stream_and_collide").reads(f_, 1).reads(solid_, 1).writes(f_);
    d.dimensions({2}).default_cfl(1.0);
    d.diagnostic("fastest").max(velocity_, 0);
  }

  void configure(const tessera::Geometry& g) override {
    if (g.spacing(tessera::Axis::x) != 1.0 || g.spacing(tessera::Axis::y) != 1.0)
      throw std::runtime_error("cells must have the length 1: set domain.upper to domain.cells");
  }

  double stable_dt(const tessera::Geometry&) const override { return 1.0; }

  void initialize(tessera::Patch& p, tessera::Region cells, double) override {
    if (given(f_)) return;
    const auto f = populations(p.write(f_));
    tessera::for_each(cells, [=](int i, int j) {
      for (int q = 0; q < 9; ++q) f[q](i, j) = weight[q];
    });
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double dt) override {
    if (dt != 1.0) throw std::runtime_error("steps must have the length 1: use whole numbers as times");
    const auto f = populations(p.read(f_));
    const auto next = populations(p.write(f_));
    const auto solid = p.read(solid_);
    const double force = force_, rate = 1.0 / tau_;
    tessera::for_each(cells, [=](int i, int j) {
      double in[9], density = 0.0, mx = 0.0, my = 0.0;
      for (int q = 0; q < 9; ++q) {
        const int x = i - cx[q], y = j - cy[q];
        in[q] = solid(x, y) != 0.0f ? f[opposite[q]](i, j) : f[q](x, y);  // bounces back, or streams
        density += in[q];
        mx += cx[q] * in[q];
        my += cy[q] * in[q];
      }
      const double ux = (mx + 0.5 * force) / density, uy = my / density;
      for (int q = 0; q < 9; ++q) {
        const double cu = 3.0 * (cx[q] * ux + cy[q] * uy);
        const double equilibrium = density * (1.0 + cu + 0.5 * cu * cu - 1.5 * (ux * ux + uy * uy));
        const double push = (1.0 - 0.5 * rate) * force * 3.0 * (cx[q] - ux + cu * cx[q]);
        const double out = in[q] + rate * (weight[q] * equilibrium - in[q]) + weight[q] * push;
        next[q](i, j) = solid(i, j) != 0.0f ? f[q](i, j) : out;
      }
    });
  }

  void derive(tessera::Patch& p, tessera::Region cells, double) override {
    const auto f = populations(p.read(f_));
    const auto solid = p.read(solid_);
    const auto ux = p.write(velocity_), uy = p.write(velocity_).component(1);
    const double force = force_;
    tessera::for_each(cells, [=](int i, int j) {
      double density = 0.0, mx = -0.5 * force, my = 0.0;
      for (int q = 0; q < 9; ++q) {
        density += f[q](i, j);
        mx += cx[q] * f[q](i, j);
        my += cy[q] * f[q](i, j);
      }
      ux(i, j) = solid(i, j) != 0.0f ? 0.0 : mx / density;
      uy(i, j) = solid(i, j) != 0.0f ? 0.0 : my / density;
    });
  }

 private:
  tessera::Parameter<double> tau_, force_;
  tessera::Field<> f_;
  tessera::Field<float> solid_;
  tessera::Field<> velocity_;
};

TESSERA_SOLVER(BounceBack, "bounce_back", "1.0.0", "Lattice Boltzmann flow with walls (D2Q9)")
