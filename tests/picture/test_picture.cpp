#include "base/contract.h"
#include "base/error.h"
#include "picture/picture.h"
#include "picture/raster.h"
#include "picture/ticks.h"
#include "picture/value_scale.h"
#include "support/file_size_limit.h"
#include "support/temporary_folder.h"

#include <cairo.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace tessera::picture;
using tessera::base::ContractViolation;
using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::test::TemporaryFolder;

namespace {

/// Reads a PNG, without its alpha channel.
Raster read_png(const std::string& path) {
  cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
  REQUIRE(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS);
  Raster raster{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  const unsigned char* bytes = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  for (int y = 0; y < raster.height; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(bytes + y * stride);
    for (int x = 0; x < raster.width; ++x) raster.pixels.push_back(row[x] & 0xffffff);
  }
  cairo_surface_destroy(surface);
  return raster;
}

/// Number and bounding box of the pixels of one colour.
struct PixelRegion {
  int count = 0;
  int x0 = 1 << 20, x1 = -1, y0 = 1 << 20, y1 = -1;
};

PixelRegion find_colour(const Raster& raster, std::uint32_t colour) {
  PixelRegion region;
  for (int y = 0; y < raster.height; ++y) {
    for (int x = 0; x < raster.width; ++x) {
      if (raster.pixels[static_cast<std::size_t>(y * raster.width + x)] != colour) continue;
      ++region.count;
      region.x0 = std::min(region.x0, x);
      region.x1 = std::max(region.x1, x);
      region.y0 = std::min(region.y0, y);
      region.y1 = std::max(region.y1, y);
    }
  }
  return region;
}

Frame sample_frame() {
  Frame frame;
  frame.title = "title";
  frame.subtitle = "subtitle";
  frame.value_label = "value, m";
  frame.nx = 2;
  frame.ny = 2;
  frame.values = {0.0, 0.2, 0.4, 1.0};
  frame.colormap = "gray";
  frame.range = {{-4.0, 6.0}};  // grays 102, 107, 112, 128, which hardly occur elsewhere
  return frame;
}

}  // namespace

TEST_CASE("cells are painted with row 0 at the bottom") {
  Frame frame = sample_frame();
  frame.range = {{0.0, 1.0}};
  const Raster raster = paint_cells(frame, ValueScale{frame}, 4, 4);
  const std::vector<std::uint32_t> expected{0x666666, 0x666666, 0xffffff, 0xffffff, 0x666666, 0x666666,
                                            0xffffff, 0xffffff, 0x000000, 0x000000, 0x333333, 0x333333,
                                            0x000000, 0x000000, 0x333333, 0x333333};
  CHECK(raster.pixels == expected);
}

TEST_CASE("cells smaller than a pixel are averaged by area") {
  Frame frame;
  frame.nx = 3;
  frame.ny = 2;
  frame.values = {0.0, 0.6, 1.0, 0.0, 0.6, 1.0};
  frame.colormap = "gray";
  frame.range = {{0.0, 1.0}};
  // Two pixels of one and a half cells each: (0 + 0.6 / 2) / 1.5 = 0.2 and (0.6 / 2 + 1) / 1.5 = 0.8667.
  CHECK(paint_cells(frame, ValueScale{frame}, 2, 1).pixels == std::vector<std::uint32_t>{0x333333, 0xdddddd});
}

TEST_CASE("an overlay is transparent where there is no value") {
  Frame frame;
  frame.nx = 4;
  frame.ny = 1;
  frame.values = {0.0, 1.0, std::nan(""), 0.4};
  frame.mask = {0, 0, 0, 1};
  frame.colormap = "gray";
  frame.range = {{0.0, 1.0}};
  const ValueScale scale{frame};
  CHECK(paint_overlay(frame, scale, 4, 1).pixels == std::vector<std::uint32_t>{0xff000000, 0xffffffff, 0, 0});
  // Pixels of 4/3 cells. The first has a quarter of a white cell; half of the second has no value.
  CHECK(paint_overlay(frame, scale, 3, 1).pixels == std::vector<std::uint32_t>{0xff404040, 0x80808080, 0});
}

TEST_CASE("land hides values and has a coastline, and missing values are gray") {
  Frame frame;
  frame.nx = 5;
  frame.ny = 3;
  frame.values.assign(15, 1.0);
  frame.mask.assign(15, 0);
  for (const std::size_t row : {0U, 1U, 2U}) {
    for (const std::size_t column : {0U, 1U, 2U}) {
      frame.mask[5 * row + column] = 1;
      frame.values[5 * row + column] = 1e9;
    }
  }
  frame.values[4] = std::nan("");
  frame.values[3] = 0.0;
  frame.colormap = "gray";
  const ValueScale scale{frame};
  CHECK(scale.lower() == 0.0);
  CHECK(scale.upper() == 1.0);
  const Raster raster = paint_cells(frame, scale, 5, 3);
  CHECK(raster.pixels[0] == 0xe8e2d3);
  CHECK(raster.pixels[1] == 0xe8e2d3);
  CHECK(raster.pixels[2] != 0xe8e2d3);  // coast
  CHECK(raster.pixels[3] == 0xffffff);
  CHECK(raster.pixels[13] == 0x000000);
  CHECK(raster.pixels[14] == 0xd6d6d6);
}

TEST_CASE("land is shaded as if lit from the north-west") {
  Frame frame;
  frame.nx = 7;
  frame.ny = 5;
  frame.values.assign(35, 0.0);
  frame.mask.assign(35, 1);
  for (int j = 0; j < 5; ++j) {
    for (int i = 0; i < 7; ++i) frame.relief.push_back(3.0 - std::abs(i - 3));  // a ridge from south to north
  }
  const Raster raster = paint_cells(frame, ValueScale{frame}, 7, 5);
  const auto green = [&](std::size_t i) { return raster.pixels[14 + i] >> 8 & 0xff; };
  CHECK(green(2) > green(4));
  CHECK(green(1) > green(5));
}

TEST_CASE("the range is given, or follows from the values and the colour map") {
  Frame frame;
  frame.nx = 4;
  frame.values = {-1.0, 3.0, std::nan(""), INFINITY};
  SECTION("range of the data") {
    CHECK(ValueScale{frame}.lower() == -1.0);
    CHECK(ValueScale{frame}.upper() == 3.0);
    CHECK_FALSE(ValueScale{frame}.has_values_above());
  }
  SECTION("symmetric range for diverging colour maps") {
    frame.colormap = "balance";
    CHECK(ValueScale{frame}.lower() == -3.0);
    CHECK(ValueScale{frame}.upper() == 3.0);
  }
  SECTION("given range") {
    frame.range = {{0.0, 4.0}};
    CHECK(ValueScale{frame}.has_values_below());
    CHECK_FALSE(ValueScale{frame}.has_values_above());
    frame.range = {{4.0, 4.0}};
    CHECK_THROWS_AS(ValueScale{frame}, ContractViolation);
  }
  SECTION("constant, non-finite, huge and tiny values") {
    frame.values.assign(4, 5.0);
    CHECK(ValueScale{frame}.lower() < 5.0);
    CHECK(ValueScale{frame}.upper() > 5.0);
    frame.values.assign(4, std::nan(""));
    CHECK(ValueScale{frame}.lower() < ValueScale{frame}.upper());
    frame.values = {-1.7e308, 1.7e308, 0.0, 0.0};
    CHECK(std::isfinite(ValueScale{frame}.upper() - ValueScale{frame}.lower()));
    frame.values = {0.0, 5e-324, 0.0, 0.0};
    CHECK(ValueScale{frame}.upper() - ValueScale{frame}.lower() > 1e-300);
  }
  SECTION("sea and land meet at 0") {
    frame.colormap = "topo";
    const Colormap topo{"topo"};
    const ValueScale scale{frame};
    CHECK(scale.colour(0.0) == topo.at(0.5));
    CHECK(scale.colour(-1.0) == topo.at(0.0));
    CHECK(scale.colour(1.5) == topo.at(0.75));
  }
}

TEST_CASE("ticks are round numbers with readable labels") {
  const auto labels = [](double low, double high, int max_intervals, TickKind kind = TickKind::plain) {
    return make_ticks(low, high, max_intervals, kind).labels;
  };
  using Labels = std::vector<std::string>;
  CHECK(labels(0, 1, 5) == Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(labels(-1.3, 1.3, 6) == Labels{"−1.0", "−0.5", "0.0", "0.5", "1.0"});
  CHECK(labels(0, 4000, 4) == Labels{"0", "1000", "2000", "3000", "4000"});
  CHECK(labels(40, 110, 8, TickKind::longitude) ==
        Labels{"40°E", "50°E", "60°E", "70°E", "80°E", "90°E", "100°E", "110°E"});
  CHECK(labels(-35, 25, 4, TickKind::latitude) == Labels{"30°S", "15°S", "0°", "15°N"});
  CHECK(labels(170, 200, 3, TickKind::longitude) == Labels{"170°E", "180°", "170°W", "160°W"});
  CHECK(labels(0.2, 1.1, 2, TickKind::latitude) == Labels{"0.5°N", "1.0°N"});
  const Ticks large = make_ticks(0, 3e6, 3);
  CHECK(large.labels == Labels{"0", "1", "2", "3"});
  CHECK(large.factor == "×10⁶");
  CHECK(make_ticks(0, 4e-5, 4).factor == "×10⁻⁵");
  for (const double size : {1e-290, 1e-5, 1.0, 1e299}) {
    const Ticks ticks = make_ticks(-size, size, 6);
    CHECK(ticks.positions.size() >= 3);
    CHECK(ticks.positions.size() <= 8);
  }
}

TEST_CASE("every cell of a map has the right position and size") {
  const TemporaryFolder folder;
  write_picture(sample_frame(), folder.file("a.png"));
  const Raster picture = read_png(folder.file("a.png"));
  const PixelRegion lower_left = find_colour(picture, 0x666666);
  const PixelRegion upper_right = find_colour(picture, 0x808080);
  CHECK(lower_left.count >= 500 * 500);
  CHECK(lower_left.count < 500 * 500 + 1000);  // includes a small part of the colour bar
  CHECK(upper_right.count >= 500 * 500);
  CHECK(lower_left.y1 - lower_left.y0 >= 499);
  CHECK(upper_right.y0 < lower_left.y0);
  CHECK(upper_right.x0 > lower_left.x0);
  CHECK(picture.pixels[0] == 0xffffff);
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
}

TEST_CASE("the longer side has the requested length") {
  const TemporaryFolder folder;
  Frame frame = sample_frame();
  for (const int side : {240, 500, 1333}) {
    frame.longer_side = side;
    for (const double height : {0.5, 1.0, 2.0, 100.0}) {
      frame.y.upper = height;
      write_picture(frame, folder.file("a.png"));
      const Raster picture = read_png(folder.file("a.png"));
      CHECK(std::max(picture.width, picture.height) == side);
    }
  }
  frame.longer_side = 100;
  CHECK_THROWS_AS(write_picture(frame, folder.file("a.png")), ContractViolation);
}

TEST_CASE("markers are drawn at their positions") {
  const TemporaryFolder folder;
  Frame frame = sample_frame();
  frame.markers = {{"A", 0.25, 0.25}, {"far", 7.0, 0.5}, {"nowhere", std::nan(""), 0.5}};
  write_picture(frame, folder.file("a.png"));
  const Raster picture = read_png(folder.file("a.png"));
  const PixelRegion dot = find_colour(picture, 0xc41e3a);
  const PixelRegion cell = find_colour(picture, 0x666666);
  CHECK(dot.count >= 4);
  CHECK(dot.count < 60);
  CHECK(std::abs((dot.x0 + dot.x1) / 2 - (cell.x0 + 250)) <= 1);
  // The region of the cell includes pixels of the colour bar, which may reach lower.
  CHECK(std::abs((dot.y0 + dot.y1) / 2 - (cell.y1 - 250)) <= 12);
}

TEST_CASE("a line plot follows the values") {
  const TemporaryFolder folder;
  Frame frame;
  frame.nx = 100;
  for (int i = 0; i < 100; ++i) frame.values.push_back(i < 50 ? 0.0 : 1.0);
  frame.values[20] = std::nan("");
  write_picture(frame, folder.file("a.png"));
  const Raster picture = read_png(folder.file("a.png"));
  CHECK(picture.width == 1000);
  CHECK(picture.height == 560);
  int left = 0;
  int right = 0;
  for (int y = 0; y < picture.height; ++y) {
    if (picture.pixels[static_cast<std::size_t>(y * 1000 + 300)] == 0x1f5fa8) left = y;
    if (picture.pixels[static_cast<std::size_t>(y * 1000 + 800)] == 0x1f5fa8) right = y;
  }
  CHECK(left > right + 300);
  CHECK(right > 0);

  frame.nx = 200000;
  frame.values.clear();
  for (int i = 0; i < frame.nx; ++i) frame.values.push_back(std::sin(0.1 * i));
  CHECK_NOTHROW(write_picture(frame, folder.file("b.png")));
  frame.nx = 1;
  frame.values = {2.0};
  CHECK_NOTHROW(write_picture(frame, folder.file("c.png")));
}

TEST_CASE("texts with arbitrary bytes and fields with extreme values are drawn") {
  const TemporaryFolder folder;
  Frame frame = sample_frame();
  frame.title = std::string("a\xff\xfe\0b\n\x1b[31m", 11) + std::string(5000, 'w');
  frame.subtitle = frame.value_label = frame.x.label = frame.title;
  frame.markers = {{frame.title, 0.5, 0.5}, {"", 0.1, 0.1}};
  CHECK_NOTHROW(write_picture(frame, folder.file("a.png")));
  CHECK(find_colour(read_png(folder.file("a.png")), 0x666666).count >= 200000);
  frame = sample_frame();
  frame.range.reset();
  frame.values.assign(4, std::nan(""));
  CHECK_NOTHROW(write_picture(frame, folder.file("b.png")));
  frame.values = {-1.7e308, 1.7e308, INFINITY, 5e-324};
  CHECK_NOTHROW(write_picture(frame, folder.file("c.png")));
  frame.values.pop_back();
  CHECK_THROWS_AS(write_picture(frame, folder.file("d.png")), ContractViolation);
}

TEST_CASE("a picture that cannot be written is reported and leaves no file") {
  const TemporaryFolder folder;
  const auto error_code = [](const Frame& frame, const std::string& path) {
    try {
      write_picture(frame, path);
    } catch (const Error& error) {
      return error.code();
    }
    return ExitCode::done;
  };
  CHECK(error_code(sample_frame(), folder.file("missing/a.png")) == ExitCode::cannot_create);
  {
    const tessera::test::FileSizeLimit limit{100};
    CHECK(error_code(sample_frame(), folder.file("full.png")) == ExitCode::io_error);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
  std::filesystem::create_directories(folder.file("taken.png"));
  CHECK(error_code(sample_frame(), folder.file("taken.png")) == ExitCode::io_error);
  Frame frame = sample_frame();
  frame.colormap = "jet";
  CHECK(error_code(frame, folder.file("a.png")) == ExitCode::bad_job);
}
