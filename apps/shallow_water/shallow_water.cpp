// The nonlinear shallow-water equations over variable bathymetry, on a plane or a rotating sphere: a
// well-balanced second-order finite-volume scheme with wetting and drying. README.md contains the equations
// and the references.
#include "fault_table.h"
#include "friction.h"
#include "tendency.h"

#include <tessera/grid.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace shallow_water {

using tessera::Axis;
using tessera::Field;
using tessera::Geometry;
using tessera::Parameter;
using tessera::Patch;
using tessera::Region;
using tessera::Stage;

class ShallowWater : public tessera::GridSolver {
 public:
  explicit ShallowWater(tessera::Declare& d);

  void configure(const Geometry&) override;
  void initialize(Patch&, Region cells, double time) override;
  double local_stable_dt(const Patch&, Region cells, double time) const override;
  void update(const Stage&, Patch&, Region cells, double time, double dt) override;
  void derive(Patch&, Region cells, double time) override;
  void boundary(Patch&, Region ghosts, int field, tessera::Face, double time) override;

 private:
  void predict(Patch&, const Region& cells, double dt) const;
  void correct(Patch&, const Region& cells, double time, double dt) const;
  void apply_uplift(Patch&, const Region& cells, double time, double dt) const;

  Parameter<double> gravity_, rotation_, coriolis_, manning_, dry_depth_, sea_level_, density_;
  Parameter<std::string> limiter_;
  FaultTable fault_;

  Field<> depth_, momentum_x_, momentum_y_, highest_, bed_;
  Field<> old_depth_, old_momentum_x_, old_momentum_y_;
  Field<> surface_, wave_, velocity_x_, velocity_y_, speed_, energy_;
  Stage predict_, correct_;

  Scheme scheme_;
  std::vector<Fault> faults_;
};

ShallowWater::ShallowWater(tessera::Declare& d)
    : gravity_{d.parameter("gravity", 9.81).unit("m/s^2").above(0.0)},
      rotation_{d.parameter("rotation", 7.292115e-5).unit("1/s").help("angular velocity of the sphere")},
      coriolis_{d.parameter("coriolis", 0.0).unit("1/s").help("Coriolis parameter of a plane (f-plane)")},
      manning_{
          d.parameter("manning", 0.0).unit("s/m^(1/3)").at_least(0.0).help("Manning roughness n of the bed")},
      dry_depth_{d.parameter("dry_depth", 1e-6)
                     .unit("m")
                     .at_least(1e-100)
                     .help("depth up to which a cell counts as dry")},
      sea_level_{d.parameter("sea_level", 0.0).unit("m").help("level of the water at rest")},
      density_{d.parameter("density", 1025.0)
                   .unit("kg/m^3")
                   .above(0.0)
                   .help("density of the water; for the energy")},
      limiter_{
          d.parameter("limiter", "mc").one_of({"mc", "minmod"}).help("limiter of the slopes inside cells")},
      fault_{d.table("fault")},
      depth_{d.field("depth").unit("m").default_value(0.0).help("depth of the water")},
      momentum_x_{d.field("momentum_x")
                      .unit("m^2/s")
                      .default_value(0.0)
                      .odd_across(Axis::x)
                      .help("depth times velocity")},
      momentum_y_{d.field("momentum_y")
                      .unit("m^2/s")
                      .default_value(0.0)
                      .odd_across(Axis::y)
                      .help("depth times velocity")},
      highest_{d.field("highest").unit("m").default_value(0.0).help(
          "highest surface so far while wet; the bed if never wet")},
      bed_{d.field("bed").unit("m").constant().default_value(0.0).help("bed elevation")},
      old_depth_{d.field("old_depth").unit("m").work()},
      old_momentum_x_{d.field("old_momentum_x").unit("m^2/s").work()},
      old_momentum_y_{d.field("old_momentum_y").unit("m^2/s").work()},
      surface_{d.field("surface").unit("m").derived().help("bed + depth")},
      wave_{d.field("wave").unit("m").derived().help("surface - sea_level; 0 on dry land")},
      velocity_x_{d.field("velocity_x").unit("m/s").derived()},
      velocity_y_{d.field("velocity_y").unit("m/s").derived()},
      speed_{d.field("speed").unit("m/s").derived()},
      energy_{d.field("energy").unit("J/m^2").derived().help("kinetic and available potential energy")} {
  d.dimensions({1, 2}).allows_spherical().default_cfl(0.45);

  // Heun's method. `predict` takes an Euler step in place and saves the old state in work fields; `correct`
  // takes another step and averages. Both read the state fields themselves, so that the job's boundary
  // conditions apply in both.
  predict_ = d.stage("predict")
                 .reads(depth_, 2)
                 .reads(momentum_x_, 2)
                 .reads(momentum_y_, 2)
                 .reads(bed_, 2)
                 .writes(depth_)
                 .writes(momentum_x_)
                 .writes(momentum_y_)
                 .writes(old_depth_)
                 .writes(old_momentum_x_)
                 .writes(old_momentum_y_);
  correct_ = d.stage("correct")
                 .reads(depth_, 2)
                 .reads(momentum_x_, 2)
                 .reads(momentum_y_, 2)
                 .reads(bed_, 2)
                 .reads(old_depth_, 0)
                 .reads(old_momentum_x_, 0)
                 .reads(old_momentum_y_, 0)
                 .reads(highest_, 0)
                 .writes(depth_)
                 .writes(momentum_x_)
                 .writes(momentum_y_)
                 .writes(highest_)
                 .at(1.0);

  d.diagnostic("mass").sum(depth_).times_cell_volume().unit("m^3").help("volume of the water");
  d.diagnostic("crest").max(wave_).unit("m").help("highest water above sea_level");
  d.diagnostic("trough").min(wave_).unit("m").help("lowest water, relative to sea_level");
  d.diagnostic("fastest").max(speed_).unit("m/s").help("maximum speed");
  d.diagnostic("momentum_x")
      .l1(momentum_x_)
      .times_cell_volume()
      .unit("m^4/s")
      .help("integral of |momentum_x|");
  d.diagnostic("momentum_y")
      .l1(momentum_y_)
      .times_cell_volume()
      .unit("m^4/s")
      .help("integral of |momentum_y|");
  d.diagnostic("energy").sum(energy_).times_cell_volume().unit("J").help(
      "kinetic and available potential energy");
}

