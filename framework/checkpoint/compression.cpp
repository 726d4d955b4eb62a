#include "checkpoint/compression.h"

#include "base/error.h"

#include <fmt/format.h>
#include <zstd.h>

namespace tessera::checkpoint {

namespace {

constexpr int level = 1;

}  // namespace

void Compressor::Free::operator()(void* context) const noexcept {
  ZSTD_freeCCtx(static_cast<ZSTD_CCtx*>(context));
}

Compressor::Compressor() : context_{ZSTD_createCCtx()} {
  if (!context_)
    throw base::Error(base::ExitCode::os_error, "out of memory for the compression of a checkpoint");
}

std::span<const std::byte> Compressor::shrunk(std::span<const std::byte> block) {
  // With less room than the block takes it fails where nothing is gained.
  room_.resize(block.size());
  const std::size_t bytes = ZSTD_compressCCtx(static_cast<ZSTD_CCtx*>(context_.get()), room_.data(),
                                              room_.size(), block.data(), block.size(), level);
  if (ZSTD_isError(bytes) != 0 || bytes >= block.size()) return {};
  return {room_.data(), bytes};
}

void expand(std::span<const std::byte> bytes, std::span<std::byte> block, const std::string& what) {
  const std::size_t got = ZSTD_decompress(block.data(), block.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != block.size()) {
    throw base::Error(base::ExitCode::bad_data,
                      fmt::format("`{}` holds a block that cannot be expanded", what));
  }
}

}  // namespace tessera::checkpoint
