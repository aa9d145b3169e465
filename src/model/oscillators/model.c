/* The model oscillators: limit-cycle oscillators (Stuart-Landau or van der Pol; equations in
 * force.c) with diffusive coupling, white noise and quenched frequencies. This file holds
 * parameters, plan, time step, and the phase that is derived from the two components.
 *
 * What makes the phase right. u and v give an angle only modulo 2 pi; the turns are counted by
 * looking often enough: at each look the angle is taken in the turn nearest to the phase of the
 * last look. This is right as long as no oscillator turns by pi or more between two looks.
 * look_interval makes sure of it by 16 looks a turn of the fastest oscillator of the draw, with
 * what amplitude, growth and coupling can add to its frequency. The field `phase` has the role
 * memory: it is part of checkpoints, since a state of u and v alone does not tell the turns. */
#include "oscillators.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>

/* The section oscillators. shear and reactive belong to Stuart-Landau and are an error elsewhere.
 */
static const weft_param params[] = {
    {WEFT_BIND_CHOICE(oscillators_params, kind), .standard = "stuart_landau",
     .words = OSCILLATORS_KINDS(WEFT_ENUM_WORD), .help = "which limit cycle"},
    {WEFT_BIND_REAL(oscillators_params, growth), .standard = "1", .range = "(0, inf)",
     .unit = "1/time",
     .help = "mu: growth rate of small amplitudes (van der Pol: strength of the damping)"},
    {WEFT_BIND_REAL(oscillators_params, frequency), .standard = "1", .unit = "rad/time",
     .help = "mean natural frequency"},
    {WEFT_BIND_REAL(oscillators_params, shear), .standard = "0",
     .help = "c2: dependence of the frequency on |z|^2", .when = "kind=stuart_landau"},
    {WEFT_BIND_REAL(oscillators_params, coupling), .standard = "1", .range = "[0, inf)",
     .unit = "1/time", .help = "K of the diffusive coupling"},
    {WEFT_BIND_REAL(oscillators_params, reactive), .standard = "0",
     .help = "c1: imaginary part of the coupling K (1 + i c1)", .when = "kind=stuart_landau"},
    {WEFT_BIND_REAL(oscillators_params, noise), .standard = "0", .range = "[0, inf)",
     .unit = "amplitude^2/time", .help = "D of the noise on u and v (van der Pol: on v)"},
    COLOURED_PARAMS(oscillators_params, colour),
    DISORDER_PARAMS(oscillators_params, disorder, "rad/time"),
    {WEFT_BIND_CHOICE(oscillators_params, topology), .standard = "ring",
     .words = OSCILLATORS_TOPOLOGIES(WEFT_ENUM_WORD), .help = "periodic or open grid"},
    {0},
};

static weft_field_spec evolved(const char *name, const char *text)
{
    return (weft_field_spec){name, "amplitude", text, WEFT_EVOLVED, WEFT_F64, 1, 1, name};
}

/* For van der Pol the scale of v in the phase is the mean frequency, hence the condition that it is
 * positive. */
static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *p)
{
    (void)n;
    (void)length;
    const oscillators_params *own = weft_params_values(all, params);
    const bool vdp = own->kind == OSCILLATORS_VAN_DER_POL;
    const phases_kind kind = {
        .noise = own->noise > 0.0, .chain = own->topology == OSCILLATORS_CHAIN, .links = true};
    if (vdp && !(own->frequency > 0.0))
        return weft_param_fail(weft_params_section(all, "oscillators"), "frequency",
                               "a van der Pol oscillator needs frequency > 0");
    p->field[WEFT_OSC_U] = evolved("u", vdp ? "displacement" : "real part");
    p->field[WEFT_OSC_V] = evolved("v", vdp ? "velocity" : "imaginary part");
    p->field[WEFT_OSC_OMEGA] = (weft_field_spec){
        "omega", "rad/time", "natural frequency", WEFT_STATIC, WEFT_F64, 1, 0, "\\omega"};
    p->field[WEFT_OSC_PHASE] = (weft_field_spec){
        "phase", "rad", "unwrapped phase", WEFT_MEMORY, WEFT_F64, 1, 1, "\\theta"};
    p->n_fields = 4;
    phases_plan(all, kind, dim, p);
    return coloured_plan(weft_params_section(all, "oscillators"), &own->colour, kind.noise,
                         vdp ? 1 : 2, p);
}

/* disorder_values has set omega to the deviations; the mean comes on top. */
static void add_frequency(weft_sim *sim, double frequency)
{
    weft_view omega = weft_field_view(sim->state, &sim->state->field[WEFT_OSC_OMEGA], 0, NULL);
    WEFT_FOR_ROWS(sim->grid, z, y) {
        double *w = (double *)weft_row(&omega, z, y);
        for (int64_t x = 0; x < sim->grid->local[2]; x++)
            w[x] += frequency;
    }
}

