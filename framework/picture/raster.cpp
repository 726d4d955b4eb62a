#include "picture/raster.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tessera::picture {
namespace {

constexpr Rgb missing_colour{214, 214, 214};
constexpr Rgb coast_colour{84, 76, 62};
constexpr Rgb lowland_colour{232, 226, 211};
constexpr Rgb highland_colour{170, 152, 122};

std::size_t index(int width, int i, int j) {
  return static_cast<std::size_t>(j) * static_cast<std::size_t>(width) + static_cast<std::size_t>(i);
}

/// The cells that a pixel overlaps along one axis.
struct PixelOverlap {
  int first = 0;                  ///< index of the first cell
  std::vector<double> fractions;  ///< fraction of the pixel that each cell covers; the sum is 1
};

std::vector<PixelOverlap> pixel_overlaps(int cells, int pixels) {
  std::vector<PixelOverlap> all(static_cast<std::size_t>(pixels));
  for (int p = 0; p < pixels; ++p) {
    // Use integer arithmetic: with rounding errors, a cell that only touches the pixel could be included.
    const auto from = std::int64_t{p} * cells;
    const auto to = from + cells;
    PixelOverlap& pixel = all[static_cast<std::size_t>(p)];
    pixel.first = static_cast<int>(from / pixels);
    for (std::int64_t c = pixel.first; c * pixels < to; ++c) {
      const std::int64_t overlap = std::min((c + 1) * pixels, to) - std::max(c * pixels, from);
      pixel.fractions.push_back(static_cast<double>(overlap) / static_cast<double>(cells));
    }
  }
  return all;
}

/// Computes the colours of land, which is shaded as if lit from the north-west.
class Land {
 public:
  explicit Land(const Frame& frame) : frame_{frame} {
    if (frame.relief.empty() || frame.mask.empty()) return;
    double squared_slope_sum = 0.0;
    std::size_t count = 0;
    for (int j = 0; j < frame.ny; ++j) {
      for (int i = 0; i < frame.nx; ++i) {
        const double height = relief(i, j);
        if (frame.mask[index(frame.nx, i, j)] == 0 || !std::isfinite(height)) continue;
        lowest_ = count > 0 ? std::min(lowest_, height) : height;
        highest_ = count > 0 ? std::max(highest_, height) : height;
        const auto [gx, gy] = slope(i, j);
        squared_slope_sum += gx * gx + gy * gy;
        ++count;
      }
    }
    if (count > 0 && squared_slope_sum > 0.0)
      rms_slope_ = std::sqrt(squared_slope_sum / static_cast<double>(count));
  }

  Rgb colour(int i, int j) const {
    if (frame_.relief.empty() || !std::isfinite(relief(i, j))) return lowland_colour;
    const double height = highest_ > lowest_ ? (relief(i, j) - lowest_) / (highest_ - lowest_) : 0.0;
    const Rgb plain = mix(lowland_colour, highland_colour, std::sqrt(std::clamp(height, 0.0, 1.0)));
    const auto [gx, gy] = slope(i, j);
    const double scale = 0.35 / rms_slope_;
    const double nx = -gx * scale;
    const double ny = -gy * scale;
    const double light = (-0.5 * nx + 0.5 * ny + 0.70710678) / std::sqrt(nx * nx + ny * ny + 1.0);
    const double shade = 1.0 + 0.5 * (light - 0.70710678);
    return shade < 1.0 ? mix({40, 34, 24}, plain, std::max(shade, 0.0))
                       : mix(plain, {255, 255, 255}, std::min(shade - 1.0, 1.0));
  }

 private:
  double relief(int i, int j) const {
    return frame_.relief[index(frame_.nx, std::clamp(i, 0, frame_.nx - 1), std::clamp(j, 0, frame_.ny - 1))];
  }
  std::array<double, 2> slope(int i, int j) const {
    const double gx = 0.5 * (relief(i + 1, j) - relief(i - 1, j));
    const double gy = 0.5 * (relief(i, j + 1) - relief(i, j - 1));
    return {std::isfinite(gx) ? gx : 0.0, std::isfinite(gy) ? gy : 0.0};
  }