void ShallowWater::configure(const Geometry& g) {
  if (given(depth_) && given(surface_)) {
    throw std::invalid_argument(
        "[initial] sets both `depth` and `surface`: set only one, since the other follows from the bed");
  }
  for (const auto& [field, name] : {std::pair{wave_, "wave"}, {speed_, "speed"}, {energy_, "energy"}}) {
    if (given(field))
      throw std::invalid_argument(std::string{"[initial] sets `"} + name +
                                  "`, which is computed from other fields: set those instead");
  }
  if ((given(momentum_x_) && given(velocity_x_)) || (given(momentum_y_) && given(velocity_y_))) {
    throw std::invalid_argument(
        "[initial] sets both momentum and velocity along the same axis: set only one of them");
  }
  scheme_ = {gravity_, dry_depth_, limiter_.value() == "mc" ? 1.0 : 0.5, rotation_, coriolis_};
  faults_ = fault_.faults();
  if (!faults_.empty() && g.dimensions() != 2) {
    throw std::invalid_argument("[[parameters.fault]] requires a two-dimensional domain");
  }
}

void ShallowWater::initialize(Patch& p, Region cells, double) {
  const auto bed = p.read(bed_);
  const auto depth = p.write(depth_);
  const auto highest = p.write(highest_);
  const auto surface = p.read(surface_);
  const double level = sea_level_;
  const bool from_depth = given(depth_);
  const bool from_surface = given(surface_);
  tessera::for_each(cells, [=](int i, int j) {
    const double top = from_surface ? surface(i, j) : level;
    depth(i, j) = larger(0.0, from_depth ? depth(i, j) : top - bed(i, j));
  });
  const auto multiply = [&](Field<> velocity, Field<> momentum) {
    if (!given(velocity)) return;
    const auto u = p.read(velocity);
    const auto q = p.write(momentum);
    tessera::for_each(cells, [=](int i, int j) { q(i, j) = depth(i, j) * u(i, j); });
  };
  multiply(velocity_x_, momentum_x_);
  multiply(velocity_y_, momentum_y_);
  if (!given(highest_)) {
    tessera::for_each(cells, [=](int i, int j) { highest(i, j) = bed(i, j) + depth(i, j); });
  }
}

