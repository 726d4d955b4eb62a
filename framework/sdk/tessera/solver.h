/* The C interface between Tessera and a solver plugin.
 *
 * A plugin is a shared library that exports one function, tessera_solver_entry(), which returns a
 * descriptor. Everything that crosses this interface is plain data: no C++ type, no exception, no MPI
 * handle. Authors who write C++ use tessera/solver.hpp instead, which is built on this header alone.
 *
 * Life of a solver, on every rank alike:
 *   create -> schema -> configure -> initialize (each brick) -> { stable_dt, update, derive }* -> destroy
 *
 * Every function that can fail returns a status and, when it fails, writes a sentence for the user into
 * `message`. All strings are UTF-8, end in NUL and stay valid until destroy().
 */
#ifndef TESSERA_SOLVER_H
#define TESSERA_SOLVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TESSERA_ABI_VERSION 1u
#define TESSERA_MAX_RADIUS 16     /* widest stencil a stage may declare, in cells */
#define TESSERA_MAX_COMPONENTS 64 /* components of one field */
#define TESSERA_MESSAGE_SIZE 1024

#if defined(__GNUC__)
#define TESSERA_EXPORT __attribute__((visibility("default")))
#else
#define TESSERA_EXPORT
#endif

typedef enum tessera_status { TESSERA_OK = 0, TESSERA_FAILED = 1 } tessera_status;

typedef struct tessera_message {
  char text[TESSERA_MESSAGE_SIZE];
} tessera_message;

typedef enum tessera_scalar { TESSERA_FLOAT64 = 0, TESSERA_FLOAT32 = 1 } tessera_scalar;

typedef enum tessera_field_kind {
  TESSERA_STATE = 0,    /* evolves in time; part of a checkpoint and of the state digest */
  TESSERA_CONSTANT = 1, /* set once at the start, then only read (a sea floor, a conductivity) */
  TESSERA_WORK = 2,     /* handed from one stage to a later one of the same step; nothing else sees it */
  TESSERA_DERIVED = 3   /* computed by derive() from the other fields, for output and diagnostics */
} tessera_field_kind;

typedef enum tessera_parameter_type {
  TESSERA_REAL = 0,
  TESSERA_INTEGER = 1,
  TESSERA_BOOLEAN = 2, /* numbers are 0 or 1 */
  TESSERA_TEXT = 3
} tessera_parameter_type;

typedef enum tessera_parameter_flags {
  TESSERA_HAS_DEFAULT = 1,
  TESSERA_HAS_MINIMUM = 2,
  TESSERA_HAS_MAXIMUM = 4,
  TESSERA_MINIMUM_OPEN = 8, /* the minimum itself is not allowed */
  TESSERA_MAXIMUM_OPEN = 16
} tessera_parameter_flags;

/* A key of [parameters]; or, when `table` is set, a column of the array of tables
 * [[parameters.TABLE]]. A column's count of values is the number of such tables (0 is allowed). */
typedef struct tessera_parameter {
  const char* name;
  const char* table; /* NULL for a plain parameter */
  const char* unit;  /* "" where there is none */
  const char* help;
  int32_t type;   /* tessera_parameter_type */
  uint32_t flags; /* tessera_parameter_flags */
  double default_number;
  double minimum;
  double maximum;
  const char* default_text;   /* TESSERA_TEXT only */
  const char* const* choices; /* TESSERA_TEXT only: the allowed texts; NULL when any will do */
  int32_t choice_count;
} tessera_parameter;

typedef struct tessera_field {
  const char* name;
  const char* unit;
  const char* help;
  int32_t kind;       /* tessera_field_kind */
  int32_t scalar;     /* tessera_scalar */
  int32_t components; /* 1 .. TESSERA_MAX_COMPONENTS */
  /* One mask a component: bit a is set when the component changes sign in a mirror across axis a, as
   * a normal velocity does at a wall. NULL: no component does. */
  const uint8_t* odd_axes;
  /* Whether [initial] may leave the field out, and the value it then starts from. */
  int32_t has_default;
  double default_value;
} tessera_field;

typedef struct tessera_access {
  int32_t field;  /* index into tessera_schema.fields */
  int32_t radius; /* cells, 0 .. TESSERA_MAX_RADIUS; 0 for a write */
} tessera_access;

/* One pass over all cells. A stage reads its fields within their radius, on a box around each cell, and
 * writes its own fields at that cell alone. A field that a stage both reads with a radius above 0 and
 * writes has two time levels; read at radius 0 and written, it may be updated in place. */
typedef struct tessera_stage {
  const char* name;
  const tessera_access* reads;
  int32_t read_count;
  const int32_t* writes; /* field indices */
  int32_t write_count;
  double time_offset; /* its inputs hold at time + time_offset*dt; boundary values are taken there */
} tessera_stage;

typedef enum tessera_reduction {
  TESSERA_SUM = 0,
  TESSERA_MIN = 1,
  TESSERA_MAX = 2,
  TESSERA_L1 = 3, /* sum |v| w */
  TESSERA_L2 = 4  /* sqrt(sum v^2 w) */
} tessera_reduction;

typedef struct tessera_diagnostic {
  const char* name;
  const char* unit;
  const char* help;
  int32_t reduction; /* tessera_reduction */
  int32_t field;
  int32_t component;
  int32_t times_volume; /* weigh each cell by its length, area or volume */
} tessera_diagnostic;

typedef enum tessera_schema_flags {
  TESSERA_LOCAL_DT = 1, /* stable_dt() depends on the fields: ask before each step */
  TESSERA_HAS_DT = 2,   /* stable_dt() is there; without it a job must fix dt */
  TESSERA_HAS_DERIVE = 4,
  TESSERA_HAS_BOUNDARY = 8, /* boundary() is there: faces may be "custom" */
  TESSERA_ONE_STEP = 16     /* update() is no pure function: each step must be complete before the next */
} tessera_schema_flags;

