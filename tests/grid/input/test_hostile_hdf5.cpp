#include "base/error.h"
#include "grid/input/grid_data.h"
#include "hdf5/stored_array.h"
#include "support/hdf5_writer.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <zlib.h>

using namespace tessera;
using base::Error;
using base::ExitCode;
using hdf5::Hdf5Handle;
using input::GridData;
using input::GridSource;
using test::TemporaryFolder;
using Writer = test::Hdf5Writer;

namespace {

Hdf5Handle creation_list() { return {H5Pcreate(H5P_DATASET_CREATE), H5Pclose}; }

Hdf5Handle space_of(const std::vector<hsize_t>& shape) {
  return {H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose};
}

/// Creates the data set `v` without writing any values.
Hdf5Handle create(const Writer& file, const std::vector<hsize_t>& shape, hid_t creation,
                  hid_t type = H5T_NATIVE_DOUBLE) {
  Hdf5Handle dataset{
      H5Dcreate2(file.id(), "v", type, space_of(shape).get(), H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose};
  REQUIRE(dataset);
  return dataset;
}

/// Creates the data set `v`, stored in chunks with the filters that `add_filters` adds to its property list.
Hdf5Handle create_chunked(const Writer& file, const std::vector<hsize_t>& shape,
                          const std::vector<hsize_t>& chunk,
                          const std::function<void(hid_t)>& add_filters = {}) {
  const Hdf5Handle creation = creation_list();
  H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
  if (add_filters) add_filters(creation.get());
  return create(file, shape, creation.get());
}

void write_values(const Hdf5Handle& dataset, const std::vector<double>& values) {
  REQUIRE(H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
}

void write_axis(Writer& file, std::size_t count = 4) {
  std::vector<double> axis(count);
  std::iota(axis.begin(), axis.end(), 0.0);
  file.write_reals("x", {count}, axis);
}

/// The text of the error of reading the 1-D data set `name`, with `FILE` for its path.
std::string error_text(const std::string& path, const std::string& name = "v",
                       ExitCode code = ExitCode::bad_data) {
  try {
    GridData::read({path, name, {}}, 1);
  } catch (const Error& error) {
    CHECK(error.code() == code);
    std::string text = error.text();
    if (const auto at = text.find(path); at != std::string::npos) text.replace(at, path.size(), "FILE");
    return text;
  }
  return "no error";
}

std::vector<Bytef> deflated(const std::vector<double>& values) {
  uLongf size = compressBound(values.size() * sizeof(double));
  std::vector<Bytef> bytes(size);
  REQUIRE(compress(bytes.data(), &size, reinterpret_cast<const Bytef*>(values.data()),
                   values.size() * sizeof(double)) == Z_OK);
  bytes.resize(size);
  return bytes;
}

const auto user_link = static_cast<H5L_type_t>(100);

const auto with_deflate = [](hid_t creation) { H5Pset_deflate(creation, 6); };

const std::string damaged = "\n  = the file appears to be damaged or truncated; copy it again";

}  // namespace

TEST_CASE("virtual data sets are rejected, even if they refer to themselves") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const auto write_virtual = [&](const char* source_file) {
    Writer file{path};
    write_axis(file);
    const Hdf5Handle creation = creation_list();
    const Hdf5Handle space = space_of({4});
    REQUIRE(H5Pset_virtual(creation.get(), space.get(), source_file, "/v", space.get()) >= 0);
    create(file, {4}, creation.get());
  };
  const std::string expected =
      "error: data set `v` in `FILE` is a virtual data set, whose values are in other data sets or files\n"
      "  = copy the values into one file: h5repack -l 'v:CONTI' OLD.h5 NEW.h5; it replaces sources that are "
      "missing by the fill value";
  for (const char* source_file : {".", "none.h5"}) {
    write_virtual(source_file);
    CHECK(error_text(path) == expected);
    CHECK(error_text(path, "w") == "error: `FILE` has no data set `w`\n  = the file contains `v`, `x`[4]");
  }
}

TEST_CASE("no other file is read through external storage or links") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const std::string secret = folder.write("secret", std::string(64, '\7'));
  {
    Writer other{folder.file("other.h5")};
    other.create_group("g");
    other.write_reals("g/v", {4}, {1, 2, 3, 4});
  }
  {
    Writer file{path};
    write_axis(file);
    const Hdf5Handle creation = creation_list();
    H5Pset_external(creation.get(), secret.c_str(), 0, 32);
    create(file, {4}, creation.get());
    H5Lcreate_external("other.h5", "/g/v", file.id(), "link", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/g", file.id(), "group", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/group/v", file.id(), "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/loop", file.id(), "loop", H5P_DEFAULT, H5P_DEFAULT);
    const H5L_class_t user_class{H5L_LINK_CLASS_T_VERS,
                                 user_link,
                                 "user",
                                 nullptr,
                                 nullptr,
                                 nullptr,
                                 [](auto...) -> hid_t { return -1; },
                                 nullptr,
                                 nullptr};
    REQUIRE(H5Lregister(&user_class) >= 0);
    H5Lcreate_ud(file.id(), "user", user_link, "text", 4, H5P_DEFAULT, H5P_DEFAULT);
    H5Lunregister(user_link);
  }
  CHECK(error_text(path) ==
        "error: data set `v` in `FILE` is stored in external files, which are not read\n"
        "  = if you trust the file, copy the values into one file: h5repack -l 'v:CONTI' OLD.h5 NEW.h5");
  for (const std::string name : {"link", "group/v", "soft"}) {
    CHECK(error_text(path, name) == "error: data set `" + name +
                                        "` in `FILE` is an external link to the file `other.h5`\n"
                                        "  = links to other files are not followed: specify that file, or "
                                        "copy the data set with h5repack "
                                        "--merge");
  }
  CHECK(error_text(path, "user") ==
        "error: data set `user` in `FILE` is a user-defined link, which cannot be followed\n"
        "  = the file contains `v`[4], `x`[4]");
  CHECK(error_text(path, "loop") ==
        "error: `FILE` has no data set `loop`\n  = the file contains `v`[4], `x`[4]");
}