  const Frame& frame_;
  double lowest_ = 0.0;
  double highest_ = 0.0;
  double rms_slope_ = 1.0;
};

/// A weighted sum of colours.
struct ColourSum {
  double r = 0.0;
  double g = 0.0;
  double b = 0.0;

  void add(Rgb colour, double weight) {
    r += weight * colour.r;
    g += weight * colour.g;
    b += weight * colour.b;
  }
};

/// Draws the coastline on the land pixels next to water. `land_fraction`: fraction of each pixel that is
/// land.
void draw_coastline(Raster& raster, const std::vector<float>& land_fraction) {
  const auto is_land = [&](int px, int py) {
    if (px < 0 || py < 0 || px >= raster.width || py >= raster.height) return true;
    return land_fraction[index(raster.width, px, py)] >= 0.5F;
  };
  for (int py = 0; py < raster.height; ++py) {
    for (int px = 0; px < raster.width; ++px) {
      if (!is_land(px, py)) continue;
      if (is_land(px - 1, py) && is_land(px + 1, py) && is_land(px, py - 1) && is_land(px, py + 1)) continue;
      auto& pixel = raster.pixels[index(raster.width, px, py)];
      pixel = pack(mix(unpack(pixel), coast_colour, 0.8));
    }
  }
}

/// What is painted where there is no value.
enum class Ground { land_and_gray, transparent };

Raster paint(const Frame& frame, const ValueScale& scale, int width, int height, Ground ground) {
  const bool is_opaque = ground == Ground::land_and_gray;
  Raster raster{width, height, {}};
  raster.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  std::vector<float> land_fraction(frame.mask.empty() ? 0 : raster.pixels.size());
  const Land land{frame};
  const std::vector<PixelOverlap> columns = pixel_overlaps(frame.nx, width);
  const std::vector<PixelOverlap> rows = pixel_overlaps(frame.ny, height);
  for (int py = 0; py < height; ++py) {
    const PixelOverlap& row = rows[static_cast<std::size_t>(height - 1 - py)];
    for (int px = 0; px < width; ++px) {
      const PixelOverlap& column = columns[static_cast<std::size_t>(px)];
      ColourSum colours;
      double land_weight = 0.0;
      double value_fraction = 0.0;
      double mean = 0.0;
      for (std::size_t b = 0; b < row.fractions.size(); ++b) {
        const int j = row.first + static_cast<int>(b);
        for (std::size_t a = 0; a < column.fractions.size(); ++a) {
          const int i = column.first + static_cast<int>(a);
          const auto cell = index(frame.nx, i, j);
          const double fraction = column.fractions[a] * row.fractions[b];
          if (!frame.mask.empty() && frame.mask[cell] != 0) {
            land_weight += fraction;
            if (is_opaque) colours.add(land.colour(i, j), fraction);
          } else if (!std::isfinite(frame.values[cell])) {
            if (is_opaque) colours.add(missing_colour, fraction);
          } else {
            // A running mean cannot overflow, and is exact if all values are equal.
            value_fraction += fraction;
            mean = std::lerp(mean, frame.values[cell], fraction / value_fraction);
          }
        }
      }
      if (value_fraction > 0.0) colours.add(scale.colour(mean), value_fraction);
      const auto byte = [](double c) { return static_cast<std::uint8_t>(std::clamp(c + 0.5, 0.0, 255.0)); };
      const auto pixel = index(width, px, py);
      raster.pixels[pixel] = pack({byte(colours.r), byte(colours.g), byte(colours.b)});
      if (!is_opaque) raster.pixels[pixel] |= std::uint32_t{byte(255.0 * value_fraction)} << 24;
      if (!land_fraction.empty()) land_fraction[pixel] = static_cast<float>(land_weight);
    }
  }
  if (is_opaque && !land_fraction.empty()) draw_coastline(raster, land_fraction);
  return raster;
}

}  // namespace

Raster paint_cells(const Frame& frame, const ValueScale& scale, int width, int height) {
  return paint(frame, scale, width, height, Ground::land_and_gray);
}

Raster paint_overlay(const Frame& frame, const ValueScale& scale, int width, int height) {
  return paint(frame, scale, width, height, Ground::transparent);
}

}  // namespace tessera::picture
