// Boundary values from a table over time.
#include "checked_jobs.h"
#include "grid/job/identity.h"
#include "grid/job/spec_codec.h"
#include "job/time_series.h"
#include "support/temporary_folder.h"

#include <variant>

using namespace tessera;
using namespace tessera::grid;
using namespace tessera::grid::sample;

namespace {

const std::string job_text = R"toml([job]
name = "tide"
solver = "heat"
[domain]
cells = [8, 6]
boundary = { west = { fixed = { temperature = { file = "tide.csv" } } } }
[initial]
temperature = 0
[time]
end = 120
)toml";

/// A job in a folder with the file tide.csv.
class Tide {
 public:
  explicit Tide(const std::string& csv) { folder_.write("tide.csv", csv); }

  CheckResult check(const std::vector<std::string>& overrides = {},
                    const std::string& text = job_text) const {
    CheckResult result;
    const job::Document document{folder_.file("job.toml"), text, overrides, result.problems};
    result.job = grid::check(document, heat(), result.problems);
    return result;
  }
  /// The only problem of the job.
  job::Problem problem(const std::vector<std::string>& overrides = {}) const {
    const CheckResult result = check(overrides);
    INFO(result.problems.render());
    REQUIRE(result.problems.problems().size() == 1);
    return result.problems.problems().front();
  }
  std::string message(const std::vector<std::string>& overrides = {}) const {
    return problem(overrides).message;
  }
  job::TimeSeries series(const std::vector<std::string>& overrides = {}) const {
    const CheckResult result = check(overrides);
    INFO(result.problems.render());
    REQUIRE(result.job);
    return std::get<job::TimeSeries>(result.job->boundary[0][0].values.at(0).value);
  }

 private:
  test::TemporaryFolder folder_;
};

std::string column(const std::string& name) {
  return "domain.boundary.west.fixed.temperature.column=\"" + name + "\"";
}
std::string time_column(const std::string& name) {
  return "domain.boundary.west.fixed.temperature.time=\"" + name + "\"";
}

}  // namespace

TEST_CASE("a series is interpolated linearly") {
  const job::TimeSeries series{{-1.0, 0.0, 10.0, 11.0}, {5.0, 1.0, 3.0, -2.0}};
  CHECK(series.at(-2.0) == 5.0);
  CHECK(series.at(-1.0) == 5.0);
  CHECK(series.at(-0.5) == 3.0);
  CHECK(series.at(0.0) == 1.0);
  CHECK(series.at(2.5) == 1.5);
  CHECK(series.at(10.0) == 3.0);
  CHECK(series.at(10.5) == 0.5);
  CHECK(series.at(11.0) == -2.0);
  CHECK(series.at(1e9) == -2.0);
}

TEST_CASE("a series is read from a CSV file") {
  const std::vector<double> times{0.0, 60.0, 120.0};
  const std::vector<double> values{1.0, 2.5, -3.0};
  CHECK(Tide{"time,level\n0,1\n60,2.5\n120,-3\n"}.series().times == times);
  CHECK(Tide{"time,level\n0,1\n60,2.5\n120,-3\n"}.series().values == values);
  CHECK(Tide{"\xef\xbb\xbftime [min], level [K]\r\n0,1\r\n1,2.5\r\n2,-3\r\n"}.series().times == times);
  CHECK(Tide{"level,a,time [s]\n1,9,0\n2.5,9,60\n-3,9,120\n"}
            .series({column("level"), time_column("time")})
            .times == times);
  CHECK(Tide{"level,a,time [s]\n1,9,0\n2.5,9,60\n-3,9,120\n"}
            .series({column("level"), time_column("time [s]")})
            .values == values);
  CHECK(Tide{"level,when\n1,0\n2.5,60\n-3,120\n"}.series({time_column("when")}).values == values);
  CHECK(Tide{"time,level\n-60,+1e0\n180,2\n"}.series().times == std::vector<double>{-60.0, 180.0});
}

TEST_CASE("a series that does not cover the run is rejected at its row in the file") {
  CHECK(Tide{"time,level\n0,1\n60,2\n"}.message() ==
        "tide.csv:3:1: the series ends at 60 s, before `end` in [time], 120 s");
  CHECK(Tide{"level,time\n1,10\n2,200\n"}.message({time_column("time")}) ==
        "tide.csv:2:3: the series begins at 10 s, after the start of the run");
  CHECK(Tide{"time,level\n0,1\n120,2\n"}.message({"time.end=121"}) ==
        "tide.csv:3:1: the series ends at 120 s, before `end` in [time], 121 s");
  const CheckResult endless = Tide{"time,level\n0,1\n120,2\n"}.check(
      {}, job_text.substr(0, job_text.find("end = ")) + "max_steps = 5\n");
  REQUIRE(endless.problems.problems().size() == 1);
  CHECK(endless.problems.problems()[0].message == "a series needs `end` in [time]");
}

