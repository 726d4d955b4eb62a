// A brick of cells with its fields, as passed to a solver.
#ifndef TESSERA_PATCH_HPP
#define TESSERA_PATCH_HPP

#include <tessera/grid.h>
#include <tessera/geometry.hpp>
#include <tessera/loops.hpp>
#include <tessera/view.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace tessera {

/// Handle of a declared field with values of type T (double or float). Obtained from Declare::field().
template <class T = double>
class Field {
 public:
  Field() = default;
  explicit Field(int index) : number_{index + 1} {}
  /// -1 for a field that has not been declared.
  int index() const { return number_ - 1; }

 private:
  // Counted from 1. A member that is used before it has been initialised is usually 0, and must not be taken
  // for the first field.
  int number_ = 0;
};

/// A brick of cells with all its fields.
class Patch {
 public:
  /// The solver function that the patch is passed to, for error messages and checks.
  struct Call {
    const tessera_schema* schema = nullptr;
    const char* name = "this call";  ///< "derive()"; for update(), the name of the stage
    int stage = -1;                  ///< stage of update(); -1 in other calls
    Region region{};
  };

  Patch(const tessera_patch& raw, const Call& call)
      : raw_{&raw}, geometry_{*raw.geometry, raw.offset}, call_{call} {}

  const Geometry& geometry() const { return geometry_; }
  /// Number of owned cells along an axis.
  int extent(Axis a) const { return raw_->extent[static_cast<int>(a)]; }
  /// Local index, along the axis of `face`, of the cells of the domain next to that face. For boundary(),
  /// which may be called for a patch that touches the face only with its ghost cells.
  int cell_at(Face face) const {
    const int a = static_cast<int>(face.axis);
    const std::int64_t cell = face.side == Side::lower ? 0 : raw_->geometry->cells[a] - 1;
    return static_cast<int>(cell - raw_->offset[a]);
  }

  /// Returns a view of component 0 of `field`, at the time level that this call reads. Throws
  /// std::logic_error if the call may not read the field.
  template <class T>
  View<const T> read(Field<T> field) const {
    const tessera_view& v = checked(raw_->reads, field.index(), "read");
    return {static_cast<const T*>(v.data), v, limits(field.index(), false)};
  }

  /// Returns a view of component 0 of `field`, at the time level that this call writes. Throws
  /// std::logic_error if the call may not write the field.
  template <class T>
  View<T> write(Field<T> field) const {
    const tessera_view& v = checked(raw_->writes, field.index(), "write");
    return {static_cast<T*>(v.data), v, limits(field.index(), true)};
  }

  const tessera_patch& raw() const { return *raw_; }

 private:
  const tessera_view& checked(const tessera_view* views, int field, const char* verb) const {
    if (field < 0 || field >= raw_->field_count || views[field].data == nullptr) refuse(field, verb);
    return views[field];
  }

  [[noreturn]] void refuse(int field, const char* verb) const {
    const bool known = call_.schema != nullptr && field >= 0 && field < call_.schema->field_count;
    const std::string name =
        known ? "`" + std::string(call_.schema->fields[field].name) + "`" : "a field that was not declared";
    if (call_.stage < 0 || !known) {
      const std::string call =
          call_.stage < 0 ? std::string(call_.name) : "stage `" + std::string(call_.name) + "`";
      const bool at_boundary = std::string(call_.name) == "boundary()" && std::string(verb) == "read";
      throw std::logic_error(call + " may not " + verb + " " + name +
                             (at_boundary
                                  ? "; only the field that it fills and, unless that is constant, constant "
                                    "fields that every stage reads at least as widely as any other field"
                                  : ""));
    }
    throw std::logic_error("stage `" + std::string(call_.name) + "` does not declare that it " + verb + "s " +
                           name);
  }

  /// Returns the name of a field and, in checked builds, the cells of it that update() may access: its
  /// region, extended by the declared radius for a read. Other calls are not checked.
  detail::Limits limits(int field, [[maybe_unused]] bool writes) const {
    detail::Limits out;
    if (call_.schema == nullptr) return out;
    out.field = call_.schema->fields[field].name;
#if TESSERA_CHECKED
    if (call_.stage < 0) return out;
    const tessera_stage& stage = call_.schema->stages[call_.stage];
    int radius = 0;
    for (int r = 0; !writes && r < stage.read_count; ++r) {
      if (stage.reads[r].field == field) radius = stage.reads[r].radius;
    }
    out = {call_.region, out.field, stage.name, true, writes, radius};
    for (int a = 0; a < raw_->geometry->dimensions; ++a) {
      out.cells.lower[a] -= radius;
      out.cells.upper[a] += radius;
    }
#endif
    return out;
  }

  const tessera_patch* raw_;
  Geometry geometry_;
  Call call_;
};

}  // namespace tessera

#endif