/* Largest |omega| of the draw: the law of Lorentz has no bound, so that a multiple of its width
 * would not do. Collective. */
static double fastest(weft_sim *sim)
{
    weft_view omega = weft_field_view(sim->state, &sim->state->field[WEFT_OSC_OMEGA], 0, NULL);
    return fmax(weft_view_max(sim->grid->comm, &omega), -weft_view_min(sim->grid->comm, &omega));
}

/* The phase is followed closely enough never to lose a turn: 16 looks a turn of the fastest
 * oscillator. */
static double look_interval(const oscillators_data *m)
{
    return 2.0 * M_PI /
           (16.0 * (m->turning + m->p->growth * (1.0 + fabs(m->p->shear)) + 4.0 * m->p->coupling));
}

/* The angle of (u, v) in the turn nearest to the phase of the last look. weft_atan2 and not libm's,
 * whose bits depend on the processor. The function is called at times that depend on the step
 * alone, so that an output that is asked for or not does not change the count. */
static void follow(weft_sim *sim)
{
    const oscillators_data *m = sim->data;
    const double turn = 2.0 * M_PI, scale = m->van_der_pol ? -1.0 / m->p->frequency : 1.0;
    weft_view u = weft_field_view(sim->state, &sim->state->field[WEFT_OSC_U], 0, NULL);
    weft_view v = weft_field_view(sim->state, &sim->state->field[WEFT_OSC_V], 0, NULL);
    weft_view phase = weft_field_view(sim->state, &sim->state->field[WEFT_OSC_PHASE], 0, NULL);
    WEFT_FOR_ROWS(sim->grid, a, b) {
        const double *re = weft_row(&u, a, b), *im = weft_row(&v, a, b);
        double *restrict p = (double *)weft_row(&phase, a, b);
        for (int64_t i = 0; i < sim->grid->local[2]; i++) {
            double angle = weft_atan2(scale * im[i], re[i]);
            p[i] = angle + turn * rint((p[i] - angle) * (1.0 / turn));
        }
    }
}

/* The tail of a Gaussian draw of few sites may be short; the bound on the turning takes both, three
 * standard deviations and the fastest of the draw. */
static weft_status setup(weft_sim *sim)
{
    oscillators_data *m = sim->data = weft_alloc(1, sizeof *m);
    m->p = weft_params_values(sim->params, params);
    m->van_der_pol = m->p->kind == OSCILLATORS_VAN_DER_POL;
    disorder_values(sim, &m->p->disorder, &sim->state->field[WEFT_OSC_OMEGA], 1.0);
    add_frequency(sim, m->p->frequency);
    m->turning =
        fmax(fabs(m->p->frequency) + 3.0 * disorder_strength(&m->p->disorder), fastest(sim));
    phases_init(&m->phases, sim, WEFT_OSC_PHASE, true, look_interval(m), oscillators_assign);
    m->phases.front.follow = follow;
    return coloured_setup(sim, &m->p->colour, 0);
}

/* The fields belong to the state. */
static void destroy(weft_sim *sim)
{
    oscillators_data *m = sim->data;
    coloured_free(sim);
    front_free(&m->phases.front, sim);
    weft_free(m);
}

/* ---- families ---- */

/* van der Pol has noise on v alone, a random force. */
static double noise_amplitude(weft_sim *sim, int field)
{
    const oscillators_data *m = sim->data;
    return m->van_der_pol && field == 0 ? 0.0 : sqrt(2.0 * m->p->noise);
}

/* Amplitudes far outside of the limit cycle come from formulas and files, and from strong noise.
 * The largest u^2 of the present state, or v^2 where the two are parts of one amplitude.
 * Collective.
 */
static double largest(weft_sim *sim)
{
    double most = 0.0;
    const oscillators_data *m = sim->data;
    for (int f = WEFT_OSC_U; f <= (m->van_der_pol ? WEFT_OSC_U : WEFT_OSC_V); f++) {
        weft_view view = weft_field_view(sim->state, &sim->state->field[f], 0, NULL);
        const double top =
            fmax(weft_view_max(sim->grid->comm, &view), -weft_view_min(sim->grid->comm, &view));
        most = fmax(most, top * top);
    }
    return most;
}

