// Owns HDF5 identifiers, and suppresses HDF5's error messages and plugins.
#pragma once

#include <hdf5.h>

#include <utility>

namespace tessera::hdf5 {

/// Owns an HDF5 identifier, which the destructor closes. A negative identifier is invalid and is not closed.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Hdf5Handle() = default;
  /// `close_function` closes this kind of identifier, such as H5Fclose for a file.
  Hdf5Handle(hid_t id, Close close_function) : id_{id}, close_{close_function} {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_{std::exchange(other.id_, -1)}, close_{other.close_} {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;
  ~Hdf5Handle() { close(); }

  /// Closes the identifier; a file is flushed. Returns whether this succeeded; true if there is no identifier
  /// to close.
  bool close() { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }
  /// Gives up ownership of the identifier without closing it.
  void release() { id_ = -1; }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// Prevents HDF5 from printing its error stack during the lifetime of the object, because Tessera reports
/// failures as base::Error.
class Hdf5ErrorSilencer {
 public:
  Hdf5ErrorSilencer() {
    H5Eget_auto2(H5E_DEFAULT, &previous_print_, &previous_data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Hdf5ErrorSilencer() { H5Eset_auto2(H5E_DEFAULT, previous_print_, previous_data_); }
  Hdf5ErrorSilencer(const Hdf5ErrorSilencer&) = delete;
  Hdf5ErrorSilencer& operator=(const Hdf5ErrorSilencer&) = delete;

 private:
  H5E_auto2_t previous_print_ = nullptr;
  void* previous_data_ = nullptr;
};

/// Prevents HDF5 from loading plugins, such as filters in the folders of HDF5_PLUGIN_PATH, during the
/// lifetime of the object.
class Hdf5PluginBlocker {
 public:
  Hdf5PluginBlocker() {
    H5PLget_loading_state(&previous_);
    H5PLset_loading_state(0);
  }
  ~Hdf5PluginBlocker() { H5PLset_loading_state(previous_); }
  Hdf5PluginBlocker(const Hdf5PluginBlocker&) = delete;
  Hdf5PluginBlocker& operator=(const Hdf5PluginBlocker&) = delete;

 private:
  unsigned previous_ = 0;
};

}  // namespace tessera::hdf5
