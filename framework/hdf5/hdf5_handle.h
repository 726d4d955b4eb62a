// Owns HDF5 identifiers, and silences HDF5's error messages.
#pragma once

#include <hdf5.h>

#include <utility>

namespace tessera::hdf5 {

/// Owns an identifier, which the destructor closes with the function for its kind. Owns nothing if the
/// identifier is negative.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, Close function) : id_{id}, close_{function} {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_{std::exchange(other.id_, -1)}, close_{other.close_} {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;
  ~Hdf5Handle() { close(); }

  /// Closes the identifier; a file is flushed. Returns whether this succeeded; true if nothing is owned.
  bool close() { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }
  /// Gives up the identifier without closing it.
  void release() { id_ = -1; }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// Keeps HDF5 from printing its error stack during the lifetime of the object. Tessera reports failures as
/// base::Error instead.
class QuietHdf5 {
 public:
  QuietHdf5() {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~QuietHdf5() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }
  QuietHdf5(const QuietHdf5&) = delete;
  QuietHdf5& operator=(const QuietHdf5&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

}  // namespace tessera::hdf5
