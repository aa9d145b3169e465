/* Opening, flushing and closing files; the table of open datasets.
 *
 * Invariant: on every rank that holds a file the table has the same datasets in the same order,
 * since all ranks make and look up the same names in the same order; a shared file needs that, as
 * HDF5's calls that change structure are collective. Extents in the table are those that the file
 * will have after the next flush. */
#include "internal.h"
#include "weft/clock.h"
#include "weft/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

/* ---- the table ---- */

/* What later calls need to know of a dataset, so that HDF5 is not asked again in the loop. Datasets
 * with too many dimensions are kept for their name only. */
io_variable *io_keep(weft_file *file, const char *name, hid_t id)
{
    if (file->variables == file->room) {
        int room = file->room ? 2 * file->room : 16;
        file->variable = weft_grow(file->variable, (size_t)file->variables, (size_t)room,
                                   sizeof *file->variable);
        file->room = room;
    }
    io_variable *v = &file->variable[file->variables++];
    hsize_t most[WEFT_IO_DIMS];
    hid_t space = H5Dget_space(id), type = H5Dget_type(id);
    *v = (io_variable){weft_strdup(name), .id = id, .ndims = H5Sget_simple_extent_ndims(space)};
    if (v->ndims <= WEFT_IO_DIMS)
        H5Sget_simple_extent_dims(space, v->extent, most);
    for (int i = 0; i < WEFT_IO_DIMS; i++) {
        v->grows[i] = i < v->ndims && most[i] == H5S_UNLIMITED;
        v->chunk[i] = 1;
    }
    v->class = H5Tget_class(type);
    v->bytes = H5Tget_size(type);
    hid_t list = H5Dget_create_plist(id);
    v->chunked = H5Pget_layout(list) == H5D_CHUNKED;
    v->filtered = v->chunked && H5Pget_nfilters(list) > 0;
    v->summed = v->filtered && io_is_summed(list, type);
    if (v->chunked)
        H5Pget_chunk(list, WEFT_IO_DIMS, v->chunk);
    H5Pclose(list);
    H5Sclose(space);
    H5Tclose(type);
    return v;
}

/* Variables are mostly asked for in the order in which they were made. The search begins behind the
 * last hit, so a whole record of a series costs one step for each. */
static io_variable *known(weft_file *file, const char *name)
{
    for (int i = 0, at = file->last; i < file->variables; i++) {
        at = at + 1 < file->variables ? at + 1 : 0;
        if (strcmp(file->variable[at].name, name) == 0) {
            file->last = at;
            return &file->variable[at];
        }
    }
    return NULL;
}

/* Is an object of this kind behind the link? 1 or 0; negative: HDF5 cannot tell. Links that lead
 * nowhere count as not there. */
