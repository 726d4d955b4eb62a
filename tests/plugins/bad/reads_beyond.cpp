// Reads a neighbour at a distance of 2 cells, but declares radius 1.
#include <tessera/grid.hpp>

class ReadsBeyond : public tessera::GridSolver {
 public:
  explicit ReadsBeyond(tessera::Declare& d) : u_{d.field("u")} { d.stage("smooth").reads(u_, 1).writes(u_); }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    tessera::for_each(cells,
                      [=](int i, int j, int k) { next(i, j, k) = 0.5 * (u(i, j, k) + u(i + 2, j, k)); });
  }

 private:
  tessera::Field<> u_;
};

TESSERA_SOLVER(ReadsBeyond, "reads_beyond", "1.0.0", "Reads beyond its declared radius")
