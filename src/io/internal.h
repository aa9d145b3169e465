/* Pieces of src/io that are shared between its files. */
#ifndef WEFT_IO_INTERNAL_H
#define WEFT_IO_INTERNAL_H

#include "weft/io.h"
#include <hdf5.h>

enum { WEFT_IO_DIMS = 8 };

/* An open dataset. */
typedef struct io_variable {
    char *name;
    hid_t id;
    int ndims;
    hsize_t extent[WEFT_IO_DIMS];
    bool grows[WEFT_IO_DIMS]; /* unlimited */
    H5T_class_t class;
    size_t bytes;  /* of one stored element */
    bool filtered; /* compressed, or with a checksum: the size of a chunk is not that of its values
                    */
    hsize_t chunk[WEFT_IO_DIMS];
    int64_t flushed_bytes; /* most that it took on the disk at the last flush; 0: it is new */
} io_variable;

struct weft_file {
    MPI_Comm comm;
    int rank, size;
    bool shared; /* open on all ranks through MPI-IO, else on rank 0 alone */
    weft_open how;
    bool failed;                    /* the same on all ranks: nothing but close is possible */
    int64_t flushed_size, reserved; /* rank 0 of a shared file: space.c */
    weft_status pending;            /* a failure on this rank that the others have not been told */
    char *path;
    hid_t id, transfer; /* file and transfer list; -1 on ranks that do not hold the file */
    io_variable *variable;
    int variables, room, last;
    void *scratch; /* for packing; grows */
    size_t scratch_bytes;
    char *prefix;
    char *final; /* a file that is written beside: its name after commit */
};

/* ---- failures.c ---- */

/* Turn off HDF5's own printing. Local. */
void io_quiet(void);
/* Record "PATH: cannot DOING: what the system said", from HDF5's error stack. Local. */
weft_status io_failure(const weft_file *file, const char *doing, ...)
    __attribute__((format(printf, 2, 3)));
/* Every rank gets the status of the operation; a failure marks the file. Collective. */
weft_status io_settle(weft_file *file, weft_status mine);
/* May the file be used? Clears errno. The same on all ranks. Local. */
weft_status io_ready(weft_file *file);

#define WEFT_IO_TRY(call, file, ...)                                                               \
    do {                                                                                           \
        if ((call) < 0)                                                                            \
            return io_failure(file, __VA_ARGS__);                                                  \
    } while (0)

/* ---- space.c ---- */

/* What was written into a shared file and lengthened since the last flush will find room.
 * Collective.
 */
weft_status io_reserve(weft_file *file);
/* Most bytes that a dataset can take with its extents. Local. */
int64_t io_most_bytes(const io_variable *variable);
/* Take down the sizes after a flush; give back at the end what was too much. Local. */
void io_flushed(weft_file *file);
void io_trim(const weft_file *file);

/* ---- file.c ---- */

static inline bool io_holds(const weft_file *file)
{
    return file->id >= 0;
}
/* The open dataset of a name; NULL with a recorded error if there is none. On the ranks that hold
 * the file. */
io_variable *io_find(weft_file *file, const char *name);
/* Likewise, but NULL without an error. */
io_variable *io_look(weft_file *file, const char *name);
/* Keep an open dataset; the file closes it. */
io_variable *io_keep(weft_file *file, const char *name, hid_t id);
/* Wait until the disk has a file or directory. Local. */
weft_status io_sync(const char *path, int flags);
/* weft_file_open and weft_file_open_replicated. */
weft_status io_open(MPI_Comm comm, const char *path, weft_open how, bool shared, weft_file **out);

/* ---- attributes.c: on the ranks that hold the file ---- */
weft_status io_put_attribute(weft_file *file, hid_t object, const char *name, hid_t type, int n,
                             const void *values);
weft_status io_put_text(weft_file *file, hid_t object, const char *name, const char *text);
/* n values of a memory type; false if there is no such attribute of that length. */
bool io_get_attribute(hid_t object, const char *name, hid_t type, int n, void *values);
/* The text of an open attribute that holds one, of fixed or variable length, as a new string
 * (weft_free); NULL if it holds something else: numbers, a list of texts, or more than 1 GiB.
 * Local.
 */
char *io_read_text(hid_t attribute);

/* ---- transfer.c: on the ranks that hold the file ---- */

/* A rectangular part of a dataset and how it lies in memory. */
typedef struct io_part {
    int ndims;
    hsize_t start[WEFT_IO_DIMS], count[WEFT_IO_DIMS]; /* in the dataset; count 0: nothing */
    hsize_t room[WEFT_IO_DIMS]; /* extents of the array in memory, of which count are used */
} io_part;

weft_status io_write_part(weft_file *file, const io_variable *v, const io_part *part, hid_t type,
                          const void *data);
weft_status io_read_part(weft_file *file, const io_variable *v, const io_part *part, hid_t type,
                         void *data);

/* Append the axes of a box to a part whose leading dimensions are set. rest: values per point, as a
 * trailing dimension if more than 1. false: the box does not lie in memory as an array of rows, and
 * must be packed (the part then describes a packed copy). */
bool io_add_box(io_part *part, int dim, const weft_box *box, int rest);
/* At least that many bytes, until the next call. Local. */
void *io_scratch(weft_file *file, size_t bytes);
/* Packed copy of a box and back; bytes: of one point. Local. */
void io_pack(const weft_box *box, size_t bytes, const void *data, void *packed);
void io_unpack(const weft_box *box, size_t bytes, const void *packed, void *data);

/* ---- checksum.c ---- */

/* Sum over values of a mix of the value and its number, modulo 2^64: the same for any order and
 * decomposition. first: number of the first one. Local. */
uint64_t io_sum(const void *data, int64_t n, size_t bytes, uint64_t first);
/* Of a box in a global array with given extents: numbers start at first, rest values per point. */
uint64_t io_sum_box(const weft_box *box, const int64_t extent[3], int rest, size_t bytes,
                    const void *data, uint64_t first);

/* ---- checkpoint.c ---- */

/* The groups of a checkpoint: replicated bytes, fields. */
extern const char *const io_checkpoint_groups[2];
/* Are as many datasets open as were written, when all of an open checkpoint are? Local. */
weft_status io_check_count(weft_file *file);
/* The place of a name in a checkpoint: "GROUP/<prefix>NAME"; a new string. */
char *io_place(const weft_file *file, const char *group, const char *name);
/* Make a contiguous dataset, on the ranks that hold the file; NULL with a recorded error. */
io_variable *io_make_plain(weft_file *file, const char *place, hid_t type, int ndims,
                           const hsize_t *extent);
/* The sum of the ranks' parts as the attribute of a dataset, and the comparison. Collective over a
 * shared file. */
weft_status io_put_checksum(weft_file *file, const io_variable *v, uint64_t part);
weft_status io_check_checksum(weft_file *file, const io_variable *v, uint64_t part);

#endif