static int leads_to(hid_t id, const char *link, H5O_type_t kind)
{
    H5O_info_t info;
    htri_t there = H5Lexists(id, link, H5P_DEFAULT);
    if (there > 0)
        there = H5Oexists_by_name(id, link, H5P_DEFAULT);
    if (there <= 0)
        return there;
    if (H5Oget_info_by_name2(id, link, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
        return -1;
    return info.type == kind;
}

/* Likewise for a dataset. Each group on the way to it is asked for, since HDF5 fails in a group
 * that is not there as it does where it cannot read. */
static int has_dataset(const weft_file *file, const char *name)
{
    char *way = weft_strdup(name);
    int there = *name != '\0';
    for (char *at = strchr(way + (*way == '/'), '/'); at && there > 0; at = strchr(at + 1, '/')) {
        *at = '\0';
        there = leads_to(file->id, way, H5O_TYPE_GROUP);
        *at = '/';
    }
    if (there > 0)
        there = leads_to(file->id, name, H5O_TYPE_DATASET);
    weft_free(way);
    return there;
}

/* Opens a dataset that is not in the table yet. What HDF5 says of names that are not there is
 * forgotten: it is no reason of a later failure. */
weft_status io_look(weft_file *file, const char *name, io_variable **out)
{
    *out = known(file, name);
    if (*out)
        return WEFT_OK;
    int there = has_dataset(file, name);
    hid_t id = there > 0 ? H5Dopen2(file->id, name, H5P_DEFAULT) : -1;
    if (there < 0 || (there > 0 && id < 0))
        return io_failure(file, "look for the dataset '%s'", name);
    H5Eclear2(H5E_DEFAULT);
    if (id >= 0) {
        *out = io_keep(file, name, id);
        (*out)->flushed_bytes = io_most_bytes(*out);
    }
    return WEFT_OK;
}

/* The pointer holds until the next dataset is kept: the table may then move. */
io_variable *io_find(weft_file *file, const char *name)
{
    io_variable *v;
    if (io_look(file, name, &v) != WEFT_OK)
        return NULL;
    if (!v)
        weft_fail(WEFT_IO, "%s: there is no dataset '%s' in it", file->path, name);
    else if (v->ndims > WEFT_IO_DIMS) {
        weft_fail(WEFT_IO, "%s: the dataset '%s' has more than %d dimensions", file->path, name,
                  WEFT_IO_DIMS);
        v = NULL;
    }
    return v;
}

/* A rank that cannot look makes it an error of all: none may take the dataset for one that is not
 * there and go another way. */
weft_status io_ask(weft_file *file, const char *name, io_variable **out)
{
    *out = NULL;
    WEFT_TRY(io_ready(file));
    return io_settle(file, io_holds(file) ? io_look(file, name, out) : WEFT_OK);
}

/* ---- opening ---- */

/* Version 2 of the superblock: a file that a killed run left can be opened by everybody, and both
 * netCDF and HDF5 1.8 read it. No file locks: they would only keep readers from a file that is
 * being written, and many parallel file systems have none. The user's HDF5_USE_FILE_LOCKING goes
 * before this. STRONG: closing a file closes all that is open in it. V18: see frame.c for what
 * relies on it. In a shared file rank 0 alone writes HDF5's own data (see io_enter), and all ranks
 * read them together. */
static hid_t access_list(const weft_file *file, weft_open how)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(list, H5F_CLOSE_STRONG);
    if (how != WEFT_READ)
        H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_V18);
#if H5_VERSION_GE(1, 10, 7)
    H5Pset_file_locking(list, 0, 1);
#endif
    if (file->shared) {
        H5Pset_fapl_mpio(list, file->comm, MPI_INFO_NULL);
        H5Pset_all_coll_metadata_ops(list, 1);
        H5AC_cache_config_t cache = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
        H5Pget_mdc_config(list, &cache);
        cache.metadata_write_strategy = H5AC_METADATA_WRITE_STRATEGY__PROCESS_0_ONLY;
        H5Pset_mdc_config(list, &cache);
    }
    return list;
}

/* By weft_open, for messages. */
static const char *const doing[] = {"create it", "open it for writing", "open it"};

/* HDF5 forgets why it failed with its next call: reasons are taken down before anything is closed.
 * Creation order is tracked: netCDF-4 demands it, and variables keep the order in which they were
 * made. */
