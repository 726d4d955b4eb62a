#include "grid/output/kml.h"

#include "base/escape.h"

#include <fmt/format.h>

namespace tessera::output {

std::string kml_text(const Map& map, const std::string& image, const std::string& legend) {
  const std::string box = fmt::format("<north>{}</north><south>{}</south><east>{}</east><west>{}</west>",
                                      map.edges.north, map.edges.south, map.edges.east, map.edges.west);
  // GDAL, and thus QGIS, reads an overlay in a document only if the document has a region. Unlike an overlay,
  // a region must not cross the date line.
  const std::string region =
      map.edges.east > 180.0
          ? ""
          : fmt::format("\n  <Region>\n    <LatLonAltBox>{}</LatLonAltBox>\n  </Region>", box);
  return fmt::format(
      R"xml(<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2">
<Document>
  <name>{title}</name>
  <open>1</open>
  <description>{description}. {source}</description>{region}
  <GroundOverlay>
    <name>{name}</name>
    <Icon><href>{image}</href></Icon>
    <LatLonBox>{box}</LatLonBox>
  </GroundOverlay>
  <ScreenOverlay>
    <name>legend</name>
    <Icon><href>{legend}</href></Icon>
    <overlayXY x="0" y="1" xunits="fraction" yunits="fraction"/>
    <screenXY x="0.02" y="0.95" xunits="fraction" yunits="fraction"/>
    <size x="-1" y="-1" xunits="pixels" yunits="pixels"/>
  </ScreenOverlay>
</Document>
</kml>
)xml",
      fmt::arg("title", base::xml_text(map.title)), fmt::arg("description", base::xml_text(map.description)),
      fmt::arg("source", base::xml_text(map.source)), fmt::arg("box", box), fmt::arg("region", region),
      fmt::arg("name", base::xml_text(map.unit.empty() ? map.name : map.name + ", " + map.unit)),
      fmt::arg("image", base::xml_text(image)), fmt::arg("legend", base::xml_text(legend)));
}

}  // namespace tessera::output
