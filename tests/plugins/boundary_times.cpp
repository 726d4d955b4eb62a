// Copies ghost cells into fields, to show the time for which they were filled. The stages "early" and "late"
// read two fields at different times within the step: `u`, which the last stage writes, and `k`, which is
// constant.
#include <tessera/grid.hpp>

class BoundaryTimes : public tessera::GridSolver {
 public:
  explicit BoundaryTimes(tessera::Declare& d)
      : u_{d.field("u")},
        k_{d.field("k").constant()},
        early_u_{d.field("early_u").default_value(0.0)},
        early_k_{d.field("early_k").default_value(0.0)},
        late_u_{d.field("late_u").default_value(0.0)},
        late_k_{d.field("late_k").default_value(0.0)},
        early_{d.stage("early").reads(u_, 1).reads(k_, 1).writes(early_u_).writes(early_k_)},
        late_{d.stage("late").reads(u_, 1).reads(k_, 1).writes(late_u_).writes(late_k_).at(0.5)} {
    d.stage("keep").reads(u_, 0).writes(u_);
  }

  double stable_dt(const tessera::Geometry&) const override { return 1.0; }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double,
              double) override {
    if (stage == early_) {
      copy(p.read(u_), p.write(early_u_), cells, -1);
      copy(p.read(k_), p.write(early_k_), cells, -1);
    } else if (stage == late_) {
      copy(p.read(u_), p.write(late_u_), cells, -1);
      copy(p.read(k_), p.write(late_k_), cells, -1);
    } else {
      copy(p.read(u_), p.write(u_), cells, 0);
    }
  }

  void boundary(tessera::Patch& p, tessera::Region ghosts, int field, tessera::Face, double time) override {
    const auto to = p.write(field == u_.index() ? u_ : k_);
    const double factor = field == u_.index() ? 1.0 : 10.0;
    tessera::for_each(ghosts, [=](int i, int j, int k) { to(i, j, k) = factor * time; });
  }

 private:
  static void copy(tessera::View<const double> from, tessera::View<double> to, tessera::Region cells,
                   int shift) {
    tessera::for_each(cells, [=](int i, int j, int k) { to(i, j, k) = from(i + shift, j, k); });
  }

  tessera::Field<> u_, k_, early_u_, early_k_, late_u_, late_k_;
  tessera::Stage early_, late_;
};

TESSERA_SOLVER(BoundaryTimes, "boundary_times", "1.0.0",
               "Copies ghost cells, to show the time for which they were filled")
