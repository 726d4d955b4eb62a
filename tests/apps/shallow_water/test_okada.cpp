#include "../../../apps/shallow_water/fault.h"
#include "../../../apps/shallow_water/okada.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>

using shallow_water::Fault;
using shallow_water::MapPoint;
using shallow_water::offset_from;
using shallow_water::okada_uplift;
using shallow_water::OkadaFault;

namespace {

constexpr double kDegree = std::numbers::pi / 180.0;

/// Returns the uplift at a point, by numerical integration over the fault plane of the point-source solution,
/// equations (8) and (9) of Okada (1985). It shares no formula with okada_uplift().
double integrated_uplift(double x, double y, const OkadaFault& f) {
  const double sin_dip = std::sin(f.dip), cos_dip = std::cos(f.dip);
  constexpr int cells = 400;
  double sum = 0.0;
  for (int m = 0; m < cells; ++m) {
    const double up = (m + 0.5) / cells * f.width;
    const double d = f.depth - up * sin_dip;
    const double dy = y - up * cos_dip;
    for (int n = 0; n < cells; ++n) {
      const double dx = x - (n + 0.5) / cells * f.length;
      const double r = std::sqrt(dx * dx + dy * dy + d * d);
      const double p = dy * cos_dip + d * sin_dip;
      const double q = dy * sin_dip - d * cos_dip;
      const double rd = r + d;
      const double i4 = 0.5 * (-dx * dy * (2.0 * r + d) / (r * r * r * rd * rd));
      const double i5 = 0.5 * (1.0 / (r * rd) - dx * dx * (2.0 * r + d) / (r * r * r * rd * rd));
      const double r5 = r * r * r * r * r;
      sum += f.strike_slip * (3.0 * dx * d * q / r5 + i4 * sin_dip);
      sum += f.dip_slip * (3.0 * d * p * q / r5 - i5 * sin_dip * cos_dip);
    }
  }
  return -sum * f.length * f.width / (cells * cells) / (2.0 * std::numbers::pi);
}

}  // namespace

TEST_CASE("the uplift agrees with the check values in table 2 of Okada's paper") {
  const OkadaFault strike{4.0, 70.0 * kDegree, 3.0, 2.0, 1.0, 0.0};
  const OkadaFault dip{4.0, 70.0 * kDegree, 3.0, 2.0, 0.0, 1.0};
  CHECK(okada_uplift(2.0, 3.0, strike) == Approx(-2.747e-3).margin(0.5e-6));
  CHECK(okada_uplift(2.0, 3.0, dip) == Approx(-3.564e-2).margin(0.5e-5));
  const OkadaFault upright_strike{4.0, 90.0 * kDegree, 3.0, 2.0, 1.0, 0.0};
  const OkadaFault upright_dip{4.0, 90.0 * kDegree, 3.0, 2.0, 0.0, 1.0};
  CHECK(okada_uplift(0.0, 0.0, upright_strike) == Approx(0.0).margin(1e-15));
  CHECK(okada_uplift(0.0, 0.0, upright_dip) == Approx(0.0).margin(1e-15));
}

TEST_CASE("the closed form equals the integral over point sources") {
  for (const double dip : {12.0, 45.0, 70.0, 90.0}) {
    const OkadaFault f{4.0, dip * kDegree, 3.0, 2.0, 0.3, 1.0};
    for (const MapPoint p :
         {MapPoint{2.0, 3.0}, MapPoint{-1.0, 0.5}, MapPoint{1.5, -2.0}, MapPoint{4.0, 1.0}}) {
      CAPTURE(dip, p.x, p.y);
      CHECK(okada_uplift(p.x, p.y, f) == Approx(integrated_uplift(p.x, p.y, f)).epsilon(1e-4).margin(1e-8));
    }
  }
}