TEST_CASE("bad values are rejected at their place in the file") {
  const std::string head = "time,level\n0,1\n";
  CHECK(Tide{head + "60,2\n60,3\n120,2\n"}.message() == "tide.csv:4:1: this time is repeated");
  CHECK(Tide{head + "60,2\n30,3\n120,2\n"}.message() ==
        "tide.csv:4:1: this time is earlier than the one before it");
  CHECK(Tide{head + "120,\n"}.message() == "tide.csv:3:5: there is no value");
  CHECK(Tide{head + ",2\n120,2\n"}.message() == "tide.csv:3:1: there is no value");
  CHECK(Tide{head + "120,high\n"}.message() == "tide.csv:3:5: `high` is not a finite number");
  CHECK(Tide{head + "120,nan\n"}.message() == "tide.csv:3:5: `nan` is not a finite number");
  CHECK(Tide{head + "inf,1\n"}.message() == "tide.csv:3:1: `inf` is not a finite number");
  CHECK(Tide{head + "120,1e999\n"}.message() == "tide.csv:3:5: `1e999` is not a finite number");
  CHECK(Tide{head + "120,0x1\n"}.message() == "tide.csv:3:5: `0x1` is not a finite number");
  CHECK(Tide{head + "120,\"2,5\"\n"}.message() == "tide.csv:3:5: `2,5` is not a finite number");
  CHECK(Tide{head + "120,\"2,5\"\n"}.problem().note == "write numbers with a decimal point, not a comma");
  CHECK(Tide{head + "120,2,5\n"}.message() == "tide.csv:3:7: this row has 3 fields, and the first row 2");
  CHECK(Tide{head + "120,2,5\n"}.problem().note == "write numbers with a decimal point, not a comma");
  CHECK(Tide{"time;level\n0;1\n120;2\n"}.message() == "tide.csv:1:1: the table has only one column");
  CHECK(Tide{"time;level\n0;1\n120;2\n"}.problem().note == "separate the columns by commas");
  CHECK(Tide{"time [furlongs],level\n0,1\n120,2\n"}.message() ==
        "tide.csv:1:1: `furlongs` is not a unit of time");
  CHECK(Tide{"time,level [degC]\n0,1\n120,2\n"}.message() ==
        "tide.csv:1:6: the values are in `degC`, and the unit of the field is `K`");
  CHECK(Tide{"time,level\n0,1\n"}.message() ==
        "`tide.csv` needs a row with the names of the columns and two rows of values");
  CHECK(Tide{"time [1 h],level\n0,1\n120,2\n"}.message() == "tide.csv:1:1: `1 h` is not a unit of time");
  CHECK(Tide{""}.message() == "`tide.csv` is empty");
}

TEST_CASE("unknown columns and files are rejected") {
  const Tide tide{"time,level,wind\n0,1,2\n120,2,3\n"};
  CHECK(tide.message() == "a table of several columns needs `column`");
  CHECK(tide.problem().note == "columns: level, time, wind");
  CHECK(tide.message({column("levle")}) == "`tide.csv` has no column `levle`");
  CHECK(tide.problem({column("levle")}).suggestion == "level");
  CHECK(tide.message({column("level"), time_column("tmie")}) == "`tide.csv` has no column `tmie`");
  CHECK(tide.problem({column("level"), time_column("tmie")}).key ==
        "domain.boundary.west.fixed.temperature.time");
  CHECK(tide.message({column("time")}) ==
        "tide.csv:1:1: this column cannot contain both the times and the values");
  CHECK(Tide{"time,a,a\n0,1,2\n120,2,3\n"}.message({column("a")}) ==
        "tide.csv:1:8: two columns are named `a`");
  CHECK(tide.message({"domain.boundary.west.fixed.temperature.file=\"none.csv\""})
            .starts_with("no such file: `"));
}

TEST_CASE("the job that is recorded contains the series, and has the same identity") {
  const Tide tide{"time [min],level\n0,0.1\n1,1e-7\n2,3\n"};
  const CheckResult first = tide.check();
  REQUIRE(first.job);
  CHECK(first.job->text.find("tide.csv") == std::string::npos);
  test::TemporaryFolder elsewhere;
  CheckResult again;
  const job::Document document{elsewhere.file("job.toml"), first.job->text, {}, again.problems};
  again.job = grid::check(document, heat(), again.problems);
  INFO(again.problems.render());
  REQUIRE(again.job);
  CHECK(again.job->text == first.job->text);
  CHECK(identity_of(*again.job, heat()) == identity_of(*first.job, heat()));
  const job::TimeSeries& series = std::get<job::TimeSeries>(again.job->boundary[0][0].values.at(0).value);
  CHECK(series.values == std::vector<double>{0.1, 1e-7, 3.0});
  CHECK(encode(decode_spec(encode(*again.job))) == encode(*again.job));
  const CheckResult other = Tide{"time [min],level\n0,0.1\n1,1e-7\n2,4\n"}.check();
  REQUIRE(other.job);
  CHECK(identity_of(*other.job, heat()) != identity_of(*first.job, heat()));
}

TEST_CASE("boundary values of work fields are accepted if a stage reads them at neighbouring cells") {
  solver::SolverSchema schema = heat();
  solver::FieldSchema flux;
  flux.name = "flux";
  flux.kind = solver::FieldKind::work;
  schema.fields.push_back(flux);
  std::string text = job_text;
  text.replace(text.find("{ file = \"tide.csv\" }"), std::string{"{ file = \"tide.csv\" }"}.size(),
               "1, flux = 2");
  const auto check_with = [&](int radius) {
    schema.stages = {{"first", {{0, 1}}, {1}, 0.0}, {"second", {{1, radius}}, {0}, 0.0}};
    CheckResult result;
    const job::Document document{"job.toml", text, {}, result.problems};
    result.job = grid::check(document, schema, result.problems);
    return result;
  };
  const CheckResult read = check_with(1);
  INFO(read.problems.render());
  REQUIRE(read.job);
  CHECK(read.job->boundary[0][0].values.at(1).field == 1);
  const CheckResult unread = check_with(0);
  REQUIRE(unread.problems.problems().size() == 1);
  CHECK(unread.problems.problems()[0].message == "a boundary value of `flux` has no effect");
}
