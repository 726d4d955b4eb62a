/* Measures only the halo exchange, for chunks that are stored and exchanged independently: CELLS^3 periodic
 * cells in chunks of CHUNK^3 cells, each with separate storage and RADIUS ghost layers. A chunk receives
 * ghost cells from all 26 neighbours. Each of these transfers is packed into a buffer and unpacked from it;
 * between ranks, the buffer is sent as one message. Each rank owns a slab of chunks in z.
 *
 *   mpirun -n 2 halo_packed CELLS CHUNK RADIUS COMPONENTS REPEATS
 *
 * Exits with 1 if a ghost cell does not have the value of the cell that it copies. */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIRECTIONS = 27, CENTRE = 13 };

typedef struct problem {
  int cells;
  int chunk;
  int radius;
  int components;
  int repeats;
  int chunks; /* chunks along an axis */
  int extent; /* cells of a chunk along an axis, including ghost layers */
  int rank;
  int size;
  int first; /* first layer of chunks that the rank owns */
  int end;   /* end (exclusive) of the layers of chunks that the rank owns */
} problem;

/* A box of cells in a chunk. `lower` is relative to the first ghost layer. */
typedef struct box {
  int lower[3];
  int extent[3];
} box;

/* A transfer from a chunk to a neighbour, or only this rank's side of it if another rank owns one of the
 * chunks. */
typedef struct transfer {
  int tag;            /* encodes the receiving chunk and the direction from which it receives */
  int peer;           /* rank that owns the other chunk */
  const double* from; /* memory of the sending chunk; NULL if another rank owns it */
  double* to;         /* memory of the receiving chunk; NULL if another rank owns it */
  box source;
  box target;
  double* buffer;
  int count;
} transfer;

typedef struct transfers {
  transfer* all;
  int count;
} transfers;

static void* checked_memory(void* p) {
  if (p == NULL) MPI_Abort(MPI_COMM_WORLD, 1);
  return p;
}

/* Returns the first layer of chunks that a rank owns. */
static int first_layer(const problem* p, int rank) {
  const int rest = p->chunks % p->size;
  return rank * (p->chunks / p->size) + (rank < rest ? rank : rest);
}

static int owner_of_layer(const problem* p, int layer) {
  int rank = 0;
  while (first_layer(p, rank + 1) <= layer) ++rank;
  return rank;
}

/* Sets `target` to the ghost cells that a chunk receives from direction d (-1, 0 or 1 along each axis), and
 * `source` to the corresponding cells of the neighbour in this direction. */
static void get_boxes(const problem* p, const int d[3], box* source, box* target) {
  for (int a = 0; a < 3; ++a) {
    source->extent[a] = target->extent[a] = d[a] == 0 ? p->chunk : p->radius;
    target->lower[a] = d[a] < 0 ? 0 : d[a] == 0 ? p->radius : p->radius + p->chunk;
    source->lower[a] = target->lower[a] - d[a] * p->chunk;
  }
}

/* Copies contiguous values. Short runs are copied in a loop, which is faster than calling memcpy(). */
static inline void copy_run(double* restrict to, const double* restrict from, int count) {
  if (count < 16) {
    for (int i = 0; i < count; ++i) to[i] = from[i];
  } else {
    memcpy(to, from, (size_t)count * sizeof *to);
  }
}

/* Returns the index in a chunk of the first value of row (j, k) of a box. */
static inline size_t run_offset(const problem* p, const box* b, int component, int j, int k) {
  const size_t e = (size_t)p->extent;
  return (((size_t)component * e + (size_t)(b->lower[2] + k)) * e + (size_t)(b->lower[1] + j)) * e +
         (size_t)b->lower[0];
}

static void pack(const problem* p, const transfer* t) {
  const box* b = &t->source;
  double* out = t->buffer;
  for (int c = 0; c < p->components; ++c) {
    for (int k = 0; k < b->extent[2]; ++k) {
      for (int j = 0; j < b->extent[1]; ++j, out += b->extent[0]) {
        copy_run(out, t->from + run_offset(p, b, c, j, k), b->extent[0]);
      }
    }
  }
}

static void unpack(const problem* p, const transfer* t) {
  const box* b = &t->target;
  const double* in = t->buffer;
  for (int c = 0; c < p->components; ++c) {
    for (int k = 0; k < b->extent[2]; ++k) {
      for (int j = 0; j < b->extent[1]; ++j, in += b->extent[0]) {
        copy_run(t->to + run_offset(p, b, c, j, k), in, b->extent[0]);
      }
    }
  }
}

/* Returns a value that is unique to a component of cell (i, j, k) of the domain. */
static double unique_value(const problem* p, int component, int i, int j, int k) {
  return (((double)k * p->cells + j) * p->cells + i) * p->components + component;
}

static size_t doubles_per_chunk(const problem* p) {
  const size_t e = (size_t)p->extent;
  return e * e * e * (size_t)p->components;
}

