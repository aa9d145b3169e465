/* The model kpz: a height h(x, t) that grows by
 *
 *     h_t = nu lap h + (lambda/2) (grad h)^2 + eta(x) + sqrt(2 D) xi(x, t)
 *
 * (M. Kardar, G. Parisi, Y.-C. Zhang, Phys. Rev. Lett. 56, 889 (1986)), with white noise xi,
 * quenched noise eta (frozen in space), or both; lambda = 0 is the Edwards-Wilkinson equation, and
 * with quenched noise alone that of Larkin. This file holds the parameters, the plan, the choice of
 * time step and the initial states; lattice.c and spectral.c hold the two discretisations.
 *
 * What makes a run right. Noise in continuous space has the variance 2 D/cell at a point of the
 * grid, where cell is dx to the power of the dimension: with this factor the large scales do not
 * depend on dx. Only differences of the height enter the equation; so the height may drift without
 * bound and a periodic height is enough also with a tilt, which is kept apart as a constant slope.
 * The discrete equation can blow up where a difference of neighbours becomes too large (V. G.
 * Miranda, F. D. A. Aarao Reis, arXiv:0806.0588): `rates` keeps the step small enough against it,
 * `guard` ends the run if it happens all the same, and `clip` prevents it at the cost of a changed
 * equation. */
#include "kpz.h"
#include "physics/place.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* Each row binds a key of the section kpz to a member of kpz_params; range, unit and help also make
 * the checks and the reference page. */
static const weft_param params[] = {
    {WEFT_BIND_REAL(kpz_params, nu), .standard = "1", .range = "[0, inf)", .unit = "length^2/time",
     .help = "surface tension"},
    {WEFT_BIND_REAL(kpz_params, lambda), .standard = "0", .unit = "length^2/(height time)",
     .help = "nonlinearity; 0: Edwards-Wilkinson"},
    {WEFT_BIND_REAL(kpz_params, noise), .standard = "0", .range = "[0, inf)",
     .unit = "height^2 length^d/time",
     .help = "D of white noise, <xi xi'> = 2 D delta(x-x') delta(t-t')"},
    COLOURED_PARAMS(kpz_params, colour),
    DISORDER_PARAMS(kpz_params, disorder, "height length^(d/2)/time"),
    {WEFT_BIND_CHOICE(kpz_params, scheme), .standard = "lam_shin",
     .words = KPZ_SCHEMES(WEFT_ENUM_WORD),
     .help = "square of the slope: Lam and Shin's differences, centred differences, or in Fourier "
             "space"},
    {WEFT_BIND_REAL(kpz_params, tilt), .standard = "0", .unit = "height/length",
     .help = "mean slope along x, kept for all times"},
    {WEFT_BIND_REAL(kpz_params, clip), .standard = "", .range = "(0, inf)", .unit = "height",
     .help = "largest difference of neighbours that the nonlinear term sees; default: none, and a "
             "blow-up ends the run",
     .when = "scheme=lam_shin|standard"},
    {0},
};

/* What helps a scheme whose slopes have become too steep, at any step. */
#define OR_WEAKER ", or a smaller lambda^2 noise/nu^3"
static const char *const remedies[] = {
    [KPZ_LAM_SHIN] = "kpz.scheme spectral, kpz.clip" OR_WEAKER,
    [KPZ_STANDARD] = "kpz.scheme lam_shin or spectral, kpz.clip" OR_WEAKER,
    [KPZ_SPECTRAL] = "kpz.scheme lam_shin with kpz.clip" OR_WEAKER};

/* The spectral scheme needs pencils of the transform as its layout and the family of linear parts
 * in k; the lattice schemes need blocks with one ghost layer and a rhs. The transform is also made
 * for lattice runs that want spectra among their observables. */
static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *p)
{
    (void)dim;
    (void)n;
    (void)length;
    const kpz_params *own = weft_params_values(all, params);
    const bool spectral = own->scheme == KPZ_SPECTRAL;
    p->layout = spectral ? WEFT_TRANSFORM : WEFT_BLOCKS;
    p->fft = spectral || weft_wants(all, WEFT_FRONT_SPECTRA);
    p->families =
        (spectral ? WEFT_HAS_LINEAR_KM : WEFT_HAS_RHS) | (own->noise > 0.0 ? WEFT_HAS_NOISE : 0);
    p->field[WEFT_HEIGHT] =
        (weft_field_spec){"height", "height", "height", WEFT_EVOLVED, WEFT_F64, 1, 1, "h"};
    p->field[WEFT_ETA] = (weft_field_spec){
        "eta", "height/time", "quenched noise", WEFT_STATIC, WEFT_F64, 1, 0, "\\eta"};
    p->n_fields = 2;
    p->fragile = own->lambda != 0.0 ? remedies[own->scheme] : NULL;
    return coloured_plan(weft_params_section(all, "kpz"), &own->colour, own->noise > 0.0, 1, p);
}

