/* Files: HDF5 written in parallel that is also valid netCDF-4, and checkpoints. The only user of
 * HDF5.
 *
 * Collective means over the file's communicator: all its ranks call the function in the same order
 * with arguments that agree, and get the same status. Errors: WEFT_IO with the path and what the
 * system said. After an error the file can only be closed (which then discards what cannot be
 * written). */
#ifndef WEFT_IO_H
#define WEFT_IO_H

#include "weft/declare.h"
#include "weft/grid.h"
#include "weft/state.h"
#include <stdbool.h>
#include <stdio.h>

WEFT_DECLARE_BEGIN

/* An open file; owned by whoever opened it, until it is closed, committed or abandoned. */
typedef struct weft_file weft_file;

/* Make a new file (one that exists is emptied), go on with one, or only read it. */
typedef enum weft_open { WEFT_CREATE, WEFT_APPEND, WEFT_READ } weft_open;

/* Open a file that all ranks read and write together; every rank of comm gets an object of its own.
 * Errors: WEFT_IO, *out is NULL then. Collective. */
weft_status weft_file_open(MPI_Comm comm, const char *path, weft_open how, weft_file **out);
/* Open a file of replicated data alone (values that all ranks have alike), such as a time series:
 * rank 0 holds it, and an append costs the others nothing. All ranks call the same functions;
 * blocks and fields are not possible. A weft_file_write that fails may be reported by the next
 * flush only. Collective. */
weft_status weft_file_open_replicated(MPI_Comm comm, const char *path, weft_open how,
                                      weft_file **out);
/* Hand everything that was written to the system; after it the file can be read by others.
 * Collective. */
weft_status weft_file_flush(weft_file *file);
/* The same by rank 0 of a file of weft_file_open_replicated when it likes; a failure is reported by
 * the next weft_file_flush, on one rank at once. Local. */
weft_status weft_file_flush_alone(weft_file *file);
/* Flush, and wait until the disk has it. Collective. */
weft_status weft_file_sync(weft_file *file);
/* Flush and close; the object is freed in any case. Collective. */
weft_status weft_file_close(weft_file *file);

/* ---- netCDF-4 structure ---- */

/* Attributes of a variable, or of the file (variable NULL); an existing one is replaced.
 * Collective. */
weft_status weft_file_set_text(weft_file *file, const char *variable, const char *name,
                               const char *text);
weft_status weft_file_set_real(weft_file *file, const char *variable, const char *name, int n,
                               const double *values);
weft_status weft_file_set_int(weft_file *file, const char *variable, const char *name, int n,
                              const int64_t *values);
/* The attribute flag_values of a variable (CF conventions): n values, stored in the variable's own
 * type, which must hold them exactly. Collective. */
weft_status weft_file_set_flags(weft_file *file, const char *variable, int n, const double *values);
/* A text attribute on every rank: *out is a new string (weft_free), NULL if there is none. Errors
 * also: the attribute is no text. Collective. */
weft_status weft_file_get_text(weft_file *file, const char *variable, const char *name, char **out);

/* Make a dimension of n entries. values: its coordinates, n of them, stored as a variable of the
 * same name with unit and long_name. n = 0: unlimited, it grows with the records (values NULL).
 * values NULL with n > 0: a dimension without coordinates. Collective. */
weft_status weft_file_dimension(weft_file *file, const char *name, int64_t n, const double *values,
                                const char *unit, const char *long_name);

/* Types in which values are stored. */
typedef enum weft_store {
    WEFT_STORE_F64,
    WEFT_STORE_F32,
    WEFT_STORE_U8,
    WEFT_STORE_I64
} weft_store;
/* Make a variable over ndims dimensions that exist, slowest first. compress: 0 (none) to 9, by
 * shuffle and deflate. unit: "" for a pure number. Errors also: the name is used already, or there
 * are more than 8 dimensions. Collective. */
weft_status weft_file_variable(weft_file *file, const char *name, weft_store store, int ndims,
                               const char *const *dims, int compress, const char *unit,
                               const char *long_name);
/* Bytes that a variable of these extents (at least 1) takes in a file that is not compressed: whole
 * chunks, their index and its attributes. bytes: of a number. Local. */
