// The named dimensions of the arrays in an HDF5 file that is being written.
#pragma once

#include "hdf5/hdf5_handle.h"

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::output {

/// Dimension scales by the specification of HDF5, which NetCDF uses as its dimensions. Written without HDF5's
/// high-level library: it rewrites the list of a scale for each array that is attached. All functions throw
/// hdf5::WriteFailure. @note All functions are collective if the file is open for parallel access.
class DimensionScales {
 public:
  /// `file` must outlive the object.
  explicit DimensionScales(hid_t file) : file_{file} {}

  /// Adds a dimension with coordinates, and returns its data set of doubles. The caller writes the values.
  hid_t add_coordinates(const std::string& name, hsize_t length);
  /// Adds a dimension without coordinates.
  void add_bare(const std::string& name, hsize_t length);

  /// Names the dimensions of an array, slowest first; all of them must have been added.
  /// Call complete() after the last array.
  void attach(const std::string& array_name, hid_t array, const std::vector<std::string>& dimensions);
  /// Writes the lists of the arrays attached to each dimension.
  void complete();

 private:
  struct Attachment {
    hobj_ref_t array;
    int dimension;
  };
  struct Scale {
    std::string name;
    hobj_ref_t reference = 0;
    hdf5::Hdf5Handle dataset;
    std::vector<Attachment> attachments;
  };

  hid_t add(const std::string& name, hsize_t length, const std::string& label,
            const hdf5::Hdf5Handle& properties);
  Scale& scale(const std::string& name);
  hobj_ref_t reference_to(const std::string& name) const;

  hid_t file_;
  std::vector<Scale> scales_;
};

}  // namespace tessera::output
