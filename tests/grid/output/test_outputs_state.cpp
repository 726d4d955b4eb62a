// The state of the result files of a run, as part of a checkpoint.
#include "base/error.h"
#include "grid/output/outputs_state.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tessera;
using output::OutputsState;

namespace {

OutputsState sample_state() {
  return {{{"diagnostics.csv", 120}, {"probes.csv", 0}},
          {{"fields/fields_00000000.h5", 0.0}, {"fields/fields_00000040.h5", 2.5}},
          7};
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

std::string error_of_bytes(const std::string& bytes) {
  return error_of([&] { output::decode_outputs_state(bytes, "here"); });
}

}  // namespace

TEST_CASE("a state comes back from its bytes") {
  CHECK(output::decode_outputs_state(output::encode(sample_state()), "here") == sample_state());
  CHECK(output::decode_outputs_state(output::encode({}), "here") == OutputsState{});
}

TEST_CASE("bytes that are cut off, too long or meaningless are refused") {
  const std::string whole = output::encode(sample_state());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(error_of_bytes(whole.substr(0, size)).find("here: ") == 0);
  }
  CHECK(error_of_bytes(whole + "x") == "here: it holds extra bytes after the state of the outputs");
  std::string other = whole;
  other[0] = 9;
  CHECK(error_of_bytes(other) == "here: the state of its outputs has an unsupported format");
}

TEST_CASE("names that lead out of the run directory are refused") {
  for (const char* name : {"/etc/passwd", "../job.toml", "fields/../../job.toml", ""}) {
    CAPTURE(name);
    const std::string expected = "here: it names an output outside the run directory";
    CHECK(error_of_bytes(output::encode({{{name, 1}}, {}, 0})) == expected);
    CHECK(error_of_bytes(output::encode({{}, {{name, 1.0}}, 0})) == expected);
  }
}

TEST_CASE("a table must be as long as it was") {
  const test::TemporaryFolder folder;
  folder.write("diagnostics.csv", std::string(100, 'x'));
  const auto check = [&](std::uint64_t bytes) {
    return error_of([&] { output::check_tables({{{"diagnostics.csv", bytes}}, {}, 0}, folder.path()); });
  };
  CHECK(check(100) == "no error");
  CHECK(check(99) == "no error");
  CHECK(check(101) == "`" + folder.file("diagnostics.csv") + "` is shorter than it was at the checkpoint");
  CHECK(error_of([&] {
          output::check_tables({{{"probes.csv", 0}}, {}, 0}, folder.path());
        }) == "`" + folder.file("probes.csv") + "` no longer exists");
}

TEST_CASE("later results are removed, earlier ones and other files kept") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("fields"));
  std::filesystem::create_directories(folder.file("frames"));
  const std::vector<std::string> kept{"fields/fields_00000040.h5",
                                      "fields/notes.txt",
                                      "fields/a_b.h5",
                                      "frames/depth_1_00000040.png",
                                      "fields.xdmf",
                                      "diagnostics.csv",
                                      "probes.csv",
                                      "run.json"};
  const std::vector<std::string> later{"fields/fields_00000041.h5", "fields/fields_00000010.h5.tmp",
                                       "frames/depth_1_00000050.png", "frames/depth_00000099.png"};
  for (const std::string& name : kept) folder.write(name, "x");
  for (const std::string& name : later) folder.write(name, "x");
  output::remove_later_results(folder.path(), 40);
  for (const std::string& name : kept) CHECK(std::filesystem::exists(folder.file(name)));
  for (const std::string& name : later) CHECK_FALSE(std::filesystem::exists(folder.file(name)));
  output::remove_later_results(folder.path(), -1);
  const std::vector<std::string> others{"fields/notes.txt", "fields/a_b.h5", "run.json"};
  for (const std::string& name : kept) {
    CAPTURE(name);
    const bool other = std::find(others.begin(), others.end(), name) != others.end();
    CHECK(std::filesystem::exists(folder.file(name)) == other);
  }
}
