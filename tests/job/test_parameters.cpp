// Parameters that are lists, tables and series, in the job and in CSV files.
#include "job/common_checks.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace tessera;
using namespace tessera::job;

namespace {

ParameterSchema parameter(const std::string& name, ParameterType type = ParameterType::real,
                          ParameterShape shape = ParameterShape::single) {
  ParameterSchema p;
  p.name = name;
  p.type = type;
  p.shape = shape;
  return p;
}

/// A list of 2 or 3 rates, a list of modes, a series, and a table with 1 to 4 rows.
std::vector<ParameterSchema> sample() {
  std::vector<ParameterSchema> all{parameter("rates", ParameterType::real, ParameterShape::list),
                                   parameter("modes", ParameterType::text, ParameterShape::list),
                                   parameter("inflow", ParameterType::real, ParameterShape::series),
                                   parameter("depth"),
                                   parameter("count", ParameterType::integer),
                                   parameter("wet", ParameterType::boolean),
                                   parameter("name", ParameterType::text),
                                   parameter("age")};
  all[0].unit = "1/s";
  all[0].minimum = Bound{0.0, false};
  all[0].minimum_count = 2;
  all[0].maximum_count = 3;
  all[1].choices = {"slow", "fast"};
  all[1].default_list.emplace().texts = {"slow"};
  all[2].unit = "m^3/s";
  all[2].maximum = Bound{100.0, true};
  all[2].default_number = 1.5;
  for (std::size_t n = 3; n < 8; ++n) {
    all[n].table = "layer";
    all[n].minimum_count = 1;
    all[n].maximum_count = 4;
  }
  all[3].unit = "m";
  all[3].minimum = Bound{0.0, true};
  all[3].help = "depth of the layer";
  all[4].default_number = std::int64_t{7};
  all[5].default_number = std::int64_t{1};
  all[6].default_text = "none";
  all[7].default_number = 0.0;
  all[7].unit = "s";
  return all;
}

/// The parameters of jobs in a folder with CSV files.
class Job {
 public:
  struct Result {
    std::vector<ParameterValues> values;
    std::string text;
    Diagnostics problems;
  };

  void write(const std::string& name, const std::string& bytes) { folder_.write(name, bytes); }

  Result check(const std::string& lines, double end = 100.0) const {
    Result result;
    const Document document{folder_.file("job.toml"), "[parameters]\n" + lines, {}, result.problems};
    Context context{document, result.problems};
    Attachments attachments;
    result.values = check_parameters(context, sample(), attachments);
    if (context.problem_count() == 0) attachments.check_times(context, end);
    result.text = attachments.text(context);
    return result;
  }

  /// The values of a job without problems.
  std::vector<ParameterValues> values(const std::string& lines) const {
    const Result result = check(lines);
    INFO(result.problems.render());
    REQUIRE(result.problems.size() == 0);
    REQUIRE(result.values.size() == 8);
    return result.values;
  }

  /// All problems, each as "message (label): note".
  std::string problems(const std::string& lines, double end = 100.0) const {
    std::string out;
    const Result result = check(lines, end);
    for (const Problem& p : result.problems.problems()) {
      out += (out.empty() ? "" : "\n") + p.message + (p.label.empty() ? "" : " (" + p.label + ")") +
             (p.note.empty() ? "" : ": " + p.note);
    }
    return out;
  }

 private:
  test::TemporaryFolder folder_;
};

const std::string rates = "rates = [1, 2]\n";
const std::string layer = "layer = { depth = [1] }\n";

}  // namespace

TEST_CASE("a list is an array, or a column of a CSV file") {
  Job job;
  const std::vector<double> expected{0.5, 2.0};
  CHECK(job.values("rates = [0.5, 2]\n" + layer)[0].reals == expected);
  CHECK(job.values("rates = [\"0.5 1/s\", 2]\n" + layer)[0].reals == expected);
  job.write("one.csv", "rate\n0.5\n2\n");
  CHECK(job.values("rates = { file = \"one.csv\" }\n" + layer)[0].reals == expected);
  job.write("two.csv", "when,rate [1/s]\n7,0.5\n8,2\n");
  CHECK(job.values("rates = { file = \"two.csv\", column = \"rate\" }\n" + layer)[0].reals == expected);
  CHECK(job.values(rates + layer)[1].texts == std::vector<std::string>{"slow"});
  CHECK(job.values("modes = []\n" + rates + layer)[1].texts.empty());
  CHECK(job.values("modes = [\"fast\", \"slow\"]\n" + rates + layer)[1].texts ==
        std::vector<std::string>{"fast", "slow"});
}

