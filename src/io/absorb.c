/* Failures inside the collective calls of HDF5.
 *
 * A rank whose transfer fails leaves HDF5's call at once, while the others go on to the next
 * collective step of it (MPI_File_set_view after each collective transfer, MPI_Bcast of what rank 0
 * read or flushed) and wait there for ever; with Open MPI they happen not to, with MPICH they do.
 * So HDF5 must not see that a transfer failed before the call is over. Here the functions of MPI-IO
 * that it transfers with are wrapped, as MPI's profiling interface allows (MPI 4.0, chapter 15):
 * for a file of ours they take down why they failed and say that all went well. All ranks then walk
 * through the same steps, and io_settle, which follows each of them, turns what was taken down into
 * an error of all ranks.
 *
 * Invariants: (1) A failure that was absorbed is reported by the next io_settle of its file, which
 * makes the file a failed one; nothing that HDF5 then believes of the file is used again. (2) From
 * the failure on, this rank moves nothing any more: it takes part in what is collective, with no
 * bytes. So a chunk that could not be decoded keeps the checksum that does not fit, a view that
 * could not be set leads no bytes to a wrong place, and nothing on the disk refers to what was not
 * written. Files of other parts of a program are passed on untouched.
 *
 * Where a tool has wrapped the same functions before us (a profiler that is preloaded), its
 * wrappers win and call MPI's own functions: all works as without this file. */
#include "internal.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Shared files that are open, and the one that HDF5 is about to open, whose handle is not known. */
static weft_file *guarded, *opening;

void io_guard(weft_file *file)
{
    opening = file;
}

/* From here on the handle tells whose a transfer is. Without one (the open failed) there is nothing
 * to guard. */
void io_guard_opened(weft_file *file)
{
    void *handle = NULL;
    opening = NULL;
    if (file->id < 0 || H5Fget_vfd_handle(file->id, H5P_DEFAULT, &handle) < 0)
        return;
    file->handle = *(MPI_File *)handle;
    file->next = guarded;
    guarded = file;
}

void io_unguard(const weft_file *file)
{
    weft_file **at = &guarded;
    while (*at && *at != file)
        at = &(*at)->next;
    if (*at)
        *at = file->next;
}

static weft_file *owner(MPI_File handle)
{
    weft_file *file = guarded;
    while (file && file->handle != handle)
        file = file->next;
    return file ? file : opening;
}

/* Did a transfer of the file fail on this rank? */
static bool stopped(const weft_file *file)
{
    return file && file->absorbed[0];
}

/* Does this rank move no bytes in a collective write: since it has failed, or since they are blanks
 * that nobody needs? */
static bool idle(const weft_file *file)
{
    return stopped(file) || (file && file->blanks);
}

/* The first failure counts: later ones follow from it. MPI's words stand in for the system's where
 * these are unknown. */
static int absorb(weft_file *file, int code)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int n = 0;
    if (code == MPI_SUCCESS || file->absorbed[0])
        return MPI_SUCCESS;
    const char *system = io_system_reason();
    if (!system)
        MPI_Error_string(code, text, &n);
    snprintf(file->absorbed, sizeof file->absorbed, "%s", system ? system : text);
    return MPI_SUCCESS;
}

/* A transfer as HDF5 must see it: whole. What is missing of a write is a failure; a read that is
 * short met the end of the file, and HDF5 fills the rest with zeros on all ranks alike. */
static int absorb_transfer(weft_file *file, int code, bool write, int count, MPI_Datatype type,
                           MPI_Status *status, bool nothing)
{
    MPI_Count size = 0, done = 0;
    MPI_Type_size_x(type, &size);
    if (code == MPI_SUCCESS && !nothing)
        MPI_Get_elements_x(status, MPI_BYTE, &done);
    bool partial = code == MPI_SUCCESS && !nothing && write && done != size * count;
    if (partial)
        snprintf(file->absorbed, sizeof file->absorbed, "%s", io_partial_write);
    if (code != MPI_SUCCESS || nothing || partial)
        MPI_Status_set_elements_x(status, MPI_BYTE, size * count);
    return absorb(file, code);
}

/* What was not read is zero on every rank and not what was in memory before. Parts of fields come
 * with a type of their own and are never looked at after a failure. */
static void blank(const weft_file *file, int code, void *data, int count, MPI_Datatype type)
{
    if ((code != MPI_SUCCESS || stopped(file)) && type == MPI_BYTE)
        memset(data, 0, (size_t)count);
}

/* ---- chunks that cannot be decoded ---- */