TEST_CASE("data sets that do not contain numbers are rejected") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const auto text_of = [&](hid_t type) {
    {
      Writer file{path};
      const Hdf5Handle creation = creation_list();
      create(file, {4}, creation.get(), type);
    }
    H5Tclose(type);
    return error_text(path);
  };
  const auto expected = [](const std::string& what) {
    return "error: data set `v` in `FILE` contains " + what +
           "\n  = specify a data set of integers of 8 to 64 bits or of floating-point numbers";
  };
  const hid_t compound = H5Tcreate(H5T_COMPOUND, 8);
  H5Tinsert(compound, "a", 0, H5T_NATIVE_DOUBLE);
  CHECK(text_of(compound) == expected("compound values"));
  CHECK(text_of(H5Tcreate(H5T_OPAQUE, 8)) == expected("opaque bytes"));
  CHECK(text_of(H5Tvlen_create(H5T_NATIVE_DOUBLE)) == expected("lists of variable length"));
  CHECK(text_of(H5Tcopy(H5T_STD_REF_OBJ)) == expected("references"));
  CHECK(text_of(H5Tcopy(H5T_C_S1)) == expected("text"));
  CHECK(text_of(H5Tcopy(H5T_STD_B8LE)) == expected("bit fields"));
  const hsize_t three = 3;
  CHECK(text_of(H5Tarray_create2(H5T_NATIVE_DOUBLE, 1, &three)) == expected("arrays"));
  const hid_t enumeration = H5Tenum_create(H5T_NATIVE_INT8);
  const std::int8_t one = 1;
  H5Tenum_insert(enumeration, "yes", &one);
  CHECK(text_of(enumeration) == expected("enumerated values"));
  const hid_t wide = H5Tcopy(H5T_NATIVE_INT);
  H5Tset_size(wide, 1000);
  CHECK(text_of(wide) == expected("numbers of an unusual format"));
}