TEST_CASE("the uplift is finite everywhere, including on the singular lines") {
  for (const double dip : {0.0, 12.0, 90.0}) {
    const OkadaFault f{1.0, dip * kDegree, 4.0, 1.0, 1.0, 1.0};
    for (int a = -12; a <= 24; ++a) {
      for (int b = -12; b <= 12; ++b) CHECK(std::isfinite(okada_uplift(0.25 * a, 0.25 * b, f)));
    }
    CHECK(std::isfinite(okada_uplift(0.0, std::cos(f.dip), f)));
  }
}

TEST_CASE("the uplift at a dip of 90 degrees is the limit for steep dips") {
  const OkadaFault steep{4.0, 89.9999 * kDegree, 3.0, 2.0, 1.0, 0.5};
  const OkadaFault upright{4.0, 90.0 * kDegree, 3.0, 2.0, 1.0, 0.5};
  CHECK(okada_uplift(2.0, 3.0, steep) == Approx(okada_uplift(2.0, 3.0, upright)).epsilon(1e-4));
}

TEST_CASE("a thrust fault lifts the ground above its upper half, left of the strike direction") {
  // The strike is north and the dip is 12 degrees to the east, so the upper edge is west of the centroid.
  const Fault f{{92.0, 5.0}, 25e3, 0.0, 12.0, 90.0, 10.0, 200e3, 100e3, 0.0};
  const double radius = 6371220.0;
  CHECK(f.upper_edge_depth() == Approx(25e3 - 50e3 * std::sin(12.0 * kDegree)));
  CHECK(f.uplift({91.7, 5.0}, radius) > 3.0);
  CHECK(f.uplift({92.6, 5.0}, radius) < -0.5);
  CHECK(std::abs(f.uplift({100.0, 5.0}, radius)) < 0.05);
  // The uplift is nearly symmetric along the strike.
  CHECK(f.uplift({91.7, 5.5}, radius) == Approx(f.uplift({91.7, 4.5}, radius)).epsilon(1e-2));
}

TEST_CASE("the uplift rotates with the strike of the fault") {
  const double radius = 0.0;
  const Fault north{{0.0, 0.0}, 25e3, 0.0, 20.0, 60.0, 10.0, 200e3, 100e3, 0.0};
  const Fault east{{1e5, -3e4}, 25e3, 90.0, 20.0, 60.0, 10.0, 200e3, 100e3, 0.0};
  // A clockwise quarter turn maps (x, y) to (y, -x).
  for (const MapPoint p : {MapPoint{3e4, 7e4}, MapPoint{-5e4, 1e4}, MapPoint{2e5, -2e5}}) {
    CHECK(east.uplift({1e5 + p.y, -3e4 - p.x}, radius) == Approx(north.uplift(p, radius)));
  }
}

TEST_CASE("offsets on the sphere have the correct distance and bearing") {
  const double radius = 6371220.0;
  const MapPoint north = offset_from({40.0, 10.0}, {40.0, 13.0}, radius);
  CHECK(north.x == Approx(0.0).margin(1e-6));
  CHECK(north.y == Approx(3.0 * kDegree * radius));
  const MapPoint east = offset_from({40.0, 0.0}, {47.0, 0.0}, radius);
  CHECK(east.x == Approx(7.0 * kDegree * radius));
  CHECK(east.y == Approx(0.0).margin(1e-6));
  const MapPoint same = offset_from({40.0, 10.0}, {40.0, 10.0}, radius);
  CHECK(same.x == 0.0);
  CHECK(same.y == Approx(0.0).margin(1e-6));
}

TEST_CASE("a fault slips in exactly one step of a run") {
  const Fault f{{0.0, 0.0}, 25e3, 0.0, 12.0, 90.0, 10.0, 200e3, 100e3, 272.0};
  double time = 0.0;
  int slips = 0;
  for (int n = 0; n < 1000; ++n) {
    const double dt = 0.7 + 0.1 * std::sin(n);
    slips += f.slips_in(time, dt);
    time += dt;
  }
  CHECK(slips == 1);
  CHECK(f.slips_in(272.0, 1.0));
  CHECK_FALSE(f.slips_in(271.0, 1.0));
}
