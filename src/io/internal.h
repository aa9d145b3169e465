/* Pieces of src/io that are shared between its files.
 *
 * Words: a file is shared if all ranks hold it open through MPI-IO; else rank 0 alone holds it. "On
 * the ranks that hold the file" means: call it there only; where that is all ranks, all of them, in
 * the same order. */
#ifndef WEFT_IO_INTERNAL_H
#define WEFT_IO_INTERNAL_H

#include "weft/io.h"
#include <hdf5.h>

/* Most dimensions of a dataset that can be read or written. */
enum { WEFT_IO_DIMS = 8 };

/* An open dataset; owned by the table of its file. */
typedef struct io_variable {
    char *name;
    hid_t id;
    int ndims;
    hsize_t extent[WEFT_IO_DIMS];
    bool grows[WEFT_IO_DIMS]; /* unlimited */
    H5T_class_t class;
    size_t bytes;  /* of one stored element */
    bool chunked;  /* else its values follow each other in the file */
    bool filtered; /* compressed, or with a checksum: a chunk is not as large as its values */
    bool summed;   /* filtered by HDF5's checksum alone, values in this machine's byte order */
    hsize_t chunk[WEFT_IO_DIMS];
    int64_t flushed_bytes; /* most that it took on the disk at the last flush; 0: it is new */
} io_variable;

/* An open file. All ranks of comm have one, also those that do not hold the file. */
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
    int variables, room, last; /* in the table; its room; the one that was asked for last */
    void *scratch;             /* for packing; grows */
    size_t scratch_bytes;
    char *prefix; /* before names in checkpoints; see weft_file_prefix */
    char *final;  /* a file that is written beside: its name after commit */
    /* absorb.c: MPI's handle of a shared file, the next such file, and why a transfer of this rank
     * failed ("": none did) */
    MPI_File handle;
    struct weft_file *next;
    char absorbed[160];
    size_t chunk_bytes; /* of the dataset that is being transferred */
    bool blanks; /* HDF5 allots chunks: what it writes collectively need not reach the disk */
};

/* ---- failures.c ---- */

/* Turn off HDF5's own printing. Local. */
void io_quiet(void);
/* Record "PATH: cannot DOING: what the system said", from HDF5's error stack. Local. */
weft_status io_failure(const weft_file *file, const char *doing, ...)
    __attribute__((format(printf, 2, 3)));
/* Agree on the status of an operation: every rank returns the same one, and a failure marks the
 * file as failed. Collective. */
weft_status io_settle(weft_file *file, weft_status mine);
/* WEFT_OK if the file may be used, WEFT_IO after an earlier failure; also clears errno. The same on
 * all ranks. Local. */
weft_status io_ready(weft_file *file);

/* Plain words for a write of which only a part came to the disk; what the system's number of the
 * last error says, NULL if it says nothing of use. Local. */
extern const char io_partial_write[];
const char *io_system_reason(void);

#define WEFT_IO_TRY(call, file, ...)                                                               \
    do {                                                                                           \
        if ((call) < 0)                                                                            \
            return io_failure(file, __VA_ARGS__);                                                  \
    } while (0)

/* ---- absorb.c: local, for shared files ----
 *
 * Around the call of HDF5 that opens a file: failures of its transfers are taken down in
 * file->absorbed instead of being told to HDF5, until io_unguard. */
void io_guard(weft_file *file);
void io_guard_opened(weft_file *file);
void io_unguard(const weft_file *file);
/* Likewise for chunks that cannot be decoded, in transfers with this list. */
void io_guard_filters(weft_file *file, hid_t transfer);
/* Bytes of a chunk of a dataset before it is compressed. */
size_t io_chunk_bytes(const io_variable *variable);

/* ---- space.c ---- */

/* Check that the file system has space for everything that was written into the file, or by which
 * its datasets were lengthened, since the last flush, and allot it. Errors: WEFT_IO. Collective for
 * a shared file, else local (rank 0 acts). */
weft_status io_reserve(weft_file *file);
/* Upper bound of the bytes that a dataset can take on the disk with its present extents. Local. */
int64_t io_most_bytes(const io_variable *variable);
/* io_flushed: record the sizes of file and datasets after a flush; later reservations count from
 * there. io_trim: at the end, give back space that was allotted and not used. Local. */
void io_flushed(weft_file *file);
void io_trim(const weft_file *file);

/* ---- file.c ---- */

/* Whether this rank has the file open. Local. */
static inline bool io_holds(const weft_file *file)
{
    return file->id >= 0;
}
/* The open dataset of a name; NULL with a recorded error if there is none, or if it has more than
 * WEFT_IO_DIMS dimensions. On the ranks that hold the file. */
io_variable *io_find(weft_file *file, const char *name);
/* Likewise, but a dataset that is not there is NULL without an error; that the file cannot be read
 * is one. */
weft_status io_look(weft_file *file, const char *name, io_variable **out);
/* The same for all ranks, with the same status; NULL on those that do not hold the file.
 * Collective. */
weft_status io_ask(weft_file *file, const char *name, io_variable **out);
/* Put an open dataset into the table; the file closes it. Pointers into the table are not valid any
 * more after this. On the ranks that hold the file. */
io_variable *io_keep(weft_file *file, const char *name, hid_t id);
/* Wait until the disk has a file or directory. Local. */
weft_status io_sync(const char *path, int flags);
/* Open a file as weft_file_open (shared) or weft_file_open_replicated (not) does. Errors: WEFT_IO.
 * Collective. */
weft_status io_open(MPI_Comm comm, const char *path, weft_open how, bool shared, weft_file **out);

/* ---- attributes.c: on the ranks that hold the file ----
 *
 * Replace or make an attribute of an open object: n values of an HDF5 memory type, or a text.
 * Errors: WEFT_IO. */
