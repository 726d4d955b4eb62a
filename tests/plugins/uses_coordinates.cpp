// A solver without physics whose results depend on the coordinates of cells and on the time. Each step adds a
// source that depends on both. The second stage reads the output of the first, in the middle of the step. At
// custom boundaries, ghost values depend on the time and on the mirror cell. The solver can be made to fail
// in cells at a given x.
#include <tessera/grid.hpp>

#include <cmath>
#include <stdexcept>

class UsesCoordinates : public tessera::GridSolver {
 public:
  explicit UsesCoordinates(tessera::Declare& d)
      : source_{d.parameter("source", 1.0).help("strength of the source")},
        fails_at_{d.parameter("fails_at", 1e30).help("time at the start of the first step that fails")},
        fails_x_{d.parameter("fails_x", 0.0).help("x of the cells that fail")},
        u_{d.field("u")},
        v_{d.field<float>("v").default_value(0.0)},
        push_{d.stage("push").reads(u_, 1).writes(u_)},
        pull_{d.stage("pull").reads(u_, 1).reads(v_, 0).writes(v_).at(0.5)} {
    d.diagnostic("sum_u").sum(u_);
    d.diagnostic("max_v").max(v_);
  }

  double stable_dt(const tessera::Geometry&) const override { return 0.25; }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    const tessera::Geometry& g = p.geometry();
    if (time >= fails_at_ && g.face(tessera::Axis::x, cells.lower[0]) <= fails_x_ &&
        fails_x_ < g.face(tessera::Axis::x, cells.upper[0])) {
      throw std::runtime_error("the cell fails as requested");
    }
    if (stage == push_) {
      push(p, cells, time, dt);
    } else {
      pull(p, cells);
    }
  }

  void boundary(tessera::Patch& p, tessera::Region ghosts, int field, tessera::Face face,
                double time) override {
    const auto u = p.write(tessera::Field<>{field});
    const tessera::Geometry& g = p.geometry();
    const int axis = static_cast<int>(face.axis);
    const bool lower = face.side == tessera::Side::lower;
    // Local index of the first cell above the face.
    const auto plane = static_cast<int>((lower ? 0 : g.cells(face.axis)) - p.raw().offset[axis]);
    tessera::for_each(ghosts, [=](int i, int j, int k) {
      int at[3] = {i, j, k};
      at[axis] = 2 * plane - 1 - at[axis];
      u(i, j, k) = 0.75 * u(at[0], at[1], at[2]) + 0.125 * time;
    });
  }

 private:
  void push(const tessera::Patch& p, const tessera::Region& cells, double time, double dt) const {
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    const tessera::Geometry& g = p.geometry();
    const double strength = dt * source_;
    tessera::for_each(cells, [=](int i, int j, int k) {
      const double weighted_sum = u(i - 1, j, k) + 2 * u(i + 1, j, k) + u(i, j - 1, k) + 3 * u(i, j + 1, k) +
                                  u(i, j, k - 1) + 4 * u(i, j, k + 1) + u(i - 1, j - 1, k + 1) +
                                  u(i - 1, j + 1, k - 1);
      next(i, j, k) =
          0.5 * u(i, j, k) + weighted_sum / 28 + strength * std::sin(g.x(i) + 2 * g.y(j) + 3 * g.z(k) + time);
    });
  }

  void pull(const tessera::Patch& p, const tessera::Region& cells) const {
    const auto u = p.read(u_);
    const auto v = p.read(v_);
    const auto next = p.write(v_);
    tessera::for_each(cells, [=](int i, int j, int k) {
      const double difference = u(i + 1, j, k) - u(i - 1, j, k) + 2 * (u(i, j + 1, k) - u(i, j - 1, k)) +
                                3 * (u(i, j, k + 1) - u(i, j, k - 1)) + u(i + 1, j + 1, k + 1) -
                                u(i + 1, j - 1, k) + u(i - 1, j, k - 1);
      next(i, j, k) = 0.5f * v(i, j, k) + 0.125f * static_cast<float>(difference);
    });
  }

  tessera::Parameter<double> source_;
  tessera::Parameter<double> fails_at_;
  tessera::Parameter<double> fails_x_;
  tessera::Field<> u_;
  tessera::Field<float> v_;
  tessera::Stage push_;
  tessera::Stage pull_;
};

TESSERA_SOLVER(UsesCoordinates, "uses_coordinates", "1.0.0",
               "Adds a source that depends on position and time, to test time tiles")
