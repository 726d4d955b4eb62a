#include "machine/topology.h"

#include <memory>

#include <hwloc.h>

namespace tessera::machine {

namespace {

struct DestroyTopology {
  void operator()(hwloc_topology* t) const { hwloc_topology_destroy(t); }
};
struct FreeBitmap {
  void operator()(hwloc_bitmap_s* b) const { hwloc_bitmap_free(b); }
};

/// Size of the first cache of this type, or total size of all of them if `sum_all` is true; 0 if there is
/// none.
std::size_t cache_bytes(hwloc_topology_t topology, hwloc_obj_type_t type, bool sum_all) {
  std::size_t bytes = 0;
  for (hwloc_obj_t o = hwloc_get_next_obj_by_type(topology, type, nullptr); o != nullptr;
       o = hwloc_get_next_obj_by_type(topology, type, o)) {
    bytes += o->attr->cache.size;
    if (!sum_all) break;
  }
  return bytes;
}

}  // namespace

Topology read_topology() {
  Topology out;
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return out;
  const std::unique_ptr<hwloc_topology, DestroyTopology> topology{raw};
  if (hwloc_topology_load(raw) != 0) return out;
  if (const std::size_t bytes = cache_bytes(raw, HWLOC_OBJ_L2CACHE, false)) out.l2_bytes = bytes;
  if (const std::size_t bytes = cache_bytes(raw, HWLOC_OBJ_L3CACHE, true)) {
    out.l3_bytes = bytes;
  } else {
    out.l3_bytes = cache_bytes(raw, HWLOC_OBJ_L2CACHE, true);
  }
  if (out.l3_bytes == 0) out.l3_bytes = Topology{}.l3_bytes;
  const std::unique_ptr<hwloc_bitmap_s, FreeBitmap> binding{hwloc_bitmap_alloc()};
  if (!binding || hwloc_get_cpubind(raw, binding.get(), HWLOC_CPUBIND_PROCESS) != 0) return out;
  for (hwloc_obj_t core = hwloc_get_next_obj_by_type(raw, HWLOC_OBJ_CORE, nullptr); core != nullptr;
       core = hwloc_get_next_obj_by_type(raw, HWLOC_OBJ_CORE, core)) {
    if (hwloc_bitmap_intersects(core->cpuset, binding.get()) != 0) out.cores.push_back(core->logical_index);
  }
  return out;
}

}  // namespace tessera::machine
