// The state of the result files of a run, as stored in a checkpoint.
#include "base/error.h"
#include "grid/output/outputs_state.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tessera;
using output::OutputsState;

namespace {

output::FieldFile field_file(const std::string& name, double time) {
  output::FieldFile file;
  file.name = name;
  file.bytes = 103;
  file.hash = 0x1234;
  file.time = time;
  file.fields = {{"depth", 3, 4, 1, 8, 11}, {"velocity", 40, 5, 3, 4, 12}};
  return file;
}

OutputsState sample_state() {
  return {{{"diagnostics.csv", {120, 5}}, {"probes.csv", {0, 0}}},
          {field_file("fields/fields_00000000.h5", 0.0), field_file("fields/fields_00000040.h5", 2.5)},
          {{"frames/depth_00000000.png", 4, 77}},
          {"fields.xdmf", 9, 13}};
}

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::bad_data);
    return e.message();
  }
  return "no error";
}

std::string decoding_error(const std::string& bytes) {
  return error_of([&] { output::decode_outputs_state(bytes, "here"); });
}

}  // namespace

TEST_CASE("decoding an encoded state returns the same state") {
  CHECK(output::decode_outputs_state(output::encode(sample_state()), "here") == sample_state());
  CHECK(output::decode_outputs_state(output::encode({}), "here") == OutputsState{});
}

TEST_CASE("truncated, overlong and invalid bytes are rejected") {
  const std::string whole = output::encode(sample_state());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(decoding_error(whole.substr(0, size)).find("here: ") == 0);
  }
  CHECK(decoding_error(whole + "x") == "here: it has extra bytes after the state of the outputs");
  std::string other_format = whole;
  other_format[0] = 2;
  CHECK(decoding_error(other_format) == "here: the state of its outputs has an unsupported format");
}

TEST_CASE("output names outside the run directory are rejected") {
  for (const char* name : {"/etc/passwd", "../job.toml", "fields/../../job.toml", ""}) {
    CAPTURE(name);
    const std::string expected = "here: it names an output outside the run directory";
    CHECK(decoding_error(output::encode({{{name, {1, 1}}}, {}, {}, {}})) == expected);
    CHECK(decoding_error(output::encode({{}, {field_file(name, 1.0)}, {}, {}})) == expected);
    CHECK(decoding_error(output::encode({{}, {}, {{name, 1, 1}}, {}})) == expected);
  }
}

TEST_CASE("fields outside their file are rejected") {
  const auto error = [](const output::StoredArray& first, const output::StoredArray& second) {
    OutputsState state = sample_state();
    state.field_files[0].fields = {first, second};
    return decoding_error(output::encode(state));
  };
  const output::StoredArray valid{"a", 10, 2, 3, 8, 1};  // ends at byte 58
  constexpr std::uint64_t huge = std::uint64_t{1} << 61;
  CHECK(error(valid, {"b", 58, 45, 1, 1, 1}) ==
        "here: a field lies outside its file");  // no number has 1 byte
  CHECK(error(valid, {"b", 58, 11, 1, 4, 1}) == "no error");
  for (const output::StoredArray& array :
       {output::StoredArray{"b", 58, 12, 1, 4, 1}, output::StoredArray{"b", 57, 1, 1, 4, 1},
        output::StoredArray{"b", 58, huge, 1, 8, 1}, output::StoredArray{"b", huge, 1, 1, 8, 1},
        output::StoredArray{"b", 58, 1, 0, 8, 1}, output::StoredArray{"b", 58, huge, 4294967295, 8, 1}}) {
    CAPTURE(array.offset, array.cells, array.components);
    CHECK(error(valid, array) == "here: a field lies outside its file");
  }
}

TEST_CASE("files that are missing, have another size or are no longer files are removed from the state") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("fields"));
  std::filesystem::create_directories(folder.file("frames/c.png"));
  folder.write("fields/a.h5", std::string(103, 'x'));
  folder.write("fields/b.h5", "1234");
  folder.write("frames/a.png", "12345");
  std::filesystem::create_symlink(folder.file("fields/a.h5"), folder.file("fields/link.h5"));
  OutputsState state;
  for (const char* name : {"fields/a.h5", "fields/b.h5", "fields/missing.h5", "fields/link.h5"})
    state.field_files.push_back(field_file(name, 0.0));
  state.images = {{"frames/a.png", 5, 0}, {"frames/b.png", 5, 0}, {"frames/c.png", 5, 0}};
  CHECK(output::remove_missing(state, folder.path()) ==
        std::vector<std::string>{"fields/b.h5", "fields/missing.h5", "fields/link.h5", "frames/b.png",
                                 "frames/c.png"});
  CHECK(state.field_files == std::vector<output::FieldFile>{field_file("fields/a.h5", 0.0)});
  CHECK(state.images == std::vector<output::FileState>{{"frames/a.png", 5, 0}});
  CHECK(output::remove_missing(state, folder.path()).empty());
}

TEST_CASE("later results are removed, but earlier results and other files are kept") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("fields"));
  for (const char* name : {"frames", "maps"}) std::filesystem::create_directories(folder.file(name));
  const std::vector<std::string> kept{"fields/fields_00000040.h5",
                                      "fields/notes.txt",
                                      "fields/notes.tmp",
                                      "fields/notes.h5.tmp.data.0",
                                      "fields/a_b.h5",
                                      "frames/depth_1_00000040.png",
                                      "maps/peak_00000040.tif",
                                      "fields.xdmf",
                                      "diagnostics.csv",
                                      "probes.csv",
                                      "run.json"};
  const std::vector<std::string> later{"fields/fields_00000041.h5",
                                       "fields/fields_00000010.h5.0123456789abcdef.tmp",
                                       "fields/fields_00000010.h5.0123456789abcdef.tmp.data.0",
                                       "frames/depth_1_00000050.png",
                                       "frames/depth_00000099.png",
                                       "maps/peak-legend_00000041.png",
                                       "maps/peak_00000041.kml",
                                       "maps/peak_00000041.tif",
                                       "maps/peak_00000041.tif.0123456789abcdef.tmp",
                                       "frames/depth_00000010.png.0123456789abcdef.tmp"};
  for (const std::string& name : kept) folder.write(name, "x");
  for (const std::string& name : later) folder.write(name, "x");
  output::remove_later_results(folder.path(), 40);
  for (const std::string& name : kept) CHECK(std::filesystem::exists(folder.file(name)));
  for (const std::string& name : later) CHECK_FALSE(std::filesystem::exists(folder.file(name)));
  output::remove_later_results(folder.path(), -1);
  const std::vector<std::string> other_files{"fields/notes.txt", "fields/notes.tmp",
                                             "fields/notes.h5.tmp.data.0", "fields/a_b.h5", "run.json"};
  for (const std::string& name : kept) {
    CAPTURE(name);
    const bool is_other = std::find(other_files.begin(), other_files.end(), name) != other_files.end();
    CHECK(std::filesystem::exists(folder.file(name)) == is_other);
  }
}
