// A solver that needs each step to be complete before the next one begins: it remembers the time of its last
// call, and fails if it is called for an earlier step.
#include <tessera/grid.hpp>

#include <stdexcept>

class OrderedSteps : public tessera::GridSolver {
 public:
  explicit OrderedSteps(tessera::Declare& d) : u_{d.field("u")} {
    d.stage("spread").reads(u_, 1).writes(u_);
    d.one_step_at_a_time();
  }

  double stable_dt(const tessera::Geometry&) const override { return 1.0; }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double time, double) override {
    if (time < latest_time_) throw std::runtime_error("called for an earlier step");
    latest_time_ = time;
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    tessera::for_each(cells, [=](int i, int j, int k) {
      next(i, j, k) = 0.5 * u(i, j, k) + 0.25 * (u(i - 1, j, k) + u(i + 1, j, k));
    });
  }

 private:
  tessera::Field<> u_;
  double latest_time_ = 0.0;
};

TESSERA_SOLVER(OrderedSteps, "ordered_steps", "1.0.0",
               "Needs each step to be complete before the next one begins")