/* If `check` is 0, sets the owned cells of a chunk to their values and its ghost cells to NaN. Otherwise,
 * returns the number of cells with a wrong value. */
static long set_or_check(const problem* p, double* memory, const int chunk[3], int check) {
  long wrong = 0;
  const int r = p->radius;
  for (int c = 0; c < p->components; ++c) {
    for (int k = -r; k < p->chunk + r; ++k) {
      for (int j = -r; j < p->chunk + r; ++j) {
        for (int i = -r; i < p->chunk + r; ++i, ++memory) {
          const int at[3] = {i, j, k};
          int global[3];
          int owned = 1;
          for (int a = 0; a < 3; ++a) {
            global[a] = (chunk[a] * p->chunk + at[a] + p->cells) % p->cells;
            owned = owned && at[a] >= 0 && at[a] < p->chunk;
          }
          const double value = unique_value(p, c, global[0], global[1], global[2]);
          if (check) {
            wrong += *memory != value;
          } else {
            *memory = owned ? value : NAN;
          }
        }
      }
    }
  }
  return wrong;
}

/* Returns the memory of the chunk at (x, y, z), or NULL if another rank owns it. */
static double* memory_of(const problem* p, double* const* chunks, const int at[3]) {
  if (at[2] < p->first || at[2] >= p->end) return NULL;
  return chunks[((at[2] - p->first) * p->chunks + at[1]) * p->chunks + at[0]];
}

static void append(transfers* list, transfer t) {
  t.buffer = checked_memory(malloc((size_t)t.count * sizeof(double)));
  list->all[list->count++] = t;
}

static int compare_tags(const void* a, const void* b) {
  const int x = ((const transfer*)a)->tag;
  const int y = ((const transfer*)b)->tag;
  return (x > y) - (x < y);
}

/* Lists, for each chunk of this rank and each direction, the transfer from the neighbour in this direction
 * and, if another rank owns the neighbour, the transfer to it. Both sides sort their messages by tag, so that
 * they are posted in the same order and match as early as possible. */
static void list_transfers(const problem* p, double* const* chunks, transfers* local, transfers* sent,
                           transfers* received) {
  const size_t max_transfers =
      (size_t)(p->end - p->first) * (size_t)p->chunks * (size_t)p->chunks * DIRECTIONS;
  transfers* lists[3] = {local, sent, received};
  for (int l = 0; l < 3; ++l)
    *lists[l] = (transfers){.all = checked_memory(malloc(max_transfers * sizeof(transfer)))};
  for (int z = p->first; z < p->end; ++z) {
    for (int y = 0; y < p->chunks; ++y) {
      for (int x = 0; x < p->chunks; ++x) {
        for (int direction = 0; direction < DIRECTIONS; ++direction) {
          if (direction == CENTRE) continue;
          const int d[3] = {direction % 3 - 1, direction / 3 % 3 - 1, direction / 9 - 1};
          const int m = p->chunks;
          const int here[3] = {x, y, z};
          const int there[3] = {(x + d[0] + m) % m, (y + d[1] + m) % m, (z + d[2] + m) % m};
          double* mine = memory_of(p, chunks, here);
          double* theirs = memory_of(p, chunks, there);
          const int opposite[3] = {-d[0], -d[1], -d[2]};
          transfer in = {.to = mine, .from = theirs, .peer = owner_of_layer(p, there[2])};
          transfer out = {.from = mine, .peer = in.peer};
          get_boxes(p, d, &in.source, &in.target);
          get_boxes(p, opposite, &out.source, &out.target);
          in.tag = ((z * m + y) * m + x) * DIRECTIONS + direction;
          out.tag = ((there[2] * m + there[1]) * m + there[0]) * DIRECTIONS + DIRECTIONS - 1 - direction;
          in.count = out.count =
              p->components * in.target.extent[0] * in.target.extent[1] * in.target.extent[2];
          append(theirs ? local : received, in);
          if (!theirs) append(sent, out);
        }
      }
    }
  }
  qsort(sent->all, (size_t)sent->count, sizeof(transfer), compare_tags);
  qsort(received->all, (size_t)received->count, sizeof(transfer), compare_tags);
}

static void release(transfers* list) {
  for (int t = 0; t < list->count; ++t) free(list->all[t].buffer);
  free(list->all);
}

/* Performs one exchange. `requests` must have space for all messages. */
static void exchange(const problem* p, const transfers* local, const transfers* sent,
                     const transfers* received, MPI_Request* requests) {
  for (int t = 0; t < received->count; ++t) {
    const transfer* r = &received->all[t];
    MPI_Irecv(r->buffer, r->count, MPI_DOUBLE, r->peer, r->tag, MPI_COMM_WORLD, &requests[t]);
  }
  for (int t = 0; t < sent->count; ++t) {
    const transfer* s = &sent->all[t];
    pack(p, s);
    MPI_Isend(s->buffer, s->count, MPI_DOUBLE, s->peer, s->tag, MPI_COMM_WORLD,
              &requests[received->count + t]);
  }
  for (int t = 0; t < local->count; ++t) {
    pack(p, &local->all[t]);
    unpack(p, &local->all[t]);
  }
  MPI_Waitall(received->count, requests, MPI_STATUSES_IGNORE);
  for (int t = 0; t < received->count; ++t) unpack(p, &received->all[t]);
  MPI_Waitall(sent->count, requests + received->count, MPI_STATUSES_IGNORE);
}

