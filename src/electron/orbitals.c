/* Orbitals in time: the columns |psi_k> of a matrix of sites and orbitals, advanced by
 * exp(-i H dt), split into hopping and potential. Column k lives on rank k mod size, whole.
 *
 * Invariants. (1) A column's operations do not depend on which rank has it. (2) The density
 * is a sum over columns of whole multiples of 2^-60, which is exact in 64-bit integers: so
 * it has the same bits on any number of ranks. (3) Both factors are unitary to rounding:
 * the hopping's series is carried on until its terms vanish, and the potential only turns
 * phases. Orthonormality therefore stays, and weft_orbitals_orthonormality measures it.
 *
 * The price is memory and work of the order N^2 a step; columns never travel in the time
 * loop. */
#include "dense.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

/* One term of the hopping: displacement and amplitude. */
typedef struct term {
    int64_t d[3];
    double amplitude;
} term;

enum { MOST_TERMS = 18 };
static const double unit = 0x1p-60; /* densities are summed as whole multiples of this */

/* Columns of this rank and scratch memory; whole-lattice arrays have x fastest. */
struct weft_orbitals {
    weft_electron *electron;
    int64_t count, mine, sites;
    double *occupation; /* of all columns */
    double *re, *im;    /* mine * sites each */
    double *work;       /* 8 * sites */
    int64_t *multiples; /* density in units */
    double *whole;      /* density of the whole lattice */
    double *column_sum; /* count */
    int n_terms;
    term term[MOST_TERMS];
    double width; /* bound on |hopping| */
};

/* The sum of all amplitudes bounds the norm of the hopping. */
static void add_term(weft_orbitals *o, int64_t z, int64_t y, int64_t x, double amplitude)
{
    o->term[o->n_terms++] = (term){{z, y, x}, amplitude};
    o->width += fabs(amplitude);
}

/* The same neighbours as in matrix.c. */
static void make_terms(weft_orbitals *o)
{
    const weft_electron_options *opt = &o->electron->own->options;
    int dim = o->electron->grid->dim;
    for (int a = 3 - dim; a < 3; a++)
        for (int s = -1; s < 2; s += 2) {
            int64_t d[3] = {0};
            d[a] = s;
            add_term(o, d[0], d[1], d[2], -opt->hopping);
            if (dim == 1 && opt->next_hopping != 0)
                add_term(o, 0, 0, 2 * s, -opt->next_hopping);
            for (int b = a + 1; b < 3 && opt->next_hopping != 0; b++)
                for (int s2 = -1; s2 < 2; s2 += 2) {
                    d[b] = s2;
                    add_term(o, d[0], d[1], d[2], -opt->next_hopping);
                    d[b] = 0;
                }
        }
}

/* out[x] += c row[x + d mod n]: the row in two pieces, so that no index is wrapped in a
 * loop. */
static void add_shifted(double *restrict out, const double *restrict row, int64_t d, int64_t n,
                        double c)
{
    d = el_wrapped(d, n);
    for (int64_t x = 0; x < n - d; x++)
        out[x] += c * row[x + d];
    for (int64_t x = n - d; x < n; x++)
        out[x] += c * row[x + d - n];
}

/* out = factor * hopping in - out (or without - out) on the whole lattice. */
static void apply(const weft_orbitals *o, double factor, bool minus, const double *in, double *out)
{
    const int64_t *n = o->electron->grid->n;
    for (int64_t z = 0; z < n[0]; z++)
        for (int64_t y = 0; y < n[1]; y++) {
            double *row = out + (z * n[1] + y) * n[2];
            for (int64_t x = 0; x < n[2]; x++)
                row[x] = minus ? -row[x] : 0;
            for (int k = 0; k < o->n_terms; k++) {
                const term *t = &o->term[k];
                int64_t from = el_wrapped(z + t->d[0], n[0]) * n[1] + el_wrapped(y + t->d[1], n[1]);
                add_shifted(row, in + from * n[2], t->d[2], n[2], factor * t->amplitude);
            }
        }
}