TEST_CASE("data sets without values are rejected") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const auto text_of = [&](hid_t space, hid_t creation = H5P_DEFAULT) {
    {
      Writer file{path};
      write_axis(file);
      const Hdf5Handle own_space{space, H5Sclose};
      const Hdf5Handle dataset{
          H5Dcreate2(file.id(), "v", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose};
    }
    return error_text(path);
  };
  const hsize_t none = 0;
  const hsize_t four = 4;
  CHECK(text_of(H5Screate(H5S_NULL)) ==
        "error: data set `v` in `FILE` is empty\n  = specify a data set with values");
  CHECK(text_of(H5Screate_simple(1, &none, nullptr)) ==
        "error: data set `v` in `FILE` is empty\n  = specify a data set with values");
  CHECK(text_of(H5Screate(H5S_SCALAR)) ==
        "error: data set `v` in `FILE` is a single value, not a grid\n"
        "  = specify a data set with the dimensions of the domain");
  CHECK(text_of(H5Screate_simple(1, &four, nullptr)) ==
        "error: data set `v` in `FILE` has no values: they were never written\n"
        "  = write the values, or specify another data set");
  const Hdf5Handle chunked = creation_list();
  const hsize_t two = 2;
  H5Pset_chunk(chunked.get(), 1, &two);
  CHECK(text_of(H5Screate_simple(1, &four, nullptr), chunked.get()) ==
        "error: data set `v` in `FILE` is incomplete: the values from [0] onwards were never written\n"
        "  = write the values, or, if only some are missing, replace them by the fill value: h5repack -l "
        "CONTI OLD.h5 "
        "NEW.h5");
}

TEST_CASE("compressed data sets with known filters are read, whole or in part") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  std::vector<double> values(7 * 11);
  std::iota(values.begin(), values.end(), 0.5);
  const std::vector<std::function<void(hid_t)>> all_filters{
      {},
      with_deflate,
      [](hid_t p) { H5Pset_shuffle(p), H5Pset_deflate(p, 9), H5Pset_fletcher32(p); },
      [](hid_t p) { H5Pset_fletcher32(p), H5Pset_shuffle(p), H5Pset_deflate(p, 1); },
      [](hid_t p) { H5Pset_fletcher32(p), H5Pset_chunk_opts(p, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS); }};
  for (const auto& filters : all_filters) {
    for (const std::vector<hsize_t>& chunk : std::vector<std::vector<hsize_t>>{{1, 1}, {3, 4}, {7, 11}}) {
      {
        Writer file{path};
        write_values(create_chunked(file, {7, 11}, chunk, filters), values);
        std::vector<double> x(11);
        std::vector<double> y(7);
        std::iota(x.begin(), x.end(), 0.0);
        std::iota(y.rbegin(), y.rend(), 0.0);  // descending
        file.write_reals("x", {11}, x);
        file.write_reals("y", {7}, y);
      }
      const GridData whole = GridData::read({path, "v", {}}, 2);
      CHECK(whole.at(std::array{3.0, 6.0}) == 3.5);
      CHECK(whole.at(std::array{10.0, 0.0}) == 76.5);
      const input::Region region{{4.25, 1.5, 0}, {5.5, 2.5, 0}};
      const GridData part = GridData::read({path, "v", {}}, 2, region);
      const GridData cropped = whole.crop(std::array{4.25, 1.5}, std::array{5.5, 2.5});
      REQUIRE(part.fingerprint() == cropped.fingerprint());
      REQUIRE(part.axis(0).front() == 3.0);
      REQUIRE(part.axis(0).back() == 7.0);
    }
  }
}