/* The quenched noise is drawn before the initial state, and from streams of its own: a start does
 * not change it. Without `clip` the bound is infinite, so that the kernel needs no case. */
static weft_status setup(weft_sim *sim)
{
    kpz_data *m = sim->data = weft_alloc(1, sizeof *m);
    const kpz_params *p = m->p = weft_params_values(sim->params, params);
    front_init(&m->front, sim, WEFT_HEIGHT);
    m->clip = isnan(p->clip) ? INFINITY : p->clip;
    /* Quenched noise is white in space too: its variance at a point of the grid is strength^2/cell.
     */
    disorder_values(sim, &p->disorder, &sim->state->field[WEFT_ETA],
                    1.0 / sqrt(weft_grid_cell(sim->grid)));
    if (p->scheme == KPZ_SPECTRAL)
        kpz_spectral_setup(sim);
    return coloured_setup(sim, &p->colour, p->scheme == KPZ_SPECTRAL);
}

static void destroy(weft_sim *sim)
{
    kpz_data *m = sim->data;
    kpz_spectral_free(sim);
    coloured_free(sim);
    front_free(&m->front, sim);
    weft_free(m);
}

/* Standard deviation of the white noise at one site for a step of length one; steppers multiply it
 * by sqrt(dt). */
static double noise_amplitude(weft_sim *sim, int field)
{
    (void)field;
    const kpz_data *m = sim->data;
    return sqrt(2.0 * m->p->noise / weft_grid_cell(sim->grid));
}

/* Largest |difference of neighbours| along an axis, in units of the spacing. Collective. */
static double lattice_slope(weft_sim *sim, int axis)
{
    weft_field *height = &sim->state->field[WEFT_HEIGHT];
    weft_view view = weft_field_view(sim->state, height, 0, NULL);
    const int64_t step = height->extent.stride[axis];
    double most = 0.0;
    weft_field_exchange(height);
    WEFT_FOR_ROWS(sim->grid, z, y) {
        const double *h = weft_row(&view, z, y);
        for (int64_t i = 0; i < sim->grid->local[2]; i++)
            most = fmax(most, fabs(h[i + step] - h[i]));
    }
    const weft_view one = {&most, {1, 1, 1}, {1, 1, 1}, 0};
    return weft_view_max(sim->grid->comm, &one) / sim->grid->dx[axis];
}

/* The rate at which steep slopes carry disturbances from a site to the next, |lambda| times the
 * slope over dx, summed over the axes. Slopes that white noise makes anyway are not counted, up to
 * 8 standard deviations of the linear equation; the drive (see rates) bounds the step for them. */
static double carried(weft_sim *sim)
{
    const kpz_data *m = sim->data;
    const kpz_params *p = m->p;
    const double usual =
        p->nu > 0.0 ? 8.0 * sqrt(p->noise / (p->nu * weft_grid_cell(sim->grid))) : 0.0;
    double sum = 0.0;
    for (int a = 3 - sim->grid->dim; a < 3 && p->lambda != 0.0; a++) {
        double slope =
            p->scheme == KPZ_SPECTRAL ? kpz_spectral_slope(sim, a) : lattice_slope(sim, a);
        slope = fmin(slope + (a == 2 ? fabs(p->tilt) : 0.0), m->clip / sim->grid->dx[a]);
        sum += fabs(p->lambda) * fmax(slope - usual, 0.0) / sim->grid->dx[a];
    }
    return sum;
}

/* Limits of the step. decay: the fastest decaying mode of the lattice, 4 nu sum 1/dx^2; the
 * spectral scheme solves that part exactly and has no such limit. accuracy: a fifth of the
 * diffusion time of one spacing, and half the time in which the steepest slope of the state carries
 * a disturbance over one. */
