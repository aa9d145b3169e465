/* What is done with the values of fields, in whatever space they live.
 *
 * Invariants: (1) Coefficients are kept unnormalised; the factor fft->scale (1 / number of points)
 * is applied once, on the way to the grid. So a value goes forward and back by the same operations
 * wherever it is read, and observables do not change the state. (2) Sums over the grid are exact
 * (weft/exact.h), so they have the same bits for any number of ranks as long as the terms do. */
#include "weft/exact.h"
#include "weft/state.h"
#include <math.h>
#include <string.h>

/* Multiplies the points of a box by a factor, in place. */
static void scale_values(const weft_box *box, double factor, double *values)
{
    WEFT_FOR_ROWS(box, z, y) {
        double *restrict row = values + weft_box_row(box, z, y);
        for (int64_t x = 0; x < box->local[2]; x++)
            row[x] *= factor;
    }
}

/* Grid values of a component in WEFT_K; *box tells how they lie in memory. The coefficients are
 * copied first: the backward transform destroys its input. Collective. */
static const double *transformed(weft_state *state, const weft_field *field, int component,
                                 double *buffer, weft_box *box)
{
    weft_fft *fft = state->fft;
    double *work = buffer ? buffer : fft->work;
    memcpy(work, (double *)field->data + component * field->size,
           (size_t)field->size * sizeof *work);
    weft_fft_backward(fft, work);
    if (field->values) {
        double *values = field->values + component * weft_grid_local_sites(state->grid);
        weft_fft_store(fft, work, fft->scale, values, 0);
        *box = weft_grid_box(state->grid, 0);
        return values;
    }
    scale_values(&fft->real, fft->scale, work);
    *box = fft->real;
    return work;
}

/* A field in WEFT_X is viewed where it is, without a copy. */
weft_view weft_field_view(weft_state *state, weft_field *field, int component, double *buffer)
{
    weft_view view = {.data = weft_field_data(field, component)};
    weft_box box = weft_grid_box(state->grid, field->spec.ghost);
    if (field->space == WEFT_K)
        view.data = transformed(state, field, component, buffer, &box);
    memcpy(view.local, box.local, sizeof view.local);
    memcpy(view.stride, box.stride, sizeof view.stride);
    view.origin = box.origin;
    return view;
}

/* The opposite of a view. memmove, because `values` may be the field's own array. Ghosts are not
 * set: exchange them before they are read. */
void weft_field_assign(weft_state *state, weft_field *field, int component, const double *values,
                       int ghost)
{
    double *data = weft_field_data(field, component);
    if (field->space == WEFT_K) {
        weft_fft *fft = state->fft;
        weft_fft_load(fft, values, ghost, fft->work);
        weft_fft_forward(fft, fft->work);
        memcpy(data, fft->work, (size_t)field->size * sizeof *data);
        return;
    }
    const weft_extent from = weft_grid_extent(state->grid, ghost), *to = &field->extent;
    WEFT_FOR_ROWS(state->grid, z, y)
        memmove(data + weft_extent_row(to, z, y), values + weft_extent_row(&from, z, y),
                (size_t)state->grid->local[2] * sizeof *data);
}

/* Adds the squares of the owned points. */
static void add_grid_squares(const weft_view *view, weft_exact *sum)
{
    WEFT_FOR_ROWS(view, z, y) {
        const double *row = weft_row(view, z, y);
        weft_exact_add_products(sum, row, row, view->local[2]);
    }
}

/* Adds the terms w |c|^2 of n modes that follow each other along the last index. weight: how often
 * a mode counts along that index (a real transform stores one of two conjugate modes); outer:
 * product of the weights of the other two. In pieces of 256, which stay in cache. per_mode: doubles
 * of a coefficient, 2 if it is complex. */
static void add_mode_squares(const double *restrict c, const double *restrict weight, double outer,
                             int64_t n, int per_mode, weft_exact *sum)
{
    double term[256];
    for (int64_t first = 0; first < n; first += 256) {
        int64_t count = n - first < 256 ? n - first : 256;
        const double *restrict w = weight + first, *restrict v = c + first * per_mode;
        if (per_mode == 2)
            for (int64_t i = 0; i < count; i++)
                term[i] = outer * w[i] * (v[2 * i] * v[2 * i] + v[2 * i + 1] * v[2 * i + 1]);
        else
            for (int64_t i = 0; i < count; i++)
                term[i] = outer * w[i] * (v[i] * v[i]);
        weft_exact_add(sum, term, count);
    }
}

/* In WEFT_K by Parseval's theorem: with unnormalised coefficients, sum f^2 = scale * sum w |c|^2.
 */
double weft_field_sum_squares(weft_state *state, weft_field *field, int component)
{
    weft_exact sum;
    weft_exact_clear(&sum);
    double factor = 1;
    if (field->space == WEFT_X) {
        weft_view view = weft_field_view(state, field, component, NULL);
        add_grid_squares(&view, &sum);
    } else {
        const weft_fft *fft = state->fft;
        const double *c = weft_field_data(field, component);
        const int64_t *m = fft->m;
        for (int64_t i = 0; i < m[0]; i++)
            for (int64_t j = 0; j < m[1]; j++)
                add_mode_squares(c + (i * m[1] + j) * m[2] * fft->per_mode, fft->weight[2],
                                 fft->weight[0][i] * fft->weight[1][j], m[2], fft->per_mode, &sum);
        factor = fft->scale;
    }
    weft_exact_allreduce(state->grid->comm, &sum, 1);
    return factor * weft_exact_value(&sum);
}

/* The modulus of a value, as bits, is ordered like a whole number, inf and nan the largest; a
 * comparison of whole numbers vectorises, and cannot be optimised away like one with nan. */
static double row_largest(const double *restrict values, int64_t n)
{
    int64_t largest = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t bits;
        memcpy(&bits, values + i, sizeof bits);
        bits &= INT64_MAX;
        largest = bits > largest ? bits : largest;
    }
    double value;
    memcpy(&value, &largest, sizeof value);
    return isnan(value) ? INFINITY : value;
}

/* Of this rank's owned points, or of all its coefficients. Ghosts do not count: they may be stale.
 */
static double field_largest(const weft_grid *grid, const weft_field *field, int component)
{
    const double *data = (const double *)field->data + component * field->size;
    if (field->space == WEFT_K)
        return row_largest(data, field->size);
    double largest = 0.0;
    WEFT_FOR_ROWS(grid, z, y)
        largest = fmax(largest,
                       row_largest(data + weft_extent_row(&field->extent, z, y), grid->local[2]));
    return largest;
}

/* One reduction for all fields; every rank gets the same answer, so that all stop together. */
double weft_state_largest(const weft_state *state)
{
    double largest = 0.0;
    for (int i = 0; i < state->n; i++) {
        const weft_field *field = &state->field[i];
        bool evolved = field->spec.role == WEFT_EVOLVED || field->spec.role == WEFT_MOMENTUM;
        for (int c = 0; evolved && field->spec.element == WEFT_F64 && c < field->spec.components;
             c++)
            largest = fmax(largest, field_largest(state->grid, field, c));
    }
    MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPI_DOUBLE, MPI_MAX, state->grid->comm);
    return largest;
}

bool weft_state_finite(const weft_state *state)
{
    return isfinite(weft_state_largest(state));
}
