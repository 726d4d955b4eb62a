// A manifest that has some of everything.
#pragma once

#include "checkpoint/manifest.h"

inline tessera::checkpoint::Manifest sample_manifest() {
  using namespace tessera;
  checkpoint::Manifest m;
  m.run = "amber-kelp-7f3a";
  m.identity = {"heat", "1.0.0", "cartesian domain of 2 dimensions\naxis x: 16 cells\n"};
  m.attempt = 3;
  m.ranks = 2;
  m.cells = {{16, 8, 1}};
  m.chunk = {{4, 4, 1}};
  m.lattice = {{4, 2, 1}};
  m.fields = {{"temperature", field::Scalar::float64, 1}, {"flow", field::Scalar::float32, 3}};
  m.parts = {8192, 4096};
  m.segments = {{0, 0, 8192, 6000, 8, 0x1234, {{{{0, 0, 0}}, {{2, 2, 1}}}}},
                {1, 0, 4096, 2000, 8, 0x5678, {{{{2, 0, 0}}, {{4, 2, 1}}}}}};
  m.digest = 0xfedcba9876543210u;
  m.state.step = 180;
  m.state.time = 0.25;
  m.state.stable_dt = 1e-3;
  m.state.stable_asked_at = 176;
  m.state.held_dt = 9e-4;
  m.state.smallest_dt = 8e-4;
  m.state.largest_dt = 9e-4;
  m.state.first_diagnostics = {1.0, -2.5};
  m.state.probes = {{1.5, std::nullopt, 0.25}, {std::nullopt, 3.0, 0.0}};
  m.state.tables = {{"diagnostics.csv", 1234}};
  m.state.snapshots = {{"fields/fields_00000100.h5", 0.125}};
  m.state.pictures = 4;
  return m;
}