static int compare_values(const void* a, const void* b) {
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return (x > y) - (x < y);
}

static double median(double* values, int count) {
  qsort(values, (size_t)count, sizeof *values, compare_values);
  return 0.5 * (values[(count - 1) / 2] + values[count / 2]);
}

static double bytes_of(const transfers* list) {
  double bytes = 0;
  for (int t = 0; t < list->count; ++t) bytes += (double)list->all[t].count * sizeof(double);
  return bytes;
}

/* Checks the result of one exchange, then measures `repeats` exchanges. Returns whether the check passed. */
static int measure(const problem* p, double* const* chunks) {
  transfers local, sent, received;
  list_transfers(p, chunks, &local, &sent, &received);
  MPI_Request* requests =
      checked_memory(malloc((size_t)(sent.count + received.count + 1) * sizeof(MPI_Request)));
  exchange(p, &local, &sent, &received, requests);

  long wrong = 0;
  const int layer = p->chunks * p->chunks;
  for (int c = 0; c < (p->end - p->first) * layer; ++c) {
    const int at[3] = {c % p->chunks, c / p->chunks % p->chunks, p->first + c / layer};
    wrong += set_or_check(p, chunks[c], at, 1);
  }
  MPI_Allreduce(MPI_IN_PLACE, &wrong, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);

  double* seconds = checked_memory(malloc((size_t)p->repeats * sizeof(double)));
  for (int r = 0; r < p->repeats; ++r) {
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    exchange(p, &local, &sent, &received, requests);
    seconds[r] = MPI_Wtime() - start;
  }
  MPI_Allreduce(MPI_IN_PLACE, seconds, p->repeats, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);

  double sums[2] = {bytes_of(&local) + bytes_of(&received), sent.count}; /* bytes, messages */
  MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  const double median_seconds = median(seconds, p->repeats);
  if (p->rank == 0 && wrong > 0) fprintf(stderr, "halo_packed: %ld cells have a wrong value\n", wrong);
  if (p->rank == 0 && wrong == 0) {
    printf("cells %d\nchunk %d\nradius %d\ncomponents %d\n", p->cells, p->chunk, p->radius, p->components);
    printf("repeats %d\nranks %d\nmessages %.0f\n", p->repeats, p->size, sums[1]);
    printf("microseconds %.3f\nbytes_moved %.0f\n", 1e6 * median_seconds, sums[0]);
    printf("gb_per_second %.3f\n", 1e-9 * sums[0] / median_seconds);
  }
  free(seconds);
  free(requests);
  release(&local);
  release(&sent);
  release(&received);
  return wrong == 0;
}

static int read_problem(int argc, char** argv, problem* p) {
  if (argc != 6) return 0;
  p->cells = atoi(argv[1]);
  p->chunk = atoi(argv[2]);
  p->radius = atoi(argv[3]);
  p->components = atoi(argv[4]);
  p->repeats = atoi(argv[5]);
  if (p->chunk < 1 || p->cells < p->chunk || p->cells % p->chunk != 0 || p->radius < 1 ||
      p->radius > p->chunk || p->components < 1 || p->repeats < 1) {
    return 0;
  }
  p->chunks = p->cells / p->chunk;
  p->extent = p->chunk + 2 * p->radius;
  return p->chunks >= p->size;
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  problem p = {0};
  MPI_Comm_rank(MPI_COMM_WORLD, &p.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &p.size);
  if (!read_problem(argc, argv, &p)) {
    if (p.rank == 0) {
      fprintf(stderr,
              "usage: halo_packed CELLS CHUNK RADIUS COMPONENTS REPEATS, with CHUNK a divisor of CELLS, "
              "RADIUS at most CHUNK, and at least one layer of chunks per rank\n");
    }
    MPI_Finalize();
    return 64;
  }
  p.first = first_layer(&p, p.rank);
  p.end = first_layer(&p, p.rank + 1);

  const int layer = p.chunks * p.chunks;
  const int owned = (p.end - p.first) * layer;
  double** chunks = checked_memory(malloc((size_t)owned * sizeof *chunks));
  for (int c = 0; c < owned; ++c) {
    const int at[3] = {c % p.chunks, c / p.chunks % p.chunks, p.first + c / layer};
    chunks[c] = checked_memory(malloc(doubles_per_chunk(&p) * sizeof(double)));
    set_or_check(&p, chunks[c], at, 0);
  }
  const int passed = measure(&p, chunks);
  for (int c = 0; c < owned; ++c) free(chunks[c]);
  free(chunks);
  MPI_Finalize();
  return passed ? 0 : 1;
}