static weft_rates rates(weft_sim *sim)
{
    const kpz_data *m = sim->data;
    double sum = 0.0, finest = INFINITY;
    for (int a = 3 - sim->grid->dim; a < 3; a++) {
        double dx2 = sim->grid->dx[a] * sim->grid->dx[a];
        sum += 1.0 / dx2;
        finest = fmin(finest, dx2);
    }
    const kpz_params *p = m->p;
    double step = p->nu > 0.0 ? 0.2 * finest / p->nu : INFINITY;
    /* Noise makes slopes of variance D/(nu cell) (of the linear equation; in one dimension of the
     * whole one), on which disturbances run with the speed v = lambda times the slope: an explicit
     * step is stable while v^2 dt < 2 nu. The factors leave room for the steepest of many slopes,
     * and for their tails at strong coupling (found: at a drive of 9, 25, 100 dx^2/nu runs of 10^7
     * updates end well at 0.05, 0.01, 0.001 of it, and some blow up at twice that). */
    double drive = p->lambda * p->lambda * p->noise / weft_grid_cell(sim->grid);
    if (drive > 0.0 && p->nu > 0.0) {
        drive *= finest / (p->nu * p->nu * p->nu);
        step = fmin(step, 0.4 * finest / (p->nu * drive * (1.0 + drive / 15.0)));
    }
    const double rate = carried(sim);
    if (rate > 0.0) {
        step = fmin(step, 0.5 / rate);
        /* By Heun's method a wave that is carried by y radians a step grows by y^4/8 a step, and
         * it decays by nu k^2 dt. With y = rate dx k dt the waves that the nonlinear term keeps, k
         * up to 2 pi/(3 dx), stay bounded for dt^3 < 1.8 nu/(dx^2 rate^4). */
        if (p->nu > 0.0)
            step = fmin(step, cbrt(p->nu / finest / pow(rate, 4)));
    }
    return (weft_rates){.decay = p->scheme == KPZ_SPECTRAL ? 0.0 : 4.0 * p->nu * sum,
                        .accuracy = isfinite(step) ? step : 0.0,
                        .certain = 1.0,
                        .varies = p->lambda != 0.0};
}

/* A blow-up takes a few steps only. On many ranks each look is a reduction over all of them; so the
 * look is made once in eight steps there. A later look changes no number of a run that ends well,
 * and one that blows up ends with the same error a few steps later. */
enum { GUARD_STEPS = 8 };

/* Without lambda the equation is linear and cannot blow up in finite time, so nothing is looked at.
 * Collective where it looks; all ranks agree on whether they do, since step and lambda are the
 * same. */
static weft_status guard(weft_sim *sim)
{
    const kpz_data *m = sim->data;
    const bool due = sim->grid->size == 1 || sim->step % GUARD_STEPS == 0;
    if (m->p->lambda == 0.0 || !due || weft_state_finite(sim->state))
        return WEFT_OK;
    return weft_fail(WEFT_FAILED,
                     "the height has blown up at time %.10g (step %lld): slopes have passed what "
                     "the scheme can bear; use a smaller time.dt, %s",
                     sim->time, (long long)sim->step, remedies[m->p->scheme]);
}

static void constants_of(const weft_params *all, double *out)
{
    const kpz_params *p = weft_params_values(all, params);
    front_constants_of(p->nu, p->lambda, coloured_white(&p->colour, p->noise),
                       disorder_strength(&p->disorder), out);
}

static void describe(weft_sim *sim)
{
    const kpz_data *m = sim->data;
    coloured_describe(sim);
    front_describe(sim, m->p->nu, m->p->lambda, sim->coloured ? 0.0 : m->p->noise);
}

/* ---- observable ---- */

/* Reads the ghost beyond the end of the row: the caller exchanges the ghosts first. */
static void squared_steps(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const double *h = weft_row(context, z, y);
    for (int64_t i = 0; i < n; i++)
        out[i] = (h[i + 1] - h[i]) * (h[i + 1] - h[i]);
}

/* The mean square of the slope along x: for lam_shin on a ring it is (D/nu)(1 - 1/L) in the
 * stationary state (spacing 1), whatever lambda, and thus a test of the whole chain. */
static weft_status gradient2(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    weft_field *height = &sim->state->field[WEFT_HEIGHT];
    weft_field_exchange(height);
    weft_view view = weft_field_view(sim->state, height, 0, NULL);
    double sites = (double)weft_grid_sites(sim->grid), dx = sim->grid->dx[2];
    *out = weft_rows_sum(sim->grid, squared_steps, &view) / (sites * dx * dx);
    return WEFT_OK;
}

/* The spectral height has a slope between the points that differences of neighbours do not see. */
static weft_status lattice_check(weft_sim *sim, double argument)
{
    (void)argument;
    const kpz_data *m = sim->data;
    return m->p->scheme != KPZ_SPECTRAL
               ? WEFT_OK
               : weft_fail(WEFT_INPUT, "gradient2 belongs to the lattice schemes; for scheme "
                                       "spectral see structure_factor");
}

