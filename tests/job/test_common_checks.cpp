#include "job/common_checks.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

using namespace tessera::job;

namespace {

const std::vector<std::string> sections{"job", "parameters", "tasks", "output", "checkpoint", "log"};
constexpr std::array<KeyHint, 1> key_hints{{{"count", "tasks"}}};

/// The result of the common checks of a job whose kind also has a section [tasks].
struct CheckedJob {
  explicit CheckedJob(const std::string& text, std::vector<ParameterSchema> schema = {}) {
    const Document document{"job.toml", text, {}, problems};
    Context context{document, problems, key_hints};
    check_sections(context, sections);
    check_job(context, header);
    parameters = check_parameters(context, schema, attachments);
    const Section tasks{context, "tasks", {"count"}};
    count = tasks.integer("count", 1, 10);
    check_output_directory(Section{context, "output", {"directory"}}, header);
    check_checkpoint(context, header.checkpoint);
    check_log(context, header.log);
    CHECK(context.problem_count() == problems.size());
  }

  Header header;
  Attachments attachments;
  std::vector<ParameterValues> parameters;
  std::optional<std::int64_t> count;
  Diagnostics problems;
};

std::string messages(const CheckedJob& c) {
  std::string out;
  for (const Problem& p : c.problems.problems())
    out += p.message + (p.label.empty() ? "" : " (" + p.label + ")") + "\n";
  return out;
}

const std::string header_text = "[job]\nname = \"a\"\nsolver = \"b\"\n";

}  // namespace

TEST_CASE("the sections common to all kinds of jobs are read") {
  const CheckedJob c{header_text + R"([tasks]
count = 10
[output]
directory = "results"
[checkpoint]
every = "20 steps"
at_end = false
keep = 5
compress = true
local = "/dev/shm"
local_every = "10 s"
[log]
level = "warning"
per_rank = true
)"};
  CHECK(messages(c).empty());
  CHECK(c.header.name == "a");
  CHECK(c.header.solver == "b");
  CHECK(c.count == 10);
  CHECK(c.header.output_directory == "results");
  CHECK(c.header.checkpoint.every.unit == Cadence::Unit::steps);
  CHECK(c.header.checkpoint.every.amount == 20.0);
  CHECK_FALSE(c.header.checkpoint.at_end);
  CHECK(c.header.checkpoint.keep == 5);
  CHECK(c.header.checkpoint.compress);
  CHECK(c.header.checkpoint.local == "/dev/shm");
  CHECK(c.header.checkpoint.local_every == 10.0);
  CHECK(c.header.log.level == LogLevel::warning);
  CHECK(c.header.log.per_rank);
}

TEST_CASE("the final state is saved unless there are no checkpoints at all") {
  const auto at_end = [](const std::string& lines) {
    return CheckedJob{header_text + "[tasks]\ncount = 1\n[checkpoint]\n" + lines}.header.checkpoint.at_end;
  };
  CHECK(at_end(""));
  CHECK(at_end("every = \"auto\"\n"));
  CHECK_FALSE(at_end("every = \"never\"\n"));
  CHECK(at_end("every = \"never\"\nat_end = true\n"));
  CHECK_FALSE(at_end("at_end = false\n"));
}

TEST_CASE("problems in the common sections are reported with a suggested fix") {
  CHECK(
      messages(CheckedJob{"[jobs]\n"}) ==
      "unknown section `jobs` (did you mean `job`?)\n[job] needs a key `name`\n[job] needs a key `solver`\n");
  CHECK(messages(CheckedJob{header_text + "count = 3\n"}) ==
        "unknown key `count` in [job] (it belongs in [tasks])\n");
  CHECK(messages(CheckedJob{header_text + "[tasks]\ncount = 11\n"}) == "`count` must be at most 10\n");
  CHECK(messages(CheckedJob{header_text + "[output]\ndirectory = \"\"\n"}) ==
        "`directory` is empty (write directory = \"runs\")\n");
  CHECK(messages(CheckedJob{header_text + "[log]\nlevel = \"warn\"\n"}) == "`level` cannot be `warn`\n");
  CHECK(messages(CheckedJob{header_text + "[checkpoint]\nkeep = 1\nlocal = \"shm\"\n"}) ==
        "`keep` must be at least 2\n`local` must be the absolute path of a folder on each node (write "
        "\"/dev/shm\")\n");
}

TEST_CASE("parameters are checked against the schema of the plugin") {
  ParameterSchema size;
  size.name = "size";
  size.unit = "m";
  size.minimum = Bound{0.0, true};
  ParameterSchema weight;
  weight.name = "weight";
  weight.table = "row";
  weight.type = ParameterType::integer;
  ParameterSchema title;
  title.name = "title";
  title.table = "row";
  title.type = ParameterType::text;
  title.default_text = "none";
  const std::vector<ParameterSchema> schema{size, weight, title};
  const CheckedJob c{header_text +
                         "[parameters]\nsize = \"2.5 m\"\n[[parameters.row]]\nweight = 3\n"
                         "[[parameters.row]]\nweight = 4\ntitle = \"x\"\n",
                     schema};
  CHECK(messages(c).empty());
  REQUIRE(c.parameters.size() == 3);
  CHECK(c.parameters[0].reals == std::vector<double>{2.5});
  CHECK(c.parameters[1].integers == std::vector<std::int64_t>{3, 4});
  CHECK(c.parameters[2].texts == std::vector<std::string>{"none", "x"});
  CHECK(messages(CheckedJob{header_text + "[parameters]\nsize = 0\nrows = 1\n", schema}) ==
        "`size` must be above 0\nunknown key `rows` in [parameters] (did you mean `row`?)\n");
}

TEST_CASE("integer parameters keep their exact values and are checked against their ranges") {
  ParameterSchema wide;
  wide.name = "wide";
  wide.type = ParameterType::integer;
  ParameterSchema narrow = wide;
  narrow.name = "narrow";
  narrow.minimum = Bound{std::int64_t{-2147483648}, false};
  narrow.maximum = Bound{std::int64_t{2147483647}, false};
  const std::vector<ParameterSchema> schema{wide, narrow};
  const CheckedJob c{header_text + "[parameters]\nwide = 9007199254740993\nnarrow = 2147483647\n", schema};
  CHECK(messages(c).empty());
  CHECK(c.parameters.at(0).integers == std::vector<std::int64_t>{9007199254740993});
  CHECK(messages(CheckedJob{header_text + "[parameters]\nwide = 1\nnarrow = 3000000000\n", schema}) ==
        "`narrow` must be at least -2147483648 and at most 2147483647\n");
  CHECK(messages(CheckedJob{header_text + "[parameters]\nwide = 1.5\nnarrow = 1\n", schema}) ==
        "`wide` expects an integer, not a real number\n");
}
