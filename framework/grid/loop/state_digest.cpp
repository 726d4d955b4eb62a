#include "grid/loop/state_digest.h"

#include "base/digest.h"
#include "grid/loop/cells.h"

#include <bit>

namespace tessera::loop {

std::vector<FieldDigest> field_digests(const transport::Communicator& comm,
                                       const solver::SolverSchema& schema, const field::FieldStore& store,
                                       const grid::Index& cells) {
  std::vector<FieldDigest> digests;
  std::vector<std::uint64_t> sums;
  for (std::size_t f = 0; f < schema.fields.size(); ++f) {
    if (schema.fields[f].kind != solver::FieldKind::state) continue;
    std::uint64_t sum = 0;
    for (int c = 0; c < schema.fields[f].components; ++c) {
      const std::uint64_t seed = base::Digest::seed(schema.fields[f].name, c);
      for_each_row(store, static_cast<int>(f), c,
                   [&](const grid::Index& first, const auto* values, std::int64_t count) {
                     const auto start = static_cast<std::uint64_t>(linear_index(first, cells));
                     for (std::int64_t i = 0; i < count; ++i) {
                       std::uint64_t bits = 0;
                       if constexpr (sizeof *values == 8) {
                         bits = std::bit_cast<std::uint64_t>(values[i]);
                       } else {
                         bits = std::bit_cast<std::uint32_t>(values[i]);
                       }
                       sum += base::Digest::cell_hash(seed, start + static_cast<std::uint64_t>(i), bits);
                     }
                   });
    }
    digests.push_back({schema.fields[f].name, 0});
    sums.push_back(sum);
  }
  comm.allreduce_sum(std::span<std::uint64_t>{sums});
  for (std::size_t n = 0; n < sums.size(); ++n) digests[n].digest = sums[n];
  return digests;
}

std::uint64_t state_digest(const std::vector<FieldDigest>& fields) {
  std::uint64_t sum = 0;
  for (const FieldDigest& f : fields) sum += f.digest;
  return sum;
}

}  // namespace tessera::loop