double weft_file_room(int ndims, const int64_t *extent, int bytes);
/* What a checkpoint keeps of it at most: all but the chunks that are full. The first extent is that
 * of the records. Local. */
double weft_file_frame_room(int ndims, const int64_t *extent, int bytes);
/* Whether the file has a variable of this name; the same answer on every rank. A file that cannot
 * be read is an error and no answer. Collective. */
weft_status weft_file_has(weft_file *file, const char *variable, bool *out);

/* The present length of a dimension; -1 if there is none. The same on every rank. Collective. */
weft_status weft_file_length(weft_file *file, const char *dimension, int64_t *out);

/* Give an unlimited dimension n entries before there are variables over it, which then begin with
 * that length. Collective. */
weft_status weft_file_set_length(weft_file *file, const char *dimension, int64_t n);

/* Write or read replicated data: every rank passes, or gets, the same doubles. record >= 0: one
 * entry along the first (unlimited) dimension and all of the others, x fastest; writing makes the
 * variable longer where needed. record < 0: the variable has no unlimited dimension, all of it. The
 * size of values is that of the variable's shape. Collective. */
weft_status weft_file_write(weft_file *file, const char *variable, int64_t record,
                            const double *values);
weft_status weft_file_read(weft_file *file, const char *variable, int64_t record, double *values);
/* Write n records from number `record` on, one behind the other in values. Collective, but for
 * files of weft_file_open_replicated on several ranks, into which rank 0 may write when it likes.
 */
weft_status weft_file_write_many(weft_file *file, const char *variable, int64_t record, int64_t n,
                                 const double *values);

/* Write or read distributed data: the box that this rank owns, in an array of doubles or bytes that
 * `box` describes (strides in elements). record as above. component < 0: the variable has no
 * dimension of components, else the index along the dimension after the record's. Only used axes of
 * the grid are dimensions. Values are converted to the stored type; ghosts are neither read nor
 * written. Errors also: the variable has another shape. Collective. */
weft_status weft_file_write_block(weft_file *file, const char *variable, int64_t record,
                                  int component, const weft_grid *grid, const weft_box *box,
                                  weft_element element, const void *data);
weft_status weft_file_read_block(weft_file *file, const char *variable, int64_t record,
                                 int component, const weft_grid *grid, const weft_box *box,
                                 weft_element element, void *data);

/* Are the values of a dataset stored as bytes without sign? Collective. */
weft_status weft_file_is_bytes(weft_file *file, const char *variable, bool *out);

/* The extents of a dataset (slowest first, up to 8), for files that weft did not write. Collective.
 */
weft_status weft_file_extents(weft_file *file, const char *variable, int *ndims, int64_t *extents);

/* ---- files that are whole or not there ---- */

/* begin: a new file that gets its name `path` only when it is committed; old: begin with a copy of
 * the file that has the name now. commit: close it, wait until the disk has it, and rename. leave:
 * the same without the wait, for files that only save work. abandon: close it and remove it. All
 * three free the object. Collective. */
weft_status weft_file_begin(MPI_Comm comm, const char *path, bool old, weft_file **out);
weft_status weft_file_commit(weft_file *file);
weft_status weft_file_leave(weft_file *file);
void weft_file_abandon(weft_file *file);

/* ---- checkpoints ----
 * A checkpoint is begun and committed like other files that are written beside; each of its
 * datasets carries a checksum that does not depend on the decomposition, and the last attribute
 * says that it is complete. */

/* Put before every name of put, get, put_field and get_field from now on; "" at first. Local. */
void weft_file_prefix(weft_file *file, const char *prefix);

/* Write replicated bytes under a name, or read exactly as many back. All ranks pass the same data.
 * Collective. */
weft_status weft_file_put(weft_file *file, const char *name, const void *data, int64_t bytes);
weft_status weft_file_get(weft_file *file, const char *name, void *data, int64_t bytes);
/* The number of bytes stored under a name, -1 if there are none. The same on every rank.
 * Collective. */
weft_status weft_file_get_size(weft_file *file, const char *name, int64_t *out);

/* Write or read one field, all components, in the space where it lives. It can be read on any
 * number of ranks. Reading leaves ghosts as they are. Errors also: grid, box, space, components or
 * type are not those of the run; the checksum does not fit. Collective. */
