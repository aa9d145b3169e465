/* Factors in k space that are too large to compute with are refused, and those that a constraint
 * cannot be divided by: (k^2)^500, exp(k^2) on a fine grid, the inverse of an operator that is zero
 * in all modes but a few.
 *
 * They are looked at between the modes of the grid, a third beyond its longest wave and a little
 * before its shortest one, so that a pole in a single mode, which is allowed and set to zero, is
 * not met. Only text that the user wrote has factors yet: this comes before the equations are taken
 * apart. Local, the same on all ranks. */
#include "data.h"
#include <math.h>
#include <stdio.h>

static const double largest = 1e100;

/* The factor without the cut of poles. */
static int inside(const weft_graph *g, int node)
{
    const weft_graph_node *x = weft_graph_at(g, node);
    return x->op == WEFT_OP_FINITE ? x->a : node;
}

/* Is the factor too large at a wave? Then the error says so. */
static weft_status check_factor(eq_system *s, int node, int factor, const double wave[4])
{
    const double value = weft_graph_wave_value(s->graph, inside(s->graph, factor), wave);
    char text[200];
    if (fabs(value) <= largest)
        return WEFT_OK;
    weft_graph_print(s->graph, factor, eq_variable_name, s, text, sizeof text);
    return eq_fail_at(s, node, s->field[0].node,
                      "the factor %s in k space is %.3g at k = %.4g on this grid; numbers beyond "
                      "%g cannot be computed with (an operator on the left that is zero in almost "
                      "all modes has such a factor, too)",
                      text, value, sqrt(wave[3]), largest);
}

/* The longest and the shortest wave along one axis, or (axis 3) along the diagonal. */
static void wave_near(const eq_system *s, int axis, bool shortest, double wave[4])
{
    wave[3] = 0.0;
    for (int a = 0; a < 3; a++) {
        const double dx = s->dx[2 - a], n = (double)s->sites[2 - a];
        const bool along = a < s->dim && (axis == 3 || axis == a);
        wave[a] = !along ? 0.0 : shortest ? 0.97 * M_PI / dx : 1.37 * 2.0 * M_PI / (n * dx);
        wave[3] += wave[a] * wave[a];
    }
}

/* All operators that the text of the equations has made. */
weft_status eq_check_factors(eq_system *s)
{
    const int n = weft_graph_size(s->graph);
    for (int node = 1; node < n; node++)
        for (int i = 0; i < 8 && weft_graph_at(s->graph, node)->op == WEFT_OP_OPERATOR; i++) {
            double wave[4];
            wave_near(s, i / 2, i % 2, wave);
            if (wave[3] == 0.0)
                continue;
            WEFT_TRY(check_factor(s, node, weft_graph_at(s->graph, node)->a, wave));
            WEFT_TRY(check_factor(s, node, weft_graph_at(s->graph, node)->b, wave));
        }
    return WEFT_OK;
}
