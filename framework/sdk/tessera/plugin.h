/* The part of Tessera's C interface that plugins of every kind share.
 *
 * A plugin is a shared library that exports one function, tessera_plugin_entry(). It returns a
 * tessera_plugin, which names the plugin and points to the function table for its kind. For a solver on a
 * grid, see tessera/grid.h. Only plain data crosses the interface: no C++ types, exceptions or MPI handles.
 * C++ authors use tessera/grid.hpp, a wrapper that needs only these C headers.
 *
 * Compatibility
 *   - A struct passed by pointer starts with its size in bytes (struct_size). The size of the elements of
 *     an array of structs is passed with the array. The reader treats members beyond that size as zero, and
 *     ignores members unknown to it. Later versions can therefore append members, for which zero
 *     means "as before". No struct ends in padding, because the reader could take its bytes for an appended
 *     member.
 *   - A flag unknown to the reader is an error. If older readers must not ignore a new member, it is
 *     accompanied by a new flag.
 *   - Structs marked "frozen" never change, because they are passed by value or indexed in hot loops.
 *   - TESSERA_INTERFACE_VERSION changes only for changes that these rules do not allow. The offsets
 *     of struct_size and interface_version in tessera_plugin never change.
 *
 * Strings are UTF-8 and NUL-terminated, and stay valid as long as the struct that points to them. The strings
 * in a solver's schema stay valid until its destroy(). */
#ifndef TESSERA_PLUGIN_H
#define TESSERA_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include <tessera/instruction_sets.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TESSERA_INTERFACE_VERSION 2u
#define TESSERA_MESSAGE_SIZE 1024

#if defined(__GNUC__)
#define TESSERA_EXPORT __attribute__((visibility("default")))
#else
#define TESSERA_EXPORT
#endif

/* Result of functions that can fail. After TESSERA_FAILED, `message` contains a sentence for the user. */
typedef enum tessera_status { TESSERA_OK = 0, TESSERA_FAILED = 1 } tessera_status;

/* This struct is frozen. */
typedef struct tessera_message {
  char text[TESSERA_MESSAGE_SIZE];
} tessera_message;

/* The kind of job that a plugin computes. */
typedef enum tessera_kind {
  TESSERA_GRID = 1 /* `functions` is a tessera_grid_functions */
} tessera_kind;

typedef struct tessera_plugin {
  uint32_t struct_size;       /* sizeof(tessera_plugin) */
  uint32_t interface_version; /* TESSERA_INTERFACE_VERSION */
  uint32_t kind;              /* tessera_kind */
  uint32_t flags;             /* none defined yet: must be 0 */
  const char* name;           /* [a-z][a-z0-9_]* */
  const char* version;        /* version of the plugin; part of the identity of a run */
  const char* summary;        /* one line */
  const void* functions;      /* function table for the kind; starts with its struct_size */
} tessera_plugin;

/* The only symbol that a plugin exports. Repeated calls must return the same pointer. */
TESSERA_EXPORT const tessera_plugin* tessera_plugin_entry(void);

typedef enum tessera_parameter_type {
  TESSERA_REAL = 0,
  TESSERA_INTEGER = 1, /* 64 bits */
  TESSERA_BOOLEAN = 2, /* stored as an integer, 0 or 1 */
  TESSERA_TEXT = 3
} tessera_parameter_type;

typedef enum tessera_parameter_flags {
  TESSERA_HAS_DEFAULT = 1,
  TESSERA_HAS_MINIMUM = 2,
  TESSERA_HAS_MAXIMUM = 4,
  TESSERA_MINIMUM_OPEN = 8,  /* the minimum itself is not allowed */
  TESSERA_MAXIMUM_OPEN = 16, /* the maximum itself is not allowed */
  TESSERA_LIST = 32,         /* any number of values */
  TESSERA_SERIES = 64,       /* TESSERA_REAL only: a value that changes with time */
  TESSERA_HAS_MINIMUM_COUNT = 128,
  TESSERA_HAS_MAXIMUM_COUNT = 256
} tessera_parameter_flags;

/* A number in a declaration: `real` for TESSERA_REAL; `integer` for TESSERA_INTEGER and TESSERA_BOOLEAN.
 * This union is frozen. */
typedef union tessera_number {
  double real;
  int64_t integer;
} tessera_number;

/* Declares a key of [parameters] or, if `table` is set, a column of the table with this name in
 * [parameters]. A column is neither a list nor a series. The minimum and the maximum apply to each value. */
typedef struct tessera_parameter {
  const char* name;
  const char* table; /* NULL for a key of [parameters] */
  const char* unit;  /* "" if there is none */
  const char* help;
  int32_t type;   /* tessera_parameter_type */
  uint32_t flags; /* tessera_parameter_flags */
  tessera_number default_number;
  tessera_number minimum;
  tessera_number maximum;
  const char* default_text;   /* TESSERA_TEXT only */
  const char* const* choices; /* TESSERA_TEXT only: the allowed texts; NULL if any text is allowed */
  int32_t choice_count;
  int32_t reserved; /* must be 0 */
  /* With the flags TESSERA_HAS_MINIMUM_COUNT and TESSERA_HAS_MAXIMUM_COUNT: of the elements of a list, or of
   * the rows of a table. All columns of a table must have the same. */
  int64_t minimum_count;
  int64_t maximum_count;
  /* The default value of a list: numbers, or texts for TESSERA_TEXT. The default value of a series is
   * default_number, at all times. */
  int64_t default_count;
  const tessera_number* default_numbers;
  const char* const* default_texts;
} tessera_parameter;

/* The values of one parameter: the array for its type has `count` elements; the other arrays are NULL.
 * `count` is the number of elements of a list, the number of rows for a column, the number of times of a
 * series (see tessera/series.h), and otherwise 1. Only lists and columns may be empty. */
typedef struct tessera_values {
  int64_t count;
  const double* reals;
  const int64_t* integers; /* TESSERA_INTEGER, TESSERA_BOOLEAN */
  const char* const* texts;
  const double* times; /* TESSERA_SERIES: in seconds, increasing; a constant has a single one, 0 */
} tessera_values;

#ifdef __cplusplus
}
#endif

#endif
