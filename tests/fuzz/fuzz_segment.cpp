// Segments of arbitrary bytes, as ranks send them to the one that writes the manifest.
#include "checkpoint/manifest.h"
#include "properties.h"

using namespace tessera::checkpoint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view(data, size);
  const auto segment = fuzz::decoded(size, [&] { return decode_segment(bytes); });
  if (segment) {
    fuzz::check_runs(segment->chunks);
    fuzz::require(encode(*segment) == bytes, "a segment that is read is written with the same bytes");
  }
  return 0;
}
