/* What is said about the physics at the start of a run: control numbers, the mean-field solution,
 * how the force is found, and warnings.
 *
 *     x = g^2/((K - z kappa) t)     decides the mean field of the staggered state
 *     lambda = g^2/(K W), W = 2 z t the number that papers quote (many with half of W)
 *     Delta = g Q0                  the gap of the static solution, at the electrons' temperature
 *     Tc                            where that gap opens; order sets in lower if g is large
 *
 * z is the number of neighbours. A protocol has its first and its last values described. Nothing
 * here changes the state; all ranks compute the same and one of them writes. */
#include "holstein.h"
#include "weft/log.h"
#include <math.h>

/* Lattices for the orientation values are cut to this many points an axis. */
static const int64_t enough[3] = {4096, 192, 40};

/* The lines for one time of the protocol. The mean-field sums run over all wavenumbers; a large
 * lattice is replaced by one that gives the same digits. */
static void describe_controls(weft_sim *sim, double when)
{
    const ho *h = sim->data;
    const ho_parameters *p = &h->par;
    double g = protocol_at(&p->g, when), T = ho_electron_temperature(p, when);
    double soft = ho_stiffness(p, h->dim), z = ho_neighbours(h->dim);
    weft_say("t = %.6g: g = %.6g, T = %.6g, electron T = %.6g", when, g, protocol_at(&p->T, when),
             T);
    if (p->t <= 0 || g <= 0)
        return;
    double x = g * g / (soft * p->t), width = 2 * z * p->t;
    int64_t n[3];
    for (int a = 0; a < h->dim; a++) {
        n[a] = sim->grid->n[3 - h->dim + a];
        n[a] = n[a] < enough[h->dim - 1] ? n[a] : enough[h->dim - 1];
    }
    weft_say("  control numbers: x = g^2/((K - z kappa) t) = %.6g; lambda = g^2/(K W) = %.6g with "
             "W = %.6g",
             x, g * g / (p->K * width), width);
    double gap = ho_mean_field_gap(h->dim, n, p->t, x, T);
    weft_say("  mean field: Delta = g Q0 = %.8g at T = %.6g, Q0 = %.6g, Tc = %.6g", gap, T, gap / g,
             ho_mean_field_tc(h->dim, n, p->t, x));
}

/* Which solver is at work, with what it has chosen by itself. */
static void describe_force(const ho *h)
{
    const weft_electron *e = h->electron;
    if (h->par.ehrenfest)
        weft_say("  Ehrenfest: %lld orbitals, %.3g MB on this rank",
                 (long long)weft_orbitals_count(h->orbitals),
                 (double)weft_orbitals_bytes(h->orbitals) * 1e-6);
    else if (h->par.electron.solver == WEFT_ELECTRON_DENSE)
        weft_say("  force: dense diagonalisation, mu = %.6g", e->mu);
    else if (h->par.electron.solver == WEFT_ELECTRON_CHEBYSHEV_FULL)
        weft_say("  force: Chebyshev on the whole lattice, order %lld, mu = %.6g",
                 (long long)e->order, e->mu);
    else
        weft_say("  force: %s, tolerance %.4g, now radius %.3g, %s %lld, mu = %.6g",
                 weft_electron_method(e), h->par.electron.tolerance, e->radius,
                 weft_electron_now(e).window >= 0 ? "poles" : "order", (long long)e->order, e->mu);
}

/* The last time is that of the latest point of any protocol. */
void ho_describe(weft_sim *sim)
{
    const ho *h = sim->data;
    const ho_parameters *p = &h->par;
    describe_controls(sim, 0);
    double last =
        fmax(fmax(protocol_time(&p->g, p->g.points - 1), protocol_time(&p->T, p->T.points - 1)),
             p->electron_follows ? 0 : protocol_time(&p->T_electron, p->T_electron.points - 1));
    if (last > 0)
        describe_controls(sim, last);
    describe_force(h);
    if (!weft_electron_blas_tuned())
        weft_warn("the reference BLAS is linked, which is 8 to 9 times slower in dense "
                  "diagonalisation; link OpenBLAS");
    if (p->electron.solver != WEFT_ELECTRON_DENSE &&
        p->electron.solver != WEFT_ELECTRON_CHEBYSHEV_FULL && p->gamma == 0)
        weft_warn("windowed forces are not the exact gradient of one energy, which drifts slowly "
                  "without a bath; use a small force_tolerance, or chebyshev_full or dense");
}
