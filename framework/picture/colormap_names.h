// Names of the colour maps that pictures can use.
#pragma once

#include <array>
#include <string_view>

namespace tessera::picture {

/// In the order in which they are listed to a user.
inline constexpr std::array<std::string_view, 8> colormap_names{"viridis",  "inferno", "plasma", "gray",
                                                                "coolwarm", "balance", "topo",   "ocean"};

}  // namespace tessera::picture
