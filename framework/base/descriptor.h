// An open file descriptor.
#pragma once

#include <utility>

#include <unistd.h>

namespace tessera::base {

/// Owns at most one file descriptor (-1: none). The destructor closes it and ignores errors.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_{number} {}
  Descriptor(Descriptor&& other) noexcept : number_{other.release()} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  /// Returns the descriptor and gives up ownership of it.
  int release() { return std::exchange(number_, -1); }
  /// Closes the descriptor, if any. Returns whether this succeeded; if not, errno is set.
  bool close() {
    const int number = release();
    return number < 0 || ::close(number) == 0;
  }

 private:
  int number_ = -1;
};

}  // namespace tessera::base
