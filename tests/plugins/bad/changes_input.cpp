// Clips its input in place, as a solver in C or Fortran might do by mistake.
#include "plain.hpp"

class ChangesInput : public Plain {
 public:
  explicit ChangesInput(tessera::Declare& d) : Plain{d} { d.stage("keep").reads(level_, 1).writes(level_); }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    const tessera_view& raw = p.raw().reads[level_.index()];
    auto* u = static_cast<double*>(raw.data);
    tessera::for_each(cells, [=](int i, int j, int k) {
      double& value = u[i * raw.stride[0] + j * raw.stride[1] + k * raw.stride[2]];
      if (value > 1.0) value = 1.0;
    });
    Plain::update(stage, p, cells, time, dt);
  }
};

TESSERA_SOLVER(ChangesInput, "changes_input", "1.0.0", "Changes the field that it reads")
