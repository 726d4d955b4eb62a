// Prints the job file for a seed, for system tests and to reproduce a run: random_job SEED
#include "property/random_job.h"

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::invalid_argument("usage: random_job SEED");
    std::fputs(property::random_job(std::stoull(argv[1])).text().c_str(), stdout);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 64;
  }
}
