// Solvers without physics, one per value of the macro VARIANT, whose stages read and write each other's
// fields in ways that real solvers rarely do. Each stage writes weighted means of the fields that it reads.
#include <tessera/grid.hpp>

#include <string>
#include <vector>

namespace {

enum class Kind { state, constant, work };

struct Read {
  int field;
  int radius;
};

struct StageSpec {
  std::string name;
  std::vector<Read> reads;
  std::vector<int> writes;
  double offset;
};

struct SolverSpec {
  std::vector<Kind> fields;
  std::vector<StageSpec> stages;
};

SolverSpec make_spec() {
  using enum Kind;
  if (VARIANT == 0) {  // two state fields, one of which is written three times per step
    return {{state, state},
            {{"one", {{0, 1}}, {1}, 0.0},
             {"two", {{0, 3}, {1, 0}}, {1}, 0.25},
             {"three", {{0, 2}, {1, 1}}, {0}, 0.5},
             {"four", {{0, 1}, {1, 2}}, {1}, 1.0}}};
  }
  if (VARIANT == 1) {  // a constant field, a work field, and a state field that is updated in place
    return {{state, constant, work, state},
            {{"flux", {{0, 1}, {1, 2}}, {2}, 0.0},
             {"move", {{2, 1}, {0, 0}, {1, 0}}, {0}, 0.5},
             {"tally", {{0, 0}, {3, 0}}, {3}, 1.0}}};
  }
  // The stage `near`, which reads no neighbours, is between stages with wide stencils. The stage `both`
  // writes two fields. The ghost cells of field 2 that `last` reads can be reused in the next step.
  return {{state, state, state},
          {{"near", {{0, 0}, {1, 0}}, {1}, 0.0},
           {"wide", {{1, 2}, {2, 1}}, {0}, 0.0},
           {"both", {{0, 1}, {1, 1}, {2, 0}}, {2, 0}, 0.5},
           {"last", {{2, 2}, {0, 0}}, {1}, 0.75}}};
}

}  // namespace

class Stages : public tessera::GridSolver {
 public:
  explicit Stages(tessera::Declare& d) : spec_{make_spec()} {
    for (std::size_t f = 0; f < spec_.fields.size(); ++f) {
      auto field = d.field("f" + std::to_string(f));
      if (spec_.fields[f] == Kind::constant) field.constant();
      if (spec_.fields[f] == Kind::work) field.work();
      fields_.push_back(field);
    }
    for (const StageSpec& s : spec_.stages) {
      auto stage = d.stage(s.name);
      for (const Read& r : s.reads) stage.reads(fields_[static_cast<std::size_t>(r.field)], r.radius);
      for (const int f : s.writes) stage.writes(fields_[static_cast<std::size_t>(f)]);
      stage.at(s.offset);
    }
    d.diagnostic("sum_f0").sum(fields_[0]);
  }

  double stable_dt(const tessera::Geometry&) const override { return 1.0; }

  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    const StageSpec& s = spec_.stages[static_cast<std::size_t>(stage.index())];
    std::vector<tessera::View<const double>> from;
    for (const Read& r : s.reads) from.push_back(p.read(fields_[static_cast<std::size_t>(r.field)]));
    std::vector<tessera::View<double>> to;
    for (const int f : s.writes) to.push_back(p.write(fields_[static_cast<std::size_t>(f)]));
    tessera::for_each(cells, [&](int i, int j, int k) {
      // All values are computed before any is stored, because a field may be updated in place.
      double values[4] = {};
      for (std::size_t w = 0; w < to.size(); ++w) {
        double total = 0.0;
        for (std::size_t r = 0; r < from.size(); ++r) {
          const double share = 1.0 + 0.5 * static_cast<double>(r) + 0.25 * static_cast<double>(w);
          values[w] += share * mean(from[r], s.reads[r].radius, i, j, k);
          total += share;
        }
        values[w] = values[w] / total + 0.01 * dt * time;
      }
      for (std::size_t w = 0; w < to.size(); ++w) to[w](i, j, k) = values[w];
    });
  }

 private:
  /// Weighted mean over the box of `radius` around cell (i, j, k). Each neighbour has a different weight.
  static double mean(const tessera::View<const double>& v, int radius, int i, int j, int k) {
    double sum = 0.0;
    double total = 0.0;
    for (int dk = -radius; dk <= radius; ++dk) {
      for (int dj = -radius; dj <= radius; ++dj) {
        for (int di = -radius; di <= radius; ++di) {
          const double weight = 1.0 + 0.05 * di + 0.03 * dj + 0.02 * dk;
          sum += weight * v(i + di, j + dj, k + dk);
          total += weight;
        }
      }
    }
    return sum / total;
  }

  SolverSpec spec_;
  std::vector<tessera::Field<>> fields_;
};

TESSERA_SOLVER(Stages, "stages", "1.0.0", "Stages that read and write each other's fields in unusual ways")
