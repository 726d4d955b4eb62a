// A manifest in which every member is set.
#pragma once

#include "checkpoint/manifest.h"

inline tessera::checkpoint::Manifest sample_manifest() {
  tessera::checkpoint::Manifest m;
  m.run = "amber-kelp-7f3a";
  m.identity = {"heat", "1.0.0",        "cartesian domain of 2 dimensions\naxis x: 16 cells\n",
                "b4f1", "0.1.0 (93ad)", "temperature: 77\n"};
  m.job_fingerprint = "00112233aabbccdd";
  m.attempt = 3;
  m.step = 180;
  m.time = 0.25;
  m.digest = 0xfedcba9876543210u;
  m.sections = {{"grid", std::string{"\x01\x00\xff state", 9}}, {"run", ""}};
  m.ranks = 2;
  m.part_bytes = {8192, 4096};
  m.segments = {{0, 0, 8192, 6000, 8, 0x1234, {{0, 2}, {4, 2}}},
                {1, 0, 4096, 2000, 8, 0x5678, {{2, 2}, {6, 2}}}};
  return m;
}