/* Columns without values yet, for a state that is loaded. Memory is claimed before it is
 * taken. */
weft_status weft_orbitals_empty(weft_electron *electron, int64_t count, const double *occupation,
                                weft_orbitals **out)
{
    const weft_grid *g = electron->grid;
    const int64_t sites = electron->own->sites, mine = (count - g->rank + g->size - 1) / g->size;
    *out = NULL;
    WEFT_TRY(weft_memory_claim(g->comm, 2.0 * sizeof(double) * (double)mine * (double)sites));
    weft_orbitals *o = weft_alloc(1, sizeof *o);
    o->electron = electron;
    o->count = count;
    o->sites = sites;
    o->mine = mine;
    o->occupation = weft_alloc((size_t)count, sizeof(double));
    memcpy(o->occupation, occupation, (size_t)count * sizeof(double));
    o->re = weft_alloc((size_t)(o->mine * o->sites), sizeof(double));
    o->im = weft_alloc((size_t)(o->mine * o->sites), sizeof(double));
    o->work = weft_alloc((size_t)(8 * o->sites), sizeof(double));
    o->multiples = weft_alloc((size_t)o->sites, sizeof(int64_t));
    o->whole = weft_alloc((size_t)o->sites, sizeof(double));
    o->column_sum = weft_alloc((size_t)count, sizeof(double));
    make_terms(o);
    *out = o;
    return WEFT_OK;
}

/* The electron is not the orbitals' own and stays. */
void weft_orbitals_free(weft_orbitals *o)
{
    if (!o)
        return;
    weft_free(o->occupation);
    weft_free(o->re);
    weft_free(o->im);
    weft_free(o->work);
    weft_free(o->multiples);
    weft_free(o->whole);
    weft_free(o->column_sum);
    weft_free(o);
}

/* Orbitals that are the occupied levels of the present potential. The levels and vectors of
 * rank 0 go to the ranks column by column: one column is in memory twice, not the matrix.
 * Levels without occupation are left out. The code of LAPACK reaches all ranks before any
 * of them decides. */
weft_status weft_orbitals_create(weft_electron *e, double temperature, weft_orbitals **out)
{
    el_private *p = e->own;
    MPI_Comm comm = e->grid->comm;
    int64_t n = p->sites, count = 0;
    double *a = NULL, *f = weft_alloc((size_t)n, sizeof *f);
    double *column = weft_alloc((size_t)(2 * n), sizeof *column);
    int info = 0;
    *out = NULL;
    el_gather(e, p->whole);
    if (e->grid->rank == 0)
        info = el_diagonalise(e, true, p->levels, &a);
    MPI_Bcast(&info, 1, MPI_INT, 0, comm);
    MPI_Bcast(p->levels, (int)n, MPI_DOUBLE, 0, comm);
    if (info == 0) {
        e->mu = el_occupy(e, p->levels, temperature, f);
        while (count < n && f[count] > 1e-18)
            count++;
        WEFT_TRY(weft_orbitals_empty(e, count, f, out));
    }
    for (int64_t k = 0; k < count; k++) {
        if (e->grid->rank == 0)
            memcpy(column, a + k * n, (size_t)n * sizeof *a);
        MPI_Bcast(column, (int)n, MPI_DOUBLE, 0, comm);
        weft_orbitals_put(*out, k, column);
    }
    weft_free(a);
    weft_free(f);
    weft_free(column);
    if (info != 0)
        return weft_fail(WEFT_FAILED, "LAPACK's dsyevd did not converge (info %d)", info);
    return WEFT_OK;
}

/* exp(-i z x) = sum_k (2 - delta_k0) (-i)^k J_k(z) T_k(x), x = hopping/width, z = width dt,
 * for one column (H. Tal-Ezer, R. Kosloff, J. Chem. Phys. 81, 3967 (1984)). For k > z the
 * Bessel functions fall faster than exponentially, so that the series ends at rounding. */
