#include "grid/balance/manifest.h"

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/vector.hpp>

#include <sstream>

namespace boost::serialization {

template <class Archive>
void serialize(Archive& archive, tessera::grid::Index& index, unsigned /*version*/) {
  for (std::int64_t& i : index.at) archive& i;
}

template <class Archive>
void serialize(Archive& archive, tessera::grid::Box& box, unsigned /*version*/) {
  archive& box.lower& box.upper;
}

template <class Archive>
void serialize(Archive& archive, tessera::balance::Part& part, unsigned /*version*/) {
  archive& part.field& part.cells;
}

template <class Archive>
void serialize(Archive& archive, tessera::balance::ChunkCost& cost, unsigned /*version*/) {
  archive& cost.chunk& cost.cost;
}

template <class Archive>
void serialize(Archive& archive, tessera::balance::Manifest& manifest, unsigned /*version*/) {
  archive& manifest.parts& manifest.costs;
}

}  // namespace boost::serialization

namespace tessera::balance {

std::string to_letter(const Manifest& manifest) {
  std::ostringstream text;
  boost::archive::binary_oarchive archive{text, boost::archive::no_header};
  archive << manifest;
  return text.str();
}

Manifest manifest_of(const std::string& letter) {
  std::istringstream text{letter};
  boost::archive::binary_iarchive archive{text, boost::archive::no_header};
  Manifest manifest;
  archive >> manifest;
  return manifest;
}

}  // namespace tessera::balance
