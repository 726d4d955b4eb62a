// Large, page-aligned blocks of memory.
#pragma once

#include <cstddef>
#include <memory>

namespace tessera::base {

/// Returns mapped memory to the system.
struct Unmap {
  std::size_t bytes = 0;
  void operator()(std::byte* p) const noexcept;
};

/// Owns zeroed memory that starts on a page. Large buffers ask for huge pages, which saves TLB misses. The
/// constructor touches every page, so the memory is local to the thread that makes the buffer.
class Buffer {
 public:
  Buffer() = default;
  /// Throws base::Error (os_error) if the system has no memory for it.
  explicit Buffer(std::size_t bytes);

  std::byte* data() const { return memory_.get(); }
  std::size_t size() const { return memory_.get_deleter().bytes; }

 private:
  std::unique_ptr<std::byte, Unmap> memory_;
};

}  // namespace tessera::base
