// Named colour maps.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tessera::picture {

struct Rgb {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;

  friend bool operator==(const Rgb&, const Rgb&) = default;
};

/// Converts a colour to the form 0x00RRGGBB.
constexpr std::uint32_t pack(Rgb c) {
  return std::uint32_t{c.r} << 16 | std::uint32_t{c.g} << 8 | std::uint32_t{c.b};
}
/// The inverse of pack().
constexpr Rgb unpack(std::uint32_t c) {
  return {static_cast<std::uint8_t>(c >> 16 & 0xff), static_cast<std::uint8_t>(c >> 8 & 0xff),
          static_cast<std::uint8_t>(c & 0xff)};
}

/// Interpolates linearly between `a` (at `fraction` 0) and `b` (at `fraction` 1).
Rgb mix(Rgb a, Rgb b, double fraction);

/// Names of the colour maps, in the order in which messages list them.
inline constexpr std::array<std::string_view, 8> colormap_names{"viridis",  "inferno", "plasma", "gray",
                                                                "coolwarm", "balance", "topo",   "ocean"};

/// A colour map over [0, 1]. viridis, inferno and plasma are by Smith, van der Walt and Firing (CC0); every
/// fifth of their 256 entries is stored, and the others are interpolated. coolwarm is by Moreland (2009).
/// balance, topo and ocean are specific to Tessera.
class Colormap {
 public:
  /// `sequential`: one scale from low to high values. `diverging`: one hue on each side of the middle, which
  /// represents 0. `sea_land`: the lower half is for negative values, the upper half for all others.
  enum class Kind { sequential, diverging, sea_land };

  /// Throws base::Error (bad_job) if the name is unknown.
  explicit Colormap(std::string_view name);

  Kind kind() const { return kind_; }
  /// The colour at `t`, which is clamped to [0, 1]. NaN is treated as 0.
  Rgb at(double t) const;

 private:
  Kind kind_;
  std::span<const std::uint32_t> anchors_;  ///< colours 0x00RRGGBB at equal intervals over [0, 1]
};

}  // namespace tessera::picture
