/* The model kuramoto: phase oscillators on rings, chains and lattices, or all to all,
 *
 *     dphi_i/dt = omega_i + K sum_j [sin(phi_j - phi_i + delta) - sin(delta)] + sqrt(2 D) xi_i
 *
 * (H. Sakaguchi, Y. Kuramoto, Prog. Theor. Phys. 76, 576 (1986); as growing fronts: R. Gutierrez,
 * R. Cuerno, arXiv:2210.03782, arXiv:2604.06040). This file holds parameters, plan, time step and
 * the observable of the exact critical coupling; coupling.c computes the rates, start.c the initial
 * states, physics/phases.c all that phases share with other oscillators (slips, frequencies,
 * clusters).
 *
 * Invariants. Phases are unwrapped: a phase counts turns and is never reduced modulo 2 pi, since
 * the front h = phi is what grows and since slips are read from it. The coupling is periodic, so
 * that the dynamics do not care. The term -sin(delta) takes the constant drift of a synchronised
 * state off; it is only a rotating frame. An open chain is the grid with mirror (neumann)
 * boundaries: a ghost equals its neighbour, d = 0 there, and Gamma(0) = 0 is exactly no link. */
#include "kuramoto.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>

static const weft_param params[] = {
    {WEFT_BIND_REAL(kuramoto_params, coupling), .standard = "1", .unit = "rad/time", .help = "K"},
    {WEFT_BIND_REAL(kuramoto_params, phase_lag), .standard = "0", .unit = "rad",
     .help = "delta of sin(phi_j - phi_i + delta)"},
    {WEFT_BIND_REAL(kuramoto_params, noise), .standard = "0", .range = "[0, inf)",
     .unit = "rad^2/time", .help = "D of the noise sqrt(2 D) xi"},
    COLOURED_PARAMS(kuramoto_params, colour),
    DISORDER_PARAMS(kuramoto_params, disorder, "rad/time"),
    {WEFT_BIND_CHOICE(kuramoto_params, topology), .standard = "ring",
     .words = KURAMOTO_TOPOLOGIES(WEFT_ENUM_WORD),
     .help = "neighbours on a periodic or open grid of 1 to 3 axes, or the mean field with K/N"},
    {WEFT_BIND_REALS(kuramoto_params, harmonics), .standard = "",
     .help = "a_2, a_3, ...: the coupling gets K sum_n a_n sin(n d), d = phi_j - phi_i",
     .when = "topology=ring|chain"},
    {WEFT_BIND_REALS(kuramoto_params, harmonics_even), .standard = "",
     .help = "b_2, b_3, ...: the coupling gets K sum_n b_n (cos(n d) - 1)",
     .when = "topology=ring|chain"},
    {0},
};

/* ---- plan ---- */

/* The table cannot limit the length of a list; the arrays of kuramoto_data hold WEFT_HARMONICS
 * entries. */
static weft_status check_harmonics(const weft_params *all, const char *key, weft_reals list)
{
    if (list.n > WEFT_HARMONICS - 1)
        return weft_param_fail(weft_params_section(all, "kuramoto"), key,
                               "%d coefficients; at most %d (harmonics 2 to %d)", list.n,
                               WEFT_HARMONICS - 1, WEFT_HARMONICS);
    return WEFT_OK;
}

/* All-to-all coupling needs no ghosts: there are no neighbours. The additional fields for slips and
 * frequencies are the business of phases_plan, which also sets the boundary. */
static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *p)
{
    (void)n;
    (void)length;
    const kuramoto_params *own = weft_params_values(all, params);
    const bool mean_field = own->topology == KURAMOTO_ALL_TO_ALL;
    const phases_kind kind = {
        .noise = own->noise > 0.0, .chain = own->topology == KURAMOTO_CHAIN, .links = !mean_field};
    WEFT_TRY(check_harmonics(all, "harmonics", own->harmonics));
    WEFT_TRY(check_harmonics(all, "harmonics_even", own->harmonics_even));
    p->field[WEFT_PHASE] = (weft_field_spec){"phase",  "rad", "unwrapped phase",  WEFT_EVOLVED,
                                             WEFT_F64, 1,     mean_field ? 0 : 1, "\\theta"};
    p->field[WEFT_OMEGA] = (weft_field_spec){
        "omega", "rad/time", "natural frequency", WEFT_STATIC, WEFT_F64, 1, 0, "\\omega"};
    p->n_fields = 2;
    phases_plan(all, kind, dim, p);
    return coloured_plan(weft_params_section(all, "kuramoto"), &own->colour, kind.noise, 1, p);
}

