// update() throws from a given time on: for all regions, or only for regions that contain a given x, so that
// only one brick (and rank) fails.
#include "plain.hpp"

#include <stdexcept>

class ThrowsUpdate : public Plain {
 public:
  explicit ThrowsUpdate(tessera::Declare& d)
      : Plain{d},
        when_{d.parameter("when", 0.0).unit("s").help("time at the start of the first step that throws")},
        where_x_{d.parameter("where_x", everywhere).help("x of the cells that throw; unset: all")} {
    d.stage("keep").reads(level_, 0).writes(level_);
  }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    Plain::update(stage, p, cells, time, dt);
    if (time >= when_ && contains_x(p.geometry(), cells)) throw std::runtime_error("the pump is broken");
  }

 private:
  static constexpr double everywhere = -1e30;

  bool contains_x(const tessera::Geometry& g, const tessera::Region& cells) const {
    if (where_x_ == everywhere) return true;
    return g.face(tessera::Axis::x, cells.lower[0]) <= where_x_ &&
           where_x_ < g.face(tessera::Axis::x, cells.upper[0]);
  }

  tessera::Parameter<double> when_;
  tessera::Parameter<double> where_x_;
};

TESSERA_SOLVER(ThrowsUpdate, "throws_update", "1.0.0", "Throws in update")
