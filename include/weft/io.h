/* Files: HDF5 written in parallel that is also valid netCDF-4, and checkpoints. The only user of
 * HDF5.
 *
 * Every function is collective over the file's communicator unless it says Local; every rank gets
 * the same status. Errors: WEFT_IO with the path and what the system said. After an error the file
 * can only be closed (which then discards what cannot be written). */
#ifndef WEFT_IO_H
#define WEFT_IO_H

#include "weft/declare.h"
#include "weft/grid.h"
#include "weft/state.h"
#include <stdbool.h>
#include <stdio.h>

WEFT_DECLARE_BEGIN

typedef struct weft_file weft_file;

typedef enum weft_open { WEFT_CREATE, WEFT_APPEND, WEFT_READ } weft_open;

weft_status weft_file_open(MPI_Comm comm, const char *path, weft_open how, weft_file **out);
/* A file of replicated data alone, such as a time series: rank 0 holds it, and an append costs the
 * others nothing. All ranks call the same functions; blocks and fields are not possible. A failed
 * weft_file_write may be reported by the next flush. */
weft_status weft_file_open_replicated(MPI_Comm comm, const char *path, weft_open how,
                                      weft_file **out);
weft_status weft_file_flush(weft_file *file);
/* Flush, and wait until the disk has it. */
weft_status weft_file_sync(weft_file *file);
weft_status weft_file_close(weft_file *file);

/* ---- netCDF-4 structure ---- */

/* Attributes of a variable, or of the file (variable NULL); an existing one is replaced. */
weft_status weft_file_set_text(weft_file *file, const char *variable, const char *name,
                               const char *text);
weft_status weft_file_set_real(weft_file *file, const char *variable, const char *name, int n,
                               const double *values);
weft_status weft_file_set_int(weft_file *file, const char *variable, const char *name, int n,
                              const int64_t *values);
/* flag_values of a variable (CF): of its own type, which holds them exactly. Collective. */
weft_status weft_file_set_flags(weft_file *file, const char *variable, int n, const double *values);
/* A new string (weft_free), NULL if there is none. */
weft_status weft_file_get_text(weft_file *file, const char *variable, const char *name, char **out);

/* A dimension with its coordinate variable; n = 0: unlimited (values NULL). values NULL with n > 0:
 * a dimension without coordinates (netCDF's way). */
weft_status weft_file_dimension(weft_file *file, const char *name, int64_t n, const double *values,
                                const char *unit, const char *long_name);

/* A variable over dimensions that exist, slowest first. compress: 0 to 9 (shuffle + deflate). */
typedef enum weft_store {
    WEFT_STORE_F64,
    WEFT_STORE_F32,
    WEFT_STORE_U8,
    WEFT_STORE_I64
} weft_store;
weft_status weft_file_variable(weft_file *file, const char *name, weft_store store, int ndims,
                               const char *const *dims, int compress, const char *unit,
                               const char *long_name);
bool weft_file_has(weft_file *file, const char *variable);

/* Length of a dimension now. */
int64_t weft_file_length(weft_file *file, const char *dimension);

/* Give an unlimited dimension n entries before there are variables over it, which then begin with
 * that length. */
weft_status weft_file_set_length(weft_file *file, const char *dimension, int64_t n);

/* Replicated data: every rank passes the same values, one entry along the first (unlimited)
 * dimension, all of the others; record < 0: the variable has no unlimited dimension, write all of
 * it. */
weft_status weft_file_write(weft_file *file, const char *variable, int64_t record,
                            const double *values);
weft_status weft_file_read(weft_file *file, const char *variable, int64_t record, double *values);

/* Distributed data: the owned block of a grid from a ghosted array of doubles or bytes; record as
 * above; component < 0: the variable has no component dimension, else the index along the dimension
 * after the record's. Only used axes of the grid are dimensions. */
weft_status weft_file_write_block(weft_file *file, const char *variable, int64_t record,
                                  int component, const weft_grid *grid, const weft_box *box,
                                  weft_element element, const void *data);
weft_status weft_file_read_block(weft_file *file, const char *variable, int64_t record,
                                 int component, const weft_grid *grid, const weft_box *box,
                                 weft_element element, void *data);

