#include "grid/input/gdal_library.h"

#include "base/error.h"

#include <fmt/format.h>

#include <dlfcn.h>

namespace tessera::input {
namespace {

/// The functions used here have not changed since version 30 of the library (GDAL 3.4).
constexpr int oldest_version = 30;
constexpr int newest_version = 60;
constexpr int cache_bytes = 64 << 20;

void* open_library() {
  if (void* library = dlopen("libgdal.so", RTLD_NOW | RTLD_LOCAL)) return library;
  for (int version = newest_version; version >= oldest_version; --version) {
    const std::string name = fmt::format("libgdal.so.{}", version);
    if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
  }
  return nullptr;
}

base::Error no_gdal(const std::string& file, const std::string& reason) {
  return {base::ExitCode::unavailable, fmt::format("cannot read the GeoTIFF file {}: {}", file, reason),
          "install GDAL (on Debian: apt install gdal-bin), or convert the file where it is installed: "
          "gdal_translate -of netCDF OLD.tif NEW.nc"};
}

template <class Function>
void find(void* library, const char* name, Function*& function, const std::string& file) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  if (function == nullptr) throw no_gdal(file, fmt::format("the GDAL library has no function {}", name));
}

GdalLibrary load(const std::string& file) {
  void* const library = open_library();  // stays loaded: GDAL does not support being unloaded
  if (library == nullptr) throw no_gdal(file, "GDAL is not installed");
  GdalLibrary out;
  find(library, "GDALOpenEx", out.GDALOpenEx, file);
  find(library, "GDALClose", out.GDALClose, file);
  find(library, "GDALGetGeoTransform", out.GDALGetGeoTransform, file);
  find(library, "GDALGetSpatialRef", out.GDALGetSpatialRef, file);
  find(library, "GDALGetRasterXSize", out.GDALGetRasterXSize, file);
  find(library, "GDALGetRasterYSize", out.GDALGetRasterYSize, file);
  find(library, "GDALGetRasterCount", out.GDALGetRasterCount, file);
  find(library, "GDALGetRasterBand", out.GDALGetRasterBand, file);
  find(library, "GDALGetRasterDataType", out.GDALGetRasterDataType, file);
  find(library, "GDALGetRasterNoDataValue", out.GDALGetRasterNoDataValue, file);
  find(library, "GDALGetRasterScale", out.GDALGetRasterScale, file);
  find(library, "GDALGetRasterOffset", out.GDALGetRasterOffset, file);
  find(library, "GDALGetRasterUnitType", out.GDALGetRasterUnitType, file);
  find(library, "GDALGetMaskFlags", out.GDALGetMaskFlags, file);
  find(library, "GDALGetBlockSize", out.GDALGetBlockSize, file);
  find(library, "GDALGetMetadataItem", out.GDALGetMetadataItem, file);
  find(library, "GDALRasterIO", out.GDALRasterIO, file);
  find(library, "OSRIsGeographic", out.OSRIsGeographic, file);
  find(library, "OSRIsProjected", out.OSRIsProjected, file);
  find(library, "OSRGetLinearUnits", out.OSRGetLinearUnits, file);
  find(library, "OSRGetAttrValue", out.OSRGetAttrValue, file);
  find(library, "CPLGetLastErrorMsg", out.CPLGetLastErrorMsg, file);
  void (*register_driver)() = nullptr;
  find(library, "GDALRegister_GTiff", register_driver, file);
  register_driver();
  void (*set_cache_bytes)(int) = nullptr;
  find(library, "GDALSetCacheMax", set_cache_bytes, file);
  set_cache_bytes(cache_bytes);
  // Errors are reported by exceptions, so GDAL itself prints nothing.
  void (*ignore_error)(int, int, const char*) = nullptr;
  void* (*set_error_handler)(void (*)(int, int, const char*)) = nullptr;
  find(library, "CPLQuietErrorHandler", ignore_error, file);
  find(library, "CPLSetErrorHandler", set_error_handler, file);
  set_error_handler(ignore_error);
  return out;
}

}  // namespace

const GdalLibrary& gdal_library(const std::string& file) {
  static const GdalLibrary library = load(file);
  return library;
}

}  // namespace tessera::input
