#include "grid/input/gdal_library.h"

#include "base/error.h"

#include <fmt/format.h>

#include <type_traits>

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

GdalLibrary load(const std::string& file) {
  void* const library = open_library();  // stays loaded: GDAL does not support being unloaded
  if (library == nullptr) throw no_gdal(file, "GDAL is not installed");
  const auto find = [&](const char* name, auto*& function) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (function == nullptr) throw no_gdal(file, fmt::format("the GDAL library has no function {}", name));
  };
  GdalLibrary out;
  find("GDALOpenEx", out.GDALOpenEx);
  find("GDALClose", out.GDALClose);
  find("GDALGetGeoTransform", out.GDALGetGeoTransform);
  find("GDALGetSpatialRef", out.GDALGetSpatialRef);
  find("GDALGetRasterXSize", out.GDALGetRasterXSize);
  find("GDALGetRasterYSize", out.GDALGetRasterYSize);
  find("GDALGetRasterCount", out.GDALGetRasterCount);
  find("GDALGetRasterBand", out.GDALGetRasterBand);
  find("GDALGetRasterDataType", out.GDALGetRasterDataType);
  find("GDALGetRasterNoDataValue", out.GDALGetRasterNoDataValue);
  find("GDALGetRasterScale", out.GDALGetRasterScale);
  find("GDALGetRasterOffset", out.GDALGetRasterOffset);
  find("GDALGetRasterUnitType", out.GDALGetRasterUnitType);
  find("GDALGetMaskFlags", out.GDALGetMaskFlags);
  find("GDALGetBlockSize", out.GDALGetBlockSize);
  find("GDALGetMetadataItem", out.GDALGetMetadataItem);
  find("GDALRasterIO", out.GDALRasterIO);
  find("OSRIsGeographic", out.OSRIsGeographic);
  find("OSRIsProjected", out.OSRIsProjected);
  find("OSRGetLinearUnits", out.OSRGetLinearUnits);
  find("OSRGetAttrValue", out.OSRGetAttrValue);
  find("CPLGetLastErrorMsg", out.CPLGetLastErrorMsg);
  void (*register_driver)() = nullptr;
  find("GDALRegister_GTiff", register_driver);
  register_driver();
  void (*set_cache_bytes)(int) = nullptr;
  find("GDALSetCacheMax", set_cache_bytes);
  set_cache_bytes(cache_bytes);
  // Errors are reported by exceptions, so GDAL itself prints nothing.
  void (*ignore_error)(int, int, const char*) = nullptr;
  void* (*set_error_handler)(void (*)(int, int, const char*)) = nullptr;
  find("CPLQuietErrorHandler", ignore_error);
  find("CPLSetErrorHandler", set_error_handler);
  set_error_handler(ignore_error);
  return out;
}

}  // namespace

const GdalLibrary& gdal_library(const std::string& file) {
  static const GdalLibrary library = load(file);
  return library;
}

}  // namespace tessera::input