static const weft_observable observables[] = {
    WEFT_FRONT_OBSERVABLES("height"),
    WEFT_OBSERVABLE("gradient2", "\\langle (\\partial_x h)^2 \\rangle", "(height/length)^2",
                    "mean of (h(x+dx) - h(x))^2/dx^2 along x, without the tilt", NULL,
                    lattice_check, gradient2),
    {0}};

/* ---- initial states ---- */

static double *sites(const weft_sim *sim)
{
    return weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
}

/* Hands the values of the local sites (no ghosts) to the height, in whichever space it lives, and
 * frees them. */
static weft_status assign(weft_sim *sim, double *values)
{
    weft_field_assign(sim->state, &sim->state->field[WEFT_HEIGHT], 0, values, 0);
    weft_free(values);
    return WEFT_OK;
}

static weft_status flat(weft_sim *sim)
{
    return assign(sim, sites(sim));
}

typedef struct kpz_random {
    double amplitude;
} kpz_random;

static const weft_param random_table[] = {
    {WEFT_BIND_REAL(kpz_random, amplitude), .standard = "1", .range = "(0, inf)", .unit = "height",
     .help = "heights lie in (0, amplitude)"},
    {0},
};

/* Independent uniform numbers at each site, the same on any number of ranks (front_random). */
static weft_status random_heights(weft_sim *sim)
{
    const kpz_random *start = weft_params_values(sim->params, random_table);
    double *values = sites(sim);
    front_random(sim, 0.0, start->amplitude, values);
    return assign(sim, values);
}

static weft_status wedge(weft_sim *sim)
{
    double *values = sites(sim);
    front_wedge(sim, values);
    return assign(sim, values);
}

/* The stationary state of one dimension: a Brownian path, conditioned to close on the ring. Slopes
 * have the variance D/(nu dx), so that a step between neighbours has D dx/nu. It is exact for
 * lam_shin at any lambda, and for the others at lambda = 0. */
static weft_status stationary(weft_sim *sim)
{
    const kpz_data *m = sim->data;
    if (sim->grid->dim != 1)
        return weft_param_fail(sim->initial, "type", "stationary needs a grid of one axis");
    if (!(m->p->noise > 0.0) || !(m->p->nu > 0.0))
        return weft_param_fail(sim->initial, "type", "stationary needs noise > 0 and nu > 0");
    if (sim->coloured)
        return weft_param_fail(sim->initial, "type", "stationary is the state of white noise");
    double *values = sites(sim);
    front_brownian(sim, m->p->noise / m->p->nu * sim->grid->dx[2], true, values);
    return assign(sim, values);
}

static const weft_initial initials[] = {
    {.name = "flat", .help = "height zero", .set = flat},
    {.name = "random",
     .help = "independent heights",
     .params = random_table,
     .set = random_heights},
    {.name = "wedge",
     .help = "a droplet: height = -slope * distance from the centre",
     .params = front_wedge_params,
     .set = wedge},
    {.name = "stationary",
     .help = "Brownian: independent Gaussian steps of variance D dx/nu",
     .set = stationary},
    PLACE_INITIAL,
    {0},
};

const weft_model weft_model_kpz = {
    .name = "kpz",
    .summary = "Kardar-Parisi-Zhang and Edwards-Wilkinson growth with white and quenched noise",
    .reference = "M. Kardar, G. Parisi, Y.-C. Zhang, Phys. Rev. Lett. 56, 889 (1986)",
    .params = params,
    .stepper = WEFT_NAMES("leimkuhler_matthews", "rk4", "etd_heun", "heun"),
    .observe = WEFT_NAMES("mean", "width2", "skewness", "kurtosis", "velocity"),
    .fields = WEFT_NAMES("height"),
    .observables = observables,
    .derived = front_derived,
    .reductions = front_reductions,
    .classes = front_classes,
    .evidence = front_evidence,
    .constants = front_constants,
    .constants_of = constants_of,
    .initials = initials,
    .families = {.rhs = kpz_rhs,
                 .linear_form = kpz_linear_form,
                 .linear_km = kpz_linear_km,
                 .nonlinear_km = kpz_nonlinear_km,
                 .noise_km = kpz_noise_km,
                 .noise_amplitude = noise_amplitude},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .rates = rates,
    .guard = guard,
    .save = front_store,
    .load = front_restore,
    .describe = describe,
};