size_t io_chunk_bytes(const io_variable *v)
{
    size_t bytes = v->bytes;
    for (int i = 0; i < v->ndims && i < WEFT_IO_DIMS; i++)
        bytes *= (size_t)v->chunk[i];
    return bytes;
}

/* One rank decodes a chunk of which others write or read a part: it must go on with them, with
 * whatever the buffer holds, as long as that has room for a chunk. (In collective transfers it has;
 * elsewhere HDF5 makes it as large as the chunk is on the disk, and nobody waits.) */
static H5Z_cb_return_t undecodable(H5Z_filter_t filter, void *buffer, size_t bytes, void *data)
{
    weft_file *file = data;
    (void)filter, (void)buffer;
    if (!file->absorbed[0])
        snprintf(file->absorbed, sizeof file->absorbed, "it is damaged (checksum of its values)");
    return bytes >= file->chunk_bytes ? H5Z_CB_CONT : H5Z_CB_FAIL;
}

void io_guard_filters(weft_file *file, hid_t transfer)
{
    H5Pset_filter_callback(transfer, undecodable, file);
}

/* ---- the functions of MPI-IO that HDF5 transfers with ---- */

WEFT_VISIBLE_BEGIN

int MPI_File_write_at(MPI_File handle, MPI_Offset at, const void *data, int count,
                      MPI_Datatype type, MPI_Status *status)
{
    weft_file *file = owner(handle);
    if (!file)
        return PMPI_File_write_at(handle, at, data, count, type, status);
    errno = 0;
    int code = MPI_SUCCESS;
    if (!stopped(file))
        code = PMPI_File_write_at(handle, at, data, count, type, status);
    return absorb_transfer(file, code, true, count, type, status, stopped(file));
}

int MPI_File_write_at_all(MPI_File handle, MPI_Offset at, const void *data, int count,
                          MPI_Datatype type, MPI_Status *status)
{
    weft_file *file = owner(handle);
    if (!file)
        return PMPI_File_write_at_all(handle, at, data, count, type, status);
    errno = 0;
    const bool nothing = idle(file);
    int code = PMPI_File_write_at_all(handle, at, data, nothing ? 0 : count, type, status);
    return absorb_transfer(file, code, true, count, type, status, nothing);
}

int MPI_File_read_at(MPI_File handle, MPI_Offset at, void *data, int count, MPI_Datatype type,
                     MPI_Status *status)
{
    weft_file *file = owner(handle);
    if (!file)
        return PMPI_File_read_at(handle, at, data, count, type, status);
    errno = 0;
    int code = MPI_SUCCESS;
    if (!stopped(file))
        code = PMPI_File_read_at(handle, at, data, count, type, status);
    blank(file, code, data, count, type);
    return absorb_transfer(file, code, false, count, type, status, stopped(file));
}

int MPI_File_read_at_all(MPI_File handle, MPI_Offset at, void *data, int count, MPI_Datatype type,
                         MPI_Status *status)
{
    weft_file *file = owner(handle);
    if (!file)
        return PMPI_File_read_at_all(handle, at, data, count, type, status);
    errno = 0;
    int code = PMPI_File_read_at_all(handle, at, data, stopped(file) ? 0 : count, type, status);
    blank(file, code, data, count, type);
    return absorb_transfer(file, code, false, count, type, status, stopped(file));
}

/* Disks behind a network tell only here that they were full. */
int MPI_File_sync(MPI_File handle)
{
    weft_file *file = owner(handle);
    errno = 0;
    int code = PMPI_File_sync(handle);
    return file ? absorb(file, code) : code;
}

int MPI_File_set_size(MPI_File handle, MPI_Offset size)
{
    weft_file *file = owner(handle);
    errno = 0;
    int code = PMPI_File_set_size(handle, size);
    return file ? absorb(file, code) : code;
}

/* Rank 0 asks for the size and tells the others, who wait for it. A file of no bytes is none of
 * HDF5's, on all ranks. */
int MPI_File_get_size(MPI_File handle, MPI_Offset *size)
{
    weft_file *file = owner(handle);
    errno = 0;
    int code = PMPI_File_get_size(handle, size);
    if (file && code != MPI_SUCCESS)
        *size = 0;
    return file ? absorb(file, code) : code;
}

/* Around each collective transfer, and collective as well. */
int MPI_File_set_view(MPI_File handle, MPI_Offset from, MPI_Datatype unit, MPI_Datatype type,
                      const char *format, MPI_Info info)
{
    weft_file *file = owner(handle);
    errno = 0;
    int code = PMPI_File_set_view(handle, from, unit, type, format, info);
    return file ? absorb(file, code) : code;
}

WEFT_VISIBLE_END
