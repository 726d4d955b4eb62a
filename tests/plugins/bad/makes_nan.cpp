// Sets one cell to NaN or infinity in all steps that start at or after a given time.
#include "plain.hpp"

#include <limits>

class MakesNan : public Plain {
 public:
  explicit MakesNan(tessera::Declare& d)
      : Plain{d},
        i_{d.parameter("i", 0).help("index of the cell in the whole domain")},
        j_{d.parameter("j", 0)},
        k_{d.parameter("k", 0)},
        when_{d.parameter("when", 0.0).unit("s")},
        infinite_{d.parameter("infinite", false).help("set the cell to infinity instead of NaN")} {
    d.stage("keep").reads(level_, 0).writes(level_);
  }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    Plain::update(stage, p, cells, time, dt);
    const int i = i_ - static_cast<int>(p.raw().offset[0]);
    const int j = j_ - static_cast<int>(p.raw().offset[1]);
    const int k = k_ - static_cast<int>(p.raw().offset[2]);
    const auto within = [&](int index, int axis) {
      return cells.lower[axis] <= index && index < cells.upper[axis];
    };
    if (time < when_ || !within(i, 0) || !within(j, 1) || !within(k, 2)) return;
    using limits = std::numeric_limits<double>;
    p.write(level_)(i, j, k) = infinite_ ? limits::infinity() : limits::quiet_NaN();
  }

 private:
  tessera::Parameter<int> i_;
  tessera::Parameter<int> j_;
  tessera::Parameter<int> k_;
  tessera::Parameter<double> when_;
  tessera::Parameter<bool> infinite_;
};

TESSERA_SOLVER(MakesNan, "makes_nan", "1.0.0", "Sets one cell to NaN or infinity")
