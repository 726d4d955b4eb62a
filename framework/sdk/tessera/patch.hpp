// What a kernel sees: regions, geometry, views of fields, and the loops over them.
#ifndef TESSERA_PATCH_HPP
#define TESSERA_PATCH_HPP

#include <tessera/solver.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>

#ifndef TESSERA_CHECKED
#define TESSERA_CHECKED 0
#endif

#if defined(__clang__)
#define TESSERA_INDEPENDENT_ITERATIONS _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define TESSERA_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#else
#define TESSERA_INDEPENDENT_ITERATIONS
#endif

namespace tessera {

enum class Axis : std::int32_t { x = 0, y = 1, z = 2 };
enum class Side : std::int32_t { lower = 0, upper = 1 };

/// A face of the domain.
struct Face {
  Axis axis;
  Side side;
};

/// A box of cells in a patch's local indices, upper end exclusive.
struct Region {
  int lower[3];
  int upper[3];
};

/// Calls `f(i, j, k)` (or `f(i, j)`, in a domain of at most two dimensions) for every cell of `cells`,
/// x fastest. The calls must be independent of each other; the innermost loop is vectorised.
template <class F>
inline void for_each(const Region& cells, F&& f) {
  for (int k = cells.lower[2]; k < cells.upper[2]; ++k) {
    for (int j = cells.lower[1]; j < cells.upper[1]; ++j) {
      const int end = cells.upper[0];
      TESSERA_INDEPENDENT_ITERATIONS
      for (int i = cells.lower[0]; i < end; ++i) {
        if constexpr (std::is_invocable_v<F&, int, int, int>) {
          f(i, j, k);
        } else {
          f(i, j);
        }
      }
    }
  }
}

/// Calls `f(j, k)` for every row (a run of cells along x) of `cells`.
template <class F>
inline void for_each_row(const Region& cells, F&& f) {
  for (int k = cells.lower[2]; k < cells.upper[2]; ++k) {
    for (int j = cells.lower[1]; j < cells.upper[1]; ++j) f(j, k);
  }
}

/// The geometry of the domain, seen from one patch: indices are the patch's local ones, results depend
/// only on the cell's place in the domain. Lengths are in metres on a sphere, else in the job's unit.
class Geometry {
 public:
  /// Three numbers, one an axis.
  struct Triple {
    double x, y, z;
  };

  explicit Geometry(const tessera_geometry& domain, const std::int64_t* offset = nullptr) : domain_{&domain} {
    for (int a = 0; a < 3; ++a) offset_[a] = offset ? offset[a] : 0;
  }

  int dimensions() const { return domain_->dimensions; }
  bool spherical() const { return domain_->kind == TESSERA_SPHERICAL; }
  /// Radius of the sphere in metres.
  double radius() const { return domain_->radius; }
  /// Number of cells of the whole domain along an axis.
  std::int64_t cells(Axis a) const { return domain_->cells[index(a)]; }
  /// Cell size along an axis: the job's unit, or degrees on a sphere.
  double spacing(Axis a) const { return domain_->spacing[index(a)]; }
  double lower(Axis a) const { return domain_->lower[index(a)]; }
  double upper(Axis a) const { return domain_->upper[index(a)]; }

  /// Coordinates of a cell's centre: the job's unit, or degrees of longitude and latitude.
  double x(int i) const { return centre(0, i); }
  double y(int j) const { return centre(1, j); }
  double z(int k) const { return centre(2, k); }

  /// Coordinate of the face between cells i-1 and i along an axis.
  double face(Axis a, int i) const {
    const int n = index(a);
    return domain_->lower[n] + static_cast<double>(offset_[n] + i) * domain_->spacing[n];
  }

  /// 1/dx^2 + 1/dy^2 + 1/dz^2 over the domain's dimensions. Cartesian only.
  double sum_inverse_spacing_squared() const {
    double sum = 0.0;
    for (int a = 0; a < domain_->dimensions; ++a) sum += 1.0 / (domain_->spacing[a] * domain_->spacing[a]);
    return sum;
  }

  /// factor/dx^2, factor/dy^2, factor/dz^2; 0 along axes beyond the domain's dimensions.
  Triple scaled_inverse_spacing_squared(double factor) const {
    const auto one = [&](int a) {
      return a < domain_->dimensions ? factor / (domain_->spacing[a] * domain_->spacing[a]) : 0.0;
    };
    return {one(0), one(1), one(2)};
  }

  /// Length, area or volume of a cell of row j.
  double cell_volume(int j) const {
    if (spherical()) {
      const double degree = std::numbers::pi / 180.0;
      return domain_->radius * domain_->radius * domain_->spacing[0] * degree *
             (std::sin(face(Axis::y, j + 1) * degree) - std::sin(face(Axis::y, j) * degree));
    }
    return domain_->spacing[0] * domain_->spacing[1] * domain_->spacing[2];
  }

  const tessera_geometry& raw() const { return *domain_; }

 private:
  static int index(Axis a) { return static_cast<int>(a); }
  double centre(int a, int i) const {
    return domain_->lower[a] + (static_cast<double>(offset_[a] + i) + 0.5) * domain_->spacing[a];
  }

  const tessera_geometry* domain_;
  std::int64_t offset_[3];
};

namespace detail {

/// The cells of a field that a call may touch, for builds that check every access.
struct Limits {
  Region cells{};
  const char* field = "";
  const char* stage = "";
  bool checked = false;
  bool writes = false;