double ShallowWater::local_stable_dt(const Patch& p, Region cells, double) const {
  const auto depth = p.read(depth_);
  const auto momentum_x = p.read(momentum_x_);
  const auto momentum_y = p.read(momentum_y_);
  const double gravity = scheme_.gravity;
  const double dry = scheme_.dry;
  // One maximum per column of a strip, because a single maximum over a row would not vectorise.
  constexpr int kLanes = 64;
  double max_rates[kLanes] = {};
  for (int j = cells.lower[1]; j < cells.upper[1]; ++j) {
    const Metric m = Metric::of_row(p.geometry(), j, 0.0, 0.0);
    const double along_x = m.x;
    const double along_y = larger(m.south, m.north);
    for (int i = cells.lower[0]; i < cells.upper[0]; i += kLanes) {
      const double* h = depth.row(j) + i;
      const double* qx = momentum_x.row(j) + i;
      const double* qy = momentum_y.row(j) + i;
      const int count = cells.upper[0] - i < kLanes ? cells.upper[0] - i : kLanes;
      TESSERA_INDEPENDENT_ITERATIONS
      for (int k = 0; k < count; ++k) {
        const double factor = velocity_factor(h[k], dry);
        const double c = std::sqrt(gravity * h[k]);
        const double rate =
            (std::abs(qx[k]) * factor + c) * along_x + (std::abs(qy[k]) * factor + c) * along_y;
        max_rates[k] = larger(max_rates[k], rate);
      }
    }
  }
  double max_rate = 0.0;
  for (double rate : max_rates) max_rate = larger(max_rate, rate);
  return max_rate > 0.0 ? 1.0 / max_rate : std::numeric_limits<double>::infinity();
}

void ShallowWater::update(const Stage& stage, Patch& p, Region cells, double time, double dt) {
  if (stage == predict_) {
    predict(p, cells, dt);
  } else {
    correct(p, cells, time, dt);
    apply_uplift(p, cells, time, dt);
  }
}

void ShallowWater::predict(Patch& p, const Region& cells, double dt) const {
  const Flow flow{p.read(depth_), p.read(momentum_x_), p.read(momentum_y_), p.read(bed_)};
  const auto next_depth = p.write(depth_), next_x = p.write(momentum_x_), next_y = p.write(momentum_y_);
  const auto old_depth = p.write(old_depth_), old_x = p.write(old_momentum_x_),
             old_y = p.write(old_momentum_y_);
  const double inverse_dry_squared = 1.0 / (scheme_.dry * scheme_.dry);
  Tendency rate;
  rate.for_each_row(flow, cells, p.geometry(), scheme_, [&](int i, int count, int j, const Metric&) {
    const double* h = flow.depth.row(j) + i;
    const double* qx = flow.momentum_x.row(j) + i;
    const double* qy = flow.momentum_y.row(j) + i;
    double* h_to = next_depth.row(j) + i;
    double* qx_to = next_x.row(j) + i;
    double* qy_to = next_y.row(j) + i;
    double* h_old = old_depth.row(j) + i;
    double* qx_old = old_x.row(j) + i;
    double* qy_old = old_y.row(j) + i;
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = 0; k < count; ++k) {
      const double depth = larger(0.0, h[k] + dt * rate.depth[k]);
      const double damping = smaller(depth * depth * inverse_dry_squared, 1.0);
      h_old[k] = h[k];
      qx_old[k] = qx[k];
      qy_old[k] = qy[k];
      h_to[k] = depth;
      qx_to[k] = damping * (qx[k] + dt * rate.momentum_x[k]);
      qy_to[k] = damping * (qy[k] + dt * rate.momentum_y[k]);
    }
  });
}

void ShallowWater::correct(Patch& p, const Region& cells, double, double dt) const {
  const Flow flow{p.read(depth_), p.read(momentum_x_), p.read(momentum_y_), p.read(bed_)};
  const auto old_depth = p.read(old_depth_), old_x = p.read(old_momentum_x_), old_y = p.read(old_momentum_y_);
  const auto highest = p.read(highest_);
  const auto next_depth = p.write(depth_), next_x = p.write(momentum_x_), next_y = p.write(momentum_y_);
  const auto next_highest = p.write(highest_);
  const double dry = scheme_.dry;
  const double inverse_dry_squared = 1.0 / (dry * dry);
  const double friction = scheme_.gravity * manning_ * manning_ * dt;
  Tendency rate;
  rate.for_each_row(flow, cells, p.geometry(), scheme_, [&](int i, int count, int j, const Metric&) {
    const double* h = flow.depth.row(j) + i;
    const double* qx = flow.momentum_x.row(j) + i;
    const double* qy = flow.momentum_y.row(j) + i;
    const double* bed = flow.bed.row(j) + i;
    const double* h_old = old_depth.row(j) + i;
    const double* qx_old = old_x.row(j) + i;
    const double* qy_old = old_y.row(j) + i;
    const double* top = highest.row(j) + i;
    double* h_to = next_depth.row(j) + i;
    double* qx_to = next_x.row(j) + i;
    double* qy_to = next_y.row(j) + i;
    double* top_to = next_highest.row(j) + i;
    TESSERA_INDEPENDENT_ITERATIONS
    for (int k = 0; k < count; ++k) {
      const double depth = larger(0.0, 0.5 * (h_old[k] + (h[k] + dt * rate.depth[k])));
      const double half_damping = 0.5 * smaller(depth * depth * inverse_dry_squared, 1.0);
      h_to[k] = depth;
      qx_to[k] = half_damping * (qx_old[k] + (qx[k] + dt * rate.momentum_x[k]));
      qy_to[k] = half_damping * (qy_old[k] + (qy[k] + dt * rate.momentum_y[k]));
      top_to[k] = depth > dry ? larger(top[k], depth + bed[k]) : top[k];
    }
    if (friction > 0.0) apply_friction(h_to, qx_to, qy_to, count, friction, dry);
  });
}

