// The geometry of the domain, for kernels.
#ifndef TESSERA_GEOMETRY_HPP
#define TESSERA_GEOMETRY_HPP

#include <tessera/grid.h>
#include <tessera/function.hpp>

#include <cmath>
#include <cstdint>
#include <numbers>

namespace tessera {

enum class Axis : std::int32_t { x = 0, y = 1, z = 2 };
enum class Side : std::int32_t { lower = 0, upper = 1 };

/// A face of the domain.
struct Face {
  Axis axis;
  Side side;
};

/// The geometry of the domain, in the local indices of one patch. Results depend only on the position of a
/// cell in the domain. Coordinates and spacings are in the unit of the job, or in degrees on a sphere.
/// Contains no pointers, so that a kernel can capture it by value.
class Geometry {
 public:
  /// One number per axis.
  struct Triple {
    double x, y, z;
  };

  /// `offset`: three numbers, the index in the domain of local cell (0, 0, 0); null if local indices equal
  /// domain indices.
  explicit Geometry(const tessera_geometry& domain, const std::int64_t* offset = nullptr)
      : domain_{domain}, offset_{offset ? offset[0] : 0, offset ? offset[1] : 0, offset ? offset[2] : 0} {}

  TESSERA_FUNCTION int dimensions() const { return domain_.dimensions; }
  TESSERA_FUNCTION bool spherical() const { return domain_.kind == TESSERA_SPHERICAL; }
  /// Radius of the sphere in metres.
  TESSERA_FUNCTION double radius() const { return domain_.radius; }
  /// Number of cells of the whole domain along an axis.
  TESSERA_FUNCTION std::int64_t cells(Axis a) const { return domain_.cells[index(a)]; }
  /// Cell size along an axis: in the job's unit, or in degrees on a sphere.
  TESSERA_FUNCTION double spacing(Axis a) const { return domain_.spacing[index(a)]; }
  TESSERA_FUNCTION double lower(Axis a) const { return domain_.lower[index(a)]; }
  TESSERA_FUNCTION double upper(Axis a) const { return domain_.upper[index(a)]; }

  /// Index of a cell in the domain along an axis, from 0. For ghost cells beyond the domain, it is negative
  /// or at least cells(a).
  TESSERA_FUNCTION std::int64_t domain_index(Axis a, int i) const { return offset_[index(a)] + i; }

  /// Coordinates of the centre of a cell: in the job's unit, or in degrees on a sphere.
  TESSERA_FUNCTION double x(int i) const { return centre(0, i); }
  TESSERA_FUNCTION double y(int j) const { return centre(1, j); }
  TESSERA_FUNCTION double z(int k) const { return centre(2, k); }

  /// Coordinate of the face between cells i-1 and i along an axis.
  TESSERA_FUNCTION double face(Axis a, int i) const {
    const int n = index(a);
    return domain_.lower[n] + static_cast<double>(offset_[n] + i) * domain_.spacing[n];
  }

  /// 1/dx^2 + 1/dy^2 + 1/dz^2 over the domain's dimensions; for Cartesian geometries only.
  TESSERA_FUNCTION double sum_inverse_spacing_squared() const {
    double sum = 0.0;
    for (int a = 0; a < domain_.dimensions; ++a) sum += 1.0 / (domain_.spacing[a] * domain_.spacing[a]);
    return sum;
  }

  /// factor/dx^2, factor/dy^2, factor/dz^2; 0 along axes beyond the domain's dimensions.
  TESSERA_FUNCTION Triple scaled_inverse_spacing_squared(double factor) const {
    double scaled[3] = {0.0, 0.0, 0.0};
    for (int a = 0; a < domain_.dimensions; ++a) {
      scaled[a] = factor / (domain_.spacing[a] * domain_.spacing[a]);
    }
    return {scaled[0], scaled[1], scaled[2]};
  }

  /// Length, area or volume of a cell in row j; in square metres on a sphere.
  TESSERA_FUNCTION double cell_volume(int j) const {
    if (spherical()) {
      const double degree = std::numbers::pi / 180.0;
      return domain_.radius * domain_.radius * domain_.spacing[0] * degree *
             (std::sin(face(Axis::y, j + 1) * degree) - std::sin(face(Axis::y, j) * degree));
    }
    return domain_.spacing[0] * domain_.spacing[1] * domain_.spacing[2];
  }

 private:
  TESSERA_FUNCTION static int index(Axis a) { return static_cast<int>(a); }
  TESSERA_FUNCTION double centre(int a, int i) const {
    return domain_.lower[a] + (static_cast<double>(offset_[a] + i) + 0.5) * domain_.spacing[a];
  }

  tessera_geometry domain_;
  std::int64_t offset_[3];
};

}  // namespace tessera

#endif
