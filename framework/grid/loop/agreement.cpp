#include "grid/loop/agreement.h"

#include "grid/loop/occasions.h"
#include "work/work.h"

#include <array>
#include <utility>

namespace tessera::loop {

namespace {

// A rank contributes its number if it has failed, else this minus a mask. The minimum carries both: the
// number of a failed rank, or the largest mask. A mask that loses is contributed again.
constexpr std::int64_t all_well = std::int64_t{1} << 40;

/// Requests as bits of the mask, above those of the occasions. The higher ones win.
constexpr std::array<std::pair<work::Request, unsigned>, 3> request_bits{
    {{work::save_to_nodes, 32}, {work::save_to_run_directory, 64}, {work::stop, 128}}};
static_assert(all_occasions < 32);

unsigned mask_of(unsigned requests) {
  unsigned mask = 0;
  for (const auto& [request, bit] : request_bits) mask |= (requests & request) != 0 ? bit : 0u;
  return mask;
}

unsigned requests_of(unsigned mask) {
  unsigned requests = 0;
  for (const auto& [request, bit] : request_bits) requests |= (mask & bit) != 0 ? request : 0u;
  return requests;
}

}  // namespace

void Agreement::start(bool failed, unsigned occasions, unsigned requests) {
  own_ |= occasions | mask_of(requests);
  pending_.start(failed ? comm_->rank() : all_well - own_);
}

bool Agreement::finish() {
  if (!pending_.started()) return true;
  const std::int64_t smallest = pending_.finish();
  if (smallest <= all_well / 2) return false;
  const auto mask = static_cast<unsigned>(all_well - smallest);
  agreed_ |= mask;
  own_ &= ~mask;
  return true;
}

Agreement::Agreed Agreement::take() {
  const unsigned mask = std::exchange(agreed_, 0u);
  return {mask & all_occasions, requests_of(mask)};
}

}  // namespace tessera::loop
