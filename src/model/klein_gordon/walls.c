/* Area of the walls phi = 0 (in 2D their length): every cell is cut into simplices (triangles,
 * tetrahedra) on which phi is taken as linear; the zero set is then a segment or a polygon and its
 * size exact, and the whole is of second order in the spacing. Where walls meet, phi is the product
 * of two linear functions, of which a linear one knows nothing: it cuts the corner, and each such
 * place costs a length of the spacing. A cell over which the slope changes by as much as it is
 * itself is therefore first cut into finer ones, with phi as linear along each axis alone, which
 * holds products of linear functions exactly.
 *
 * Invariants. Freudenthal's cut of a cell into simplices agrees with that of its neighbours on the
 * common face, so that the surface has no gaps. Every cell of the box is counted once: a cell
 * belongs to its lowest corner, whose rank needs one ghost layer above it, edges and corners
 * included; cells at walls are halved as the mirror demands. The sum over sites is exact: no
 * dependence on ranks. Points with phi = 0 count as positive, so that no cell has a zero
 * denominator. */
#include "kg.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* On a line walls are points, which the number of kinks counts; complex fields have strings. */
weft_status kg_walls_check(weft_sim *sim, double argument)
{
    (void)argument;
    if (sim->grid->dim == 1 || kg_of(sim)->components != 1)
        return weft_fail(WEFT_INPUT, "wall_area is for real fields in two and three dimensions");
    return WEFT_OK;
}

/* ---- one simplex ---- */

typedef struct vertex {
    double x[3], f;
} vertex;

/* The zero of the linear function between two vertices of opposite sign. */
static void zero_between(const vertex *a, const vertex *b, double *x)
{
    double s = a->f / (a->f - b->f);
    for (int i = 0; i < 3; i++)
        x[i] = a->x[i] + s * (b->x[i] - a->x[i]);
}

/* Area of a triangle in space: half the cross product. */
static double triangle(const double *a, const double *b, const double *c)
{
    double u[3], w[3];
    for (int i = 0; i < 3; i++) {
        u[i] = b[i] - a[i];
        w[i] = c[i] - a[i];
    }
    double x = u[1] * w[2] - u[2] * w[1], y = u[2] * w[0] - u[0] * w[2];
    double z = u[0] * w[1] - u[1] * w[0];
    return 0.5 * sqrt(x * x + y * y + z * z);
}

static double distance(const double *a, const double *b)
{
    double x = b[0] - a[0], y = b[1] - a[1], z = b[2] - a[2];
    return sqrt(x * x + y * y + z * z);
}

/* Size of the zero set in the simplex of count = 3 or 4 vertices. A tetrahedron with two vertices
 * on either side is cut in a quadrilateral; the order of the second row is turned so that its
 * corners follow each other around, and two triangles make it up. */
static double simplex(const vertex *v, int count)
{
    const vertex *low[4], *high[4];
    int n_low = 0, n_high = 0, n = 0;
    for (int i = 0; i < count; i++)
        if (v[i].f < 0)
            low[n_low++] = &v[i];
        else
            high[n_high++] = &v[i];
    if (n_low == 0 || n_high == 0)
        return 0;
    double cut[4][3];
    for (int i = 0; i < n_low; i++)
        for (int j = 0; j < n_high; j++)
            zero_between(low[i], high[n_low == 2 && i == 1 ? n_high - 1 - j : j], cut[n++]);
    if (count == 3)
        return distance(cut[0], cut[1]);
    double area = triangle(cut[0], cut[1], cut[2]);
    return n == 4 ? area + triangle(cut[0], cut[2], cut[3]) : area;
}

/* ---- cells ---- */

/* The corners of a cell are numbered by the bits z, y, x; every simplex is a path from corner 0 to
 * the opposite one along the edges (Freudenthal), which fits across cells. */
static const unsigned char paths2[][3] = {{0, 1, 3}, {0, 2, 3}};
static const unsigned char paths3[][4] = {{0, 1, 3, 7}, {0, 1, 5, 7}, {0, 2, 3, 7},
                                          {0, 2, 6, 7}, {0, 4, 5, 7}, {0, 4, 6, 7}};

/* The walls in a cell with these values at its corners. */
static double cell_of(int dim, const double *dx, const double *f)
{
    int corners = dim == 2 ? 4 : 8, negative = 0;
    vertex v[8];
    for (int i = 0; i < corners; i++) {
        v[i] = (vertex){{((i >> 2) & 1) * dx[0], ((i >> 1) & 1) * dx[1], (i & 1) * dx[2]}, f[i]};
        negative += f[i] < 0;
    }
    double sum = 0;
    if (negative == 0 || negative == corners)
        return 0;
    for (int s = 0; s < (dim == 2 ? 2 : 6); s++) {
        vertex w[4];
        for (int i = 0; i <= dim; i++)
            w[i] = v[dim == 2 ? paths2[s][i] : paths3[s][i]];
        sum += simplex(w, dim + 1);
    }
    return sum;
}

/* Does the slope along one axis change across another by as much as it is itself, on a face? */
static bool is_bent(int dim, const double *f)
{
    for (int a = 0; a < dim; a++)
        for (int b = 0; b < a; b++)
            for (int i = 0; i < (dim == 2 ? 4 : 8); i++) {
                const int da = 1 << a, db = 1 << b;
                if (i & (da | db))
                    continue;
                const double near_a = f[i + da] - f[i], far_a = f[i + da + db] - f[i + db];
                const double near_b = f[i + db] - f[i], far_b = f[i + da + db] - f[i + da];
                const double least =
                    fmax(fmin(fabs(near_a), fabs(far_a)), fmin(fabs(near_b), fabs(far_b)));
                if (fabs(far_a - near_a) > least)
                    return true;
            }
    return false;
}

