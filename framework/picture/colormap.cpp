#include "picture/colormap.h"

#include "base/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace tessera::picture {
namespace {

constexpr std::array<std::uint32_t, 52> viridis{
    0x440154, 0x46085c, 0x471063, 0x481769, 0x481d6f, 0x482475, 0x472a7a, 0x46307e, 0x453781,
    0x433d84, 0x414287, 0x3f4889, 0x3d4e8a, 0x3a538b, 0x38598c, 0x355e8d, 0x33638d, 0x31688e,
    0x2e6d8e, 0x2c718e, 0x2a768e, 0x297b8e, 0x27808e, 0x25848e, 0x23898e, 0x218e8d, 0x20928c,
    0x1f978b, 0x1e9c89, 0x1fa188, 0x21a585, 0x24aa83, 0x28ae80, 0x2eb37c, 0x35b779, 0x3dbc74,
    0x46c06f, 0x50c46a, 0x5ac864, 0x65cb5e, 0x70cf57, 0x7cd250, 0x89d548, 0x95d840, 0xa2da37,
    0xb0dd2f, 0xbddf26, 0xcae11f, 0xd8e219, 0xe5e419, 0xf1e51d, 0xfde725};

constexpr std::array<std::uint32_t, 52> inferno{
    0x000004, 0x02020c, 0x050417, 0x0a0722, 0x10092d, 0x160b39, 0x1e0c45, 0x260c51, 0x2f0a5b,
    0x380962, 0x400a67, 0x490b6a, 0x510e6c, 0x59106e, 0x61136e, 0x69166e, 0x71196e, 0x781c6d,
    0x801f6c, 0x88226a, 0x902568, 0x982766, 0xa02a63, 0xa82e5f, 0xb0315b, 0xb73557, 0xbf3952,
    0xc63d4d, 0xcc4248, 0xd34743, 0xd94d3d, 0xdf5337, 0xe45a31, 0xe9612b, 0xed6925, 0xf1711f,
    0xf47918, 0xf78212, 0xf98b0b, 0xfa9407, 0xfb9d07, 0xfca60c, 0xfcb014, 0xfbba1f, 0xfac42a,
    0xf8cd37, 0xf6d746, 0xf4e156, 0xf2ea69, 0xf2f27d, 0xf5f992, 0xfcffa4};

constexpr std::array<std::uint32_t, 52> plasma{
    0x0d0887, 0x1b068d, 0x260591, 0x2f0596, 0x38049a, 0x41049d, 0x4903a0, 0x5102a3, 0x5901a5,
    0x6100a7, 0x6900a8, 0x7100a8, 0x7801a8, 0x8004a8, 0x8707a6, 0x8e0ca4, 0x9511a1, 0x9c179e,
    0xa21d9a, 0xa82296, 0xae2892, 0xb42e8d, 0xba3388, 0xbf3984, 0xc43e7f, 0xc9447a, 0xcd4a76,
    0xd24f71, 0xd6556d, 0xda5b69, 0xde6164, 0xe26660, 0xe66c5c, 0xe97257, 0xed7953, 0xf07f4f,
    0xf3854b, 0xf58c46, 0xf79342, 0xf99a3e, 0xfba139, 0xfca835, 0xfdaf31, 0xfeb72d, 0xfebe2a,
    0xfdc627, 0xfcce25, 0xfbd724, 0xf8df25, 0xf6e826, 0xf3f027, 0xf0f921};

constexpr std::array<std::uint32_t, 2> gray{0x000000, 0xffffff};

constexpr std::array<std::uint32_t, 33> coolwarm{
    0x3b4cc0, 0x445acc, 0x4e68d7, 0x5875e1, 0x6282ea, 0x6c8ef1, 0x779af7, 0x82a5fb, 0x8db0fe,
    0x98b9ff, 0xa3c2ff, 0xaec9fd, 0xb8d0f9, 0xc2d5f4, 0xccd9ee, 0xd5dbe6, 0xdddddd, 0xe5d8d1,
    0xecd3c6, 0xf1ccb9, 0xf5c4ad, 0xf7bba0, 0xf7b194, 0xf7a687, 0xf49a7b, 0xf18d6f, 0xec7f63,
    0xe57057, 0xde614c, 0xd55042, 0xcb3e38, 0xc0282f, 0xb40426};

// From deep blue through near-white to deep red. The lightness decreases evenly towards both ends.
constexpr std::array<std::uint32_t, 17> balance{0x0b1f4b, 0x113272, 0x174a99, 0x2a67b3, 0x4a86c5, 0x76a5d6,
                                                0xa6c5e5, 0xd3e2f1, 0xf7f6f4, 0xf8dccd, 0xf3b99f, 0xe99275,
                                                0xd96a52, 0xc04138, 0x9e2129, 0x78101f, 0x4d0716};

// Sea from deep to shallow, then land from lowland to snow.
constexpr std::array<std::uint32_t, 16> topo{0x0a1a3f, 0x11295c, 0x183c7c, 0x20549b, 0x2f70b3, 0x4f93c8,
                                             0x82b9dc, 0xc2e2ee, 0x5f8f57, 0x86a868, 0xb3bf7d, 0xd4cb93,
                                             0xc6ad7c, 0xa98761, 0xa8917f, 0xf4f1ee};

constexpr std::array<std::uint32_t, 9> ocean{0x06122e, 0x0d2450, 0x143b73, 0x1b5591, 0x2873a9,
                                             0x4694bd, 0x76b6cf, 0xb0d6e0, 0xeef6f4};

struct Entry {
  Colormap::Kind kind;
  std::span<const std::uint32_t> anchors;
};

/// In the order of colormap_names.
constexpr std::array<Entry, colormap_names.size()> entries{{{Colormap::Kind::sequential, viridis},
                                                            {Colormap::Kind::sequential, inferno},
                                                            {Colormap::Kind::sequential, plasma},
                                                            {Colormap::Kind::sequential, gray},
                                                            {Colormap::Kind::diverging, coolwarm},
                                                            {Colormap::Kind::diverging, balance},
                                                            {Colormap::Kind::sea_land, topo},
                                                            {Colormap::Kind::sequential, ocean}}};

const Entry& find_entry(std::string_view name) {
  const auto position =
      std::find(colormap_names.begin(), colormap_names.end(), name) - colormap_names.begin();
  const auto n = static_cast<std::size_t>(position);
  if (n < entries.size()) return entries[n];
  throw base::Error(base::ExitCode::bad_job, fmt::format("unknown colour map `{}`", name),
                    fmt::format("colour maps: {}", fmt::join(colormap_names, ", ")));
}

}  // namespace

