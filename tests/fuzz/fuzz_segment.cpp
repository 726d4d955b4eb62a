// Decodes arbitrary bytes as a segment, in the form in which ranks send segments to the rank that writes the
// manifest.
#include "checkpoint/manifest.h"
#include "properties.h"

using namespace tessera::checkpoint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view(data, size);
  const auto segment = fuzz::try_decode(size, [&] { return decode_segment(bytes); });
  if (segment) {
    fuzz::check_runs(segment->chunks);
    fuzz::require(encode(*segment) == bytes, "encoding a decoded segment gives the same bytes");
  }
  return 0;
}
