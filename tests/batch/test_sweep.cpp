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

template <class Call>
ExitCode code_of(Call call) {
  try {
    call();
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

TEST_CASE("a sweep has all combinations, the last key fastest") {
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

TEST_CASE("a sweep that names no key or an empty value is refused") {
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

TEST_CASE("names of folders need no quotes in a shell") {
  CHECK(folder_name("a-B_3.=+,") == "a-B_3.=+,");
  CHECK(folder_name("x y/$(z)") == "x_y___z_");
  CHECK(folder_name("") == "_");
  CHECK(folder_name(".hidden") == "_.hidden");
  CHECK(folder_name(std::string(200, 'a')) == std::string(120, 'a'));
}

TEST_CASE("the label of a run names what sets it apart") {
  CHECK(run_label("jobs/storm.toml", true, {}) == "storm");
  CHECK(run_label("jobs/storm.toml", true, {"parameters.a=1", "time.end=2 s"}) == "storm,a=1,time.end=2_s");
  CHECK(run_label("jobs/storm.toml", false, {"parameters.a=1"}) == "a=1");
}

TEST_CASE("words are job files or overrides") {
  const tessera::test::TemporaryFolder folder;
  const std::string one = folder.write("one.toml", "");
  const std::string odd = folder.write("a=b.toml", "");
  SECTION("without an array") {
    const JobWords words = classify_words("job.toml", {"a=1", one}, {});
    CHECK(words.paths == Words{"job.toml"});
    CHECK(words.overrides == Words{"a=1", one});
  }
  SECTION("with an array, whose files may continue among the positional words") {
    const JobWords words = classify_words("job.toml", {"a=1", one}, {"other.toml", "b=2", odd});
    CHECK(words.paths == Words{"job.toml", "other.toml", odd, one});
    CHECK(words.overrides == Words{"a=1", "b=2"});
  }
  SECTION("without a job file") {
    CHECK(code_of([] { classify_words("", {}, {}); }) == ExitCode::usage);
    CHECK(code_of([] { classify_words("", {}, {"a=1"}); }) == ExitCode::usage);
  }
}
