#include "grid/loop/agreement.h"

#include "grid/loop/occasions.h"
#include "work/work.h"

#include <array>
#include <utility>

namespace tessera::loop {

namespace {

// A failed rank contributes its rank number, any other rank this value minus its mask. The minimum is
// therefore the number of a failed rank if there is one, and otherwise gives the largest mask. Bits that this
// mask lacks are contributed again.
constexpr std::int64_t no_failure = std::int64_t{1} << 40;

/// The bits of a mask that stand for requests, above those of occasions. Higher bits are agreed on first.
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
  proposed_bits_ |= occasions | mask_of(requests);
  pending_.start(failed ? comm_->rank() : no_failure - proposed_bits_);
}

bool Agreement::finish() {
  if (!pending_.started()) return true;
  const std::int64_t smallest = pending_.finish();
  if (smallest <= no_failure / 2) return false;
  const auto mask = static_cast<unsigned>(no_failure - smallest);
  agreed_bits_ |= mask;
  proposed_bits_ &= ~mask;
  return true;
}

Agreement::Decision Agreement::take() {
  const unsigned mask = std::exchange(agreed_bits_, 0u);
  return {mask & all_occasions, requests_of(mask)};
}

}  // namespace tessera::loop
