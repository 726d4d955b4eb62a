// The table of faults in a job.
#pragma once

#include "fault.h"

#include <tessera/declare.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace shallow_water {

/// The columns of the array of tables [[parameters.fault]].
class FaultTable {
 public:
  explicit FaultTable(tessera::TableBuilder table)
      : longitude_{table.column("longitude")
                       .unit("degree")
                       .help("longitude of the centre of the fault plane; on a plane, x in m")},
        latitude_{table.column("latitude")
                      .unit("degree")
                      .help("latitude of the centre of the fault plane; on a plane, y in m")},
        depth_{table.column("depth").unit("km").above(0.0).help("depth of the centre of the fault plane")},
        strike_{table.column("strike").unit("degree").help(
            "angle clockwise from north; the fault dips to the right of it")},
        dip_{table.column("dip").unit("degree").at_least(0.0).at_most(90.0).help(
            "angle below the horizontal")},
        rake_{table.column("rake").unit("degree").help("0: left-lateral, 90: thrust")},
        slip_{table.column("slip").unit("m").help("slip of the hanging wall over the foot wall")},
        length_{table.column("length").unit("km").above(0.0).help("length along strike")},
        width_{table.column("width").unit("km").above(0.0).help("width down dip")},
        rupture_{
            table.column("rupture").unit("s").default_value(0.0).at_least(0.0).help("time of the slip")} {}

  /// The faults of the job. Throws std::invalid_argument if one extends above the ground.
  std::vector<Fault> faults() const {
    constexpr double kilometre = 1000.0;
    std::vector<Fault> faults;
    for (std::int64_t n = 0; n < slip_.size(); ++n) {
      faults.emplace_back(MapPoint{longitude_[n], latitude_[n]}, depth_[n] * kilometre, strike_[n], dip_[n],
                          rake_[n], slip_[n], length_[n] * kilometre, width_[n] * kilometre, rupture_[n]);
      if (faults.back().upper_edge_depth() < 0.0) {
        throw std::invalid_argument(
            "fault " + std::to_string(n + 1) +
            " extends above the ground: `depth` (of the centre of its plane) must be at least "
            "width/2 * sin(dip)");
      }
    }
    return faults;
  }

 private:
  tessera::Column<double> longitude_, latitude_, depth_, strike_, dip_, rake_, slip_, length_, width_,
      rupture_;
};

}  // namespace shallow_water
