#include "base/buffer.h"

#include "base/error.h"

#include <cstring>

#include <sys/mman.h>

namespace tessera::base {

Buffer::Buffer(std::size_t bytes) {
  if (bytes == 0) return;
  constexpr std::size_t huge_page = std::size_t{2} << 20;
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    throw Error(ExitCode::os_error, "out of memory: cannot allocate " + std::to_string(bytes >> 20) + " MiB",
                "use more nodes, fewer ranks per node, or a smaller job; see `tessera plan`");
  }
  if (bytes >= 2 * huge_page) madvise(p, bytes, MADV_HUGEPAGE);  // failure only reduces performance
  std::memset(p, 0, bytes);
  memory_ = {static_cast<std::byte*>(p), Unmap{bytes}};
}

void Unmap::operator()(std::byte* p) const noexcept { munmap(p, bytes); }

}  // namespace tessera::base