TEST_CASE("a list with wrong elements, or a wrong number of them, is rejected") {
  Job job;
  const auto problems = [&](const std::string& list) {
    return job.problems("rates = " + list + "\n" + layer);
  };
  CHECK(job.problems(layer) == "[parameters] needs a key `rates`: write rates = [...], in 1/s");
  CHECK(problems("[1]") == "`rates` needs at least 2 values, not 1");
  CHECK(problems("[1, 2, 3, 4]") == "`rates` needs at most 3 values, not 4");
  CHECK(problems("1") == "`rates` expects an array of numbers, not an integer (write rates = [...])");
  CHECK(problems("[1, -2]") == "`rates` must be at least 0");
  CHECK(problems("[1, nan]") == "`rates` must be finite");
  CHECK(problems("[1, \"2 m\"]") == "`rates` expects a number in 1/s, not `2 m`");
  CHECK(problems("[1, [2]]") == "`rates` expects a number in 1/s, not an array");
  CHECK(job.problems(rates + layer + "modes = [\"fats\"]\n") ==
        "`modes` cannot be `fats` (did you mean `fast`?): valid values: slow, fast");
}

TEST_CASE("a list in a file is rejected at its place in the file") {
  Job job;
  const auto problems = [&](const std::string& csv, const std::string& keys = "") {
    job.write("r.csv", csv);
    return job.problems("rates = { file = \"r.csv\"" + keys + " }\n" + layer);
  };
  CHECK(problems("rate\n1\nx\n") == "r.csv:3:1: `x` is not a finite number");
  CHECK(problems("rate\n1\ninf\n") == "r.csv:3:1: `inf` is not a finite number");
  CHECK(problems("rate\n-1\n2\n") == "r.csv:2:1: `rates` must be at least 0");
  CHECK(problems("rate\n1\n") == "`rates` needs at least 2 values, not 1");
  CHECK(problems("rate [1/h]\n1\n2\n") ==
        "r.csv:1:1: the values are in `1/h`, and the unit of `rates` is `1/s`");
  CHECK(problems("rate,b\n1,2\n2,3\n") == "a table of several columns needs `column`: columns: b, rate");
  CHECK(problems("rate,b\n1,2\n2,3\n", ", column = \"rat\"") ==
        "`r.csv` has no column `rat` (did you mean `rate`?): columns: b, rate");
  CHECK_THAT(problems("rate,b\n1,2\n2,3\n", ", colum = \"rate\""),
             Catch::Contains("unknown key `colum` in `rates` (did you mean `column`?)"));
  CHECK(problems("") == "`r.csv` is empty: its first row has the names of the columns");
  CHECK(job.problems("rates = { file = \"none.csv\" }\n" + layer).starts_with("no such file: `"));
  CHECK(job.problems("rates = { column = \"a\" }\n" + layer) ==
        "`rates` needs a key `file`: write file = \"values.csv\"");
}

TEST_CASE("a table is written by rows, by columns or in a CSV file") {
  Job job;
  job.write(
      "layers.csv",
      "\xef\xbb\xbfname,depth [m],age [h],wet,count\r\n\"a, b\",1.5,0.5,false,3\r\nc,+20,1,true,-4\r\n");
  for (const std::string& table : {
           std::string{
               "[[parameters.layer]]\ndepth = 1.5\ncount = 3\nwet = false\nname = \"a, b\"\nage = 1800\n"
               "[[parameters.layer]]\ndepth = 20\ncount = -4\nname = \"c\"\nage = \"1 h\"\n"},
           std::string{
               "layer = { depth = [1.5, \"20 m\"], count = [3, -4], wet = [false, true], name = [\"a, b\", "
               "\"c\"], age = [\"30 min\", 3600] }\n"},
           std::string{"layer = { file = \"layers.csv\" }\n"},
       }) {
    const auto values = job.values(rates + table);
    CHECK(values[3].reals == std::vector<double>{1.5, 20.0});
    CHECK(values[4].integers == std::vector<std::int64_t>{3, -4});
    CHECK(values[5].integers == std::vector<std::int64_t>{0, 1});
    CHECK(values[6].texts == std::vector<std::string>{"a, b", "c"});
    CHECK(values[7].reals == std::vector<double>{1800.0, 3600.0});
  }
  job.write("short.csv", "depth\n3\n4\n");
  for (const std::string table : {"{ file = \"short.csv\" }", "{ depth = [3, 4] }"}) {
    const auto values = job.values(rates + "layer = " + table + "\n");
    CHECK(values[3].reals == std::vector<double>{3.0, 4.0});
    CHECK(values[4].integers == std::vector<std::int64_t>{7, 7});
    CHECK(values[5].integers == std::vector<std::int64_t>{1, 1});
    CHECK(values[6].texts == std::vector<std::string>{"none", "none"});
    CHECK(values[7].reals == std::vector<double>{0.0, 0.0});
  }
}

