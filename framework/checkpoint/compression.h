// Blocks of a checkpoint in fewer bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// Zstandard (RFC 8878) at its fastest usual level. A block is stored so where that takes fewer bytes, else
/// as it is: who knows how many bytes a block has can tell.
class Compressor {
 public:
  /// Throws base::Error (os_error) without memory for it.
  Compressor();

  /// The bytes of a block in fewer ones; empty where they do not get fewer. Good until the next call.
  std::span<const std::byte> shrunk(std::span<const std::byte> block);

 private:
  struct Free {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Free> context_;
  std::vector<std::byte> room_;
};

/// The other way: fills `block` exactly. Throws base::Error (bad_data) for bytes that are nothing of the
/// kind, whatever they are; takes no memory for what they claim. `what`: the file, for messages.
void expand(std::span<const std::byte> bytes, std::span<std::byte> block, const std::string& what);

}  // namespace tessera::checkpoint
