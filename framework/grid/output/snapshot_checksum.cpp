#include "grid/output/snapshot_checksum.h"

#include "base/digest.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace tessera::output {

std::string snapshot_checksum(std::int64_t step, double time, std::vector<SnapshotField> fields) {
  std::ranges::sort(fields, {}, &SnapshotField::name);
  std::string text = fmt::format("{} {:x}", step, std::bit_cast<std::uint64_t>(time));
  for (const SnapshotField& f : fields) {
    text +=
        fmt::format("\n{} {} {} {:x}", f.name, f.single_precision ? 4 : 8, fmt::join(f.shape, ","), f.digest);
  }
  return base::fingerprint(text);
}

}  // namespace tessera::output