TEST_CASE("a table with wrong columns or rows is rejected") {
  Job job;
  const auto problems = [&](const std::string& table) {
    return job.problems(rates + "layer = " + table + "\n");
  };
  CHECK(job.problems(rates) ==
        "[parameters] needs a key `layer`: write layer = { file = \"table.csv\" }, with the "
        "columns age, count, depth, name, wet");
  CHECK(problems("{ depth = [1, 2], count = [1] }") == "`count` expects 2 values, as `depth` has, not 1");
  CHECK(problems("{ count = [1] }") == "`layer` needs a key `depth`: write depth = [...], in m");
  CHECK(problems("{ depth = [1], cuont = [1] }")
            .starts_with("unknown key `cuont` in `layer` (did you mean `count`?)"));
  CHECK(problems("{ depth = [1, 0] }") == "`depth` must be above 0: depth of the layer");
  CHECK(problems("{ depth = [1, 2, 3, 4, 5] }") == "`layer` needs at most 4 rows, not 5");
  CHECK(problems("{ depth = [] }") == "`layer` needs at least 1 row, not 0");
  CHECK(problems("{ depth = 1 }") ==
        "`depth` expects an array with one value per row, not an integer (write "
        "[[parameters.layer]] for tables with one row each)");
  CHECK(problems("[]") == "`layer` needs at least 1 row, not 0");
  CHECK(problems("3") == "`layer` expects an array of tables, not an integer (write [[parameters.layer]])");
  CHECK(problems("{ file = 3 }") == "`file` expects a string, not an integer (write it in quotes)");
  CHECK_THAT(problems("{ file = \"a.csv\", depth = [1] }"),
             Catch::Contains("unknown key `depth` in `layer`"));
}

TEST_CASE("a table in a file is rejected at its place in the file") {
  Job job;
  const auto problems = [&](const std::string& csv) {
    job.write("l.csv", csv);
    return job.problems(rates + "layer = { file = \"l.csv\" }\n");
  };
  CHECK(problems("depht\n1\n") ==
        "l.csv:1:1: `layer` has no column `depht` (did you mean `depth`?): columns: age, "
        "count, depth, name, wet");
  CHECK(problems("count\n1\n") == "`l.csv` has no column `depth`: columns: count");
  CHECK(problems("depth,depth\n1,2\n") == "l.csv:1:7: two columns are named `depth`");
  CHECK(problems("depth [km]\n1\n") == "l.csv:1:1: the values are in `km`, and the unit of `depth` is `m`");
  CHECK(problems("depth,age [m]\n1,2\n") == "l.csv:1:7: the values are in `m`, and the unit of `age` is `s`");
  CHECK(problems("depth\n1\n0\n") == "l.csv:3:1: `depth` must be above 0: depth of the layer");
  CHECK(problems("depth,count\n1,2.5\n") == "l.csv:2:3: `count` expects an integer, not `2.5`");
  CHECK(problems("depth,wet\n1,yes\n") == "l.csv:2:3: `wet` expects true or false, not `yes`");
  CHECK(problems("depth,count\n1,\n") == "l.csv:2:3: there is no value");
  CHECK(problems("depth,name\n1,a\n2,a\tb\n") ==
        "l.csv:3:3: `name` must not contain control characters such as "
        "U+0009");
  CHECK(problems("depth,count\n1\n") == "l.csv:2:1: this row has 1 field, and the first row 2");
  CHECK(problems("depth\n") == "`layer` needs at least 1 row, not 0");
  CHECK(problems("depth\n1\n2\n3\n4\n5\n") == "`layer` needs at most 4 rows, not 5");
  std::string many = "depth\n";
  for (int n = 0; n <= max_values; ++n) many += "1\n";
  CHECK(problems(many) == "`l.csv` has 100001 rows of values, and at most 100000 are allowed");
}

