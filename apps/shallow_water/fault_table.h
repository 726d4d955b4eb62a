// The faults that a job lists.
#pragma once

#include "fault.h"

#include <tessera/declare.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace shallow_water {

/// The parameters in the array of tables [[parameters.fault]].
class FaultTable {
 public:
  explicit FaultTable(tessera::TableBuilder table)
      : longitude_{table.column("longitude")
                       .unit("degree")
                       .help("of the centre of the fault plane; x in m on a plane")},
        latitude_{table.column("latitude")
                      .unit("degree")
                      .help("of the centre of the fault plane; y in m on a plane")},
        depth_{table.column("depth").unit("km").above(0.0).help("depth of the centre of the fault plane")},
        strike_{
            table.column("strike").unit("degree").help("clockwise from north; the fault dips to its right")},
        dip_{table.column("dip").unit("degree").at_least(0.0).at_most(90.0).help("below the horizontal")},
        rake_{table.column("rake").unit("degree").help("0: left-lateral, 90: thrust")},
        slip_{table.column("slip").unit("m").help("slip of the hanging wall over the foot wall")},
        length_{table.column("length").unit("km").above(0.0).help("length along the strike")},
        width_{table.column("width").unit("km").above(0.0).help("width down the dip")},
        rupture_{
            table.column("rupture").unit("s").default_value(0.0).at_least(0.0).help("time of the slip")} {}

  /// The faults of the job. Throws std::invalid_argument if one extends above the ground.
  std::vector<Fault> faults() const {
    constexpr double kilometre = 1000.0;
    std::vector<Fault> faults;
    for (std::int64_t n = 0; n < slip_.size(); ++n) {
      faults.emplace_back(Place{longitude_[n], latitude_[n]}, depth_[n] * kilometre, strike_[n], dip_[n],
                          rake_[n], slip_[n], length_[n] * kilometre, width_[n] * kilometre, rupture_[n]);
      if (faults.back().top() < 0.0) {
        throw std::invalid_argument(
            "fault " + std::to_string(n + 1) +
            " extends above the ground: `depth`, of the centre of its plane, must be at least "
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