  /// Throws std::out_of_range for a cell outside.
  void check(int i, int j, int k) const {
    const int at[3] = {i, j, k};
    for (int a = 0; a < 3; ++a) {
      if (checked && (at[a] < cells.lower[a] || at[a] >= cells.upper[a])) refuse(i, j, k);
    }
  }
  /// The same for a row, along which nothing can be checked.
  void check_row(int j, int k) const { check(cells.lower[0], j, k); }

 private:
  [[noreturn]] void refuse(int i, int j, int k) const {
    const std::string cell =
        "(" + std::to_string(i) + ", " + std::to_string(j) + ", " + std::to_string(k) + ")";
    throw std::out_of_range("stage `" + std::string(stage) + "` " + (writes ? "writes" : "reads") +
                            " field `" + field + "` at local cell " + cell +
                            (writes ? ", outside its region" : ", beyond its declared radius"));
  }
};

}  // namespace detail

/// One component of a field on one patch, indexed by local cell. Cheap to copy; capture it by value. With
/// TESSERA_CHECKED defined as 1, as tessera_add_solver does in debug builds, every access is checked.
template <class T>
class View {
 public:
  View(T* data, const std::int64_t* stride, [[maybe_unused]] const detail::Limits& limits = {})
      : data_{data},
        sy_{stride[1]},
        sz_{stride[2]},
        sc_{stride[3]}
#if TESSERA_CHECKED
        ,
        limits_{limits}
#endif
  {
  }

  T& operator()(int i, int j = 0, int k = 0) const {
#if TESSERA_CHECKED
    limits_.check(i, sy_ == 0 ? limits_.cells.lower[1] : j, sz_ == 0 ? limits_.cells.lower[2] : k);
#endif
    return data_[i + j * sy_ + k * sz_];
  }

  /// Pointer to cell (0, j, k); neighbours along x are adjacent.
  T* row(int j, int k = 0) const {
#if TESSERA_CHECKED
    limits_.check_row(sy_ == 0 ? limits_.cells.lower[1] : j, sz_ == 0 ? limits_.cells.lower[2] : k);
#endif
    return data_ + j * sy_ + k * sz_;
  }

  /// The view of another component of the same field.
  View component(int c) const {
    View v{*this};
    v.data_ += c * sc_;
    return v;
  }

 private:
  T* data_;
  std::int64_t sy_, sz_, sc_;
#if TESSERA_CHECKED
  detail::Limits limits_;
#endif
};

/// A declared field of scalars T (double or float). Obtained from Declare::field.
template <class T = double>
class Field {
 public:
  Field() = default;
  explicit Field(int index) : index_{index} {}
  int index() const { return index_; }

 private:
  int index_ = -1;
};

/// A brick of cells with all its fields.
class Patch {
 public:
  explicit Patch(const tessera_patch& raw) : raw_{&raw}, geometry_{*raw.geometry, raw.offset} {}
  /// For an update of `region` by a stage: accesses can be checked against what the schema declares.
  Patch(const tessera_patch& raw, const tessera_schema& schema, int stage, const Region& region)
      : raw_{&raw}, geometry_{*raw.geometry, raw.offset}, schema_{&schema}, stage_{stage}, region_{region} {}

  const Geometry& geometry() const { return geometry_; }
  /// Owned cells along an axis.
  int extent(Axis a) const { return raw_->extent[static_cast<int>(a)]; }
  /// Local index, along the axis of a face of the domain, of the cells that touch it: for boundary(), which
  /// may be called for a patch that reaches the face with its ghost cells alone.
  int cell_at(Face face) const {
    const int a = static_cast<int>(face.axis);
    const std::int64_t cell = face.side == Side::lower ? 0 : raw_->geometry->cells[a] - 1;
    return static_cast<int>(cell - raw_->offset[a]);
  }

  /// The level of `field` that this stage reads, component 0.
  template <class T>
  View<const T> read(Field<T> field) const {
    const tessera_view& v = checked(raw_->reads, field.index(), "read");
    return {static_cast<const T*>(v.data), v.stride, limits(field.index(), false)};
  }

  /// The level of `field` that this stage writes, component 0.
  template <class T>
  View<T> write(Field<T> field) const {
    const tessera_view& v = checked(raw_->writes, field.index(), "write");
    return {static_cast<T*>(v.data), v.stride, limits(field.index(), true)};
  }

  const tessera_patch& raw() const { return *raw_; }

 private:
  const tessera_view& checked(const tessera_view* views, int field, const char* verb) const {
    if (field < 0 || field >= raw_->field_count || views[field].data == nullptr) {
      throw std::logic_error(std::string("this stage does not declare that it ") + verb + "s field number " +
                             std::to_string(field));
    }
    return views[field];
  }

  /// What may be touched of a field: the region, grown by the declared radius for a read.
  detail::Limits limits([[maybe_unused]] int field, [[maybe_unused]] bool writes) const {
    detail::Limits out;
#if TESSERA_CHECKED
    if (schema_ == nullptr) return out;
    const tessera_stage& stage = schema_->stages[stage_];
    int radius = 0;
    for (int r = 0; !writes && r < stage.read_count; ++r) {
      if (stage.reads[r].field == field) radius = stage.reads[r].radius;
    }
    out = {region_, schema_->fields[field].name, stage.name, true, writes};
    for (int a = 0; a < raw_->geometry->dimensions; ++a) {
      out.cells.lower[a] -= radius;
      out.cells.upper[a] += radius;
    }
#endif
    return out;
  }

  const tessera_patch* raw_;
  Geometry geometry_;
  const tessera_schema* schema_ = nullptr;
  int stage_ = 0;
  Region region_{};
};

}  // namespace tessera

#endif
