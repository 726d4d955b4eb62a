// Access to one field of one patch.
#ifndef TESSERA_VIEW_HPP
#define TESSERA_VIEW_HPP

#include <tessera/function.hpp>
#include <tessera/loops.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace tessera {

namespace detail {

/// The indices of a cell along the axes of the domain, such as "(3, 5)".
inline std::string cell_text(int i, int j, int k, int dimensions) {
  const int at[3] = {i, j, k};
  std::string text;
  for (int a = 0; a < dimensions; ++a) text += (a > 0 ? ", " : "(") + std::to_string(at[a]);
  return text + ")";
}

/// The name of a field and, in checked builds, the cells of it that a call may access.
struct Limits {
  Region cells{};
  const char* field = "";
  const char* stage = "";
  bool checked = false;
  bool writes = false;
  int radius = 0;  ///< the declared radius of a read

  /// Throws std::out_of_range if the call may not access cell (i, j, k).
  void check(int i, int j, int k) const {
    const int at[3] = {i, j, k};
    for (int a = 0; a < 3; ++a) {
      if (checked && (at[a] < cells.lower[a] || at[a] >= cells.upper[a])) refuse(i, j, k);
    }
  }
  /// Checks only j and k, for a pointer to a row.
  void check_row(int j, int k) const { check(cells.lower[0], j, k); }

 private:
  [[noreturn, gnu::noinline]] void refuse(int i, int j, int k) const {
    throw std::out_of_range(
        "stage `" + std::string(stage) + "` " + (writes ? "writes" : "reads") + " field `" + field +
        "` at local cell " + cell_text(i, j, k, cells.dimensions) +
        (writes ? ", outside its region" : ", beyond its declared radius " + std::to_string(radius)));
  }
};

}  // namespace detail

/// One component of a field on one patch, indexed by local cell. Cheap to copy, so that kernels can capture
/// it by value. With TESSERA_CHECKED defined as 1, as tessera_add_solver does in debug builds, every access
/// in update() is checked.
template <class T>
class View {
 public:
  View(T* data, const tessera_view& layout, const detail::Limits& limits = {})
      : data_{data},
        sy_{layout.stride[1]},
        sz_{layout.stride[2]},
        sc_{layout.stride[3]},
        components_{layout.components},
        field_{limits.field}
#if TESSERA_CHECKED
        ,
        limits_{limits}
#endif
  {
  }

  TESSERA_FUNCTION T& operator()(int i, int j = 0, int k = 0) const {
#if TESSERA_CHECKED
    limits_.check(i, sy_ == 0 ? limits_.cells.lower[1] : j, sz_ == 0 ? limits_.cells.lower[2] : k);
#endif
    return data_[i + j * sy_ + k * sz_];
  }

  /// Pointer to cell (0, j, k); cells along x are contiguous.
  TESSERA_FUNCTION T* row(int j, int k = 0) const {
#if TESSERA_CHECKED
    limits_.check_row(sy_ == 0 ? limits_.cells.lower[1] : j, sz_ == 0 ? limits_.cells.lower[2] : k);
#endif
    return data_ + j * sy_ + k * sz_;
  }

  /// Returns a view of component `c` of the field. Call it on a view of component 0. Throws std::out_of_range
  /// if the field has no such component.
  View component(int c) const {
    if (c < 0 || c >= components_) {
      const std::string field = *field_ == '\0' ? "the field" : "field `" + std::string(field_) + "`";
      throw std::out_of_range("component(" + std::to_string(c) + ") is out of range: " + field + " has " +
                              std::to_string(components_) +
                              (components_ == 1 ? " component" : " components"));
    }
    View v{*this};
    v.data_ += c * sc_;
    v.components_ = 1;
    return v;
  }

 private:
  T* data_;
  std::int64_t sy_, sz_, sc_;
  std::int32_t components_;
  const char* field_;  // for error messages
#if TESSERA_CHECKED
  detail::Limits limits_;
#endif
};

}  // namespace tessera

#endif