Rgb mix(Rgb a, Rgb b, double fraction) {
  const auto channel = [&](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + fraction * (to - from)));
  };
  return {channel(a.r, b.r), channel(a.g, b.g), channel(a.b, b.b)};
}

Colormap::Colormap(std::string_view name)
    : kind_{find_entry(name).kind}, anchors_{find_entry(name).anchors} {}

Rgb Colormap::at(double t) const {
  if (!(t > 0.0)) return unpack(anchors_.front());
  if (t >= 1.0) return unpack(anchors_.back());
  // The two halves of a sea_land map are separate: colours are not interpolated between them.
  if (kind_ == Kind::sea_land) {
    const std::size_t half = anchors_.size() / 2;
    const bool land = t >= 0.5;
    const double position = (land ? t - 0.5 : t) * 2.0 * static_cast<double>(half - 1);
    const auto i = std::min(static_cast<std::size_t>(position), half - 2) + (land ? half : 0);
    return mix(unpack(anchors_[i]), unpack(anchors_[i + 1]), position - std::floor(position));
  }
  const double position = t * static_cast<double>(anchors_.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(position), anchors_.size() - 2);
  return mix(unpack(anchors_[i]), unpack(anchors_[i + 1]), position - static_cast<double>(i));
}

}  // namespace tessera::picture
