// The boundary condition of a field reads another field, whose ghost cells may not exist.
#include "plain.hpp"

class BoundaryReads : public Plain {
 public:
  explicit BoundaryReads(tessera::Declare& d) : Plain{d}, other_{d.field("other").default_value(0.0)} {
    d.stage("keep").reads(level_, 1).writes(level_);
    d.stage("age").reads(other_, 1).writes(other_);
  }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    if (stage.index() == 0) return Plain::update(stage, p, cells, time, dt);
    const auto from = p.read(other_);
    const auto to = p.write(other_);
    tessera::for_each(cells, [=](int i, int j, int k) { to(i, j, k) = from(i, j, k); });
  }

  void boundary(tessera::Patch& p, tessera::Region ghosts, int field, tessera::Face, double) override {
    const auto other = p.read(other_);
    const auto to = p.write(field == level_.index() ? level_ : other_);
    tessera::for_each(ghosts, [=](int i, int j, int k) { to(i, j, k) = other(i, j, k); });
  }

 private:
  tessera::Field<double> other_;
};

TESSERA_SOLVER(BoundaryReads, "boundary_reads", "1.0.0", "Reads another field at the boundary")
