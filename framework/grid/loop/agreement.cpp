#include "grid/loop/agreement.h"

#include "grid/loop/event_schedule.h"
#include "work/work.h"

#include <array>
#include <utility>

namespace tessera::loop {

namespace {

// A failed rank contributes its rank number; every other rank contributes this constant minus its bit mask.
// The minimum is therefore the rank number of a failed rank if there is one. Otherwise it yields the largest
// mask; bits that are not in this mask are contributed again.
constexpr std::int64_t no_failure = std::int64_t{1} << 40;

/// The bits of a mask that represent requests, above the bits of events. Higher bits are agreed on first.
constexpr std::array<std::pair<work::Request, unsigned>, 3> request_bits{
    {{work::save_to_nodes, 64}, {work::save_to_run_directory, 128}, {work::stop, 256}}};
static_assert(all_events < 64);

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

void Agreement::start(bool failed, unsigned events, unsigned requests) {
  proposed_bits_ |= events | mask_of(requests);
  pending_.start(failed ? comm_->rank() : no_failure - proposed_bits_);
}

bool Agreement::finish() {
  if (!pending_.in_progress()) return true;
  const std::int64_t minimum = pending_.finish();
  if (minimum <= no_failure / 2) return false;
  const auto mask = static_cast<unsigned>(no_failure - minimum);
  agreed_bits_ |= mask;
  proposed_bits_ &= ~mask;
  return true;
}

Agreement::Decision Agreement::take_decision() {
  const unsigned mask = std::exchange(agreed_bits_, 0u);
  return {mask & all_events, requests_of(mask)};
}

}  // namespace tessera::loop
