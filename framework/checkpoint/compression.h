// Compression of checkpoint blocks.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct ZSTD_CCtx_s;

namespace tessera::checkpoint {

/// Compresses blocks with Zstandard (RFC 8878) at its fastest regular level. A block is stored compressed
/// only if that saves space, so a block is compressed if and only if its stored size is less than its
/// original size.
class Compressor {
 public:
  /// Throws base::Error (os_error) if out of memory.
  Compressor();

  /// Returns the compressed bytes of a block, valid until the next call; empty if compression does not make
  /// the block smaller.
  std::span<const std::byte> compress(std::span<const std::byte> block);

 private:
  struct Deleter {
    void operator()(ZSTD_CCtx_s* context) const noexcept;
  };
  std::unique_ptr<ZSTD_CCtx_s, Deleter> context_;
  std::vector<std::byte> output_;
};

/// Decompresses `bytes` into `block`. Throws base::Error (bad_data) unless the decompressed data fills
/// `block` exactly; safe on arbitrary input. Does not rely on sizes given in the input. `file` appears in
/// messages only.
void decompress(std::span<const std::byte> bytes, std::span<std::byte> block, const std::string& file);

}  // namespace tessera::checkpoint
