#include "grid/loop/state_digest.h"

#include "grid/field/digest.h"

namespace tessera::loop {

std::vector<FieldDigest> field_digests(const transport::Communicator& comm,
                                       const solver::SolverSchema& schema, const field::FieldStore& store,
                                       const grid::Index& cells) {
  std::vector<FieldDigest> digests;
  std::vector<std::uint64_t> sums;
  for (std::size_t f = 0; f < schema.fields.size(); ++f) {
    if (schema.fields[f].kind != solver::FieldKind::state) continue;
    digests.push_back({schema.fields[f].name, 0});
    sums.push_back(field::partial_digest(store, static_cast<int>(f), cells));
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