typedef enum tessera_geometry_kind {
  TESSERA_CARTESIAN = 0, /* coordinates in metres (or whatever unit the solver uses) */
  TESSERA_SPHERICAL = 1  /* x is longitude and y latitude, in degrees; two dimensions */
} tessera_geometry_kind;

typedef struct tessera_schema {
  uint32_t struct_size;
  uint32_t flags;      /* tessera_schema_flags */
  uint32_t dimensions; /* bit d-1 is set when the solver works in d dimensions */
  uint32_t geometries; /* bit tessera_geometry_kind */
  double default_cfl;  /* dt = cfl * stable_dt unless the job says otherwise */
  const tessera_parameter* parameters;
  int32_t parameter_count;
  const tessera_field* fields;
  int32_t field_count;
  const tessera_stage* stages;
  int32_t stage_count;
  const tessera_diagnostic* diagnostics;
  int32_t diagnostic_count;
} tessera_schema;

/* The whole domain. Axes beyond `dimensions` have one cell, spacing 1 and no ghost cells. */
typedef struct tessera_geometry {
  int32_t kind; /* tessera_geometry_kind */
  int32_t dimensions;
  int64_t cells[3];
  double lower[3];
  double upper[3];
  double spacing[3];
  double radius; /* of the sphere, metres; 0 for cartesian */
} tessera_geometry;

/* One field of one brick. Element (i, j, k) of component c is
 *   data[i*stride[0] + j*stride[1] + k*stride[2] + c*stride[3]],  strides in elements.
 * (0, 0, 0) is the brick's first owned cell; ghost cells have negative indices or lie past the extent.
 * stride[0] is 1. Along an axis beyond the domain's dimensions the stride is 0, so that a neighbour
 * there is the cell itself and one kernel serves 1, 2 and 3 dimensions. */
typedef struct tessera_view {
  void* data; /* NULL where the call may not touch the field */
  int64_t stride[4];
  int32_t ghost[3];
  int32_t scalar; /* tessera_scalar */
} tessera_view;

/* A brick: a box of cells with storage of its own. Indices are local to it. */
typedef struct tessera_patch {
  const tessera_geometry* geometry;
  int64_t offset[3]; /* index in the domain of local cell (0, 0, 0) */
  int32_t extent[3]; /* owned cells */
  int32_t field_count;
  const tessera_view* reads;  /* one a field: the level to read */
  const tessera_view* writes; /* one a field: the level to write */
} tessera_patch;

/* A box of cells of a patch, local indices, upper end exclusive. It may reach into ghost cells. */
typedef struct tessera_region {
  int32_t lower[3];
  int32_t upper[3];
} tessera_region;

typedef struct tessera_values {
  int64_t count;         /* 1 for a plain parameter, rows for a column */
  const double* numbers; /* NULL for TESSERA_TEXT */
  const char* const* texts;
} tessera_values;

typedef struct tessera_configuration {
  uint32_t struct_size;
  const tessera_geometry* geometry;
  const tessera_values* values; /* one a declared parameter, in order; valid until destroy() */
  int32_t value_count;
  const uint8_t* field_given; /* one a declared field: 1 when the job's [initial] sets it */
} tessera_configuration;

typedef struct tessera_solver_descriptor {
  uint32_t abi_version; /* TESSERA_ABI_VERSION */
  uint32_t struct_size; /* sizeof(tessera_solver_descriptor) */
  const char* name;     /* [a-z][a-z0-9_]* */
  const char* version;
  const char* summary;

  tessera_status (*create)(void** solver, tessera_message* message);
  void (*destroy)(void* solver);
  tessera_status (*schema)(void* solver, const tessera_schema** schema, tessera_message* message);
  tessera_status (*configure)(void* solver, const tessera_configuration* configuration,
                              tessera_message* message);

  /* Called once a brick, after the fields that [initial] gives have been filled; may be NULL. */
  tessera_status (*initialize)(void* solver, const tessera_patch* patch, tessera_region region, double time,
                               tessera_message* message);

  /* The largest stable time step of `region`, seconds; infinity where nothing limits it. */
  tessera_status (*stable_dt)(void* solver, const tessera_patch* patch, tessera_region region, double time,
                              double* dt, tessera_message* message);

  /* Writes the stage's fields on `region` as a pure function of what the stage reads. Called for any
   * box of cells, in any order: a later step may begin on one box before this one has come to another, and
   * a cell near the end of a brick is computed by more than one brick. */
  tessera_status (*update)(void* solver, int32_t stage, const tessera_patch* patch, tessera_region region,
                           double time, double dt, tessera_message* message);

  /* Writes the derived fields on `region` from the fields at that cell; may be NULL. */
  tessera_status (*derive)(void* solver, const tessera_patch* patch, tessera_region region, double time,
                           tessera_message* message);

  /* Writes `field` in the ghost cells of `region`, which lie beyond the face (axis, side 0 lower or 1
   * upper) of the domain; called for faces that the job declares "custom"; may be NULL. It may read cells
   * along the normal of the face, as many as there are ghost layers, and no others. */
  tessera_status (*boundary)(void* solver, const tessera_patch* patch, tessera_region region, int32_t field,
                             int32_t axis, int32_t side, double time, tessera_message* message);
} tessera_solver_descriptor;

/* The one symbol a plugin exports. */
TESSERA_EXPORT const tessera_solver_descriptor* tessera_solver_entry(void);

#ifdef __cplusplus
}
#endif

#endif
