#include "grid/input/data_review.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>
#include <span>

namespace tessera::input {
namespace {

constexpr double largest_height = 12e3;  // in metres; the Earth's surface is between -10.9 and 8.8 km
constexpr double large_jump = 1e3;
constexpr double steep = 0.5;  // slopes on the grids that models use are flatter
constexpr double metres_per_degree = 6371e3 * std::numbers::pi / 180.0;

std::string point_text(const GridData& data, const std::array<std::size_t, 3>& node) {
  std::string text;
  for (int a = 0; a < data.dimensions(); ++a)
    text += fmt::format("{}{} = {:.8g}", a == 0 ? "" : ", ", "xyz"[a],
                        data.axis(a)[node[static_cast<std::size_t>(a)]]);
  return text;
}

std::array<std::size_t, 3> node_of(const GridData& data, std::size_t index) {
  std::array<std::size_t, 3> node{};
  for (int a = 0; a < data.dimensions(); ++a) {
    node[static_cast<std::size_t>(a)] = index % data.axis(a).size();
    index /= data.axis(a).size();
  }
  return node;
}

/// The distance between a node and the next one along axis `a`.
double distance_to_next(const GridData& data, const std::array<std::size_t, 3>& node, int a, bool degrees) {
  const std::size_t i = node[static_cast<std::size_t>(a)];
  const double distance = data.axis(a)[i + 1] - data.axis(a)[i];
  if (!degrees || a == 2) return distance;
  const double latitude = a == 0 && data.dimensions() > 1 ? data.axis(1)[node[1]] : 0.0;
  return distance * metres_per_degree * std::cos(latitude * std::numbers::pi / 180.0);
}

struct Jump {
  std::size_t from = 0;
  std::size_t to = 0;
};

/// The largest jump between neighbours that is unlikely in heights.
std::optional<Jump> find_jump(const GridData& data, bool degrees) {
  const std::span<const double> values = data.values();
  std::optional<Jump> largest;
  double largest_size = large_jump;
  std::size_t stride = 1;
  for (int a = 0; a < data.dimensions(); ++a) {
    const std::size_t n = data.axis(a).size();
    for (std::size_t start = 0; start < values.size(); start += stride * n) {
      for (std::size_t i = start; i < start + stride * (n - 1); ++i) {
        const double size = std::abs(values[i + stride] - values[i]);
        if (size < largest_size || !(size >= steep * distance_to_next(data, node_of(data, i), a, degrees)))
          continue;
        largest = Jump{i, i + stride};
        largest_size = size;
      }
    }
    stride *= n;
  }
  return largest;
}

void review_heights(const GridData& data, const DataMeaning& meaning, std::vector<DataFinding>& findings) {
  const std::span<const double> values = data.values();
  std::size_t extreme = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::abs(values[i]) > std::abs(values[extreme]) || std::isnan(values[extreme])) extreme = i;
  }
  if (std::abs(values[extreme]) > largest_height) {
    findings.push_back(
        {fmt::format("reaches {:.8g} m at {}", values[extreme], point_text(data, node_of(data, extreme))),
         "the Earth's surface is between -11 and 9 km: check for a marker of missing values, and for the "
         "unit"});
  }
  if (const auto jump = find_jump(data, meaning.degrees)) {
    findings.push_back(
        {fmt::format("jumps from {:.8g} to {:.8g} m between the neighbours {} and {}", values[jump->from],
                     values[jump->to], point_text(data, node_of(data, jump->from)),
                     point_text(data, node_of(data, jump->to))),
         "check the data there"});
  }
}

/// Finds data that end before the outermost cell centres.
void review_extent(const GridData& data, const Region& domain, std::vector<DataFinding>& findings) {
  for (int a = 0; a < data.dimensions(); ++a) {
    const auto n = static_cast<std::size_t>(a);
    const std::span<const double> axis = data.axis(a);
    constexpr double half = 0.5 + 1e-6;  // data at cell centres may cover exactly the cells of the domain
    const double low = axis[0] - half * (axis[1] - axis[0]);
    const double high = axis.back() + half * (axis.back() - axis[axis.size() - 2]);
    const bool below = domain.lower[n] < low;
    if (!below && !(domain.upper[n] > high)) continue;
    findings.push_back({fmt::format("{} at {} = {:.8g}, but the outermost cell centre is at {:.8g}",
                                    below ? "begins" : "ends", "xyz"[a], below ? axis[0] : axis.back(),
                                    below ? domain.lower[n] : domain.upper[n]),
                        "cells beyond the edge of the data get the values at the edge"});
  }
}

/// Whether the data have no value in the domain.
bool is_outside(const GridData& data, const Region& domain) {
  for (int a = 0; a < data.dimensions(); ++a) {
    const auto n = static_cast<std::size_t>(a);
    if (domain.upper[n] < data.axis(a).front() || domain.lower[n] > data.axis(a).back()) return true;
  }
  return std::ranges::all_of(data.values(), [](double value) { return std::isnan(value); });
}

}  // namespace

std::vector<DataFinding> review(const GridData& data, const Region& domain, const DataMeaning& meaning) {
  if (meaning.partial && is_outside(data, domain))
    return {{"has no values in the domain", "remove it from the list of files"}};
  std::vector<DataFinding> findings;
  if (!meaning.partial) review_extent(data, domain, findings);
  const double first = data.values()[0];
  if (std::ranges::all_of(data.values(), [&](double value) { return value == first; })) {
    findings.push_back(
        {fmt::format("is {:.8g} everywhere in the domain", first), "check that it is the intended data"});
  }
  if (meaning.heights) review_heights(data, meaning, findings);
  return findings;
}

}  // namespace tessera::input