static weft_status open_hdf5(const weft_file *file, weft_open how, hid_t *id)
{
    hid_t access = access_list(file, how), create = -1;
    if (how == WEFT_CREATE) {
        unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
        create = H5Pcreate(H5P_FILE_CREATE);
        H5Pset_link_creation_order(create, order);
        H5Pset_attr_creation_order(create, order);
        *id = H5Fcreate(file->path, H5F_ACC_TRUNC, create, access);
    } else {
        *id = H5Fopen(file->path, how == WEFT_APPEND ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
    }
    weft_status status = *id < 0 ? io_failure(file, "%s", doing[how]) : WEFT_OK;
    if (create >= 0)
        H5Pclose(create);
    H5Pclose(access);
    return status;
}

/* A text that no other file has, for weft_seen_by_all; HDF5 overwrites it. A full disk is found
 * later. */
static void mark(int fd)
{
    char host[128] = "";
    gethostname(host, sizeof host - 1);
    if (ftruncate(fd, 0) == 0)
        dprintf(fd, "%s %ld %.17g\n", host, (long)getpid(), weft_now());
}

/* By the system, without MPI. */
static int try_open(const weft_file *file, weft_open how)
{
    static const int flags[] = {O_RDWR | O_CREAT, O_RDWR, O_RDONLY};
    return open(file->path, flags[how] | O_CLOEXEC, 0666);
}

/* A node may see the file and still not let it be written (mounted for reading only), and Open
 * MPI's collective open waits for ever for a rank that cannot open it. */
static weft_status probe_others(const weft_file *file, weft_open how)
{
    int fd = file->rank > 0 ? try_open(file, how) : -1;
    if (file->rank > 0 && fd < 0)
        return weft_fail(WEFT_IO, "%s: rank %d cannot %s: %s", file->path, file->rank, doing[how],
                         strerror(errno));
    if (fd >= 0)
        close(fd);
    return WEFT_OK;
}

/* Rank 0 tries first, without MPI: it gets the system's reason, and nobody waits in a collective
 * open for a rank that failed. An existing file is also opened by HDF5 on rank 0 alone, since one
 * that is damaged would make a collective open fail on some ranks only. */
static weft_status probe(weft_file *file, weft_open how)
{
    int fd = try_open(file, how);
    if (fd < 0)
        return weft_fail(WEFT_IO, "%s: cannot %s: %s", file->path, doing[how], strerror(errno));
    if (how == WEFT_CREATE && file->shared)
        mark(fd);
    close(fd);
    if (how == WEFT_CREATE || !file->shared)
        return WEFT_OK;
    weft_file alone = *file;
    alone.shared = false;
    hid_t id;
    WEFT_TRY(open_hdf5(&alone, WEFT_READ, &id));
    H5Fclose(id);
    return WEFT_OK;
}

/* HDF5's transfers are collective, as compression needs, but each rank writes its own part: when a
 * disk is full, the collective writes of both MPI-IO layers of Open MPI report success or hang. For
 * the same reason metadata are not written collectively. On the ranks that hold the file; a failure
 * is settled by the caller. */
static weft_status io_enter(weft_file *file, weft_open how)
{
    if (file->shared)
        io_guard(file);
    weft_status status = open_hdf5(file, how, &file->id);
    if (file->shared)
        io_guard_opened(file);
    WEFT_TRY(status);
    io_flushed(file);
    file->transfer = H5Pcreate(H5P_DATASET_XFER);
    if (file->shared) {
        H5Pset_dxpl_mpio(file->transfer, H5FD_MPIO_COLLECTIVE);
        H5Pset_dxpl_mpio_collective_opt(file->transfer, H5FD_MPIO_INDIVIDUAL_IO);
        io_guard_filters(file, file->transfer);
    }
    return WEFT_OK;
}

/* Open MPI names a semaphore for shared file pointers after the file, without its directory. Nobody
 * uses it here, but one that a killed run left behind would make this run wait for it for ever. */
static void forget_semaphore(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = weft_format("/OMPIO_%s", slash ? slash + 1 : path);
    sem_unlink(name);
    weft_free(name);
}

/* shared: on all ranks through MPI-IO; else rank 0 alone holds the file and the others know of it
 * by messages. On one rank both are the same. */
weft_status io_open(MPI_Comm comm, const char *path, weft_open how, bool shared, weft_file **out)
{
    weft_file *file = weft_alloc(1, sizeof *file);
    io_quiet();
    errno = 0;
    *out = NULL;
    *file = (weft_file){.comm = comm, .how = how, .id = -1, .transfer = -1};
    weft_ranks(comm, &file->rank, &file->size);
    file->shared = shared && file->size > 1;
    file->path = weft_strdup(path);
    file->prefix = weft_strdup("");
    if (file->shared)
        forget_semaphore(path);
    weft_status status = io_settle(file, file->rank == 0 ? probe(file, how) : WEFT_OK);
    if (status == WEFT_OK && file->shared) {
        status = io_settle(file, weft_seen_by_all(comm, path));
        if (status == WEFT_OK)
            status = io_settle(file, probe_others(file, how));
        if (status != WEFT_OK && how == WEFT_CREATE && file->rank == 0)
            unlink(path); /* it holds the mark and nothing else */
    }
    if (status == WEFT_OK) {
        /* The other ranks only take part in the agreement. */
        bool mine = file->shared || file->rank == 0;
        status = io_settle(file, mine ? io_enter(file, how) : WEFT_OK);
    }
    if (status != WEFT_OK) {
        weft_file_close(file);
        return status;
    }
    *out = file;
    return WEFT_OK;
}

weft_status weft_file_open(MPI_Comm comm, const char *path, weft_open how, weft_file **out)
{
    return io_open(comm, path, how, true, out);
}

weft_status weft_file_open_replicated(MPI_Comm comm, const char *path, weft_open how,
                                      weft_file **out)
{
    return io_open(comm, path, how, false, out);
}

/* ---- flushing and closing ---- */

/* HDF5's buffers to the system; the disk may have it later (io_sync). */
static weft_status flush_here(weft_file *file)
{
    WEFT_IO_TRY(H5Fflush(file->id, H5F_SCOPE_GLOBAL), file, "write");
    return WEFT_OK;
}

/* Space is reserved first, as HDF5 must not fail half way (space.c). In a file of rank 0 this is
 * where the other ranks learn of failed writes. */
weft_status weft_file_flush(weft_file *file)
{
    WEFT_TRY(io_ready(file));
    weft_status status = file->how != WEFT_READ ? io_reserve(file) : WEFT_OK;
    if (file->shared)
        WEFT_TRY(status);
    if (status == WEFT_OK && io_holds(file) && file->pending == WEFT_OK)
        status = flush_here(file);
    WEFT_TRY(io_settle(file, status));
    io_flushed(file);
    return WEFT_OK;
}

/* As weft_file_flush on rank 0, but the agreement waits for the next call in which all take part.
 */
weft_status weft_file_flush_alone(weft_file *file)
{
    WEFT_TRY(io_ready(file));
    WEFT_ASSERT(!file->shared);
    if (io_holds(file) && file->pending == WEFT_OK) {
        file->pending = io_reserve(file);
        if (file->pending == WEFT_OK)
            file->pending = flush_here(file);
        if (file->pending == WEFT_OK)
            io_flushed(file);
    }
    return file->size > 1 ? WEFT_OK : io_settle(file, WEFT_OK);
}

/* Some file systems cannot sync a directory and say EINVAL: that is no error of ours. */
weft_status io_sync(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd >= 0) {
        int failed = fsync(fd), why = errno;
        close(fd);
        if (!failed || why == EINVAL)
            return WEFT_OK;
        errno = why;
    }
    return weft_fail(WEFT_IO, "%s: cannot write it to the disk: %s", path, strerror(errno));
}