/* ---- setup ---- */

/* Coefficients of the harmonics 2, 3, ... of a list, times K; the first entry of the list belongs
 * to n = 2. Lists may have different lengths: coefficients that are not given stay zero. */
static void add_harmonics(kuramoto_data *m, weft_reals list, double *to)
{
    for (int i = 0; i < list.n; i++)
        to[i + 2] = m->p->coupling * list.value[i];
    m->harmonics = list.n + 1 > m->harmonics ? list.n + 1 : m->harmonics;
}

/* K sin(d + delta) - K sin(delta) = K cos(delta) sin(d) + K sin(delta) (cos(d) - 1): the phase lag
 * becomes a pair of coefficients, and no kernel needs to know of it. */
static void set_coupling(kuramoto_data *m)
{
    double s, c;
    weft_sincos(m->p->phase_lag, &s, &c); /* not libm's, whose last bit depends on the CPU */
    m->harmonics = 1;
    m->odd[1] = m->p->coupling * c;
    m->even[1] = m->p->coupling * s;
    if (m->all_to_all)
        return;
    add_harmonics(m, m->p->harmonics, m->odd);
    add_harmonics(m, m->p->harmonics_even, m->even);
}

/* A bound on |Gamma'| over all d: the amplitude of n (a_n cos(n d) - b_n sin(n d)) is n hypot(a_n,
 * b_n). */
static double stiffness(const kuramoto_data *m)
{
    double sum = 0.0;
    for (int n = 1; n <= m->harmonics; n++)
        sum += n * hypot(m->odd[n], m->even[n]);
    return sum;
}

/* The fastest rate of the parameters: of coupling, of diffusion over one radian, of the
 * frequencies. Links are looked at four times in its inverse, so that a slip (a turn of a link) is
 * not missed. */
static double fastest(const kuramoto_data *m)
{
    return fmax(fmax(stiffness(m), m->p->noise), disorder_strength(&m->p->disorder));
}

/* Links are looked at for slips at a quarter of the shortest time in which one turns by a radian,
 * so that none slips twice between two looks. */
static weft_status setup(weft_sim *sim)
{
    kuramoto_data *m = sim->data = weft_alloc(1, sizeof *m);
    m->p = weft_params_values(sim->params, params);
    m->all_to_all = m->p->topology == KURAMOTO_ALL_TO_ALL;
    set_coupling(m);
    double rate = fastest(m);
    phases_init(&m->phases, sim, WEFT_PHASE, !m->all_to_all, rate > 0.0 ? 0.25 / rate : 0.0,
                kuramoto_assign);
    kuramoto_draw(sim);
    return coloured_setup(sim, &m->p->colour, 0);
}

static void destroy(weft_sim *sim)
{
    kuramoto_data *m = sim->data;
    coloured_free(sim);
    front_free(&m->phases.front, sim);
    weft_free(m);
}

/* ---- families ---- */

static double noise_amplitude(weft_sim *sim, int field)
{
    (void)field;
    const kuramoto_data *m = sim->data;
    return sqrt(2.0 * m->p->noise);
}

/* The largest difference of two frequencies of the draw: the law of Lorentz has no bound, so that a
 * multiple of its width would not do. Collective. */
static double detuning(weft_sim *sim)
{
    weft_view omega = weft_field_view(sim->state, &sim->state->field[WEFT_OMEGA], 0, NULL);
    return weft_view_max(sim->grid->comm, &omega) - weft_view_min(sim->grid->comm, &omega);
}

/* A site on a grid of dim axes has 2 dim links, each of slope at most `stiffness`, and the matrix
 * of a link has the eigenvalue 2: 4 dim stiffness bounds the decay. All to all it is stiffness
 * itself. The bound is reached where phases have come together, which synchronised runs do: hence
 * certain 1. A link between neighbours must not turn by more than a radian a step: one that turned
 * by several would pull at random, or not at all after a whole turn; a given step in which one
 * turns by more than half a turn is warned of. All to all a fast oscillator pulls with K/N,
 * whatever its phase, and asks for no shorter step. */
