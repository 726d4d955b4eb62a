// The fields and stages of a random solver, generated from a seed.
#pragma once

#include "property/random.h"

#include <cstdint>
#include <string>
#include <vector>

namespace property {

enum class Kind { state, constant, work, derived };

struct Field {
  std::string name;
  Kind kind = Kind::state;
  bool is_float32 = false;  ///< whether the values are float32; else they are float64
  int components = 1;
  std::vector<int> odd;  ///< one mask per component: bit a is set if the component is odd across axis a
  bool set_by_formula = false;  ///< whether the job sets the initial values; else initialize() sets them
};

struct Read {
  int field;
  int radius;
};

struct Stage {
  std::string name;
  std::vector<Read> reads;
  std::vector<int> writes;
  double offset = 0.0;  ///< its inputs are valid at time + offset*dt
};

struct Graph {
  std::uint64_t seed = 0;
  int dimensions = 1;  ///< dimensions of the domain in jobs for the solver
  std::vector<Field> fields;
  std::vector<Stage> stages;

  const Field& field(int index) const { return fields[static_cast<std::size_t>(index)]; }
};

inline Field random_field(Random& random, int index) {
  Field f;
  f.name = "f" + std::to_string(index);
  const int kind = random.below(100);
  // The first field is a state field, so that every stage has a field to write, and every test has a field to
  // compare.
  if (index > 0 && kind >= 50) f.kind = kind < 67 ? Kind::constant : kind < 87 ? Kind::work : Kind::derived;
  f.is_float32 = random.chance(35);
  f.components = random.chance(60) ? 1 : random.between(2, 3);
  for (int c = 0; c < f.components; ++c) f.odd.push_back(random.chance(35) ? 1 << random.below(3) : 0);
  f.set_by_formula = random.chance(50);
  return f;
}

inline int random_radius(Random& random, int dimensions) {
  const int n = random.below(100);
  const int wide = dimensions == 3 ? 6 : 12;
  return n < 30 ? 0 : n < 70 ? 1 : n < 100 - wide ? 2 : 3;
}

/// `first_writer`: for each field, the index of the first stage that writes it; used only for work fields.
/// `index`: index of the new stage in the graph.
inline Stage random_stage(Random& random, const Graph& graph, const std::vector<int>& first_writer,
                          int index) {
  Stage stage;
  stage.name = "s" + std::to_string(index);
  stage.offset = random.pick(std::vector{0.0, 0.0, 0.25, 0.5, 0.75, 1.0});
  const auto fields = static_cast<int>(graph.fields.size());
  for (int f = 0; f < fields; ++f) {
    const Kind kind = graph.field(f).kind;
    const bool written_before = first_writer[static_cast<std::size_t>(f)] < index;
    const bool readable = kind == Kind::work ? written_before : kind != Kind::derived;
    if (readable && random.chance(50)) stage.reads.push_back({f, random_radius(random, graph.dimensions)});
  }
  if (stage.reads.empty() && random.chance(80)) {
    stage.reads.push_back({0, random_radius(random, graph.dimensions)});
  }
  for (int f = 0; f < fields; ++f) {
    const Kind kind = graph.field(f).kind;
    const int first = first_writer[static_cast<std::size_t>(f)];
    const bool writable = kind == Kind::state || (kind == Kind::work && first <= index);
    const bool required = kind == Kind::work && first == index;
    if (required || (writable && random.chance(35))) stage.writes.push_back(f);
  }
  if (stage.writes.empty()) stage.writes.push_back(0);
  return stage;
}

inline Graph random_graph(std::uint64_t seed) {
  Random random{seed, 1};
  Graph graph;
  graph.seed = seed;
  graph.dimensions = random.between(1, 3);
  const int fields = random.between(1, 6);
  const int stages = random.between(1, 4);
  std::vector<int> first_writer;
  for (int f = 0; f < fields; ++f) {
    graph.fields.push_back(random_field(random, f));
    first_writer.push_back(random.below(stages));
  }
  for (int s = 0; s < stages; ++s) graph.stages.push_back(random_stage(random, graph, first_writer, s));
  return graph;
}

/// The reads and writes of derive(), in the form of a stage.
inline Stage derive_stage(const Graph& graph) {
  Stage stage;
  stage.name = "derive";
  for (int f = 0; f < static_cast<int>(graph.fields.size()); ++f) {
    const Kind kind = graph.field(f).kind;
    if (kind == Kind::state || kind == Kind::constant) stage.reads.push_back({f, 0});
    if (kind == Kind::derived) stage.writes.push_back(f);
  }
  return stage;
}

inline std::string text_of(const Field& field) {
  const char* kinds[] = {"state", "constant", "work", "derived"};
  std::string text = "field " + field.name + ": " + kinds[static_cast<int>(field.kind)] +
                     (field.is_float32 ? ", float32, " : ", float64, ") + std::to_string(field.components) +
                     (field.components == 1 ? " component" : " components");
  for (std::size_t c = 0; c < field.odd.size(); ++c) {
    for (int a = 0; a < 3; ++a) {
      if (((field.odd[c] >> a) & 1) != 0) {
        text += ", component " + std::to_string(c) + " odd across " + "xyz"[a];
      }
    }
  }
  return text + "\n";
}

inline std::string text_of(const Graph& graph, const Stage& stage) {
  std::string text = "stage " + stage.name + " at " + std::to_string(stage.offset) + ": reads";
  for (const Read& r : stage.reads) {
    text += " " + graph.field(r.field).name + " (radius " + std::to_string(r.radius) + ")";
  }
  if (stage.reads.empty()) text += " no field";
  text += "; writes";
  for (const int f : stage.writes) text += " " + graph.field(f).name;
  return text + "\n";
}

inline std::string text_of(const Graph& graph) {
  std::string text;
  for (const Field& f : graph.fields) text += text_of(f);
  for (const Stage& s : graph.stages) text += text_of(graph, s);
  return text;
}

}  // namespace property