static void hop_column(weft_orbitals *o, double z, double *re, double *im)
{
    int64_t n = o->sites;
    double *w = o->work, *ur = w, *ui = w + n, *lr = w + 2 * n, *li = w + 3 * n;
    double *sr = w + 4 * n, *si = w + 5 * n;
    double j = jn(0, z);
    for (int64_t i = 0; i < n; i++) { /* T_0 = psi, and T_-1 = T_1 */
        ur[i] = re[i];
        ui[i] = im[i];
        sr[i] = j * re[i];
        si[i] = j * im[i];
    }
    apply(o, 1 / o->width, false, ur, lr);
    apply(o, 1 / o->width, false, ui, li);
    for (int k = 1;; k++) {
        /* l becomes T_k, in the first round it is T_1 already */
        if (k > 1) {
            apply(o, 2 / o->width, true, ur, lr);
            apply(o, 2 / o->width, true, ui, li);
        }
        double *t = ur;
        ur = lr;
        lr = t;
        t = ui;
        ui = li;
        li = t;
        j = jn(k, z);
        double c = k % 4 == 1 || k % 4 == 2 ? -2 * j : 2 * j; /* of -i, -1, i, 1 */
        if (k % 2)
            for (int64_t i = 0; i < n; i++) {
                sr[i] -= c * ui[i];
                si[i] += c * ur[i];
            }
        else
            for (int64_t i = 0; i < n; i++) {
                sr[i] += c * ur[i];
                si[i] += c * ui[i];
            }
        if (k > fabs(z) && fabs(j) < 1e-18)
            break;
    }
    memcpy(re, sr, (size_t)n * sizeof *re);
    memcpy(im, si, (size_t)n * sizeof *im);
}

/* Column by column: the six rows of scratch and one column stay in cache where two columns would
 * not, and no rank waits for another. */
void weft_orbitals_hop(weft_orbitals *o, double dt)
{
    for (int64_t c = 0; c < o->mine; c++)
        hop_column(o, o->width * dt, o->re + c * o->sites, o->im + c * o->sites);
}

/* psi_i becomes exp(-i dt V_i) psi_i. */
static void turn_column(const double *restrict cosine, const double *restrict sine,
                        double *restrict re, double *restrict im, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double r = re[i] * cosine[i] + im[i] * sine[i];
        im[i] = im[i] * cosine[i] - re[i] * sine[i];
        re[i] = r;
    }
}

/* exp(-i V dt) at each site, the same for all columns. */
void weft_orbitals_turn(weft_orbitals *o, double dt)
{
    el_private *p = o->electron->own;
    double *sine = o->work, *cosine = o->work + o->sites;
    el_gather(o->electron, p->whole);
    for (int64_t i = 0; i < o->sites; i++)
        weft_sincos(dt * p->whole[i], &sine[i], &cosine[i]);
    for (int64_t c = 0; c < o->mine; c++)
        turn_column(cosine, sine, o->re + c * o->sites, o->im + c * o->sites, o->sites);
}

/* n_i = sum_k f_k |psi_k(i)|^2. Each term is cut to a whole multiple of 2^-60, and whole
 * numbers are summed exactly in any order; the density is at most one, so that 64 bits are
 * enough. What is cut off is less than 2^-60 for each column. */
void weft_orbitals_density(weft_orbitals *o)
{
    int64_t n = o->sites;
    int size = o->electron->grid->size, rank = o->electron->grid->rank;
    memset(o->multiples, 0, (size_t)n * sizeof *o->multiples);
    for (int64_t c = 0; c < o->mine; c++) {
        const double *re = o->re + c * n, *im = o->im + c * n;
        double f = o->occupation[c * size + rank] / unit;
        for (int64_t i = 0; i < n; i++)
            o->multiples[i] += (int64_t)(f * (re[i] * re[i] + im[i] * im[i]));
    }
    MPI_Allreduce(MPI_IN_PLACE, o->multiples, (int)n, MPI_INT64_T, MPI_SUM,
                  o->electron->grid->comm);
    for (int64_t i = 0; i < n; i++)
        o->whole[i] = unit * (double)o->multiples[i];
    el_scatter(o->electron, o->whole);
}

