/* Redistribution between all kinds of decompositions, with ghosts, transposed and padded memory,
 * ranks that own nothing, and elements of any size; every point is checked. */
#include "check.h"
#include "weft/grid.h"
#include "weft/memory.h"

static int rank, size;

static void fill_value(unsigned char *at, size_t element, int64_t number)
{
    for (size_t b = 0; b < element; b++)
        at[b] = (unsigned char)(number * 31 + (number >> 8) * 17 + (int64_t)b * 5 + 1);
}

/* Elements that the memory of a box spans from its start on. */
static int64_t span(const weft_box *box)
{
    int64_t last = box->origin;
    for (int a = 0; a < 3; a++)
        last += (box->local[a] > 0 ? box->local[a] - 1 : 0) * box->stride[a];
    return last + 1;
}

/* Write the numbers of the points, or count those that are wrong. */
static int64_t visit(const weft_box *box, const int64_t n[3], size_t element, unsigned char *data,
                     bool fill)
{
    unsigned char value[64];
    int64_t bad = 0;
    WEFT_FOR_ROWS(box, z, y)
        for (int64_t x = 0; x < box->local[2]; x++) {
            int64_t number =
                ((box->start[0] + z) * n[1] + box->start[1] + y) * n[2] + box->start[2] + x;
            int64_t at = weft_box_row(box, z, y) + x * box->stride[2];
            fill_value(value, element, number);
            if (fill)
                memcpy(data + at * (int64_t)element, value, element);
            else
                bad += memcmp(data + at * (int64_t)element, value, element) != 0;
        }
    return bad;
}

static void move(const weft_box *from, const weft_box *to, const int64_t n[3], size_t element)
{
    weft_remap *remap;
    CHECK(weft_remap_create(MPI_COMM_WORLD, from, to, element, &remap) == WEFT_OK);
    unsigned char *source = weft_alloc((size_t)span(from), element);
    int64_t elements = span(to), owned = to->local[0] * to->local[1] * to->local[2];
    unsigned char *target = weft_alloc((size_t)elements, element);
    int64_t calls = weft_memory_calls();
    for (int twice = 0; twice < 2; twice++) {
        visit(from, n, element, source, true);
        memset(target, 0, (size_t)elements * element);
        weft_remap_run(remap, source, target);
        CHECK(visit(to, n, element, target, false) == 0);
    }
    CHECK(weft_memory_calls() == calls);
    /* Nothing else was written. */
    int64_t touched = 0;
    for (int64_t i = 0; i < elements; i++) {
        unsigned char any = 0;
        for (size_t b = 0; b < element; b++)
            any |= target[(size_t)i * element + b];
        touched += any != 0;
    }
    CHECK(touched <= owned);
    weft_free(source);
    weft_free(target);
    weft_remap_free(remap);
}

/* x fastest with pad elements after each row, or z fastest (transposed). */
static void lay_out(weft_box *box, int64_t pad, bool transposed)
{
    box->origin = 0;
    box->stride[transposed ? 0 : 2] = 1;
    box->stride[1] = box->local[transposed ? 0 : 2] + pad;
    box->stride[transposed ? 2 : 0] = box->stride[1] * box->local[1];
}

/* The part of this rank when an axis is cut into ceil(n/p), in the given order of ranks. */
static weft_box cut(const int64_t n[3], int axis, bool backwards)
{
    weft_box box = {0};
    int part = backwards ? size - 1 - rank : rank;
    int64_t thick = (n[axis] + size - 1) / size;
    for (int a = 0; a < 3; a++)
        box.local[a] = n[a];
    box.start[axis] = thick * part < n[axis] ? thick * part : n[axis];
    box.local[axis] = n[axis] - box.start[axis] < thick ? n[axis] - box.start[axis] : thick;
    return box;
}

static weft_box all_on_last(const int64_t n[3])
{
    weft_box box = {0};
    for (int a = 0; a < 3; a++)
        box.local[a] = rank == size - 1 ? n[a] : 0;
    return box;
}

static void test_cuts(const int64_t n[3])
{
    static const size_t elements[] = {8, 1, 16, 3};
    weft_box box[8];
    int count = 0;
    for (int axis = 0; axis < 3; axis++) {
        box[count] = cut(n, axis, false);
        lay_out(&box[count++], 2, false);
        box[count] = cut(n, axis, true);
        lay_out(&box[count++], 0, axis != 1);
    }
    box[count] = all_on_last(n);
    lay_out(&box[count++], 1, false);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++)
            move(&box[i], &box[j], n, elements[(i + j) % 4]);
}

static void test_grids(int dim, const int64_t *n)
{
    const double length[3] = {1, 1, 1};
    const weft_boundary boundary[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *slab, *blocks;
    CHECK(weft_grid_create(MPI_COMM_WORLD, dim, n, length, boundary, WEFT_SLAB, &slab) == WEFT_OK);
    CHECK(weft_grid_create(MPI_COMM_WORLD, dim, n, length, boundary, WEFT_BLOCKS, &blocks) ==
          WEFT_OK);
    for (int ghost = 0; ghost <= 3; ghost += 3) {
        weft_box a = weft_grid_box(slab, ghost), b = weft_grid_box(blocks, 2);
        move(&a, &b, slab->n, 8);
        move(&b, &a, slab->n, 8);
    }
    weft_grid_free(slab);
    weft_grid_free(blocks);
}

/* Boxes that overlap or leave points out are refused on all ranks, wherever it shows. */
static void test_mismatch(void)
{
    const int64_t n[3] = {8, 4, 5};
    weft_remap *remap;
    weft_box from = cut(n, 0, false), to = all_on_last(n);
    if (rank == size - 1)
        to.local[2]--;
    lay_out(&from, 0, false);
    lay_out(&to, 0, false);
    CHECK(weft_remap_create(MPI_COMM_WORLD, &from, &to, 8, &remap) == WEFT_FAILED);
    CHECK(remap == NULL && weft_error_message()[0] != '\0');
    weft_error_clear();
}

int main(int argc, char **argv)
{
    const int64_t shapes[][3] = {{8, 8, 8}, {5, 7, 3}, {9, 4, 6}, {4, 1, 11}};
    const int64_t plane[2] = {9, 14}, line[1] = {37}, cube[3] = {6, 5, 9};
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    for (int i = 0; i < 4; i++)
        test_cuts(shapes[i]);
    test_grids(1, line);
    test_grids(2, plane);
    test_grids(3, cube);
    test_mismatch();
    CHECK(weft_memory_blocks() == 0 && weft_memory_bytes() == 0);
    return check_end();
}
