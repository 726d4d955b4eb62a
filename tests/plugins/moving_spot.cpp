// Diffusion with an uneven computational cost, for tests and benchmarks of load balancing. By default, a cell
// in a spot that moves in a circle through the domain costs twenty times as much as other cells. Codes with
// local chemistry or with wet and dry cells have similar costs.
#include <tessera/grid.hpp>

#include <cmath>

class MovingSpot : public tessera::GridSolver {
 public:
  explicit MovingSpot(tessera::Declare& d)
      : radius_{d.parameter("radius", 0.15)
                    .at_least(0.0)
                    .help("radius of the spot, for a domain of length 1")},
        period_{d.parameter("period", 1.0).unit("s").above(0.0).help("time for one orbit of the spot")},
        work_{d.parameter("work", std::int64_t{40}).at_least(0).help("iterations per cell outside the spot")},
        factor_{d.parameter("factor", std::int64_t{20})
                    .at_least(1)
                    .help("cost of a cell in the spot, relative to one outside")},
        u_{d.field("u")} {
    d.dimensions({2, 3});
    d.stage("react").reads(u_, 1).writes(u_);
    d.diagnostic("sum").sum(u_);
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    const tessera::Geometry& g = p.geometry();
    const double angle = 2.0 * 3.14159265358979323846 * time / period_;
    const double centre_x = 0.5 + 0.3 * std::cos(angle);
    const double centre_y = 0.5 + 0.3 * std::sin(angle);
    const double radius_squared = radius_ * radius_;
    const auto work = work_.value();
    const auto work_in_spot = work * factor_.value();
    for (int k = cells.lower[2]; k < cells.upper[2]; ++k) {
      for (int j = cells.lower[1]; j < cells.upper[1]; ++j) {
        const double y = g.y(j) - centre_y;
        for (int i = cells.lower[0]; i < cells.upper[0]; ++i) {
          const double x = g.x(i) - centre_x;
          const auto iterations = x * x + y * y < radius_squared ? work_in_spot : work;
          double v = u(i, j, k);
          const double mean = 0.25 * (u(i - 1, j, k) + u(i + 1, j, k) + u(i, j - 1, k) + u(i, j + 1, k));
          for (std::int64_t n = 0; n < iterations; ++n) v = v + dt * (mean - v) * (1.0 - 1e-3 * v);
          next(i, j, k) = v;
        }
      }
    }
  }

 private:
  tessera::Parameter<double> radius_, period_;
  tessera::Parameter<std::int64_t> work_, factor_;
  tessera::Field<> u_;
};

TESSERA_SOLVER(MovingSpot, "moving_spot", "1.0.0", "Diffusion with a spot of costly cells that moves")
