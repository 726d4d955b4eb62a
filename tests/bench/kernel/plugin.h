// The heat solver, called through its C table as the driver calls it.
#pragma once

#include "brick.h"

#include <tessera/grid.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace kernel {

/// A loaded solver of one state field, configured with its defaults for the cells of one brick.
class Plugin {
 public:
  /// Loads the shared library in `file`. Throws std::runtime_error.
  Plugin(const std::string& file, const Brick& brick, const std::array<double, 3>& spacing);

  /// The default of a parameter of type real. Throws std::runtime_error when there is none of that name.
  double parameter(const std::string& name) const;

  /// One call of the first stage on all cells of the brick, from its level 0 to its level 1.
  void update(double dt) const {
    tessera_message message;
    message.text[0] = '\0';
    if (table_->update(instance_.get(), 0, &patch_, region_, 0.0, dt, &message) != TESSERA_OK) fail(message);
  }

 private:
  struct Unload {
    void operator()(void* library) const noexcept;
  };

  [[noreturn]] static void fail(const tessera_message& message);
  void configure();

  std::unique_ptr<void, Unload> library_;  // outlives the instance, whose code it holds
  const tessera_grid_functions* table_ = nullptr;
  const tessera_schema* schema_ = nullptr;
  tessera_geometry geometry_{};
  std::vector<tessera_values> values_;
  std::vector<tessera_view> reads_, writes_;
  tessera_patch patch_{};
  tessera_region region_{};
  std::unique_ptr<void, void (*)(void*)> instance_{nullptr, [](void*) {}};
};

}  // namespace kernel
