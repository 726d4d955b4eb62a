// Large, page-aligned blocks of memory.
#pragma once

#include <cstddef>
#include <memory>

namespace tessera::base {

/// Deleter that unmaps memory obtained with mmap.
struct Unmap {
  std::size_t bytes = 0;  ///< size of the memory
  void operator()(std::byte* p) const noexcept;
};

/// Owns zeroed, page-aligned memory. Large buffers request huge pages, to reduce TLB misses. The constructor
/// touches every page, which places the memory on the NUMA node of the calling thread (first touch).
class Buffer {
 public:
  Buffer() = default;
  /// Throws base::Error (os_error) if out of memory.
  explicit Buffer(std::size_t bytes);

  std::byte* data() const { return memory_.get(); }
  std::size_t size() const { return memory_.get_deleter().bytes; }

 private:
  std::unique_ptr<std::byte, Unmap> memory_;
};

}  // namespace tessera::base