weft_status weft_file_put_field(weft_file *file, const weft_state *state, const weft_field *field);
weft_status weft_file_get_field(weft_file *file, const weft_state *state, weft_field *field);

/* begin: a new checkpoint beside its name. commit and leave: mark it complete and give it its name;
 * when that fails it is removed. weft_file_abandon may be called instead. All free the object.
 * Collective. */
weft_status weft_checkpoint_begin(MPI_Comm comm, const char *path, weft_file **out);
weft_status weft_checkpoint_commit(weft_file *file);
weft_status weft_checkpoint_leave(weft_file *file);

/* For a file that grows by records: flush it, wait until the disk has it, and keep in the
 * checkpoint, under `name`, everything in it that later records may change. Rank 0 of the file must
 * be rank 0 of the checkpoint. Collective. */
weft_status weft_file_put_frame(weft_file *checkpoint, const char *name, weft_file *file);
/* Make the file at path, which nobody has open, byte for byte the one that it was when
 * weft_file_put_frame kept it, whatever was done to its end since (records appended, a kill while
 * it was written). Errors also: it has lost chunks that were full at that time. Collective. */
weft_status weft_file_restore(weft_file *checkpoint, const char *name, const char *path);

/* Open a checkpoint for reading: refused (WEFT_IO, says why) when it is truncated, incomplete or
 * not one of weft's. Checksums are verified by weft_file_get and weft_file_get_field. Collective.
 */
weft_status weft_checkpoint_open(MPI_Comm comm, const char *path, weft_file **out);

/* Read everything in an open checkpoint once, split over the ranks, and compare the checksums.
 * Errors: WEFT_IO, which names the dataset that is damaged. Collective. */
weft_status weft_checkpoint_verify(weft_file *file);

/* ---- damage ---- */

/* Read all datasets of a file that is not shared (ends: only the end of each, where the last
 * records are) and all attributes, and compare the checksums. Errors: WEFT_IO, which names what is
 * damaged. Collective. */
weft_status weft_file_verify(weft_file *file, bool ends);

/* The same for a result file, a checkpoint, or all of these in a directory; says which are sound,
 * and warns of each that is not. Local: to be called on one rank. */
weft_status weft_verify(const char *path);

/* ---- directories ---- */

/* Make a directory and its parents; one that exists is no error. Rank 0 acts, all learn the result.
 * Collective. */
weft_status weft_make_directory(MPI_Comm comm, const char *path);
/* Write a small text file by a temporary name and a rename, so that readers see the old text or the
 * new one. Rank 0 acts with its text. Collective. */
weft_status weft_write_text(MPI_Comm comm, const char *path, const char *text);
/* The temporary name beside path that a process of its own uses where several may write the same
 * file at a time, "PATH.HOST-PROCESS.tmp", before a rename. The caller frees it. Local. */
char *weft_beside_of_process(const char *path);
/* Remove the files of such names whose process was killed: it ran on this machine and is not there
 * any more. Those of other machines may be at work and are left alone. Local. */
void weft_remove_left(const char *path);
/* Why a file that a user named cannot be read ("No such file or directory"); NULL: it can. The
 * caller says where it was named. Collective. */
const char *weft_unreadable(MPI_Comm comm, const char *path);
/* Where a file lies that another one names: relative to the folder of the file `from`, or to the
 * working directory where `from` is the standard input or another stream. The caller frees it.
 * Local. */
char *weft_path_beside(const char *from, const char *written);
/* WEFT_IO with a message if a rank sees no such file, or another one than rank 0 does (nodes with
 * disks of their own). Waits some seconds for slow network file systems before it says so.
 * Collective. */
weft_status weft_seen_by_all(MPI_Comm comm, const char *path);
/* The contents of a text file on every rank, read by rank 0: a new string (weft_free). Errors also:
 * WEFT_INPUT if it is longer than 256 MiB or holds a zero byte. Collective. */
weft_status weft_read_text(MPI_Comm comm, const char *path, char **out);

/* What a result file or a checkpoint holds, for people. Local; MPI need not be started. */
weft_status weft_file_print(const char *path, FILE *out);

/* "HDF5 x.y.z". Local. */
const char *weft_io_version(void);

WEFT_DECLARE_END

#endif
