// Writes maps as overlays for programs that read KML, such as Google Earth.
#pragma once

#include "grid/output/map.h"

#include <string>

namespace tessera::output {

/// Returns the text of a KML file (OGC KML 2.2) that shows the image of a geographic map in its place, and
/// its legend in a corner of the screen. `image`, `legend`: names of the image files, in the same folder.
std::string kml_text(const Map& map, const std::string& image, const std::string& legend);

}  // namespace tessera::output
