#include "grid/output/snapshot_comparison.h"

#include "hdf5/stored_array.h"

#include <algorithm>
#include <span>
#include <utility>

namespace tessera::output {

namespace {

const StoredField* find(const StoredSnapshot& snapshot, const std::string& name) {
  const auto found = std::find_if(snapshot.fields.begin(), snapshot.fields.end(),
                                  [&](const StoredField& f) { return f.name == name; });
  return found == snapshot.fields.end() ? nullptr : &*found;
}

/// Compares the values of the field `name`, which has the same shape in both files.
StoredDifference compare_values(const hdf5::ForeignFile& first, const hdf5::ForeignFile& second,
                                const std::string& name, double tolerance) {
  const hdf5::StoredArray a{first, name};
  const hdf5::StoredArray b{second, name};
  ValueComparison comparison{tolerance};
  hdf5::ArrayPieces pieces{a.extents(), a.chunk().empty() ? b.chunk() : a.chunk(), max_values_in_memory};
  while (const auto box = pieces.next()) {
    const std::vector<double> a_values = a.read(*box);
    const std::vector<double> b_values = b.read(*box);
    hdf5::for_each_run(*box, a.extents(),
                       [&](std::uint64_t position, std::uint64_t offset, std::uint64_t count) {
                         comparison.add(std::span{a_values}.subspan(offset, count),
                                        std::span{b_values}.subspan(offset, count), position);
                       });
  }
  return comparison.difference();
}

FieldComparison compare_field(const StoredSnapshot& first, const StoredField& a, const StoredSnapshot& second,
                              double tolerance) {
  using Kind = FieldComparison::Kind;
  FieldComparison comparison;
  comparison.name = a.name;
  const StoredField* b = find(second, a.name);
  if (b == nullptr) {
    comparison.kind = Kind::only_in_first;
  } else if (a.shape != b->shape || a.single_precision != b->single_precision) {
    comparison.kind = Kind::incomparable;
  } else {
    comparison.compared_values = a.value_count();
    comparison.difference = compare_values(*first.file, *second.file, a.name, tolerance);
    if (comparison.difference.count > 0) comparison.first_cell = cell_text(a, comparison.difference.first);
  }
  return comparison;
}

}  // namespace

std::string cell_text(const StoredField& field, std::size_t index) {
  index /= static_cast<std::size_t>(field.components);
  std::string text;
  const std::size_t axes = field.shape.size() - (field.components > 1 ? 1 : 0);
  for (std::size_t a = axes; a-- > 0;) {
    const auto extent = static_cast<std::size_t>(field.shape[a]);
    text += (text.empty() ? "(" : ", ") + std::to_string(index % extent);
    index /= extent;
  }
  return text + ")";
}

std::vector<FieldComparison> compare(const StoredSnapshot& first, const StoredSnapshot& second,
                                     double tolerance) {
  std::vector<FieldComparison> all;
  for (const StoredField& a : first.fields) all.push_back(compare_field(first, a, second, tolerance));
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
