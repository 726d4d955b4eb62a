// The checksum in a snapshot, with which its readers detect damage.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::output {

/// A field of a snapshot, as far as the checksum depends on it.
struct SnapshotField {
  std::string name;
  bool single_precision = false;
  std::vector<std::int64_t> shape;  ///< see StoredField
  std::uint64_t digest = 0;         ///< of the values, see base::Digest
};

/// The checksum of the step, the time and the fields of a snapshot, whatever their order, as 16 hexadecimal
/// digits. `time`: in simulated seconds.
std::string snapshot_checksum(std::int64_t step, double time, std::vector<SnapshotField> fields);

}  // namespace tessera::output