/* Only ranks that hold the file have anything to bring to the disk. */
weft_status weft_file_sync(weft_file *file)
{
    WEFT_TRY(weft_file_flush(file));
    return io_settle(file, io_holds(file) ? io_sync(file->path, O_RDONLY) : WEFT_OK);
}

/* Names only: the datasets themselves are closed by io_leave, or with the file. */
static void forget_variables(weft_file *file)
{
    for (int i = 0; i < file->variables; i++)
        weft_free(file->variable[i].name);
    file->variables = 0;
}

/* Close the datasets and the file, on a rank that holds it. All of them are tried; the first error
 * counts. */
static weft_status io_leave(weft_file *file)
{
    weft_status status = WEFT_OK;
    for (int i = 0; i < file->variables; i++)
        if (H5Dclose(file->variable[i].id) < 0)
            status = io_failure(file, "close it");
    if (H5Fclose(file->id) < 0 || (file->absorbed[0] && !file->failed))
        status = io_failure(file, "close it");
    H5Pclose(file->transfer);
    forget_variables(file);
    file->id = file->transfer = -1;
    return status;
}

/* The memory of a file, after HDF5's part is closed or given up. */
static void release(weft_file *file)
{
    io_unguard(file);
    forget_variables(file);
    weft_free(file->variable);
    weft_free(file->scratch);
    weft_free(file->path);
    weft_free(file->final);
    weft_free(file->prefix);
    weft_free(file);
}

/* A failed file. HDF5 writes what it still holds when a file is closed; where some ranks fail in
 * that, the others wait for them, so a shared file stays open in HDF5's hands until the program
 * ends. */
static void close_failed(weft_file *file)
{
    bool silent = !*weft_error_message();
    if (io_holds(file) && (!file->shared || file->how == WEFT_READ))
        io_leave(file);
    if (silent) /* what it cannot write any more has been reported */
        weft_error_clear();
}

/* A flush that fails here makes the file a failed one, and the flush has told all ranks. A file
 * that had failed before is closed without a further error: that one was reported. */
weft_status weft_file_close(weft_file *file)
{
    /* Before the flush: a flush that fails must be reported here, an older failure has been. */
    bool failed = file->failed;
    weft_status status = failed ? WEFT_OK : weft_file_flush(file);
    if (file->failed)
        close_failed(file);
    else
        status = weft_agree(file->comm, io_holds(file) ? io_leave(file) : WEFT_OK);
    if (!failed)
        io_trim(file);
    release(file);
    return status;
}
