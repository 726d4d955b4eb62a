#include "grid/input/data_digest.h"
#include "grid/input/data_review.h"
#include "grid/input/grid_blocks.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace tessera;
using input::Extents;
using input::NodeBox;

namespace {

using Random = std::mt19937;
using Pieces = std::array<std::vector<std::size_t>, 3>;

Pieces random_pieces(Random& random, int dimensions) {
  Pieces pieces{{{1}, {1}, {1}}};
  for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
    pieces[a].resize(1 + random() % 6);
    for (std::size_t& piece : pieces[a]) piece = 1 + random() % 4;
    if (pieces[a].size() == 1) ++pieces[a][0];
  }
  return pieces;
}

Extents extents_of(const Pieces& pieces) {
  Extents extents{};
  for (std::size_t a = 0; a < 3; ++a)
    extents[a] = std::accumulate(pieces[a].begin(), pieces[a].end(), std::size_t{0});
  return extents;
}

/// The values of a box of a grid.
std::vector<double> part(const std::vector<double>& values, const NodeBox& box, const Extents& extents) {
  std::vector<double> out;
  for (std::size_t k = 0; k < box.count[2]; ++k)
    for (std::size_t j = 0; j < box.count[1]; ++j)
      for (std::size_t i = 0; i < box.count[0]; ++i)
        out.push_back(
            values[((box.first[2] + k) * extents[1] + box.first[1] + j) * extents[0] + box.first[0] + i]);
  return out;
}

std::vector<std::vector<double>> axes_of(const Extents& extents, int dimensions) {
  std::vector<std::vector<double>> axes;
  for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
    axes.emplace_back();
    for (std::size_t i = 0; i < extents[a]; ++i) axes[a].push_back(10.0 * static_cast<double>(i * (a + 1)));
  }
  return axes;
}

}  // namespace

TEST_CASE("blocks cover each node once and consist of whole pieces") {
  Random random{5};
  for (int round = 0; round < 500; ++round) {
    const Pieces pieces = random_pieces(random, 1 + round % 3);
    const Extents extents = extents_of(pieces);
    std::array<std::size_t, 3> order{0, 1, 2};
    std::shuffle(order.begin(), order.end(), random);
    const std::size_t max_nodes = 1 + random() % 200;
    std::array<std::set<std::size_t>, 3> cuts;
    std::size_t piece_nodes = 1;
    for (std::size_t a = 0; a < 3; ++a) {
      std::size_t at = 0;
      cuts[a].insert(at);
      for (const std::size_t piece : pieces[a]) cuts[a].insert(at += piece);
      piece_nodes *= *std::max_element(pieces[a].begin(), pieces[a].end());
    }
    std::vector<int> covered(extents[0] * extents[1] * extents[2]);
    for (const NodeBox& box : input::divide(pieces, order, max_nodes)) {
      CHECK(box.size() <= std::max(max_nodes, piece_nodes));
      for (std::size_t a = 0; a < 3; ++a) {
        CHECK(cuts[a].contains(box.first[a]));
        CHECK(cuts[a].contains(box.first[a] + box.count[a]));
      }
      for (std::size_t p = 0; p < box.size(); ++p) ++covered[input::node_at(box, p, extents)];
    }
    CHECK(std::ranges::all_of(covered, [](int count) { return count == 1; }));
  }
}

TEST_CASE("rows are not divided if they fit into a block") {
  const Pieces pieces{std::vector<std::size_t>(100, 1), std::vector<std::size_t>(50, 1), {1}};
  const auto boxes = input::divide(pieces, {0, 1, 2}, 1000);
  REQUIRE(boxes.size() == 5);
  CHECK(boxes[1].first == Extents{0, 10, 0});
  CHECK(boxes[1].count == Extents{100, 10, 1});
}

TEST_CASE("the digest and the findings do not depend on the division into blocks") {
  Random random{11};
  int jumps = 0;
  int extremes = 0;
  for (int round = 0; round < 600; ++round) {
    const int dimensions = 1 + round % 3;
    const Pieces pieces = random_pieces(random, dimensions);
    const Extents extents = extents_of(pieces);
    const auto axes = axes_of(extents, dimensions);
    std::vector<double> values(extents[0] * extents[1] * extents[2]);
    // Few different values, so that several jumps and extremes are equal.
    for (double& v : values) v = random() % 8 == 0 ? 1100.0 * static_cast<double>(random() % 13) : 0.0;
    if (round % 2 == 0) values[random() % values.size()] = std::nan("");
    const input::GridData whole{axes, values};
    const input::DataMeaning meaning{true, false, false};
    const input::Region domain{{0, 0, 0}, {1, 1, 1}};
    input::DataDigest digest{axes};
    input::DataReview review{axes, meaning};
    std::array<std::size_t, 3> order{0, 1, 2};
    std::shuffle(order.begin(), order.end(), random);
    for (const NodeBox& box : input::divide(pieces, order, 1 + random() % 60)) {
      const std::vector<double> block = part(values, box, extents);
      digest.add(box, block);
      review.add(box, block);
    }
    CHECK(digest.text() == whole.fingerprint());
    const auto texts = [](const std::vector<input::DataFinding>& findings) {
      std::string all;
      for (const auto& finding : findings) all += finding.text + "\n";
      return all;
    };
    const std::string expected = texts(input::review(whole, domain, meaning));
    CHECK(texts(review.findings(domain)) == expected);
    jumps += expected.find("jumps") != std::string::npos ? 1 : 0;
    extremes += expected.find("reaches") != std::string::npos ? 1 : 0;
  }
  CHECK(jumps > 100);
  CHECK(extremes > 100);
}

TEST_CASE("the digest depends on each value, its place and the coordinates") {
  const std::vector<double> x{0, 1, 2};
  const std::string digest = input::GridData{{x}, {1, 2, 3}}.fingerprint();
  CHECK(input::GridData{{x}, {1, 2, 3}}.fingerprint() == digest);
  CHECK(input::GridData{{x}, {1, 3, 2}}.fingerprint() != digest);
  CHECK(input::GridData{{x}, {1, 2, 3.0000000000000004}}.fingerprint() != digest);
  CHECK(input::GridData{{{0, 1, 3}}, {1, 2, 3}}.fingerprint() != digest);
  CHECK(input::GridData{{{0, 1, 2}, {0, 1}}, {0, 0, 0, 0, 0, 1}}.fingerprint() !=
        input::GridData{{{0, 1}, {0, 1, 2}}, {0, 0, 0, 0, 0, 1}}.fingerprint());
}

TEST_CASE("of equal extremes the first is reported, of equal jumps the last") {
  const input::GridData data{{{0, 1, 2, 3}}, {13e3, 0, 13e3, 0}};
  const auto findings = input::review(data, {{0, 0, 0}, {3, 0, 0}}, {true, false, false});
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].text == "reaches 13000 m at x = 0");
  CHECK(findings[1].text == "jumps from 13000 to 0 m between the neighbours x = 2 and x = 3");
}
