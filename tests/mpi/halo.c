/* Halo exchange against the function it should extend: every ghost, corners included, for all
 * boundary kinds, widths, layouts, element sizes and numbers of components. */
#include "check.h"
#include "grid/parts.h"
#include "weft/grid.h"
#include "weft/memory.h"

static int size;

static const int64_t shapes[][4] = {
    /* dim, n */
    {1, 16},    {1, 17},      {1, 9},        {2, 16, 17},   {2, 9, 23},    {2, 2, 2},
    {2, 1, 12}, {3, 8, 8, 8}, {3, 9, 7, 10}, {3, 12, 5, 3}, {3, 1, 8, 16},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

typedef struct setup {
    const weft_grid *grid;
    weft_boundary boundary[3];
    int ghost, width, components;
    size_t element;
} setup;

/* The value that belongs to any global point, also beyond the ends; one axis after the other,
 * stepping into the box by one period or reflection at a time. */
static double expected(const setup *s, int component, const int64_t point[3])
{
    double sign = 1;
    int64_t p[3];
    for (int a = 0; a < 3; a++) {
        const int64_t n = s->grid->n[a];
        p[a] = point[a];
        while (p[a] < 0 || p[a] >= n) {
            weft_boundary b = s->boundary[a];
            if (b == WEFT_PERIODIC || b == WEFT_ANTIPERIODIC)
                p[a] += p[a] < 0 ? n : -n;
            else
                p[a] = p[a] < 0 ? -1 - p[a] : 2 * n - 1 - p[a];
            if (b == WEFT_ANTIPERIODIC || b == WEFT_DIRICHLET)
                sign = -sign;
        }
    }
    return sign * (1.0 + (double)(((p[0] * 131 + p[1]) * 137 + p[2]) * 4 + component));
}

static void put(char *array, const setup *s, int64_t at, double value)
{
    if (s->element == sizeof(double))
        memcpy(array + 8 * at, &value, sizeof value);
    else
        for (size_t b = 0; b < s->element; b++)
            array[(size_t)at * s->element + b] = (char)((int64_t)(7 * value) + (int64_t)b);
}

static bool same(const char *array, const setup *s, int64_t at, double value)
{
    double found;
    if (s->element == sizeof(double)) {
        memcpy(&found, array + 8 * at, sizeof found);
        return found == value;
    }
    for (size_t b = 0; b < s->element; b++)
        if (array[(size_t)at * s->element + b] != (char)((int64_t)(7 * value) + (int64_t)b))
            return false;
    return true;
}

enum { OWNED, INSIDE, OUTSIDE };

/* Call for all points of the array: fill the owned ones (everything else gets a mark), or count
 * points that are not as they should be: filled within width, untouched beyond it. */
static int64_t visit(const setup *s, char *array, bool fill)
{
    const double mark = -77;
    const weft_grid *g = s->grid;
    const weft_extent e = weft_grid_extent(g, s->ghost);
    int64_t bad = 0, g3[3];
    for (int a = 0; a < 3; a++)
        g3[a] = a >= 3 - g->dim ? s->ghost : 0;
    for (int c = 0; c < s->components; c++)
        for (int64_t z = -g3[0]; z < g->local[0] + g3[0]; z++)
            for (int64_t y = -g3[1]; y < g->local[1] + g3[1]; y++)
                for (int64_t x = -g3[2]; x < g->local[2] + g3[2]; x++) {
                    const int64_t p[3] = {z, y, x};
                    int64_t at = c * e.size + e.origin, global[3];
                    int where = OWNED;
                    for (int a = 0; a < 3; a++) {
                        int64_t out = p[a] < 0 ? -p[a] : p[a] - g->local[a] + 1;
                        int kind = out <= 0 || (p[a] >= 0 && p[a] < g->local[a]) ? OWNED
                                   : out <= s->width                             ? INSIDE
                                                                                 : OUTSIDE;
                        where = kind > where ? kind : where;
                        at += p[a] * e.stride[a];
                        global[a] = p[a] + g->start[a];
                    }
                    double value = expected(s, c, global);
                    if (fill)
                        put(array, s, at, where == OWNED ? value : mark);
                    else
                        bad += !same(array, s, at, where == OUTSIDE ? mark : value);
                }
    return bad;
}

static void run(const setup *s)
{
    const weft_grid *g = s->grid;
    weft_halo *halo;
    CHECK(weft_halo_create(g, s->ghost, s->width, s->element, s->components,
                           s->boundary + 3 - g->dim, &halo) == WEFT_OK);
    const weft_extent e = weft_grid_extent(g, s->ghost);
    char *array = weft_alloc((size_t)(e.size * s->components), s->element);
    int64_t calls = weft_memory_calls();
    for (int twice = 0; twice < 2; twice++) {
        visit(s, array, true);
        weft_halo_exchange(halo, array);
        if (weft_grid_local_sites(g) > 0)
            CHECK(visit(s, array, false) == 0);
    }
    CHECK(weft_memory_calls() == calls);
    weft_free(array);
    weft_halo_free(halo);
}

/* The largest width that this cut allows, found from the blocks of all ranks. */
static int64_t widest(const weft_grid *g)
{
    int64_t least = INT64_MAX, start[3], local[3];
    for (int a = 0; a < 3; a++)
        for (int r = 0; r < g->size; r++) {
            weft_grid_block(g, r, start, local);
            if (local[a] < g->n[a] && local[a] > 0)
                least = local[a] < least ? local[a] : least;
        }
    return least;
}

static void test_kinds(weft_layout layout)
{
    static const weft_boundary kinds[][3] = {
        {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC},
        {WEFT_ANTIPERIODIC, WEFT_ANTIPERIODIC, WEFT_ANTIPERIODIC},
        {WEFT_NEUMANN, WEFT_NEUMANN, WEFT_NEUMANN},
        {WEFT_DIRICHLET, WEFT_DIRICHLET, WEFT_DIRICHLET},
        {WEFT_DIRICHLET, WEFT_ANTIPERIODIC, WEFT_NEUMANN},
        {WEFT_ANTIPERIODIC, WEFT_NEUMANN, WEFT_PERIODIC},
    };
    for (int i = 0; i < SHAPES; i++) {
        int dim = (int)shapes[i][0];
        if (weft_grid_max_ranks(dim, shapes[i] + 1, layout, size) < size)
            continue;
        for (int k = 0; k < 6; k++) {
            const double length[3] = {1, 1, 1};
            weft_grid *g;
            setup s = {.components = 1 + k % 3, .element = sizeof(double)};
            for (int a = 0; a < 3; a++)
                s.boundary[a] = a >= 3 - dim ? kinds[k][a] : WEFT_PERIODIC;
            CHECK(weft_grid_create(MPI_COMM_WORLD, dim, shapes[i] + 1, length, s.boundary + 3 - dim,
                                   layout, &g) == WEFT_OK);
            s.grid = g;
            for (s.width = 1; s.width <= 4 && s.width <= widest(g); s.width++) {
                s.ghost = s.width + k % 2;
                run(&s);
                static const size_t elements[] = {1, 4, 16, 3};
                setup other = s;
                for (int j = 0; (k == 0 || k == 2) && j < 4; j++) {
                    other.element = elements[j];
                    run(&other);
                }
            }
            weft_grid_free(g);
        }
    }
}

static weft_grid *ring(int64_t n, weft_boundary boundary)
{
    const double length = 1;
    weft_grid *g;
    CHECK(weft_grid_create(MPI_COMM_WORLD, 1, &n, &length, &boundary, WEFT_SLAB, &g) == WEFT_OK);
    return g;
}

/* Axes that are not cut take any width; those that are refuse one that needs more than a neighbour
 * owns, and say how many ranks would do. */
static void test_width(void)
{
    weft_grid *g = ring(4, WEFT_PERIODIC);
    weft_halo *halo;
    weft_status status = weft_halo_create(g, 9, 3, sizeof(double), 1, NULL, &halo);
    CHECK(status == (size == 1 ? WEFT_OK : WEFT_INPUT));
    if (status != WEFT_OK) {
        CHECK(halo == NULL && strstr(weft_error_message(), "; 1 can be used") != NULL);
        weft_error_clear();
    }
    weft_halo_free(halo);
    weft_grid_free(g);
    g = ring(12, WEFT_PERIODIC);
    status = weft_halo_create(g, 6, 6, sizeof(double), 1, NULL, &halo);
    CHECK(status == (size <= 2 ? WEFT_OK : WEFT_INPUT));
    if (status != WEFT_OK) {
        CHECK(strstr(weft_error_message(), "; 2 can be used") != NULL);
        weft_error_clear();
    }
    weft_halo_free(halo);
    CHECK(weft_halo_create(g, 1, 1, 1, 1, &(weft_boundary){WEFT_DIRICHLET}, &halo) == WEFT_INPUT);
    weft_error_clear();
    weft_grid_free(g);
}

/* Several times around an axis that is not cut. */
static void test_wrap(void)
{
    static const weft_boundary kinds[] = {WEFT_PERIODIC, WEFT_ANTIPERIODIC, WEFT_NEUMANN,
                                          WEFT_DIRICHLET};
    const double length[2] = {1, 1};
    for (int64_t nx = 1; nx <= 3; nx++)
        for (int k = 0; k < 4; k++) {
            const int64_t n[2] = {8 * size, nx};
            setup s = {.ghost = 8, .width = 8, .components = 2, .element = sizeof(double)};
            weft_grid *g;
            s.boundary[1] = kinds[3 - k];
            s.boundary[2] = kinds[k];
            CHECK(weft_grid_create(MPI_COMM_WORLD, 2, n, length, s.boundary + 1, WEFT_SLAB, &g) ==
                  WEFT_OK);
            s.grid = g;
            run(&s);
            weft_grid_free(g);
        }
}

/* Two exchanges under way at once, finished in the order in which they began. */
static void test_overlap(void)
{
    const int64_t n[2] = {12, 13};
    const double length[2] = {1, 1};
    setup s = {.ghost = 2, .width = 2, .components = 1, .element = sizeof(double)};
    weft_grid *g;
    CHECK(weft_grid_create(MPI_COMM_WORLD, 2, n, length, s.boundary + 1, WEFT_BLOCKS, &g) ==
          WEFT_OK);
    s.grid = g;
    weft_halo *first, *second;
    CHECK(weft_halo_create(g, 2, 2, sizeof(double), 1, NULL, &first) == WEFT_OK);
    CHECK(weft_halo_create(g, 2, 2, sizeof(double), 1, NULL, &second) == WEFT_OK);
    size_t elements = (size_t)weft_grid_extent(g, 2).size;
    char *a = weft_alloc(elements, sizeof(double)), *b = weft_alloc(elements, sizeof(double));
    visit(&s, a, true);
    visit(&s, b, true);
    weft_halo_begin(first, a);
    weft_halo_begin(second, b);
    weft_halo_end(first, a);
    weft_halo_end(second, b);
    CHECK(visit(&s, a, false) == 0 && visit(&s, b, false) == 0);
    weft_free(a);
    weft_free(b);
    weft_halo_free(first);
    weft_halo_free(second);
    weft_grid_free(g);
}

/* Only boundary layers are sent. */
static void test_bytes(void)
{
    const int64_t n[2] = {64, 2048};
    const double length[2] = {1, 1};
    const weft_boundary boundary[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    weft_halo *halo;
    CHECK(weft_grid_create(MPI_COMM_WORLD, 2, n, length, boundary, WEFT_SLAB, &g) == WEFT_OK);
    CHECK(weft_halo_create(g, 3, 2, sizeof(double), 2, NULL, &halo) == WEFT_OK);
    CHECK(grid_halo_bytes(halo) == (size == 1 ? 0 : INT64_C(2) * 2 * 2 * 2048 * 8));
    weft_halo_free(halo);
    weft_grid_free(g);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    test_kinds(WEFT_SLAB);
    test_kinds(WEFT_BLOCKS);
    test_kinds(WEFT_PENCIL);
    test_width();
    test_wrap();
    test_overlap();
    test_bytes();
    CHECK(weft_memory_blocks() == 0 && weft_memory_bytes() == 0);
    return check_end();
}