TEST_CASE("only the part around the domain is read") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  {
    Writer file{path};
    write_axis(file, 100);
    const Hdf5Handle dataset = create_chunked(file, {100}, {10});
    const hsize_t start = 50;
    const hsize_t count = 10;
    const Hdf5Handle space = space_of({100});
    const Hdf5Handle memory = space_of({10});
    H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr);
    const std::array<double, 10> values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, memory.get(), space.get(), H5P_DEFAULT, values.data());
  }
  const GridSource source{path, "v", {}};
  const GridData part = GridData::read(source, 1, input::Region{{52.5, 0, 0}, {55, 0, 0}});
  CHECK(std::vector<double>(part.axis(0).begin(), part.axis(0).end()) ==
        std::vector<double>{51, 52, 53, 54, 55, 56, 57});
  CHECK(part.at(std::array{52.5}) == 2.5);
  CHECK(error_text(path).starts_with("error: data set `v` in `FILE` is incomplete"));
  try {
    GridData::read(source, 1, input::Region{{40, 0, 0}, {101, 0, 0}});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.text() == "error: the data set does not cover the domain\n  = it spans x from 0 to 99");
  }
}

TEST_CASE("a chunk whose size differs from its declaration is rejected") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const auto text_of = [&](const std::vector<Bytef>& bytes) {
    {
      Writer file{path};
      write_axis(file);
      const Hdf5Handle dataset = create_chunked(file, {4}, {4}, with_deflate);
      const hsize_t start = 0;
      H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 0, &start, bytes.size(), bytes.data());
    }
    return error_text(path);
  };
  const std::string unpacked =
      "error: data set `v` in `FILE` is damaged: the chunk at [0] cannot be unpacked";
  CHECK(text_of(deflated({1, 2, 3, 4})) == "no error");
  CHECK(text_of(deflated({1, 2, 3})) == unpacked + damaged);
  CHECK(text_of(deflated(std::vector<double>(5000, 0.0))) == unpacked + damaged);
  CHECK(text_of({'x', 'y', 'z'}) == unpacked + damaged);
  CHECK(text_of(std::vector<Bytef>(4096, 7)) ==
        "error: data set `v` in `FILE` is damaged: a chunk has an invalid size" + damaged);
}

TEST_CASE("filters that are not supported are named, and no plugin is loaded") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const std::string hint =
      "\n  = with a program that has this filter, store it with deflate: h5repack -f GZIP=1 OLD.h5 NEW.h5";
  {
    Writer file{path};
    write_axis(file);
    create_chunked(file, {4}, {4}, [](hid_t p) {
      const std::array<unsigned, 2> parameters{};
      H5Pset_filter(p, 32000, H5Z_FLAG_OPTIONAL, parameters.size(), parameters.data());
    });
  }
  CHECK(error_text(path) ==
        "error: data set `v` in `FILE` is stored with the filter number 32000, which is not supported" +
            hint);
  {
    Writer file{path};
    write_axis(file);
    create_chunked(file, {4}, {4}, [](hid_t p) { H5Pset_nbit(p); });
  }
  CHECK(error_text(path) ==
        "error: data set `v` in `FILE` is stored with the filter `nbit` (number 5), which is not supported" +
            hint);
  unsigned before = 0;
  unsigned during = 1;
  unsigned after = 0;
  H5PLget_loading_state(&before);
  {
    const hdf5::ForeignFile file{path};
    H5PLget_loading_state(&during);
  }
  H5PLget_loading_state(&after);
  CHECK(during == 0);
  CHECK(after == before);
}

