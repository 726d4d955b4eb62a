#include "grid/input/data_review.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

using tessera::input::DataFinding;
using tessera::input::DataMeaning;
using tessera::input::GridData;
using tessera::input::Region;
using tessera::input::review;

namespace {

std::vector<std::string> texts(const GridData& data, const Region& domain, const DataMeaning& meaning = {}) {
  std::vector<std::string> out;
  for (const DataFinding& finding : review(data, domain, meaning)) out.push_back(finding.text);
  return out;
}

using Texts = std::vector<std::string>;

const std::vector<double> x{0, 1, 2};
const std::vector<double> y{10, 11};
const Region inner{{0.5, 10, 0}, {1.5, 11, 0}};

}  // namespace

TEST_CASE("ordinary data raise no objections") {
  CHECK(texts({{x, y}, {1, 2, 3, 4, 5, 6}}, inner, {true, true}).empty());
  // Cells of the domain that are those of the data.
  CHECK(texts({{x, y}, {1, 2, 3, 4, 5, 6}}, {{-0.5, 9.5, 0}, {2.5, 11.5, 0}}).empty());
}

TEST_CASE("data that barely cover the domain are found") {
  CHECK(texts({{x, y}, {1, 2, 3, 4, 5, 6}}, {{-0.75, 10, 0}, {1, 11.75, 0}}) ==
        Texts{"begins at x = 0, but the outermost cell centre is at -0.75",
              "ends at y = 11, but the outermost cell centre is at 11.75"});
}

TEST_CASE("partial data may end within the domain and have gaps, but must have a value") {
  const double nan = std::nan("");
  const Region wide{{-5, 10, 0}, {5, 11, 0}};
  CHECK(texts({{x, y}, {1, 2, nan, 4, 5, 6}}, wide, {false, false, true}).empty());
  CHECK(texts({{x, y}, {nan, nan, nan, nan, nan, nan}}, wide, {false, false, true}) ==
        Texts{"has no values in the domain"});
  CHECK(texts({{x, y}, {1, 2, 3, 4, 5, 6}}, {{3, 10, 0}, {5, 11, 0}}, {false, false, true}) ==
        Texts{"has no values in the domain"});
}

TEST_CASE("constant data are found") {
  CHECK(texts({{x, y}, {4, 4, 4, 4, 4, 4}}, inner) == Texts{"is 4 everywhere in the domain"});
}

TEST_CASE("heights beyond 12 km are found, with their location") {
  const GridData data{{x, y}, {1, 2, 3, 4, -32000, 6}};
  CHECK(texts(data, inner).empty());
  CHECK(texts(data, inner, {true, true}) == Texts{"reaches -32000 m at x = 1, y = 11"});
  CHECK(texts(data, inner, {true, false}).size() == 2);
}

TEST_CASE("jumps are compared with the distance of the nodes") {
  const GridData data{{x, y}, {-100, -200, 900, -100, -200, 850}};
  CHECK(texts(data, inner, {true, false}) ==
        Texts{"jumps from -200 to 900 m between the neighbours x = 1, y = 10 and x = 2, y = 10"});
  CHECK(texts(data, inner, {true, true}).empty());  // within 110 km
  const GridData fine{{{0, 0.001, 0.002}, {80, 80.01}}, {-100, -200, 900, -100, -200, 850}};
  CHECK(texts(fine, {{0, 80, 0}, {0.002, 80.01, 0}}, {true, true}).size() == 1);
}
