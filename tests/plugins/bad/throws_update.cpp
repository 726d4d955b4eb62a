// update() throws, from a time on: everywhere, or only where it updates a given place, so that one brick
// (and one rank) fails alone.
#include "plain.hpp"

#include <stdexcept>

class ThrowsUpdate : public Plain {
 public:
  explicit ThrowsUpdate(tessera::Declare& d)
      : Plain{d},
        when_{d.parameter("when", 0.0).unit("s").help("time of the step that throws first")},
        where_x_{d.parameter("where_x", everywhere).help("x of the cells that throw; unset: all")} {
    d.stage("keep").reads(level_, 0).writes(level_);
  }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    Plain::update(stage, p, cells, time, dt);
    if (time >= when_ && touches(p.geometry(), cells)) throw std::runtime_error("the pump is broken");
  }

 private:
  static constexpr double everywhere = -1e30;

  bool touches(const tessera::Geometry& g, const tessera::Region& cells) const {
    if (where_x_ == everywhere) return true;
    return g.face(tessera::Axis::x, cells.lower[0]) <= where_x_ &&
           where_x_ < g.face(tessera::Axis::x, cells.upper[0]);
  }

  tessera::Parameter<double> when_;
  tessera::Parameter<double> where_x_;
};

TESSERA_SOLVER(ThrowsUpdate, "throws_update", "1.0.0", "Throws in update")