/* coupling is the decay of the shortest wave, 4 K per axis with the modulus of 1 + i c1; relaxation
 * is that of a deviation from the limit cycle. Where relaxation is small beside coupling the sum is
 * surely reached, otherwise the two may balance: see `certain` in weft/model.h. A state far outside
 * of the limit cycle falls to it faster: the Jacobian of -(1 + i c2) |z|^2 z is up to 3 |1 + i c2|
 * |z|^2, that of van der Pol's damping mu u^2. A quarter and a half of these count, so that the
 * tails of noise about the cycle (|z|^2 = mu, u = 2) ask for no shorter step. */
static weft_rates rates(weft_sim *sim)
{
    const oscillators_data *m = sim->data;
    const double mu = m->p->growth, shear = hypot(1.0, m->p->shear), square = largest(sim);
    double coupling = 4.0 * sim->grid->dim * m->p->coupling * hypot(1.0, m->p->reactive);
    double relaxation =
        m->van_der_pol ? mu * fmax(3.0, square / 2.0) : shear * fmax(2.0 * mu, 0.75 * square);
    return (weft_rates){.oscillation = m->turning,
                        .decay = coupling + relaxation,
                        .certain =
                            fmax(0.0, coupling - relaxation) / (1.1 * (coupling + relaxation)),
                        .accuracy = 2.0 * M_PI / 50.0 / (m->turning + relaxation),
                        .varies = true};
}

/* nu, lambda and D of the phase equation of weak coupling (docs/models/oscillators.md). */
static void phase_equation(const oscillators_params *p, double *nu, double *lambda, double *noise)
{
    const double c1 = p->reactive, c2 = p->shear;
    *nu = p->coupling * (1.0 + c1 * c2);
    *lambda = 2.0 * p->coupling * (c2 - c1);
    *noise = p->noise * (1.0 + c2 * c2) / p->growth;
}

/* Of van der Pol's oscillators the phase equation is not known in closed form. */
static void constants_of(const weft_params *all, double *out)
{
    const oscillators_params *p = weft_params_values(all, params);
    double nu = NAN, lambda = NAN, noise = p->noise;
    if (p->kind != OSCILLATORS_VAN_DER_POL)
        phase_equation(p, &nu, &lambda, &noise);
    front_constants_of(nu, lambda, coloured_white(&p->colour, noise),
                       disorder_strength(&p->disorder), out);
}

static void describe(weft_sim *sim)
{
    const oscillators_data *m = sim->data;
    coloured_describe(sim);
    if (m->van_der_pol)
        return;
    double nu, lambda, noise;
    phase_equation(m->p, &nu, &lambda, &noise);
    weft_say("phases of weak coupling: nu = %.6g, lambda = %.6g, D = %.6g", nu, lambda, noise);
    front_describe(sim, nu, lambda, sim->coloured ? 0.0 : noise);
}

/* ---- observable ---- */

/* sqrt(u^2 + v^2) along a row. */
static void modulus(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const weft_view *v = context;
    const double *re = weft_row(&v[0], z, y), *im = weft_row(&v[1], z, y);
    for (int64_t i = 0; i < n; i++)
        out[i] = sqrt(re[i] * re[i] + im[i] * im[i]);
}

/* Mean radius: a check of how near the limit cycle the oscillators are. */
static weft_status amplitude(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    weft_view views[2];
    for (int j = 0; j < 2; j++)
        views[j] = weft_field_view(sim->state, &sim->state->field[j], 0, NULL);
    *out = weft_rows_sum(sim->grid, modulus, views) / (double)weft_grid_sites(sim->grid);
    return WEFT_OK;
}

static const weft_observable observables[] = {
    WEFT_PHASES_OBSERVABLES,
    WEFT_OBSERVABLE("amplitude", "\\langle |u| \\rangle", "amplitude",
                    "mean over sites of sqrt(u^2 + v^2)", NULL, NULL, amplitude),
    {0}};

const weft_model weft_model_oscillators = {
    .name = "oscillators",
    .summary = "Stuart-Landau and van der Pol oscillators with diffusive coupling, white and "
               "quenched noise",
    .reference = "R. Gutierrez, R. Cuerno, arXiv:2311.13253, arXiv:2407.15634; Y. Kuramoto, "
                 "Chemical Oscillations, Waves, and Turbulence (1984)",
    .params = params,
    .stepper = WEFT_NAMES("sra1", "rk4", "heun"),
    .observe = WEFT_NAMES("mean", "width2", "skewness", "kurtosis", "order_parameter", "amplitude"),
    .observables = observables,
    .initials = oscillators_initials,
    .families = {.rhs = oscillators_rhs, .noise_amplitude = noise_amplitude},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .rates = rates,
    .describe = describe,
    .constants = front_constants,
    .constants_of = constants_of,
    WEFT_PHASES_MODEL,
};
