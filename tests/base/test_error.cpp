#include "base/contract.h"
#include "base/error.h"
#include "base/log.h"
#include "base/stopwatch.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

using namespace tessera::base;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

TEST_CASE("the text of an error contains the problem and the hint") {
  const Error e{ExitCode::no_input, "the file a.toml does not exist", "create it"};
  CHECK(e.text() == "error: the file a.toml does not exist\n  = create it");
  CHECK(e.what() == e.text());
  CHECK(e.code() == ExitCode::no_input);
  CHECK(Error(ExitCode::internal, "no hint").text() == "error: no hint");
  CHECK(Error::with_text(ExitCode::bad_job, "two\nlines").text() == "two\nlines");
  CHECK(static_cast<int>(ExitCode::bad_job) == 78);
}

TEST_CASE("an error gives its problem and its hint") {
  const Error e{ExitCode::no_input, "no file a\n  host x: down", "create it\n    there"};
  CHECK(e.problem() == "no file a\n  host x: down");
  CHECK(e.hint() == "create it\n    there");
  const Error without_hint{ExitCode::internal, "no hint"};
  CHECK(without_hint.problem() == "no hint");
  CHECK(without_hint.hint().empty());
  const Error with_two =
      Error::with_text(ExitCode::bad_data, "error: no file a\n  = create it\n  = on rank 2");
  CHECK(with_two.problem() == "no file a");
  CHECK(with_two.hint() == "create it\n  = on rank 2");
  CHECK(Error::with_text(ExitCode::bad_job, "two\nlines").problem() == "two\nlines");
  CHECK(Error::with_text(ExitCode::bad_job, "").hint().empty());
}

TEST_CASE("names in the text of an error cannot begin a line, change the terminal, or break UTF-8") {
  const Error e{ExitCode::no_input, "no file `a\nerror: b\x1b[31m\xff`\n  host x: \u202Edown",
                "see `c\nd`\n    more"};
  CHECK(
      e.text() ==
      "error: no file `a\uFFFDerror: b\uFFFD[31m\uFFFD`\n  host x: \uFFFDdown\n  = see `c\uFFFDd`\n    more");
}

TEST_CASE("a contract violation names the file of the caller") {
  CHECK_NOTHROW(expects(true, "no violation"));
  try {
    expects(false, "the rank must not be negative");
    FAIL("no exception");
  } catch (const ContractViolation& e) {
    const std::string text = e.what();
    CHECK(text.find("test_error.cpp:") != std::string::npos);
    CHECK(text.find(": the rank must not be negative") != std::string::npos);
  }
}

TEST_CASE("log lines contain rank and level, and lines below the level of the log are omitted") {
  const TemporaryFolder folder;
  {
    Log log{folder.file("run.log"), 3, LogLevel::info};
    log.debug("hidden");
    log.info("started {} {0}");  // braces are not interpreted
    log.warning("slow");
    log.info("file a\n2026-01-01 rank 0 error: forged\x9b\x1b[2J\n  = hint");
    Log moved{std::move(log)};
    moved.error("stopped");
  }
  const std::string text = bytes_of(folder.file("run.log"));
  CHECK(text.find("rank 3 info: started {} {0}\n") != std::string::npos);
  CHECK(text.find("rank 3 warning: slow\n") != std::string::npos);
  CHECK(text.find("rank 3 error: stopped\n") != std::string::npos);
  CHECK(text.find("info: file a\uFFFD2026-01-01 rank 0 error: forged\uFFFD\uFFFD[2J\n  = hint\n") !=
        std::string::npos);
  CHECK(text.find("hidden") == std::string::npos);
  Log without_file;
  without_file.error("discarded");
}

TEST_CASE("a log file that cannot be opened is reported") {
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

TEST_CASE("the time on a stopwatch does not decrease") {
  Stopwatch watch;
  const double first = watch.seconds();
  CHECK(first >= 0.0);
  CHECK(watch.lap() >= first);
  CHECK(watch.seconds() < 60.0);
}
