#include "plugin.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <stdexcept>

#include <dlfcn.h>

namespace kernel {

void Plugin::Unload::operator()(void* library) const noexcept { dlclose(library); }

void Plugin::fail(const tessera_message& message) {
  throw std::runtime_error("the solver failed: " + std::string(message.text));
}

Plugin::Plugin(const std::string& file, const Brick& brick, const std::array<double, 3>& spacing)
    : library_{dlopen(std::filesystem::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL)} {
  if (!library_) throw std::runtime_error(dlerror());
  using Entry = const tessera_plugin* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(library_.get(), "tessera_plugin_entry"));
  if (entry == nullptr) throw std::runtime_error("`" + file + "` is not a plugin");
  if (entry()->interface_version != TESSERA_INTERFACE_VERSION) {
    throw std::runtime_error("`" + file + "` was built for a different version of Tessera");
  }
  functions_ = static_cast<const tessera_grid_functions*>(entry()->functions);
  tessera_message message{};
  void* instance = nullptr;
  if (functions_->create(&instance, &message) != TESSERA_OK) fail(message);
  instance_ = {instance, functions_->destroy};
  if (functions_->schema(instance, &schema_, &message) != TESSERA_OK) fail(message);
  if (schema_->field_count != 1) throw std::runtime_error("`" + file + "` does not have exactly one field");

  geometry_.struct_size = sizeof geometry_;
  geometry_.kind = TESSERA_CARTESIAN;
  geometry_.dimensions = 3;
  for (std::size_t a = 0; a < 3; ++a) {
    geometry_.cells[a] = brick.cells()[a];
    geometry_.spacing[a] = spacing[a];
    geometry_.upper[a] = spacing[a] * brick.cells()[a];
    patch_.extent[a] = region_.upper[a] = brick.cells()[a];
  }
  configure();
  reads_ = {brick.view(0)};
  writes_ = {brick.view(1)};
  patch_.struct_size = sizeof patch_;
  patch_.geometry = &geometry_;
  patch_.field_count = 1;
  patch_.reads = reads_.data();
  patch_.writes = writes_.data();
}

void Plugin::configure() {
  for (std::int32_t n = 0; n < schema_->parameter_count; ++n) {
    const tessera_parameter& p = schema_->parameters[n];
    const std::int64_t count = p.table == nullptr ? 1 : 0;
    values_.push_back({count, &p.default_number.real, &p.default_number.integer, &p.default_text});
  }
  const std::vector<std::uint8_t> given(static_cast<std::size_t>(schema_->field_count), 1);
  tessera_grid_configuration c{};
  c.struct_size = sizeof c;
  c.value_size = sizeof(tessera_values);
  c.geometry = &geometry_;
  c.values = values_.data();
  c.value_count = schema_->parameter_count;
  c.field_given = given.data();
  tessera_message message{};
  if (functions_->configure(instance_.get(), &c, &message) != TESSERA_OK) fail(message);
}

double Plugin::parameter(const std::string& name) const {
  const tessera_parameter* end = schema_->parameters + schema_->parameter_count;
  const auto* found =
      std::find_if(schema_->parameters, end, [&](const tessera_parameter& p) { return p.name == name; });
  if (found == end) throw std::runtime_error("the solver has no parameter `" + name + "`");
  return found->default_number.real;
}

}  // namespace kernel
