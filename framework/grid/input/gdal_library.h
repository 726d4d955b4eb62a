// The parts of GDAL's C interface that read GeoTIFF files. GDAL is loaded when the first file is opened, so
// that it need not be installed where no GeoTIFF file is read.
#pragma once

#include <string>

namespace tessera::input {

/// Handles of GDAL.
using GdalDataset = void*;
using GdalBand = void*;
using GdalReference = void*;  ///< a coordinate reference system

/// Functions of GDAL, with the names and the meaning that they have there
/// (https://gdal.org/api/raster_c_api.html).
struct GdalLibrary {
  GdalDataset (*GDALOpenEx)(const char* path, unsigned flags, const char* const* drivers,
                            const char* const* options, const char* const* siblings) = nullptr;
  void (*GDALClose)(GdalDataset) = nullptr;
  int (*GDALGetGeoTransform)(GdalDataset, double* six) = nullptr;
  GdalReference (*GDALGetSpatialRef)(GdalDataset) = nullptr;
  int (*GDALGetRasterXSize)(GdalDataset) = nullptr;
  int (*GDALGetRasterYSize)(GdalDataset) = nullptr;
  int (*GDALGetRasterCount)(GdalDataset) = nullptr;
  GdalBand (*GDALGetRasterBand)(GdalDataset, int number) = nullptr;
  int (*GDALGetRasterDataType)(GdalBand) = nullptr;
  double (*GDALGetRasterNoDataValue)(GdalBand, int* has_value) = nullptr;
  double (*GDALGetRasterScale)(GdalBand, int* has_value) = nullptr;
  double (*GDALGetRasterOffset)(GdalBand, int* has_value) = nullptr;
  const char* (*GDALGetRasterUnitType)(GdalBand) = nullptr;
  int (*GDALGetMaskFlags)(GdalBand) = nullptr;
  void (*GDALGetBlockSize)(GdalBand, int* columns, int* rows) = nullptr;
  const char* (*GDALGetMetadataItem)(void* object, const char* name, const char* domain) = nullptr;
  int (*GDALRasterIO)(GdalBand, int write, int column, int row, int columns, int rows, void* values,
                      int value_columns, int value_rows, int value_type, int value_stride,
                      int row_stride) = nullptr;
  int (*OSRIsGeographic)(GdalReference) = nullptr;
  int (*OSRIsProjected)(GdalReference) = nullptr;
  double (*OSRGetLinearUnits)(GdalReference, char** name) = nullptr;
  const char* (*OSRGetAttrValue)(GdalReference, const char* node, int child) = nullptr;
  const char* (*CPLGetLastErrorMsg)() = nullptr;
};

/// Returns the library, which is loaded by the first call. Throws base::Error (unavailable) if GDAL is not
/// installed, or lacks a function. `file`: name of the file to be read, for the message.
const GdalLibrary& gdal_library(const std::string& file);

}  // namespace tessera::input
