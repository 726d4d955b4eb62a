#include "grid/output/stored_difference.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace tessera::output {

namespace {

const StoredField* find(const StoredSnapshot& snapshot, const std::string& name) {
  const auto found = std::find_if(snapshot.fields.begin(), snapshot.fields.end(),
                                  [&](const StoredField& f) { return f.name == name; });
  return found == snapshot.fields.end() ? nullptr : &*found;
}

FieldComparison compare_field(const StoredField& a, const StoredField* b, double tolerance) {
  using Kind = FieldComparison::Kind;
  FieldComparison comparison;
  comparison.name = a.name;
  if (b == nullptr) {
    comparison.kind = Kind::only_in_first;
  } else if (a.shape != b->shape || a.single_precision != b->single_precision) {
    comparison.kind = Kind::incomparable;
  } else {
    comparison.values = a.values.size();
    comparison.difference = compare(a, *b, tolerance);
    if (comparison.difference.values > 0) comparison.first_cell = cell_text(a, comparison.difference.first);
  }
  return comparison;
}

}  // namespace

StoredDifference compare(const StoredField& a, const StoredField& b, double tolerance) {
  StoredDifference d;
  for (std::size_t n = 0; n < a.values.size(); ++n) {
    const double x = a.values[n];
    const double y = b.values[n];
    if (std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y)) continue;
    const double gap = std::abs(x - y);
    if (gap <= tolerance && tolerance > 0.0) continue;
    if (d.values++ == 0) d.first = n;
    if (!(gap <= d.largest)) d.largest = gap;  // NaN stays
  }
  return d;
}

std::string cell_text(const StoredField& field, std::size_t place) {
  place /= static_cast<std::size_t>(field.components);
  std::string text;
  const std::size_t axes = field.shape.size() - (field.components > 1 ? 1 : 0);
  for (std::size_t a = axes; a-- > 0;) {
    const auto extent = static_cast<std::size_t>(field.shape[a]);
    text += (text.empty() ? "(" : ", ") + std::to_string(place % extent);
    place /= extent;
  }
  return text + ")";
}

std::vector<FieldComparison> compare(const StoredSnapshot& first, const StoredSnapshot& second,
                                     double tolerance) {
  std::vector<FieldComparison> all;
  for (const StoredField& a : first.fields) all.push_back(compare_field(a, find(second, a.name), tolerance));
  for (const StoredField& b : second.fields) {
    if (find(first, b.name) != nullptr) continue;
    FieldComparison comparison;
    comparison.name = b.name;
    comparison.kind = FieldComparison::Kind::only_in_second;
    all.push_back(std::move(comparison));
  }
  return all;
}

}  // namespace tessera::output