weft_status io_put_attribute(weft_file *file, hid_t object, const char *name, hid_t type, int n,
                             const void *values);
weft_status io_put_text(weft_file *file, hid_t object, const char *name, const char *text);
/* n values of a memory type; *there is false if the object has no such attribute of that length.
 * Errors: WEFT_IO, it cannot be read. */
weft_status io_get_attribute(const weft_file *file, hid_t object, const char *name, hid_t type,
                             int n, void *values, bool *there);
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

/* Write or read a part of a dataset; data has the shape part->room, of an HDF5 memory type. In a
 * shared file all ranks take part, if with nothing (a count of 0). Errors: WEFT_IO. */
weft_status io_write_part(weft_file *file, const io_variable *v, const io_part *part, hid_t type,
                          const void *data);
weft_status io_read_part(weft_file *file, const io_variable *v, const io_part *part, hid_t type,
                         void *data);

/* Read the points of a box into an array, of rest values of 1 (bytes) or 8 (doubles) bytes each;
 * leading: the dimensions before those of the box. Margins stay as they are. Errors: WEFT_IO, on
 * this rank alone. */
weft_status io_read_box(weft_file *file, const io_variable *v, const io_part *leading, int dim,
                        const weft_box *box, int rest, size_t bytes, void *data);

/* ---- chunks.c ---- */

/* The checksum of HDF5's filter fletcher32. Local. */
uint32_t io_fletcher(const void *data, size_t bytes);
/* Which layers [first, end) along the slowest axis of a box, counted in the grid, are chunks that
 * this rank can write alone; first = end: none. leading: dimensions of the dataset before those of
 * the grid. Local. */
void io_whole_chunks(const io_variable *v, int leading, int dim, const weft_box *box,
                     int64_t *first, int64_t *end);
/* Write them; leading: the dimensions before those of the box. Errors: WEFT_IO. Local, also in a
 * shared file. */
weft_status io_write_chunks(weft_file *file, const io_variable *v, const io_part *leading, int dim,
                            const weft_box *box, int64_t first, int64_t end, weft_element element,
                            const void *data);

/* ---- boxes.c ---- */

/* The number of points of a box; the same box, packed. Local. */
int64_t io_sites(const weft_box *box);
weft_box io_compact(const weft_box *box);
/* The part of a box in the layers [first, first + layers) of an axis, maybe nothing. Local. */
weft_box io_cut(const weft_box *box, int axis, int64_t first, int64_t layers);
/* A box in turns of about `most` bytes, or of a row where one is longer; point: bytes of a point.
 * How many turns it takes (a box without points: none), and the part of a turn (nothing after the
 * last one). Local. */
int64_t io_turns(const weft_box *box, size_t point, int64_t most);
weft_box io_turn(const weft_box *box, size_t point, int64_t most, int64_t turn);
/* Append the axes of a box to a part whose leading dimensions are set. rest: values per point, as a
 * trailing dimension if more than 1. false: the box does not lie in memory as an array of rows, and
 * must be packed (the part then describes a packed copy). */
bool io_add_box(io_part *part, int dim, const weft_box *box, int rest);
/* Copy the points of a box from an array into a packed buffer (pack) or back (unpack); bytes: of
 * one point. Local. */
void io_pack(const weft_box *box, size_t bytes, const void *data, void *packed);
void io_unpack(const weft_box *box, size_t bytes, const void *packed, void *data);

/* ---- rows.c ---- */

/* An array of all ranks: the box of this rank and its place in memory, the global extents, and what
 * a point is: `rest` values of 1 (bytes) or 8 (doubles) bytes each. */
typedef struct io_array {
    weft_box box;
    int64_t extent[3];
    int dim, rest;
    size_t bytes;
} io_array;

/* Whether some rank's box lies in the file in many short pieces, so that it should go through whole
 * rows. The same on all ranks. Collective. */
bool io_in_pieces(const weft_file *file, const io_array *array);
/* Write or read a component of an array (the first dimension of the dataset) through whole rows of
 * the file. data: as for the box. Errors: WEFT_IO, WEFT_FAILED, the same on every rank. Collective.
 */
weft_status io_move_rows(weft_file *file, const io_variable *v, bool write, int component,
                         const io_array *array, void *data);

/* ---- convert.c ---- */

/* The type in which a dataset stores its values, and the HDF5 type of such values in memory. Local.
 */
weft_store io_store_of(const io_variable *v);
hid_t io_memory_type(weft_store store);
/* Memory of at least that many bytes, owned by the file and valid until the next call. Local. */
void *io_scratch(weft_file *file, size_t bytes);
/* Whether chunks have a Fletcher32 checksum and no other filter (list: of the creation), and values
 * of the type look in memory as they do in the file. Local. */
bool io_is_summed(hid_t list, hid_t type);
/* n doubles, `stride` elements apart, to packed values of the stored type. Local. */
void io_convert_doubles(weft_store store, int64_t n, int64_t stride, const void *from, void *to);
/* The values of a box (doubles or bytes in memory) to packed values of the stored type, each of
 * `stored` bytes. Local. */
void io_convert_box(weft_store store, size_t stored, weft_element element, const weft_box *box,
                    const void *data, char *to);

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
/* Make a contiguous dataset at `place` with these extents and keep it open; NULL with a recorded
 * error. On the ranks that hold the file. */
io_variable *io_make_plain(weft_file *file, const char *place, hid_t type, int ndims,
                           const hsize_t *extent);
/* The sum of the ranks' parts as the attribute of a dataset, and the comparison. Collective over a
 * shared file. */
weft_status io_put_checksum(weft_file *file, const io_variable *v, uint64_t part);
weft_status io_check_checksum(weft_file *file, const io_variable *v, uint64_t part);

#endif
