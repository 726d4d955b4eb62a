#include "field/buffer.h"

#include "base/error.h"

#include <cstring>

#include <sys/mman.h>

namespace tessera::field {

Buffer::Buffer(std::size_t bytes) {
  if (bytes == 0) return;
  constexpr std::size_t huge_page = std::size_t{2} << 20;
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    throw base::Error(base::ExitCode::os_error,
                      "no memory for fields of " + std::to_string(bytes >> 20) + " MiB",
                      "use more nodes, fewer ranks a node, or fewer cells; `tessera plan` shows the need");
  }
  if (bytes >= 2 * huge_page) madvise(p, bytes, MADV_HUGEPAGE);  // advice: a refusal changes speed alone
  std::memset(p, 0, bytes);
  memory_ = {static_cast<std::byte*>(p), Unmap{bytes}};
}

void Unmap::operator()(std::byte* p) const noexcept { munmap(p, bytes); }

}  // namespace tessera::field
