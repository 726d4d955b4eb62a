// Calls the heat solver through its C function table, as the framework does.
#pragma once

#include "brick.h"

#include <tessera/grid.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace kernel {

/// A loaded solver with one field, configured with its default parameters for the cells of a brick.
class Plugin {
 public:
  /// Loads the shared library `file`. `brick` must outlive the object. Throws std::runtime_error if the
  /// library is not a suitable solver, or if the solver fails.
  Plugin(const std::string& file, const Brick& brick, const std::array<double, 3>& spacing);

  /// The default value of a real parameter. Throws std::runtime_error if there is no parameter of that name.
  double parameter(const std::string& name) const;

  /// Runs the first stage on all cells of the brick, from level 0 to level 1. Throws std::runtime_error if
  /// the solver fails.
  void update(double dt) const {
    tessera_message message;
    message.text[0] = '\0';
    if (functions_->update(instance_.get(), 0, &patch_, region_, 0.0, dt, &message) != TESSERA_OK)
      fail(message);
  }

 private:
  struct Unload {
    void operator()(void* library) const noexcept;
  };

  [[noreturn]] static void fail(const tessera_message& message);
  void configure();

  std::unique_ptr<void, Unload> library_;  // outlives the instance, whose code it contains
  const tessera_grid_functions* functions_ = nullptr;
  const tessera_schema* schema_ = nullptr;
  tessera_geometry geometry_{};
  std::vector<tessera_values> values_;
  std::vector<tessera_view> reads_, writes_;
  tessera_patch patch_{};
  tessera_region region_{};
  std::unique_ptr<void, void (*)(void*)> instance_{nullptr, [](void*) {}};
};

}  // namespace kernel
