/* Linear parts that are ill posed are refused: those whose growth rate rises without bound with k,
 * as for u_t = -lap u, which no resolution makes right. The rate is computed far beyond the grid,
 * at three wavenumbers, along the axes and one oblique direction.
 *
 * For a pair of components it is the larger real part of the eigenvalues of the 2 x 2 matrix. A
 * rate that rises by more than half at each step of a factor of 4 in k grows like a power; one that
 * saturates (a viscous system with an unstable band) does not. Local, the same on all ranks. */
#include "lattice.h"
#include "weft/memory.h"
#include <math.h>
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

/* Largest growth rate of components i and j alone (or of i, j = i). */
static double growth(const eq_system *s, int i, int j, const double wave[4])
{
    double _Complex a = entry(s, i, i, wave);
    if (i == j)
        return creal(a);
    double _Complex d = entry(s, j, j, wave), half = 0.5 * (a - d);
    double _Complex root = csqrt(half * half + entry(s, i, j, wave) * entry(s, j, i, wave));
    return creal(0.5 * (a + d)) + fabs(creal(root));
}

/* Does the growth rate rise like a power of k? */
static bool unbounded(const eq_system *s, int i, int j, const double direction[3])
{
    double rate[3], size = 1.0 / s->dx[2];
    for (int step = 0; step < 3; step++) {
        double k = 100.0 * size * pow(4.0, step), wave[4] = {0};
        for (int a = 0; a < s->dim; a++)
            wave[a] = k * direction[a];
        wave[3] = wave[0] * wave[0] + wave[1] * wave[1] + wave[2] * wave[2];
        rate[step] = growth(s, i, j, wave);
    }
    /* rates that are rounding errors of large numbers are no growth */
    double k = 1600.0 * size, wave[4] = {0};
    for (int a = 0; a < s->dim; a++)
        wave[a] = k * direction[a];
    wave[3] = wave[0] * wave[0] + wave[1] * wave[1] + wave[2] * wave[2];
    double cross = sqrt(cabs(entry(s, i, j, wave)) * cabs(entry(s, j, i, wave)));
    double noise = 1e-9 * fmax(cross, fmax(cabs(entry(s, i, i, wave)), cabs(entry(s, j, j, wave))));
    return rate[0] > 0.0 && rate[1] > 1.5 * rate[0] && rate[2] > 1.5 * rate[1] && rate[2] > noise;
}

/* The message shows the linear factor of the equation that a user can read. */
static weft_status ill_posed(eq_system *s, int i, int j)
{
    char text[300];
    const eq_field *f = &s->field[s->field_of[i]];
    int row = i, column = i;
    if (i != j && f->order == 2) { /* the force on a coordinate */
        row = i > j ? i : j;
        column = i > j ? j : i;
    }
    weft_symbol a = eq_linear(s, row, column);
    weft_graph_print(s->graph, a.even ? a.even : a.odd, eq_variable_name, s, text, sizeof text);
    return weft_node_fail(f->node, 0,
                          "ill posed: the linear part, the factor %s in k space, makes short waves "
                          "grow without bound; a sign may be wrong, or a term of higher order is "
                          "missing",
                          text);
}

/* Components alone, then pairs: a pair is enough for the usual systems (second order, activator and
 * inhibitor); larger couplings are not looked at. */
weft_status eq_check_growth(eq_system *s)
{
    if (s->lattice)
        return WEFT_OK;
    static const double directions[4][3] = {
        {1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}, {0.61, 0.57, 0.55}};
    for (int pairs = 0; pairs < 2; pairs++) /* each component alone first, for the message */
        for (int i = 0; i < s->n; i++)
            for (int j = pairs ? i + 1 : i; j < (pairs ? s->n : i + 1); j++)
                for (int d = 0; d < 4; d++)
                    if ((d == 3 || d < s->dim) && unbounded(s, i, j, directions[d]))
                        return ill_posed(s, i, j);
    return WEFT_OK;
}
