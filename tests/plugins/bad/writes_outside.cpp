// Writes one cell more in each row than the region contains.
#include <tessera/grid.hpp>

class WritesOutside : public tessera::GridSolver {
 public:
  explicit WritesOutside(tessera::Declare& d) : u_{d.field("u")} {
    d.stage("smooth").reads(u_, 1).writes(u_);
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    ++cells.upper[0];
    tessera::for_each(cells, [=](int i, int j, int k) { next(i, j, k) = u(i - 1, j, k) + 1.0; });
  }

 private:
  tessera::Field<> u_;
};

TESSERA_SOLVER(WritesOutside, "writes_outside", "1.0.0", "Writes outside its region")