static weft_rates rates(weft_sim *sim)
{
    const kuramoto_data *m = sim->data;
    double links = m->all_to_all ? 0.25 : sim->grid->dim, rate = fastest(m);
    const double apart = m->all_to_all ? 0.0 : detuning(sim);
    rate = fmax(rate, apart / 10.0);
    return (weft_rates){.decay = 4.0 * links * stiffness(m),
                        .accuracy = rate > 0.0 ? 0.1 / rate : 0.0,
                        .coarse = apart > 0.0 ? M_PI / apart : 0.0,
                        .certain = 1.0}; /* phases that have come together */
}

/* The continuum limit phi_t = nu phi_xx + (lambda/2) phi_x^2, lambda = 2 Gamma''(0) = -2 sum n^2
 * b_n. */
static double nonlinearity(const kuramoto_data *m)
{
    double lambda = 0.0;
    for (int n = 1; n <= m->harmonics; n++)
        lambda -= 2.0 * n * n * m->even[n];
    return lambda;
}

/* A front needs neighbours. */
static void constants_of(const weft_params *all, double *out)
{
    const kuramoto_params *p = weft_params_values(all, params);
    kuramoto_data m = {.p = p};
    const bool front = p->topology != KURAMOTO_ALL_TO_ALL;
    set_coupling(&m);
    front_constants_of(front ? kuramoto_nu(&m) : NAN, front ? nonlinearity(&m) : NAN,
                       coloured_white(&p->colour, p->noise), disorder_strength(&p->disorder), out);
}

static void describe(weft_sim *sim)
{
    const kuramoto_data *m = sim->data;
    coloured_describe(sim);
    if (m->all_to_all)
        return;
    const double nu = kuramoto_nu(m), lambda = nonlinearity(m);
    weft_say("continuum limit: nu = %.6g, lambda = %.6g", nu, lambda);
    front_describe(sim, nu, lambda, sim->coloured ? 0.0 : m->p->noise); /* white noise */
}

/* ---- critical coupling of this draw ---- */

/* The formula below needs a line of links that carry their currents one after the other, and a link
 * whose largest current is K: a plain sine. */
static weft_status critical_check(weft_sim *sim, double argument)
{
    (void)argument;
    const kuramoto_data *m = sim->data;
    if (sim->grid->dim == 1 && sim->grid->boundary[2] == WEFT_NEUMANN && m->harmonics == 1 &&
        m->p->phase_lag == 0.0)
        return WEFT_OK;
    return weft_fail(WEFT_INPUT, "critical_coupling is known for topology chain, one axis, "
                                 "phase_lag 0, no harmonics");
}

/* Each link of a locked chain carries the sum of what the oscillators before it want beyond the
 * mean, and a sine carries at most K: K_c = max_i |sum_(j<=i) (omega_j - mean)|. Every rank has the
 * whole line and adds it up in the same order, so that all get the same bits. */
static weft_status critical_coupling(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    const int64_t n = sim->grid->n[2];
    double *omega = front_scratch(sim->front, n), mean = 0.0, current = 0.0, most = 0.0;
    weft_view view = weft_field_view(sim->state, &sim->state->field[WEFT_OMEGA], 0, NULL);
    weft_view_gather(sim->grid, &view, omega);
    for (int64_t i = 0; i < n; i++)
        mean += omega[i] / (double)n;
    for (int64_t i = 0; i + 1 < n; i++) {
        current += omega[i] - mean;
        most = fmax(most, fabs(current));
    }
    *out = most;
    return WEFT_OK;
}

static const weft_observable observables[] = {
    WEFT_PHASES_OBSERVABLES,
    WEFT_OBSERVABLE("critical_coupling", "K_c", "rad/time",
                    "K above which this draw of the frequencies locks (open chain)", NULL,
                    critical_check, critical_coupling),
    {0}};

const weft_model weft_model_kuramoto = {
    .name = "kuramoto",
    .summary = "phase oscillators on rings, chains and lattices, or all to all, with white and "
               "quenched noise",
    .reference = "H. Sakaguchi, Y. Kuramoto, Prog. Theor. Phys. 76, 576 (1986); R. Gutierrez, R. "
                 "Cuerno, arXiv:2604.06040",
    .params = params,
    .stepper = WEFT_NAMES("leimkuhler_matthews", "rk4", "heun"),
    .observe = WEFT_NAMES("mean", "width2", "skewness", "kurtosis", "order_parameter"),
    .observables = observables,
    .initials = kuramoto_initials,
    .families = {.rhs = kuramoto_rhs, .noise_amplitude = noise_amplitude},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .rates = rates,
    .describe = describe,
    .constants = front_constants,
    .constants_of = constants_of,
    WEFT_PHASES_MODEL,
};
