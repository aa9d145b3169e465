/* Whole chunks of a record, encoded by weft and put into their places as they are.
 *
 * H5Dwrite copies what it writes several times and takes longer for that than a disk. Where a
 * rank's box holds whole chunks of a dataset whose only filter is the checksum, the rank makes the
 * bytes of each chunk itself, one chunk at a time, and HDF5 only writes them. In a shared file this
 * is no collective call: the places of chunks, all of one size, were allotted by all ranks when the
 * dataset was lengthened, and nothing in HDF5's own data changes.
 *
 * Invariants: (1) The bytes are those that H5Dwrite would have made, but for the part of a chunk
 * beyond the dataset, which nobody reads (zeros here, blanks there). (2) A chunk is written either
 * here, by the one rank whose box holds it, or not at all; what is left of a box goes the other way
 * (transfer.c). */
#include "internal.h"
#include <string.h>

/* ---- the checksum ---- */

/* Back to 16 bits, as often as it takes: modulo 65535, but only 0 becomes 0. */
static uint32_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

/* J. G. Fletcher, IEEE Trans. Commun. 30, 247 (1982), over big-endian words of 16 bits, the last
 * one padded by a zero byte: the sum of the words, and the sum of these sums. Within a stretch the
 * second sum is that of the words, each as often as it is counted, so that the loop vectorises;
 * AT_ONCE words do not overflow it. */
uint32_t io_fletcher(const void *data, size_t bytes)
{
    enum { AT_ONCE = 256 };
    const uint8_t *at = data;
    uint64_t first = 0, second = 0;
    for (size_t left = bytes / 2; left > 0;) {
        const uint32_t n = left < AT_ONCE ? (uint32_t)left : AT_ONCE;
        uint32_t sum = 0, sums = 0;
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t word = (uint32_t)at[2 * i] << 8 | at[2 * i + 1];
            sum += word;
            sums += (n - i) * word;
        }
        second = fold(second + n * first + sums);
        first = fold(first + sum);
        at += 2 * n;
        left -= n;
    }
    if (bytes % 2 == 1) {
        first = fold(first + ((uint32_t)*at << 8));
        second = fold(second + first);
    }
    return fold(second) << 16 | fold(first);
}

/* ---- chunks ---- */

/* The slowest axis of a grid of that many dimensions. */
static int slowest(int dim)
{
    return 3 - dim;
}

/* The dimension of a dataset along which a layer or several of them are cut into chunks: those
 * before it have one entry in a chunk, those behind it all. */
static int cut_dimension(const io_variable *v, int leading)
{
    int i = leading;
    while (i < v->ndims - 1 && v->chunk[i] == 1)
        i++;
    return i;
}

/* Which layers [first, end) along the slowest axis of the grid are whole chunks of the box; none
 * where the checksum is not all, chunks hold more than one record or component, or the
 * decomposition cuts another axis. A chunk that reaches beyond the dataset is whole with the last
 * layer. */
void io_whole_chunks(const io_variable *v, int leading, int dim, const weft_box *box,
                     int64_t *first, int64_t *end)
{
    const int axis = slowest(dim);
    const int64_t layers = (int64_t)v->extent[leading], thick = (int64_t)v->chunk[leading];
    const int64_t low = box->start[axis], high = low + box->local[axis];
    const int cut = cut_dimension(v, leading);
    bool whole = v->summed && io_sites(box) > 0;
    for (int i = 0; i < leading; i++)
        whole = whole && v->chunk[i] == 1;
    for (int a = axis + 1; a < 3; a++) {
        const int i = leading + a - axis;
        whole = whole && box->start[a] == 0 && box->local[a] == (int64_t)v->extent[i] &&
                (i <= cut || v->chunk[i] == v->extent[i]);
    }
    *first = whole ? (low + thick - 1) / thick * thick : low;
    *end = !whole ? low : high == layers ? high : high / thick * thick;
    if (*end <= *first)
        *first = *end = low;
}

/* One of them: values, zeros for what is beyond the dataset, checksum. The zeros are the last ones,
 * as a chunk ends early along the dimension of the cut alone. */
static weft_status write_chunk(weft_file *file, const io_variable *v, const io_part *leading,
                               int dim, const weft_box *part, weft_element element,
                               const void *data)
{
    const size_t bytes = io_chunk_bytes(v), used = (size_t)io_sites(part) * v->bytes;
    hsize_t at[WEFT_IO_DIMS] = {0};
    char *chunk = io_scratch(file, bytes + sizeof(uint32_t));
    io_convert_box(io_store_of(v), v->bytes, element, part, data, chunk);
    memset(chunk + used, 0, bytes - used);
    const uint32_t sum = io_fletcher(chunk, bytes);
    memcpy(chunk + bytes, &sum, sizeof sum);
    memcpy(at, leading->start, (size_t)leading->ndims * sizeof *at);
    for (int i = 0; i < dim; i++)
        at[leading->ndims + i] = (hsize_t)part->start[slowest(dim) + i];
    WEFT_IO_TRY(H5Dwrite_chunk(v->id, H5P_DEFAULT, 0, at, bytes + sizeof sum, chunk), file,
                "write '%s'", v->name);
    return WEFT_OK;
}

/* The chunks of some layers follow each other along the one axis that is cut. A failed write of one
 * keeps the rank from the others. */
weft_status io_write_chunks(weft_file *file, const io_variable *v, const io_part *leading, int dim,
                            const weft_box *box, int64_t first, int64_t end, weft_element element,
                            const void *data)
{
    int64_t step[3] = {1, 1, 1}, past[3], at[3];
    for (int i = 0; i < dim; i++)
        step[slowest(dim) + i] = (int64_t)v->chunk[leading->ndims + i];
    const weft_box all = io_cut(box, slowest(dim), first, end - first);
    for (int a = 0; a < 3; a++)
        past[a] = all.start[a] + all.local[a];
    weft_status status = WEFT_OK;
    for (at[0] = all.start[0]; at[0] < past[0]; at[0] += step[0])
        for (at[1] = all.start[1]; at[1] < past[1]; at[1] += step[1])
            for (at[2] = all.start[2]; at[2] < past[2] && status == WEFT_OK; at[2] += step[2]) {
                weft_box part = all;
                for (int a = 0; a < 3; a++)
                    part = io_cut(&part, a, at[a], step[a]);
                status = write_chunk(file, v, leading, dim, &part, element, data);
            }
    if (status == WEFT_OK && file->absorbed[0])
        status = io_failure(file, "write '%s'", v->name);
    return status;
}
