#include "grid/output/stored_difference.h"

#include "base/contract.h"

#include <bit>
#include <cmath>

namespace tessera::output {

void ValueComparison::add(std::span<const double> a, std::span<const double> b, std::size_t position) {
  base::expects(a.size() == b.size(), "runs of values must have the same length");
  StoredDifference& d = difference_;
  for (std::size_t n = 0; n < a.size(); ++n) {
    const double x = a[n];
    const double y = b[n];
    if (std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y)) continue;
    const double difference = std::abs(x - y);
    if (difference <= tolerance_ && tolerance_ > 0.0) continue;
    if (d.count++ == 0 || position + n < d.first) d.first = position + n;
    if (std::isnan(difference) || difference > d.largest) d.largest = difference;  // a NaN is never replaced
  }
}

}  // namespace tessera::output
