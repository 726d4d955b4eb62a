#include "base/error.h"
#include "host/hostfile.h"
#include "support/temporary_folder.h"

#include <sys/stat.h>
#include <catch2/catch.hpp>

using namespace tessera::base;
using namespace tessera::host;
using tessera::test::TemporaryFolder;

namespace {

/// Returns the text of the error that parse_hostfile() throws; "none" if it throws none.
std::string error_for(const std::string& text) {
  try {
    static_cast<void>(parse_hostfile(text, "hosts"));
  } catch (const Error& e) {
    CHECK(e.code() == ExitCode::bad_data);
    return e.text();
  }
  return "none";
}

}  // namespace

TEST_CASE("hosts are listed in file order with their slots and line numbers") {
  const auto hosts = parse_hostfile(
      "# cluster\n\nnode-a slots=16\n  10.0.0.2\tslots = 4 max-slots = 8 # small\nme@node-c // bare\n"
      "fe80::1 username=you slots_max=3\n",
      "hosts");
  REQUIRE(hosts.size() == 4);
  CHECK(hosts[0].name == "node-a");
  CHECK(hosts[0].slots == 16);
  CHECK(hosts[0].slots_given);
  CHECK_FALSE(hosts[0].max_slots);
  CHECK(hosts[0].line == 3);
  CHECK(hosts[0].login() == "node-a");
  CHECK(hosts[1].name == "10.0.0.2");
  CHECK(hosts[1].slots == 4);
  CHECK(hosts[1].max_slots == 8);
  CHECK(hosts[2].login() == "me@node-c");
  CHECK(hosts[2].slots == 1);
  CHECK_FALSE(hosts[2].slots_given);
  CHECK(hosts[2].line == 5);
  CHECK(hosts[3].login() == "you@fe80::1");
  CHECK(hosts[3].slots == 3);  // slots_max
  CHECK(hosts[3].slots_given);
}

TEST_CASE("each repetition of a host without a slot count adds a slot") {
  const auto hosts = parse_hostfile("a\nb\na\na\n", "hosts");
  REQUIRE(hosts.size() == 2);
  CHECK(hosts[0].slots == 3);
  CHECK(hosts[0].slots_given);
  CHECK(hosts[0].line == 1);
  CHECK(hosts[1].slots == 1);
  CHECK(parse_hostfile("a slots=2\na\n", "hosts").front().slots == 3);
}

TEST_CASE("words that are not assignments are ignored, as by mpirun") {
  const auto hosts = parse_hostfile("a rack 7 slots=2 fast", "hosts");
  REQUIRE(hosts.size() == 1);
  CHECK(hosts[0].slots == 2);
}

TEST_CASE("a host may have no slots, but at least one host must have some") {
  CHECK(parse_hostfile("a slots=0\nb slots=1\n", "hosts").front().slots == 0);
  CHECK(error_for("a slots=0\n").find("no host has any slots in `hosts`") != std::string::npos);
  CHECK(error_for("# none\n").find("there are no hosts in `hosts`") != std::string::npos);
  CHECK(error_for("").find("there are no hosts in `hosts`") != std::string::npos);
}

TEST_CASE("an error shows the line and the position") {
  CHECK(error_for("a slots=2\nnöde slots=two\n") ==
        "error: `nöde` is not a valid host name\n --> hosts:2:1\n  |\n2 | nöde slots=two\n  | ^^^^\n"
        "  = write a host name or address, or user@host, followed by slots=N");
  CHECK(error_for("a\tslots=two\n") ==
        "error: `slots` expects a whole number, not `two`\n --> hosts:1:9\n  |\n1 | a slots=two\n  |         "
        "^^^");
}

TEST_CASE("lines that mpirun rejects are rejected") {
  const std::string text = GENERATE(
      "a slots=-2", "a slots=2x", "a slots=99999999999", "a slots", "a slots=", "a slots==2", "a slots 2",
      "a slots=4 max_slots=2", "a slots=2 slots=3", "a slots=1\na slots=1\n", "a\na slots=2\n", "a user=me",
      "a user\xff=me", "a = 2", "^a", "me@", "@a", "a@b@c", "-oProxyCommand=x", "me@-x", "[::1] slots=2",
      "a \"x\"", "a slots=2 # comment", "a slots=2\r\n", "a username=-x", "slots=2", "a b/c");
  CAPTURE(text);
  CHECK(error_for(text).find("--> hosts:") != std::string::npos);
}

TEST_CASE("a hostfile that cannot be read is reported as missing input") {
  const TemporaryFolder folder;
  CHECK(read_hostfile(folder.write("hosts", "a slots=2\n")).front().slots == 2);
  REQUIRE(::mkfifo(folder.file("fifo").c_str(), 0600) == 0);
  for (const std::string& path : {folder.file("missing"), folder.path(), folder.file("fifo"),
                                  std::string{"/dev/zero"}, folder.file(std::string(300, 'a'))}) {
    try {
      static_cast<void>(read_hostfile(path));
      FAIL("read " << path);
    } catch (const Error& e) {
      CHECK(e.code() == ExitCode::no_input);
      CHECK(e.text().find(path.substr(0, 150)) != std::string::npos);
    }
  }
}