/* phi at a place in a cell, as linear along each axis. */
static double within(int dim, const double *f, const double *at)
{
    double line[4], face[2];
    for (int i = 0; i < (dim == 2 ? 2 : 4); i++)
        line[i] = f[2 * i] + at[2] * (f[2 * i + 1] - f[2 * i]);
    for (int i = 0; i < (dim == 2 ? 1 : 2); i++)
        face[i] = line[2 * i] + at[1] * (line[2 * i + 1] - line[2 * i]);
    return dim == 2 ? face[0] : face[0] + at[0] * (face[1] - face[0]);
}

/* The walls in FINER^dim parts of a cell. */
static double finer_cells(int dim, const double *dx, const double *f)
{
    enum { FINER = 8 };
    const double small[3] = {dx[0] / FINER, dx[1] / FINER, dx[2] / FINER};
    double sum = 0, corner[8];
    for (int part = 0; part < (dim == 2 ? FINER * FINER : FINER * FINER * FINER); part++) {
        const int first[3] = {part / FINER / FINER, part / FINER % FINER, part % FINER};
        for (int i = 0; i < (dim == 2 ? 4 : 8); i++) {
            const double at[3] = {(double)(first[0] + ((i >> 2) & 1)) / FINER,
                                  (double)(first[1] + ((i >> 1) & 1)) / FINER,
                                  (double)(first[2] + (i & 1)) / FINER};
            corner[i] = within(dim, f, at);
        }
        sum += cell_of(dim, small, corner);
    }
    return sum;
}

/* at: the lowest corner; stride: of the array. */
static double cell(int dim, const double *dx, const int64_t *stride, const double *at)
{
    const int corners = dim == 2 ? 4 : 8;
    int negative = 0;
    double f[8];
    for (int i = 0; i < corners; i++) {
        f[i] = at[((i >> 2) & 1) * stride[0] + ((i >> 1) & 1) * stride[1] + (i & 1)];
        negative += f[i] < 0;
    }
    if (negative == 0 || negative == corners)
        return 0;
    return is_bent(dim, f) ? finer_cells(dim, dx, f) : cell_of(dim, dx, f);
}

/* The cells that belong to global point i of an axis: where they start from it and which part of
 * them lies in the box. Cells on a mirror are halved; at a plane of odd reflection phi vanishes,
 * which makes no wall. */
static int cells_of(const weft_grid *grid, int axis, int64_t i, int64_t *start, double *part)
{
    weft_boundary b = grid->boundary[axis];
    bool used = axis >= 3 - grid->dim, open = used && (b == WEFT_NEUMANN || b == WEFT_DIRICHLET);
    double edge = b == WEFT_NEUMANN ? 0.5 : 0;
    int count = 0;
    start[count] = 0;
    part[count++] = open && i == grid->n[axis] - 1 ? edge : 1;
    if (open && i == 0) {
        start[count] = -1;
        part[count++] = edge;
    }
    return count;
}

/* The walls in the cells that belong to the points of a row. */
static void area_row(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const weft_sim *sim = context;
    const weft_grid *grid = sim->grid;
    weft_extent e = weft_grid_extent(grid, 1);
    const double *f = kg_of(sim)->walls + weft_extent_row(&e, z, y);
    int64_t sz[2], sy[2], sx[2];
    double pz[2], py[2], px[2];
    int nz = cells_of(grid, 0, grid->start[0] + z, sz, pz);
    int ny = cells_of(grid, 1, grid->start[1] + y, sy, py);
    for (int64_t x = 0; x < n; x++) {
        int nx = cells_of(grid, 2, grid->start[2] + x, sx, px);
        out[x] = 0;
        for (int i = 0; i < nz * ny * nx; i++) {
            int a = i / (ny * nx), b = i / nx % ny, c = i % nx;
            double part = pz[a] * py[b] * px[c];
            if (part > 0)
                out[x] += part * cell(grid->dim, grid->dx, e.stride,
                                      f + sz[a] * e.stride[0] + sy[b] * e.stride[1] + x + sx[c]);
        }
    }
}

/* Copies phi into an array with one ghost layer, wherever it lives. Collective. */
weft_status kg_wall_area(weft_sim *sim, double argument, double *out)
{
    kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    weft_extent e = weft_grid_extent(grid, 1);
    (void)argument;
    if (!m->walls) {
        weft_status status = weft_halo_create(grid, 1, 1, sizeof(double), 1, NULL, &m->walls_halo);
        WEFT_ASSERT(status == WEFT_OK); /* one layer always fits */
        m->walls = weft_alloc((size_t)e.size, sizeof(double));
    }
    weft_view f = kg_scalar(sim);
    WEFT_FOR_ROWS(grid, z, y)
        memcpy(m->walls + weft_extent_row(&e, z, y), weft_row(&f, z, y),
               (size_t)grid->local[2] * sizeof(double));
    weft_halo_exchange(m->walls_halo, m->walls);
    *out = weft_rows_sum(grid, area_row, sim);
    return WEFT_OK;
}