/* Are the values of a dataset stored as bytes without sign? Collective. */
weft_status weft_file_is_bytes(weft_file *file, const char *variable, bool *out);

/* The extents of a dataset (slowest first, up to 8), for files that weft did not write. */
weft_status weft_file_extents(weft_file *file, const char *variable, int *ndims, int64_t *extents);

/* ---- files that are whole or not there ---- */

/* A file that gets its name when it is committed; old: begun with a copy of the file that has the
 * name now. commit closes it, waits until the disk has it, and renames; abandon closes and removes.
 */
weft_status weft_file_begin(MPI_Comm comm, const char *path, bool old, weft_file **out);
weft_status weft_file_commit(weft_file *file);
void weft_file_abandon(weft_file *file);

/* ---- checkpoints ----
 * A checkpoint is begun and committed like other files that are written beside; each of its
 * datasets carries a checksum that does not depend on the decomposition, and the last attribute
 * says that it is complete. */

/* Put before every name of put, get, put_field and get_field from now on; "" at first. Local. */
void weft_file_prefix(weft_file *file, const char *prefix);

/* Replicated bytes under a name. */
weft_status weft_file_put(weft_file *file, const char *name, const void *data, int64_t bytes);
weft_status weft_file_get(weft_file *file, const char *name, void *data, int64_t bytes);
/* Their number, -1 if there are none. */
int64_t weft_file_get_size(weft_file *file, const char *name);

/* One field, all components, in the space where it lives. */
weft_status weft_file_put_field(weft_file *file, const weft_state *state, const weft_field *field);
weft_status weft_file_get_field(weft_file *file, const weft_state *state, weft_field *field);

/* commit marks the checkpoint complete before it gets its name; weft_file_abandon instead of it. */
weft_status weft_checkpoint_begin(MPI_Comm comm, const char *path, weft_file **out);
weft_status weft_checkpoint_commit(weft_file *file);

/* Flush a file that grows by records and wait until the disk has it; keep in the checkpoint, as
 * replicated bytes, what of it later records may change. The file's rank 0 is the checkpoint's. */
weft_status weft_file_put_frame(weft_file *checkpoint, const char *name, weft_file *file);
/* Make the file at path, which is not open, the one that it was when the checkpoint took it down,
 * whatever was done to its end since (records appended, a kill while it was written). Errors also:
 * it lacks full chunks of that time. */
weft_status weft_file_restore(weft_file *checkpoint, const char *name, const char *path);

/* Open a checkpoint for reading: refused (WEFT_IO, says why) when it is truncated, incomplete or
 * not one of weft's. Checksums are verified by weft_file_get and weft_file_get_field. */
weft_status weft_checkpoint_open(MPI_Comm comm, const char *path, weft_file **out);

/* Read everything in an open checkpoint once, decomposed anyhow, and compare the checksums. */
weft_status weft_checkpoint_verify(weft_file *file);

/* ---- damage ---- */

/* Read all datasets of a file that is not shared (ends: only the end of each, where the last
 * records are) and all attributes, and compare the checksums. Errors: WEFT_IO, which names what is
 * damaged.
 */
weft_status weft_file_verify(weft_file *file, bool ends);

/* The same for a result file, a checkpoint, or all of these in a directory; says which are sound,
 * and warns of each that is not. On one rank. */
weft_status weft_verify(const char *path);

/* ---- directories ---- */

/* Make a directory and its parents. Rank 0 acts, all learn the result. */
weft_status weft_make_directory(MPI_Comm comm, const char *path);
/* Write a small text file: temporary name, then rename. */
weft_status weft_write_text(MPI_Comm comm, const char *path, const char *text);
/* Why a file that a user named cannot be read ("No such file or directory"); NULL: it can. The
 * caller says where it was named. Collective. */
const char *weft_unreadable(MPI_Comm comm, const char *path);
/* The contents of a text file on every rank; a new string (weft_free). */
weft_status weft_read_text(MPI_Comm comm, const char *path, char **out);

/* What a result file or a checkpoint holds, for people. Local; MPI need not be started. */
weft_status weft_file_print(const char *path, FILE *out);

/* "HDF5 x.y.z". Local. */
const char *weft_io_version(void);

WEFT_DECLARE_END

#endif
