#include "grid/output/stored_difference.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <vector>

using tessera::output::StoredDifference;
using tessera::output::ValueComparison;

namespace {

using Values = std::vector<double>;

StoredDifference compare(const Values& a, const Values& b, double tolerance) {
  ValueComparison comparison{tolerance};
  comparison.add(a, b, 0);
  return comparison.difference();
}

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("values with identical bits compare equal") {
  const Values values{1.0, -0.0, not_a_number};
  CHECK(compare(values, values, 0.0).count == 0);
}

TEST_CASE("with a tolerance of zero, values with different bits differ") {
  const StoredDifference d = compare({1.0, 0.0, 2.0, 4.0}, {1.0, -0.0, 2.5, 3.0}, 0.0);
  CHECK(d.count == 3);
  CHECK(d.first == 1);
  CHECK(d.largest == 1.0);
}

TEST_CASE("a difference equal to the tolerance is within the tolerance") {
  const StoredDifference d = compare({1.0, 2.0, 3.0}, {1.5, 2.75, 3.0}, 0.5);
  CHECK(d.count == 1);
  CHECK(d.first == 1);
  CHECK(d.largest == 0.75);
}

TEST_CASE("NaN differs from a number, whatever the tolerance") {
  const StoredDifference d = compare({not_a_number, 1.0}, {1.0, 3.0}, 10.0);
  CHECK(d.count == 1);
  CHECK(d.first == 0);
  CHECK(std::isnan(d.largest));
  CHECK(std::isnan(compare({1.0, not_a_number, 1.0}, {2.0, 1.0, 5.0}, 0.0).largest));
}

TEST_CASE("values can be compared piece by piece, in any order") {
  ValueComparison comparison{0.0};
  comparison.add(Values{5.0, 6.0}, Values{5.0, 8.0}, 4000000000);
  comparison.add(Values{1.0, 2.0, 3.0}, Values{1.0, 2.5, 3.5}, 7);
  comparison.add(Values{1.0}, Values{1.0}, 0);
  comparison.add(Values{}, Values{}, 1);
  CHECK(comparison.difference().count == 3);
  CHECK(comparison.difference().first == 8);
  CHECK(comparison.difference().largest == 2.0);
}
