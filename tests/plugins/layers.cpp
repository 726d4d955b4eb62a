// Parameters that are lists, tables and series, in C++: the decay of an amount with an inflow,
//   u_t = q(t) - r f(x) u,
// where r is the sum of the list `rates`, and f the factor of the first row of the table `layer` whose top is
// above x, or else of the last row. layers_c.c and layers_f.f90 compute the same bits.
#include <tessera/grid.hpp>

#include <stdexcept>

class Layers : public tessera::GridSolver {
 public:
  explicit Layers(tessera::Declare& d) : Layers{d, d.table("layer").rows_at_least(1).rows_at_most(8)} {}

  void configure(const tessera::Geometry&) override {
    for (std::int64_t n = 1; n < top_.size(); ++n) {
      if (!(top_[n] > top_[n - 1])) throw std::runtime_error("the tops of the layers must increase");
    }
  }

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    double rate = 0.0;
    for (const double r : rates_.span()) rate += r;
    const double inflow = inflow_.at(time);
    const std::span<const double> top = top_.span();
    const std::span<const double> factor = factor_.span();
    const tessera::Geometry geometry = p.geometry();
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    tessera::for_each(cells, [=](int i, int j, int k) {
      const double x = geometry.x(i);
      std::size_t n = 0;
      while (n + 1 < top.size() && !(x < top[n])) ++n;
      next(i, j, k) = u(i, j, k) + dt * (inflow - rate * factor[n] * u(i, j, k));
    });
  }

 private:
  Layers(tessera::Declare& d, tessera::TableBuilder layer)
      : rates_{d.list("rates").unit("1/s").at_least(0.0).size_at_least(1).size_at_most(4).help("rates")},
        marks_{d.list<int>("marks").default_values({1, 2})},
        inflow_{d.series("inflow").unit("kg/s").at_least(0.0).help("inflow")},
        delay_{d.list("delay").unit("s").default_values({})},
        top_{layer.column("top").unit("m").help("upper end of the layer")},
        factor_{layer.column("factor").default_value(1.0).above(0.0)},
        u_{d.field("amount").unit("kg").default_value(1.0)} {
    d.stage("decay").reads(u_, 0).writes(u_);
  }

  tessera::List<double> rates_;
  tessera::List<int> marks_;
  tessera::Series inflow_;
  tessera::List<double> delay_;
  tessera::Column<double> top_;
  tessera::Column<double> factor_;
  tessera::Field<> u_;
};

TESSERA_SOLVER(Layers, "layers", "1.0.0", "Decay with a list, a table and a series as parameters")
