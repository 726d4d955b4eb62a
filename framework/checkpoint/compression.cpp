#include "checkpoint/compression.h"

#include "base/error.h"

#include <fmt/format.h>
#include <zstd.h>

namespace tessera::checkpoint {

namespace {

constexpr int compression_level = 1;

}  // namespace

void Compressor::Deleter::operator()(ZSTD_CCtx_s* context) const noexcept { ZSTD_freeCCtx(context); }

Compressor::Compressor() : context_{ZSTD_createCCtx()} {
  if (!context_) throw base::Error(base::ExitCode::os_error, "not enough memory to compress a checkpoint");
}

std::span<const std::byte> Compressor::compress(std::span<const std::byte> block) {
  // The output buffer is no larger than the block, so that compression fails if it saves no space.
  output_.resize(block.size());
  const std::size_t bytes = ZSTD_compressCCtx(context_.get(), output_.data(), output_.size(), block.data(),
                                              block.size(), compression_level);
  if (ZSTD_isError(bytes) != 0 || bytes >= block.size()) return {};
  return {output_.data(), bytes};
}

void decompress(std::span<const std::byte> bytes, std::span<std::byte> block, const std::string& file) {
  const std::size_t size = ZSTD_decompress(block.data(), block.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0 || size != block.size()) {
    throw base::Error(base::ExitCode::bad_data,
                      fmt::format("`{}` contains a block that cannot be decompressed", file));
  }
}

}  // namespace tessera::checkpoint
