// Checks that the exact solutions with which the solver is compared satisfy the shallow-water equations.
#include "exact.h"

#include <catch2/catch.hpp>

#include <cmath>

using exact::Flow;

namespace {

/// The residuals of the continuity and momentum equations at a point, computed with central differences.
struct Residual {
  double mass, u, v;
};

template <class Solution, class Bed>
Residual residual(const Solution& flow, const Bed& bed, double gravity, double x, double y, double t) {
  constexpr double e = 1e-5;
  const auto derivative = [&](auto f) { return (f(e) - f(-e)) / (2.0 * e); };
  const auto at = [&](double dx, double dy, double dt) -> Flow { return flow(x + dx, y + dy, t + dt); };
  const Flow here = at(0, 0, 0);
  const double h_t = derivative([&](double s) { return at(0, 0, s).depth; });
  const double hu_x = derivative([&](double s) {
    const Flow f = at(s, 0, 0);
    return f.depth * f.u;
  });
  const double hv_y = derivative([&](double s) {
    const Flow f = at(0, s, 0);
    return f.depth * f.v;
  });
  const double surface_x = derivative([&](double s) { return at(s, 0, 0).depth + bed(x + s, y); });
  const double surface_y = derivative([&](double s) { return at(0, s, 0).depth + bed(x, y + s); });
  const double u_t = derivative([&](double s) { return at(0, 0, s).u; });
  const double u_x = derivative([&](double s) { return at(s, 0, 0).u; });
  const double u_y = derivative([&](double s) { return at(0, s, 0).u; });
  const double v_t = derivative([&](double s) { return at(0, 0, s).v; });
  const double v_x = derivative([&](double s) { return at(s, 0, 0).v; });
  const double v_y = derivative([&](double s) { return at(0, s, 0).v; });
  return {h_t + hu_x + hv_y, u_t + here.u * u_x + here.v * u_y + gravity * surface_x,
          v_t + here.u * v_x + here.v * v_y + gravity * surface_y};
}

void check_zero(const Residual& r) {
  CHECK(r.mass == Approx(0.0).margin(1e-7));
  CHECK(r.u == Approx(0.0).margin(1e-7));
  CHECK(r.v == Approx(0.0).margin(1e-7));
}

double flat_bed(double, double) { return 0.0; }

}  // namespace

TEST_CASE("Ritter's solution satisfies the equations and conserves the volume of water") {
  const exact::Ritter dam;
  const auto flow = [&](double x, double, double t) { return dam.at(x, t); };
  for (const double x : {-2.0, -1.0, 0.0, 1.0, 2.5}) {
    CAPTURE(x);
    check_zero(residual(flow, flat_bed, dam.gravity, x, 0.0, 0.5));
  }
  CHECK(dam.at(0.0, 0.5).depth == Approx(4.0 / 9.0));
  double volume = 0.0;
  for (int n = 0; n < 10000; ++n) volume += dam.at(-5.0 + 1e-3 * (n + 0.5), 0.5).depth * 1e-3;
  CHECK(volume == Approx(5.0).epsilon(1e-7));
}

TEST_CASE("Stoker's solution satisfies the jump conditions and joins the rarefaction continuously") {
  const double g = 9.81;
  const exact::Stoker dam{g, 1.0, 0.1, 0.0};
  const double h = dam.middle_depth(), u = dam.middle_velocity(), s = dam.bore_speed();
  CHECK(h * (u - s) == Approx(-0.1 * s));
  CHECK(h * u * u + 0.5 * g * h * h - 0.5 * g * 0.01 == Approx(s * h * u));
  CHECK(u + 2.0 * std::sqrt(g * h) == Approx(2.0 * std::sqrt(g)));
  CHECK(s > u);
  const double t = 0.5, rarefaction_foot = (u - std::sqrt(g * h)) * t;
  CHECK(dam.at(rarefaction_foot - 1e-9, t).depth == Approx(h).epsilon(1e-6));
  CHECK(dam.at(rarefaction_foot + 1e-9, t).u == Approx(u));
  double volume = 0.0;
  for (int n = 0; n < 10000; ++n) volume += dam.at(-5.0 + 1e-3 * (n + 0.5), t).depth * 1e-3;
  CHECK(volume == Approx(5.5).epsilon(1e-4));
  CHECK_THROWS_AS((exact::Stoker{g, 1.0, 0.0, 0.0}), std::invalid_argument);
}

TEST_CASE("Thacker's oscillations satisfy the equations") {
  const exact::ThackerPlanar planar;
  const auto bed = [&](double x, double y) { return planar.bowl.bed(x, y); };
  const auto plane = [&](double x, double y, double t) { return planar.at(x, y, t); };
  const exact::ThackerRadial radial;
  const auto dome = [&](double x, double y, double t) { return radial.at(x, y, t); };
  for (const double t : {0.3, 0.9, 2.0}) {
    CAPTURE(t);
    check_zero(residual(plane, bed, planar.bowl.gravity, 0.1, 0.2, t));
    check_zero(residual(plane, bed, planar.bowl.gravity, -0.3, 0.05, t));
    check_zero(residual(dome, bed, radial.bowl.gravity, 0.1, 0.2, t));
    check_zero(residual(dome, bed, radial.bowl.gravity, -0.3, 0.05, t));
  }
  CHECK(planar.at(0.2, 0.1, planar.period()).depth == Approx(planar.at(0.2, 0.1, 0.0).depth));
  CHECK(radial.at(0.2, 0.1, radial.period()).depth == Approx(radial.at(0.2, 0.1, 0.0).depth));
  CHECK(radial.at(radial.shore, 0.0, 0.0).depth == Approx(0.0).margin(1e-15));
  CHECK(radial.at(0.0, 0.0, 0.0).u == 0.0);
}

TEST_CASE("Williamson's steady flow balances the pressure gradient") {
  const exact::Williamson2 flow;
  constexpr double degree = std::numbers::pi / 180.0;
  for (const double latitude : {-50.0, -10.0, 5.0, 30.0, 70.0}) {
    const double e = 1e-3;
    const double slope =
        (flow.at(latitude + e).depth - flow.at(latitude - e).depth) / (2.0 * e * degree * flow.radius);
    const double u = flow.at(latitude).u;
    const double coriolis =
        2.0 * flow.rotation * std::sin(latitude * degree) + u * std::tan(latitude * degree) / flow.radius;
    CHECK(coriolis * u == Approx(-flow.gravity * slope).epsilon(1e-6));
  }
}
