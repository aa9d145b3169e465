/* Linear parts that are ill posed are refused: those whose growth rate rises without bound with k,
 * as for u_t = -lap u, which no resolution makes right. The rate is computed far beyond the grid,
 * at three wavenumbers, along the axes and one oblique direction.
 *
 * It is the largest real part of the eigenvalues of the matrix of all components. A
 * rate that rises by more than half at each step of a factor of 4 in k grows like a power; one that
 * saturates (a viscous system with an unstable band) does not. Local, the same on all ranks. */
#include "eigen.h"
#include "lattice.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The number L_ij(k); not finite (1/k^2 at 0) counts as 0. */
static double _Complex entry(const eq_system *s, int i, int j, const double wave[4])
{
    weft_symbol a = eq_linear(s, i, j);
    double value[2] = {weft_graph_wave_value(s->graph, a.even, wave),
                       weft_graph_wave_value(s->graph, a.odd, wave)};
    for (int k = 0; k < 2; k++)
        value[k] = isfinite(value[k]) ? value[k] : 0.0;
    return value[0] + value[1] * I;
}

/* Largest growth rate of the n components of a list, and the largest modulus of an eigenvalue. */
static double growth(const eq_system *s, int n, const int *list, const double wave[4],
                     double *modulus)
{
    double _Complex L[EQ_COMPONENTS * EQ_COMPONENTS], value[EQ_COMPONENTS];
    double rate = -INFINITY;
    *modulus = 0.0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            L[i * n + j] = entry(s, list[i], list[j], wave);
    eq_eigenvalues(n, L, value);
    for (int i = 0; i < n; i++) {
        rate = fmax(rate, creal(value[i]));
        *modulus = fmax(*modulus, cabs(value[i]));
    }
    return rate;
}

/* kx, ky, kz and k^2 at the wavenumber k in a direction. */
static void wave_at(const eq_system *s, double k, const double direction[3], double wave[4])
{
    for (int a = 0; a < 3; a++)
        wave[a] = a < s->dim ? k * direction[a] : 0.0;
    wave[3] = wave[0] * wave[0] + wave[1] * wave[1] + wave[2] * wave[2];
}

/* Does the growth rate rise like a power of k? Rates that may be rounding errors of the
 * eigenvalues, whose relative size is the root of that of a number where two of them are equal, are
 * no growth. */
static bool unbounded(const eq_system *s, int n, const int *list, const double direction[3])
{
    double rate[3], wave[4], modulus = 0.0;
    for (int step = 0; step < 3; step++) {
        wave_at(s, 100.0 / s->dx[2] * pow(4.0, step), direction, wave);
        rate[step] = growth(s, n, list, wave, &modulus);
    }
    return rate[0] > 0.0 && rate[1] > 1.5 * rate[0] && rate[2] > 1.5 * rate[1] &&
           rate[2] > (n > 1 ? 1e-6 : 1e-9) * modulus;
}

/* The component, or the pair, that grows without bound alone, for the message; false: none does. */
static bool culprit(const eq_system *s, const double direction[3], int pair[2])
{
    for (int two = 0; two < 2; two++)
        for (pair[0] = 0; pair[0] < s->n; pair[0]++)
            for (pair[1] = two ? pair[0] + 1 : pair[0]; pair[1] < (two ? s->n : pair[0] + 1);
                 pair[1]++)
                if (unbounded(s, 1 + two, pair, direction))
                    return true;
    return false;
}

static void mode_text(const eq_system *s, const double wave[4], char *out, size_t size)
{
    size_t used = 0;
    for (int a = 0; a < s->dim; a++)
        used += (size_t)snprintf(out + used, size - used, "%sk%c = %.4g", a ? ", " : "", "xyz"[a],
                                 wave[a]);
}

/* The message shows the linear factor that a user can read, and how fast the shortest wave of the
 * grid along the direction grows, and one of half its length. */
static weft_status ill_posed(eq_system *s, const int *all, const double direction[3])
{
    char text[300] = "", mode[100];
    double wave[4], half[4], modulus;
    int pair[2] = {0, 0};
    const bool one = culprit(s, direction, pair);
    const eq_field *f = &s->field[s->field_of[pair[0]]];
    int row = pair[0], column = pair[1];
    if (row != column && f->order == 2) { /* the force on a coordinate */
        row = pair[1];
        column = pair[0];
    }
    wave_at(s, M_PI / s->dx[2], direction, wave);
    wave_at(s, 2.0 * M_PI / s->dx[2], direction, half);
    mode_text(s, wave, mode, sizeof mode);
    weft_symbol a = eq_linear(s, row, column);
    if (one)
        weft_graph_print(s->graph, a.even ? a.even : a.odd, eq_variable_name, s, text, sizeof text);
    const double slow = growth(s, s->n, all, wave, &modulus),
                 fast = growth(s, s->n, all, half, &modulus);
    return weft_node_fail(
        f->node, 0,
        "ill posed: the linear part%s%s%s makes short waves grow without bound: the "
        "mode %s at the rate %.4g, and one of half its length at the rate %.4g; a "
        "sign may be wrong, or a term of higher order is missing",
        one ? ", the factor " : " of all fields together", text, one ? " in k space," : "", mode,
        slow, fast);
}

/* The three axes and one direction that no symmetry of a symbol singles out, in which a mixed
 * derivative shows itself. Differences on a lattice are bounded, and so is their growth: nothing to
 * check there. */
weft_status eq_check_growth(eq_system *s)
{
    static const double directions[4][3] = {
        {1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}, {0.61, 0.57, 0.55}};
    int all[EQ_COMPONENTS];
    if (s->lattice)
        return WEFT_OK;
    for (int i = 0; i < s->n; i++)
        all[i] = i;
    for (int d = 0; d < 4; d++)
        if ((d == 3 || d < s->dim) && unbounded(s, s->n, all, directions[d]))
            return ill_posed(s, all, directions[d]);
    return WEFT_OK;
}

/* For differences, whose linear part is not at hand, real fields of first order are taken for such:
 * waves that run on for ever need a momentum or a complex field. */
bool eq_short_waves_die(const eq_system *s)
{
    int all[EQ_COMPONENTS];
    for (int i = 0; i < s->n_fields; i++)
        if (s->field[i].order == 2 || (s->lattice && s->field[i].is_complex))
            return false;
    for (int i = 0; i < s->n; i++)
        all[i] = i;
    for (int a = 0; a < s->dim && !s->lattice; a++) {
        double direction[3] = {0}, wave[4], modulus;
        direction[a] = 1;
        wave_at(s, 0, direction, wave);
        const double uniform = growth(s, s->n, all, wave, &modulus);
        wave_at(s, M_PI / s->dx[2 - a], direction, wave);
        const double rate = growth(s, s->n, all, wave, &modulus);
        if (!(rate - uniform < -1e-3 * modulus))
            return false;
    }
    return true;
}