/* Hopping column by column, summed in the order of the columns; then the potential with the
 * density. Both in an order that does not depend on the ranks. */
double weft_orbitals_energy(weft_orbitals *o)
{
    int64_t n = o->sites;
    const weft_grid *g = o->electron->grid;
    el_private *p = o->electron->own;
    el_gather(o->electron, p->whole);
    weft_orbitals_density(o);
    memset(o->column_sum, 0, (size_t)o->count * sizeof *o->column_sum);
    for (int64_t c = 0; c < o->mine; c++) {
        const double *part[2] = {o->re + c * n, o->im + c * n};
        double sum = 0;
        for (int j = 0; j < 2; j++) {
            apply(o, 1, false, part[j], o->work);
            for (int64_t i = 0; i < n; i++)
                sum += part[j][i] * o->work[i];
        }
        int64_t k = c * g->size + g->rank;
        o->column_sum[k] = o->occupation[k] * sum;
    }
    MPI_Allreduce(MPI_IN_PLACE, o->column_sum, (int)o->count, MPI_DOUBLE, MPI_SUM, g->comm);
    double energy = 0;
    for (int64_t k = 0; k < o->count; k++)
        energy += o->column_sum[k];
    for (int64_t i = 0; i < n; i++)
        energy += p->whole[i] * o->whole[i];
    return energy;
}

/* The largest |<k|l> - delta_kl|. Each column is sent to all, one at a time. */
double weft_orbitals_orthonormality(weft_orbitals *o)
{
    int64_t n = o->sites;
    const weft_grid *g = o->electron->grid;
    double worst = 0, *other = weft_alloc((size_t)(2 * n), sizeof *other);
    for (int64_t k = 0; k < o->count; k++) {
        weft_orbitals_get(o, k, other);
        for (int64_t c = 0; c < o->mine; c++) {
            const double *re = o->re + c * n, *im = o->im + c * n;
            double sr = c * g->size + g->rank == k ? -1 : 0, si = 0;
            for (int64_t i = 0; i < n; i++) {
                sr += other[i] * re[i] + other[n + i] * im[i];
                si += other[i] * im[i] - other[n + i] * re[i];
            }
            worst = fmax(worst, hypot(sr, si));
        }
    }
    weft_free(other);
    MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_DOUBLE, MPI_MAX, g->comm);
    return worst;
}

int64_t weft_orbitals_count(const weft_orbitals *o)
{
    return o->count;
}

/* Of this rank. */
int64_t weft_orbitals_bytes(const weft_orbitals *o)
{
    return (2 * o->mine + 10) * o->sites * (int64_t)sizeof(double);
}

const double *weft_orbitals_occupation(const weft_orbitals *o)
{
    return o->occupation;
}

/* Column k, n real parts and then n imaginary ones, on every rank. Collective. */
void weft_orbitals_get(const weft_orbitals *o, int64_t k, double *out)
{
    const weft_grid *g = o->electron->grid;
    int owner = (int)(k % g->size);
    int64_t c = k / g->size, n = o->sites;
    if (g->rank == owner) {
        memcpy(out, o->re + c * n, (size_t)n * sizeof *out);
        memcpy(out + n, o->im + c * n, (size_t)n * sizeof *out);
    }
    MPI_Bcast(out, (int)(2 * n), MPI_DOUBLE, owner, g->comm);
}

/* The same into the rank that has it; all may call it. */
void weft_orbitals_put(weft_orbitals *o, int64_t k, const double *values)
{
    const weft_grid *g = o->electron->grid;
    int64_t c = k / g->size, n = o->sites;
    if (g->rank != (int)(k % g->size))
        return;
    memcpy(o->re + c * n, values, (size_t)n * sizeof *values);
    memcpy(o->im + c * n, values + n, (size_t)n * sizeof *values);
}
