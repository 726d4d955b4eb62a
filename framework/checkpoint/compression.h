// Compression of checkpoint blocks.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct ZSTD_CCtx_s;

namespace tessera::checkpoint {

/// Zstandard (RFC 8878) at its fastest regular level. A block is stored compressed only if that takes fewer
/// bytes, so that a stored size smaller than the block's own size means that the block is compressed.
class Compressor {
 public:
  /// Throws base::Error (os_error) if out of memory.
  Compressor();

  /// Returns the compressed bytes of a block, valid until the next call; empty if they are not fewer.
  std::span<const std::byte> compress(std::span<const std::byte> block);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const noexcept;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  std::vector<std::byte> output_;
};

/// Decompresses `bytes` into `block`, which they must fill exactly. Throws base::Error (bad_data) if they do
/// not; safe on arbitrary input. Trusts no size claimed by the input. `file` appears in messages only.
void expand(std::span<const std::byte> bytes, std::span<std::byte> block, const std::string& file);

}  // namespace tessera::checkpoint
