#include "base/contract.h"
#include "base/error.h"
#include "base/log.h"
#include "base/stopwatch.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

using namespace tessera::base;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

TEST_CASE("an error says what went wrong and what to do") {
  const Error e{ExitCode::no_input, "there is no file a.toml", "make one"};
  CHECK(e.text() == "error: there is no file a.toml\n  = make one");
  CHECK(e.what() == e.text());
  CHECK(e.code() == ExitCode::no_input);
  CHECK(Error(ExitCode::internal, "no hint").text() == "error: no hint");
  CHECK(Error::with_text(ExitCode::bad_job, "two\nlines").text() == "two\nlines");
  CHECK(static_cast<int>(ExitCode::bad_job) == 78);
}

TEST_CASE("a contract names the place of the caller") {
  CHECK_NOTHROW(expects(true, "all is well"));
  try {
    expects(false, "a rank is not negative");
    FAIL("no exception");
  } catch (const ContractViolation& e) {
    const std::string text = e.what();
    CHECK(text.find("test_error.cpp:") != std::string::npos);
    CHECK(text.find(": a rank is not negative") != std::string::npos);
  }
}

TEST_CASE("a log has lines with rank and level, from its level on") {
  const TemporaryFolder folder;
  {
    Log log{folder.file("run.log"), 3, LogLevel::info};
    log.debug("not this");
    log.info("started {} {0}");  // braces are not interpreted
    log.warning("slow");
    Log moved{std::move(log)};
    moved.error("stopped");
  }
  const std::string text = bytes_of(folder.file("run.log"));
  CHECK(text.find("rank 3 info: started {} {0}\n") != std::string::npos);
  CHECK(text.find("rank 3 warning: slow\n") != std::string::npos);
  CHECK(text.find("rank 3 error: stopped\n") != std::string::npos);
  CHECK(text.find("not this") == std::string::npos);
  Log silent;
  silent.error("nowhere");
}

TEST_CASE("a log that cannot be opened is an error for the user") {
  const TemporaryFolder folder;
  folder.write("file", "");
  try {
    Log{folder.file("file") + "/run.log", 0, LogLevel::info};
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.code() == ExitCode::cannot_create);
    CHECK(e.text().find("cannot open the log") != std::string::npos);
  }
}

TEST_CASE("a stopwatch runs forwards") {
  Stopwatch watch;
  const double first = watch.seconds();
  CHECK(first >= 0.0);
  CHECK(watch.lap() >= first);
  CHECK(watch.seconds() < 60.0);
}