TEST_CASE("a series is a number, or values over time in the job or in a file") {
  Job job;
  const std::string others = rates + layer;
  job.write("q.csv", "time [min],stage,discharge [m^3/s]\n-1,9,1\n1,9,-2.5\n2,9,3\n");
  const auto stored = job.values("inflow = { file = \"q.csv\", column = \"discharge\" }\n" + others)[2];
  CHECK(stored.times == std::vector<double>{-60.0, 60.0, 120.0});
  CHECK(stored.reals == std::vector<double>{1.0, -2.5, 3.0});
  const auto written = job.values("inflow = { times = [0, 100], values = [1, 2] }\n" + others)[2];
  CHECK(written.times == std::vector<double>{0.0, 100.0});
  CHECK(written.reals == std::vector<double>{1.0, 2.0});
  for (const auto& [line, value] :
       {std::pair{"", 1.5}, {"inflow = -3\n", -3.0}, {"inflow = \"4 m^3/s\"\n", 4.0}}) {
    const auto constant = job.values(line + others)[2];
    CHECK(constant.times == std::vector<double>{0.0});
    CHECK(constant.reals == std::vector<double>{value});
  }
}

TEST_CASE("a series with wrong values or times is rejected") {
  Job job;
  const auto problems = [&](const std::string& csv, double end = 100.0) {
    job.write("q.csv", csv);
    return job.problems("inflow = { file = \"q.csv\" }\n" + rates + layer, end);
  };
  CHECK(problems("t,q\n0,1\n100,100\n") == "q.csv:3:5: `inflow` must be below 100");
  CHECK(problems("t,q [l/s]\n0,1\n100,1\n") ==
        "q.csv:1:3: the values are in `l/s`, and the unit of `inflow` is `m^3/s`");
  CHECK(problems("t,q\n0,1\n50,\n100,2\n") == "q.csv:3:4: there is no value");
  CHECK(problems("t,q\n0,1\n50,2\n40,2\n") == "q.csv:4:1: this time is earlier than the one before it");
  CHECK(problems("t,q\n0,1\n99,2\n") == "q.csv:3:1: the series ends at 99 s, before `end` in [time], 100 s");
  CHECK(problems("t,q\n1,1\n100,2\n") == "q.csv:2:1: the series begins at 1 s, after the start of the run");
  CHECK(problems("t,q\n0,1\n100,2\n", std::numeric_limits<double>::infinity()) ==
        "a series needs `end` in [time]: write end = \"...\" in [time]");
  CHECK(job.problems("inflow = [1, 2]\n" + rates + layer) ==
        "`inflow` expects a number or a series, not an array (write { times = [...], values = [...] })");
  CHECK(job.problems("inflow = 100\n" + rates + layer) == "`inflow` must be below 100");
  CHECK(job.problems("inflow = { times = [0, 100], values = [1, 200] }\n" + rates + layer) ==
        "`inflow` must be below 100");
}

TEST_CASE("the recorded job contains the values of all files") {
  Job job;
  job.write("l.csv", "depth,name,wet,count\n0.1,\"q \"\"x\"\"\",true,9007199254740993\n1e-7,b,false,-1\n");
  job.write("r.csv", "rate\n0.3\n1e300\n");
  job.write("q.csv", "t [h],q\n0,0.1\n1,-1e-5\n");
  const auto first = job.check(
      "rates = { file = \"r.csv\" }\ninflow = { file = \"q.csv\" }\nlayer = { file = \"l.csv\" }\n"
      "modes = [\"fast\"]\n");
  INFO(first.problems.render());
  REQUIRE(first.problems.size() == 0);
  CHECK(first.text.find(".csv") == std::string::npos);
  Job elsewhere;
  const auto again = elsewhere.check(first.text.substr(std::string{"[parameters]\n"}.size()));
  INFO(again.problems.render());
  REQUIRE(again.problems.size() == 0);
  CHECK(again.text == first.text);
  for (std::size_t n = 0; n < first.values.size(); ++n) {
    CHECK(again.values[n].reals == first.values[n].reals);
    CHECK(again.values[n].integers == first.values[n].integers);
    CHECK(again.values[n].texts == first.values[n].texts);
    CHECK(again.values[n].times == first.values[n].times);
  }
  CHECK(first.values[6].texts[0] == "q \"x\"");
  CHECK(first.values[4].integers[0] == 9007199254740993);
}

TEST_CASE("a job whose files have too many values is rejected") {
  Job job;
  std::string rows = "depth,name\n";
  for (int n = 0; n < 4; ++n) rows += "1," + std::string(5u << 20u, 'a') + "\n";
  job.write("big.csv", rows);
  CHECK(job.problems(rates + "layer = { file = \"big.csv\" }\n") ==
        "the files of the job have too many values: more than 16 MiB of text");
}