/// Raises the water by the uplift of the sea floor due to the faults that slip in this step, instantaneously
/// and without moving the bed. Dry ground stays dry.
void ShallowWater::apply_uplift(Patch& p, const Region& cells, double time, double dt) const {
  for (const Fault& fault : faults_) {
    if (!fault.slips_in(time, dt)) continue;
    const auto depth = p.write(depth_), highest = p.write(highest_);
    const auto bed = p.read(bed_);
    const Geometry& g = p.geometry();
    const double radius = g.spherical() ? g.radius() : 0.0;
    for (int j = cells.lower[1]; j < cells.upper[1]; ++j) {
      for (int i = cells.lower[0]; i < cells.upper[0]; ++i) {
        if (depth(i, j) <= scheme_.dry) continue;
        depth(i, j) = larger(0.0, depth(i, j) + fault.uplift({g.x(i), g.y(j)}, radius));
        highest(i, j) = larger(highest(i, j), bed(i, j) + depth(i, j));
      }
    }
  }
}

void ShallowWater::derive(Patch& p, Region cells, double) {
  const auto depth = p.read(depth_), momentum_x = p.read(momentum_x_), momentum_y = p.read(momentum_y_);
  const auto bed = p.read(bed_);
  const auto surface = p.write(surface_), wave = p.write(wave_), energy = p.write(energy_);
  const auto velocity_x = p.write(velocity_x_), velocity_y = p.write(velocity_y_), speed = p.write(speed_);
  const double dry = scheme_.dry;
  const double gravity = scheme_.gravity;
  const double level = sea_level_;
  const double half_density = 0.5 * density_;
  tessera::for_each(cells, [=](int i, int j) {
    const double h = depth(i, j);
    const double factor = velocity_factor(h, dry);
    const double u = momentum_x(i, j) * factor;
    const double v = momentum_y(i, j) * factor;
    const double top = h + bed(i, j);
    const double ground = larger(bed(i, j) - level, 0.0);
    const double square = u * u + v * v;
    surface(i, j) = top;
    wave(i, j) = h > dry ? top - level : 0.0;
    velocity_x(i, j) = u;
    velocity_y(i, j) = v;
    speed(i, j) = std::sqrt(square);
    energy(i, j) = half_density * (h * square + gravity * ((top - level) * (top - level) - ground * ground));
  });
}

/// Open-sea boundary: water at rest at `sea_level` beyond the face, over the bed of the nearest cell.
/// With this outer state, the Riemann solver lets waves leave the domain almost without reflection.
void ShallowWater::boundary(Patch& p, Region ghosts, int field, tessera::Face face, double) {
  const auto to = p.write(Field<>{field});
  if (field == bed_.index()) {
    const auto bed = p.read(bed_);
    const int nearest = p.cell_at(face);
    const bool across_x = face.axis == Axis::x;
    tessera::for_each(ghosts, [=](int i, int j) { to(i, j) = across_x ? bed(nearest, j) : bed(i, nearest); });
  } else if (field == depth_.index()) {
    const auto bed = p.read(bed_);
    const double level = sea_level_;
    tessera::for_each(ghosts, [=](int i, int j) { to(i, j) = larger(level - bed(i, j), 0.0); });
  } else {
    tessera::for_each(ghosts, [=](int i, int j) { to(i, j) = 0.0; });
  }
}

}  // namespace shallow_water

TESSERA_SOLVER(shallow_water::ShallowWater, "shallow_water", "1.0.0",
               "Nonlinear shallow water on a plane or a rotating sphere, with wetting and drying")
