// Memory for field values.
#pragma once

#include <cstddef>
#include <memory>

namespace tessera::field {

/// Returns mapped memory to the system.
struct Unmap {
  std::size_t bytes = 0;
  void operator()(std::byte* p) const noexcept;
};

/// Zeroed memory, aligned to a cache line; large buffers ask for huge pages, which spares TLB misses.
/// Pages are touched first by the rank that owns them.
class Buffer {
 public:
  Buffer() = default;
  /// Throws base::Error (os_error) when there is no memory for it.
  explicit Buffer(std::size_t bytes);

  std::byte* data() const { return memory_.get(); }
  std::size_t size() const { return memory_.get_deleter().bytes; }

 private:
  std::unique_ptr<std::byte, Unmap> memory_;
};

}  // namespace tessera::field