TEST_CASE("sizes are checked before memory is allocated") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  // 512 chunks of 4 MiB that are zero, and take 4 KB each in the file.
  constexpr hsize_t chunk = 1 << 19;
  {
    Writer file{path};
    const Hdf5Handle dataset = create_chunked(file, {512 * chunk}, {chunk}, with_deflate);
    const std::vector<Bytef> bytes = deflated(std::vector<double>(chunk, 0.0));
    for (hsize_t start = 0; start < 512 * chunk; start += chunk)
      REQUIRE(H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 0, &start, bytes.size(), bytes.data()) >= 0);
  }
  const hdf5::ForeignFile file{path};
  const hdf5::StoredArray array{file, "v"};
  const auto text_of = [&](const hdf5::ArrayBox& box, double memory) {
    try {
      return std::to_string(array.read(box, memory).size());
    } catch (const Error& error) {
      return error.text();
    }
  };
  CHECK_THAT(text_of({{0}, {512 * chunk}}, 1e12), Catch::Contains("grows from 2.") &&
                                                      Catch::Contains("MB in the file to 2.1 GB\n") &&
                                                      Catch::Contains("h5repack -f NONE OLD.h5 NEW.h5"));
  CHECK_THAT(text_of({{0}, {512 * chunk}}, 1e9),
             Catch::StartsWith("error: not enough memory for the 268435456 values of data set `v` in `" +
                               path + "`: 2.2 GB needed, 1 GB available"));
  CHECK(text_of({{7 * chunk + 1}, {3}}, 1e9) == "3");
  const hsize_t too_many = hsize_t{1} << 32;
  CHECK(text_of({{0}, {too_many}}, 1e12) == "error: data set `v` in `" + path +
                                                "` is larger than the limit of 16 GiB\n"
                                                "  = extract the region that the domain covers");
}

TEST_CASE("a data set whose storage is smaller than its values is rejected") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  {
    Writer file{path};
    write_axis(file);
    const Hdf5Handle creation = creation_list();
    H5Pset_layout(creation.get(), H5D_COMPACT);
    write_values(create(file, {4}, creation.get()), {1, 2, 3, 4});
  }
  CHECK(error_text(path) == "no error");
  // The size of the values precedes them, in two bytes.
  std::string bytes = test::bytes_of(path);
  const std::size_t at = bytes.find(std::string("\x20\0\0\0\0\0\0\0\xf0\x3f", 10));
  REQUIRE(at != std::string::npos);
  bytes[at] = 16;
  CHECK(error_text(folder.write("b.h5", bytes)) ==
        "error: data set `v` in `FILE` is larger than the file that contains it, or than its storage" +
            damaged);
}

TEST_CASE("a scale factor or an offset that is not a number is rejected") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  for (const std::string name : {"scale_factor", "add_offset"}) {
    for (const bool text : {false, true}) {
      {
        Writer file{path};
        write_axis(file);
        file.write_reals("v", {4}, {1, 2, 3, 4});
        const Hdf5Handle dataset{H5Dopen2(file.id(), "v", H5P_DEFAULT), H5Dclose};
        const Hdf5Handle attribute{
            H5Acreate2(dataset.get(), name.c_str(), text ? H5T_C_S1 : H5T_NATIVE_DOUBLE, space_of({2}).get(),
                       H5P_DEFAULT, H5P_DEFAULT),
            H5Aclose};
        const std::array<double, 2> values{2, 2};
        REQUIRE(H5Awrite(attribute.get(), text ? H5T_C_S1 : H5T_NATIVE_DOUBLE, values.data()) >= 0);
      }
      CHECK(error_text(path) == "error: attribute `" + name + "` of data set `v` in `FILE` is " +
                                    (text ? "neither a text nor a number" : "not a number") +
                                    "\n  = correct or remove the attribute");
    }
  }
}

TEST_CASE("groups that contain themselves or are deeply nested are listed") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  {
    Writer file{path};
    write_axis(file);
    file.create_group("a");
    H5Lcreate_hard(file.id(), "/", file.id(), "a/b", H5P_DEFAULT, H5P_DEFAULT);
    std::string name = "a";
    for (int n = 0; n < 100; ++n) file.create_group((name += "/c").c_str());
  }
  CHECK(error_text(path) == "error: `FILE` has no data set `v`\n  = the file contains `x`[4]");
}

TEST_CASE("a file that is not a regular file is not opened") {
  const TemporaryFolder folder;
  for (const std::string name : {"a.h5", "a.asc"}) {
    REQUIRE(::mkfifo(folder.file(name).c_str(), 0600) == 0);
    CHECK(error_text(folder.file(name), "v", ExitCode::no_input) ==
          "error: cannot read `FILE`: it is not a regular file\n  = specify the path of a file");
  }
}
