#include "batch/sweep.h"

#include "base/error.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

using namespace tessera::batch;
using tessera::base::Error;
using tessera::base::ExitCode;

namespace {

using Words = std::vector<std::string>;
using Combinations = std::vector<Words>;

template <class Function>
ExitCode code_of(Function function) {
  try {
    function();
  } catch (const Error& e) {
    return e.code();
  }
  return ExitCode::done;
}

/// "key=1,1,1,..." with `count` values.
std::string values(const std::string& key, std::size_t count) {
  std::string text = key + "=1";
  for (std::size_t n = 1; n < count; ++n) text += ",1";
  return text;
}

}  // namespace

TEST_CASE("without a sweep there is one run without overrides") {
  CHECK(combinations_of({}) == Combinations{{}});
}

TEST_CASE("a sweep has all combinations, with the last key varying fastest") {
  CHECK(combinations_of({"a=1,2", "time.end=3 s,4 s"}) == Combinations{{"parameters.a=1", "time.end=3 s"},
                                                                       {"parameters.a=1", "time.end=4 s"},
                                                                       {"parameters.a=2", "time.end=3 s"},
                                                                       {"parameters.a=2", "time.end=4 s"}});
}

TEST_CASE("commas within brackets, braces and quotes belong to a value") {
  CHECK(combinations_of({"domain.cells=[1,2],[3,[4,5]]"}) ==
        Combinations{{"domain.cells=[1,2]"}, {"domain.cells=[3,[4,5]]"}});
  CHECK(combinations_of({"a={x=1,y=2},3"}) == Combinations{{"parameters.a={x=1,y=2}"}, {"parameters.a=3"}});
  CHECK(combinations_of({"a=\"x,'y\",'\"z,'"}) ==
        Combinations{{"parameters.a=\"x,'y\""}, {"parameters.a='\"z,'"}});
}

TEST_CASE("a sweep without a key or with an empty value is rejected") {
  for (const char* text : {"a", "a=", "=1", "a=1,,2", "a=1,", ""}) {
    CAPTURE(text);
    CHECK(code_of([&] { combinations_of({text}); }) == ExitCode::usage);
  }
}

TEST_CASE("a sweep has at most 10000 runs") {
  CHECK(combinations_of({values("a", 100), values("b", 100)}).size() == 10000);
  CHECK(code_of([] { combinations_of({values("a", 100), values("b", 101)}); }) == ExitCode::usage);
  CHECK(code_of([] { combinations_of({values("a", 10001)}); }) == ExitCode::usage);
  CHECK_NOTHROW(check_run_count(100, 100));
  CHECK(code_of([] { check_run_count(101, 100); }) == ExitCode::usage);
}

TEST_CASE("the name of a folder needs no quotes in a shell") {
  CHECK(folder_name("a-B_3.=+,") == "a-B_3.=+,");
  CHECK(folder_name("x y/$(z)") == "x_y___z_");
  CHECK(folder_name("") == "_");
  CHECK(folder_name(".hidden") == "_.hidden");
  CHECK(folder_name(std::string(200, 'a')) == std::string(120, 'a'));
}

TEST_CASE("the label of a run consists of its overrides and, if needed, the name of the job file") {
  CHECK(run_label("jobs/storm.toml", true, {}) == "storm");
  CHECK(run_label("jobs/storm.toml", true, {"parameters.a=1", "time.end=2 s"}) == "storm,a=1,time.end=2_s");
  CHECK(run_label("jobs/storm.toml", false, {"parameters.a=1"}) == "a=1");
}

TEST_CASE("arguments are classified as job files or overrides") {
  const tessera::test::TemporaryFolder folder;
  const std::string plain_file = folder.write("one.toml", "");
  const std::string file_with_equals_sign = folder.write("a=b.toml", "");
  SECTION("without an array") {
    const JobArguments arguments = classify_arguments("job.toml", {"a=1", plain_file}, {});
    CHECK(arguments.paths == Words{"job.toml"});
    CHECK(arguments.overrides == Words{"a=1", plain_file});
  }
  SECTION("with an array, whose job files may also be positional arguments") {
    const JobArguments arguments =
        classify_arguments("job.toml", {"a=1", plain_file}, {"other.toml", "b=2", file_with_equals_sign});
    CHECK(arguments.paths == Words{"job.toml", "other.toml", file_with_equals_sign, plain_file});
    CHECK(arguments.overrides == Words{"a=1", "b=2"});
  }
  SECTION("without a job file") {
    CHECK(code_of([] { classify_arguments("", {}, {}); }) == ExitCode::usage);
    CHECK(code_of([] { classify_arguments("", {}, {"a=1"}); }) == ExitCode::usage);
  }
}
