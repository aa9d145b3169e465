/* Central differences of order 2 to 8 for first and second derivatives (B. Fornberg, Math. Comp.
 * 51, 699 (1988)), of half width 1 to 4.
 *
 * Invariants. Neighbours at equal distance are added first, so that mirrored fields keep their
 * symmetry to the bit. The weights of a second derivative sum to zero and are symmetric: the
 * difference Laplacian is a symmetric matrix, hence the force is the gradient of an energy, -1/2
 * sum phi lap phi, which energy.c reports. Order of additions: x outward, then y, then z. A row
 * reads `width` points beyond its ends, which the ghosts hold. */
#include "kg.h"
#include <math.h>

/* Row w - 1: half width w, weights of the distances 0, 1, ... in units of the spacing. */
static const double second[KG_WIDTH][KG_WIDTH + 1] = {
    {-2.0, 1.0},
    {-5.0 / 2, 4.0 / 3, -1.0 / 12},
    {-49.0 / 18, 3.0 / 2, -3.0 / 20, 1.0 / 90},
    {-205.0 / 72, 8.0 / 5, -1.0 / 5, 8.0 / 315, -1.0 / 560},
};

static const double first[KG_WIDTH][KG_WIDTH + 1] = {
    {0, 1.0 / 2},
    {0, 2.0 / 3, -1.0 / 12},
    {0, 3.0 / 4, -3.0 / 20, 1.0 / 60},
    {0, 4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280},
};

/* The weights of the width in use, with the spacing of each axis divided in. */
void kg_stencil_make(const weft_grid *grid, kg *m)
{
    m->first_width = m->width > 0 ? m->width : KG_WIDTH;
    for (int a = 3 - grid->dim; a < 3; a++) {
        for (int j = 0; j <= m->width && m->width > 0; j++)
            m->second[a][j] = second[m->width - 1][j] / (grid->dx[a] * grid->dx[a]);
        for (int j = 0; j <= m->first_width; j++)
            m->first[a][j] = first[m->first_width - 1][j] / grid->dx[a];
    }
}

/* Every weight at distance j has the sign (-1)^(j+1), so that the alternating mode has the largest
 * eigenvalue. */
double kg_stencil_max(const weft_grid *grid, const kg *m)
{
    double sum = 0; /* the alternating mode is the fastest */
    for (int a = 3 - grid->dim; a < 3; a++) {
        sum -= m->second[a][0];
        for (int j = 1; j <= m->width; j++)
            sum -= 2 * m->second[a][j] * (j % 2 ? -1 : 1);
    }
    return sum;
}

/* out = centre*u + differences along one axis. */
static inline __attribute__((always_inline)) void start_row(int width, double centre,
                                                            const double *c, int64_t s,
                                                            const double *restrict u, int64_t n,
                                                            double *restrict out)
{
    for (int64_t i = 0; i < n; i++) {
        double sum = centre * u[i];
        for (int j = 1; j <= width; j++)
            sum = fma(c[j], u[i + j * s] + u[i - j * s], sum);
        out[i] = sum;
    }
}

/* out += differences along one axis whose neighbours are s elements apart. */
static inline __attribute__((always_inline)) void add_row(int width, const double *c, int64_t s,
                                                          const double *restrict u, int64_t n,
                                                          double *restrict out)
{
    for (int64_t i = 0; i < n; i++) {
        double sum = out[i];
        for (int j = 1; j <= width; j++)
            sum = fma(c[j], u[i + j * s] + u[i - j * s], sum);
        out[i] = sum;
    }
}

/* width is a constant where this is inlined, so that the inner loop is unrolled. The centre weights
 * of all axes are added up first: one product in place of three. */
static inline __attribute__((always_inline)) void laplacian_row(int width, const kg *m, int dim,
                                                                const int64_t *stride,
                                                                const double *u, int64_t n,
                                                                double *out)
{
    double centre = 0;
    for (int a = 3 - dim; a < 3; a++)
        centre += m->second[a][0];
    start_row(width, centre, m->second[2], 1, u, n, out);
    for (int a = 1; a >= 3 - dim; a--)
        add_row(width, m->second[a], stride[a], u, n, out);
}

/* One copy of the loop for each width, chosen once a row. */
void kg_laplacian_row(const kg *m, const weft_grid *grid, const int64_t *stride, const double *u,
                      int64_t n, double *out)
{
    switch (m->width) {
    case 1:
        laplacian_row(1, m, grid->dim, stride, u, n, out);
        break;
    case 2:
        laplacian_row(2, m, grid->dim, stride, u, n, out);
        break;
    case 3:
        laplacian_row(3, m, grid->dim, stride, u, n, out);
        break;
    default:
        laplacian_row(4, m, grid->dim, stride, u, n, out);
    }
}

/* Antisymmetric differences: the derivative of a mirrored field is exactly mirrored with the
 * opposite sign. */
void kg_derivative_row(const kg *m, int axis, int64_t stride, const double *u, int64_t n,
                       double *out)
{
    const double *c = m->first[axis];
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 1; j <= m->first_width; j++)
            sum = fma(c[j], u[i + j * stride] - u[i - j * stride], sum);
        out[i] = sum;
    }
}
