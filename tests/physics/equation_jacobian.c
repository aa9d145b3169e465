/* The Jacobian of lattice forms, by the derivative of the graph, against central differences of the
 * right-hand side: of every component at some sites, by every component at every site. A difference
 * of step h = 1e-5 of smooth terms is right to h^2 and to 1e-16/h, 1e-9 of the largest entry here.
 */
#include "../run.h"
#include <math.h>

enum { MOST = 512 };

static int components(weft_state *state, double **data, const weft_extent **extent)
{
    int n = 0;
    for (int f = 0; f < state->n; f++)
        for (int c = 0; c < state->field[f].spec.components; c++) {
            data[n] = weft_field_data(&state->field[f], c);
            extent[n++] = &state->field[f].extent;
        }
    return n;
}

static int64_t site(const weft_extent *e, const int64_t at[3])
{
    return e->origin + at[0] * e->stride[0] + at[1] * e->stride[1] + at[2] * e->stride[2];
}

/* The column of the whole matrix for an entry at a site, and the sign of its image. */
static double column_of(const weft_grid *g, const weft_coupling *where, const int64_t at[3],
                        int64_t to[3])
{
    double sign = 1.0;
    for (int a = 0; a < 3; a++) {
        int64_t n = g->n[a], i = at[a] + where->offset[a];
        bool wall = g->boundary[a] == WEFT_NEUMANN || g->boundary[a] == WEFT_DIRICHLET;
        while (i < 0 || i >= n) {
            if (g->boundary[a] == WEFT_ANTIPERIODIC || g->boundary[a] == WEFT_DIRICHLET)
                sign = -sign;
            i = wall ? (i < 0 ? -1 - i : 2 * n - 1 - i) : (i + n) % n;
        }
        to[a] = i;
    }
    return sign;
}

static void check_case(const char *what, const char *text)
{
    test_run r;
    weft_state *plus, *minus;
    double *u[24], *p[24], *m[24], worst = 0.0, largest = 0.0;
    const weft_extent *e[24], *ep[24];
    weft_coupling where[MOST];
    run_start(&r, MPI_COMM_WORLD, text);
    weft_sim *sim = r.sim;
    const weft_families *f = &sim->model->families;
    const weft_grid *g = sim->grid;
    const int entries = f->couplings(sim, NULL), n = components(sim->state, u, e);
    CHECK(entries > 0 && entries <= MOST);
    f->couplings(sim, where);
    double *rows = weft_alloc((size_t)(entries * g->n[2]), sizeof *rows);
    run_must(weft_state_like(sim->state, &plus));
    run_must(weft_state_like(sim->state, &minus));
    components(plus, p, ep);
    components(minus, m, ep);
    const int64_t sites = weft_grid_sites(g);
    for (int j = 0; j < n; j++)
        for (int64_t s = 0; s < sites; s++) {
            const int64_t by[3] = {s / (g->n[1] * g->n[2]), s / g->n[2] % g->n[1], s % g->n[2]};
            const double h = 1e-5, old = u[j][site(e[j], by)];
            u[j][site(e[j], by)] = old + h;
            run_must(f->rhs(sim, 0.3, sim->state, plus));
            u[j][site(e[j], by)] = old - h;
            run_must(f->rhs(sim, 0.3, sim->state, minus));
            u[j][site(e[j], by)] = old;
            for (int64_t o = 0; o < sites; o++) {
                const int64_t at[3] = {o / (g->n[1] * g->n[2]), o / g->n[2] % g->n[1], o % g->n[2]};
                double sum[24] = {0};
                for (int a = 0; a < sim->state->n; a++)
                    weft_field_exchange(&sim->state->field[a]);
                if (at[2] == 0)
                    f->jacobian(sim, 0.3, sim->state, at[0], at[1], rows);
                for (int c = 0; c < entries; c++) {
                    int64_t to[3];
                    double sign = column_of(g, &where[c], at, to);
                    if (where[c].column == j && to[0] == by[0] && to[1] == by[1] && to[2] == by[2])
                        sum[where[c].row] += sign * rows[c * g->n[2] + at[2]];
                }
                for (int i = 0; i < n; i++) {
                    double slope = (p[i][site(ep[i], at)] - m[i][site(ep[i], at)]) / (2 * h);
                    worst = fmax(worst, fabs(slope - sum[i]));
                    largest = fmax(largest, fabs(slope));
                }
            }
        }
    printf("%s: off by %.2g of %.3g\n", what, worst, largest);
    CHECK(largest > 0.5 && worst < 1e-8 * largest);
    weft_state_free(plus);
    weft_state_free(minus);
    weft_free(rows);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    check_case("two fields, walls",
               "model: equation\ngrid: {n: [5, 7], length: [5.0, 7.0]}\nequation:\n"
               "  fields: [u, v]\n  space: lattice\n  boundary: [dirichlet, neumann]\n"
               "  equations:\n    - dt(u) = 0.7*lap(u^2) + dx(u)*v + sin(u*v) - u^3*t\n"
               "    - \"dt(v) = v[2,-1]*u[0,1] - exp(-v^2) + atan2(u, 2 + v^2) + dy(u, 3)*x\"\n"
               "initial: {type: formula, u: normal, v: normal}\n"
               "time: {dt: 0.01, end: 0.01, stepper: rk4}\n");
    check_case("second order and complex, antiperiodic",
               "model: equation\ngrid: {n: [13], length: [13.0]}\nequation:\n"
               "  fields: {q: real, A: complex}\n  space: lattice\n  boundary: antiperiodic\n"
               "  difference: 4\n  equations:\n"
               "    - \"dtt(q) = lap(q) - tanh(q[1]) - 0.3*dt(q)*abs2(A) + max(q, re(A))\"\n"
               "    - dt(A) = (1 + 2*i)*lap(A) - abs2(A)*A + conj(A)*q + where(q > 0, A^2, i*A)\n"
               "initial: {type: formula, q: normal, q_t: normal, A: normal + i*normal}\n"
               "time: {dt: 0.01, end: 0.01, stepper: rk4}\n");
    check_case(
        "three axes",
        "model: equation\ngrid: {n: [3, 3, 4], length: [3.0, 3.0, 4.0]}\nequation:\n"
        "  fields: [u]\n  space: lattice\n  equations:\n"
        "    - dt(u) = lap(u)/(2 + u^2) + dz(u)*dy(u) - (1 + u^2)^1.5 + erf(u) + sqrt(3 + u*u)\n"
        "initial: {type: formula, u: normal}\n"
        "time: {dt: 0.01, end: 0.01, stepper: rk4}\n");
    return check_end();
}
