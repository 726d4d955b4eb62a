#include "grid/input/data_review.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tessera::input {
namespace {

std::string point_text(const std::vector<std::vector<double>>& axes, const Extents& node) {
  std::string text;
  for (std::size_t a = 0; a < axes.size(); ++a)
    text += fmt::format("{}{} = {:.8g}", a == 0 ? "" : ", ", "xyz"[a], axes[a][node[a]]);
  return text;
}

void add_heights(const HeightReview& review, const std::vector<std::vector<double>>& axes,
                 std::vector<DataFinding>& findings) {
  if (const auto& extreme = review.extreme()) {
    findings.push_back(
        {fmt::format("reaches {:.8g} m at {}", extreme->height, point_text(axes, extreme->index)),
         "the Earth's surface is between -11 and 9 km: check for a marker of missing values, and for the "
         "unit"});
  }
  if (const auto& jump = review.jump()) {
    findings.push_back(
        {fmt::format("jumps from {:.8g} to {:.8g} m between the neighbours {} and {}", jump->from.height,
                     jump->to.height, point_text(axes, jump->from.index), point_text(axes, jump->to.index)),
         "check the data there"});
  }
}

}  // namespace

DataReview::DataReview(const std::vector<std::vector<double>>& axes, const DataMeaning& meaning)
    : axes_{axes}, meaning_{meaning} {
  if (meaning.heights) heights_.emplace(axes, meaning.degrees);
}

void DataReview::add(const NodeBox& box, std::span<const double> values) {
  if (!first_) first_ = values[0];
  const auto is_first = [&](double value) { return value == *first_; };
  const auto is_value = [](double value) { return !std::isnan(value); };
  is_constant_ = is_constant_ && std::ranges::all_of(values, is_first);
  has_value_ = has_value_ || std::ranges::any_of(values, is_value);
  if (heights_) heights_->add(box, values);
}

/// Whether the data have no value in the domain.
bool DataReview::is_outside(const Region& domain) const {
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    if (domain.upper[a] < axes_[a].front() || domain.lower[a] > axes_[a].back()) return true;
  }
  return !has_value_;
}

/// Finds data that end before the outermost cell centres.
void DataReview::find_ends(const Region& domain, std::vector<DataFinding>& findings) const {
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    const std::vector<double>& axis = axes_[a];
    constexpr double half = 0.5 + 1e-6;  // data at cell centres may cover exactly the cells of the domain
    const double low = axis[0] - half * (axis[1] - axis[0]);
    const double high = axis.back() + half * (axis.back() - axis[axis.size() - 2]);
    const bool below = domain.lower[a] < low;
    if (!below && !(domain.upper[a] > high)) continue;
    findings.push_back({fmt::format("{} at {} = {:.8g}, but the outermost cell centre is at {:.8g}",
                                    below ? "begins" : "ends", "xyz"[a], below ? axis[0] : axis.back(),
                                    below ? domain.lower[a] : domain.upper[a]),
                        "cells beyond the edge of the data get the values at the edge"});
  }
}

std::vector<DataFinding> DataReview::findings(const Region& domain) const {
  if (meaning_.partial && is_outside(domain))
    return {{"has no values in the domain", "remove it from the list of files"}};
  std::vector<DataFinding> findings;
  if (!meaning_.partial) find_ends(domain, findings);
  if (is_constant_) {
    findings.push_back({fmt::format("is {:.8g} everywhere in the domain", first_.value_or(0.0)),
                        "check that it is the intended data"});
  }
  if (heights_) add_heights(*heights_, axes_, findings);
  return findings;
}

std::vector<DataFinding> review(const GridData& data, const Region& domain, const DataMeaning& meaning) {
  DataReview review{data.axes(), meaning};
  review.add({{}, data.extents()}, data.values());
  return review.findings(domain);
}

}  // namespace tessera::input
