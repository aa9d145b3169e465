/* Exponential Runge-Kutta of order 4 with an embedded error and steps of its own choice.
 *
 * The error of a step is f3 (N(r) - N(u_new)): the difference to the method of order 3 in
 * which the last stage is taken at the new point, as in a pair of P. Whalen, M. Brio, J. V.
 * Moloney, J. Comput. Phys. 280, 579 (2015). N(u_new) is the first stage of the next step,
 * so that the error costs nothing. Both are taken at the end of the step, so that this difference
 * does not see what depends on the time by itself: of u_t = g(t) it is zero at any step. Where N
 * does (linear_form.timed), the error of the method's quadrature in time is added: Simpson's rule,
 * which is what the method is for u_t = g(t), less Boole's on the points t, t + h/4, ..., t + h, of
 * N at the new state. It falls as h^5 where N is smooth in time and sees corners between the
 * points. It costs four evaluations more.
 *
 * Steps: the time to the next event is cut into equal steps no longer than the wanted one,
 * so that events are hit and the tables of exp(L h) are made anew only where the step
 * changes. A step length is rounded to 40 bits: steps that should be equal but for the
 * rounding of the clock then share their tables, and the table of a step depends on its
 * length alone, not on what was done before.
 *
 * Invariants. (1) A resumed run has the same bits: the wanted step is in the checkpoint,
 * and N of the state is a function of the state and its time. What is kept of it is only
 * used if it was taken at exactly the time of the clock; at an event, to which the loop
 * sets the clock, it is computed again, as a resumed run does. (2) All ranks choose the
 * same step, because sizes are sums over all modes that every rank gets alike. (3) A step
 * is accepted or tried again, and never ends with an error beyond what is allowed. */
#include "etdrk4.h"
#include "weft/exact.h"
#include "weft/io.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* Further keys of the section time. */
typedef struct etdrk43_keys {
    double rtol, atol;
} etdrk43_keys;

static const weft_param params[] = {
    {WEFT_BIND_REAL(etdrk43_keys, rtol), .standard = "1e-6", .range = "[1e-13, 0.1]",
     .help = "error of a step, relative to the root mean square of each field"},
    {WEFT_BIND_REAL(etdrk43_keys, atol), .standard = "1e-9", .range = "[0, inf)",
     .help = "error of a step that is always allowed, in the units of the fields"},
    {0}};

/* The method of order 4 with what the choice of steps needs. */
typedef struct pair {
    etdrk4 method;
    double rtol, atol;
    double wanted;  /* step length; 0: not known yet */
    double n_at;    /* stage 0 holds N of the state at this time; nan: it does not */
    double next_at; /* the time at which N of an attempt's new state was taken */
    double *weight; /* of the modes in sums of squares */
} pair;

static void destroy(weft_sim *sim, void *data)
{
    pair *p = data;
    stepper_etdrk4_free(sim, &p->method);
    weft_free(p->weight);
    weft_free(p);
}

/* The first step is not known yet: it needs the state. */
static weft_status setup(weft_sim *sim, double dt, void **data)
{
    (void)dt;
    pair *p = *data = weft_alloc(1, sizeof *p);
    const etdrk43_keys *keys = weft_params_values(sim->params, params);
    p->rtol = keys->rtol;
    p->atol = keys->atol;
    p->n_at = NAN;
    stepper_etdrk4_setup(sim, ETDRK4_STAGES, &p->method);
    p->weight = weft_alloc((size_t)sim->fft->modes, sizeof(double));
    weft_fft_weights(sim->fft, p->weight);
    return WEFT_OK;
}

/* ---- sizes ---- */

/* Root mean square over the sites of the field with coefficients x (Parseval; weights count
 * modes whose conjugate is not stored). Collective. */
static double size_of(weft_sim *sim, const pair *p, const double *x)
{
    const weft_fft *fft = sim->fft;
    double sum = 0.0;
    weft_exact total;
    for (int64_t i = 0; i < fft->modes; i++)
        for (int j = 0; j < fft->per_mode; j++) {
            double y = x[fft->per_mode * i + j];
            sum += p->weight[i] * y * y;
        }
    weft_exact_clear(&total);
    weft_exact_add(&total, &sum, 1);
    weft_exact_allreduce(sim->grid->comm, &total, 1);
    return sqrt(fft->scale * weft_exact_value(&total) / (double)weft_grid_sites(sim->grid));
}

/* The largest error of a field over what is allowed: atol + rtol times the field's size
 * before or after the step, the larger one. e: coefficients of the errors. A nan is larger
 * than anything. */
static double relative_error(weft_sim *sim, const pair *p, double *const *e, double *const *now)
{
    double most = 0.0;
    for (int i = 0; i < p->method.modal.n; i++) {
        double size = fmax(size_of(sim, p, p->method.modal.u[i]), size_of(sim, p, now[i]));
        double ratio = size_of(sim, p, e[i]) / (p->atol + p->rtol * size);
        if (!(ratio <= most))
            most = ratio; /* nan, too */
    }
    return most;
}

/* A first guess: a hundredth of the time in which the nonlinear part would change the fields by
 * their size (E. Hairer, G. Wanner, S. P. Norsett, Solving ODEs I, II.4). */
static double first_step(weft_sim *sim, const pair *p, double longest)
{
    double step = longest;
    for (int i = 0; i < p->method.modal.n; i++) {
        double u = p->atol + size_of(sim, p, p->method.modal.u[i]);
        double n = size_of(sim, p, p->method.stage[0][i]);
        if (n * step > 0.01 * u)
            step = 0.01 * u / n;
    }
    return step;
}

/* ---- a step ---- */

/* A step of 40 bits is off by 1e-12 of itself, far below its error. */
static double round_to_40_bits(double h)
{
    int exponent;
    double mantissa = frexp(h, &exponent);
    return ldexp(rint(ldexp(mantissa, 40)), exponent - 40);
}

/* Add to the error, in stage 3, that of the quadrature in time; stages 1 and 2 are free by then.
 * The sum f1 + 4 f2 + f3 is h phi_1(L h), by which a mode takes what is constant over the step. */
static weft_status add_error_in_time(weft_sim *sim, pair *p, double h)
{
    etdrk4 *e = &p->method;
    const stepper_modal *m = &e->modal;
    const int64_t size = sim->fft->modes * sim->fft->per_mode;
    static const double weight[5] = {1.0 / 6 - 7.0 / 90, -32.0 / 90, 4.0 / 6 - 12.0 / 90,
                                     -32.0 / 90, 1.0 / 6 - 7.0 / 90};
    double *const *at = e->stage[1], *const *sum = e->stage[2], *const *error = e->stage[3];
    for (int i = 0; i < m->n; i++)
        for (int64_t j = 0; j < size; j++)
            sum[i][j] = weight[4] * e->stage[4][i][j];
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < m->n; i++)
            memcpy(at[i], e->stage[5][i], (size_t)size * sizeof(double));
        WEFT_TRY(sim->model->families.nonlinear_km(sim, sim->time + 0.25 * k * h, at));
        for (int i = 0; i < m->n; i++)
            for (int64_t j = 0; j < size; j++)
                sum[i][j] += weight[k] * at[i][j];
    }
    const stepper_term terms[3] = {{&e->table[ETDRK4_F1], 1, sum},
                                   {&e->table[ETDRK4_F2], 4, sum},
                                   {&e->table[ETDRK4_F3], 1, sum}};
    stepper_modal_sum(sim->fft, m, error, 3, terms, error, NULL);
    return WEFT_OK;
}

/* One step of length h: its error over what is allowed. The new coefficients are in stage 5, N of
 * them in stage 4. */
static weft_status attempt(weft_sim *sim, pair *p, double h, double *error_of_step)
{
    etdrk4 *e = &p->method;
    const stepper_modal *m = &e->modal;
    const size_t bytes = (size_t)(sim->fft->modes * sim->fft->per_mode) * sizeof(double);
    double *const *now = e->stage[5], *const *next = e->stage[4], *const *error = e->stage[3];
    stepper_etdrk4_prepare(sim, e, h);
    WEFT_TRY(stepper_etdrk4_advance(sim, e, now));
    for (int i = 0; i < m->n; i++)
        memcpy(next[i], now[i], bytes);
    p->next_at = sim->time + h;
    WEFT_TRY(sim->model->families.nonlinear_km(sim, p->next_at, next));
    const stepper_term terms[2] = {{&e->table[ETDRK4_F3], 1, error},
                                   {&e->table[ETDRK4_F3], -1, next}};
    stepper_modal_sum(sim->fft, m, NULL, 2, terms, error, NULL);
    if (m->form.timed)
        WEFT_TRY(add_error_in_time(sim, p, h));
    *error_of_step = relative_error(sim, p, error, now);
    return WEFT_OK;
}

/* The new coefficients become the state; N of them the first stage. Where fields were made
 * real again, N belongs to another state. */
static void accept(weft_sim *sim, pair *p, double h)
{
    etdrk4 *e = &p->method;
    const size_t bytes = (size_t)(sim->fft->modes * sim->fft->per_mode) * sizeof(double);
    for (int i = 0; i < e->modal.n; i++)
        memcpy(e->modal.u[i], e->stage[5][i], bytes);
    double **spare = e->stage[0];
    e->stage[0] = e->stage[4];
    e->stage[4] = spare;
    p->n_at = stepper_modal_repair(sim, &e->modal, h) ? NAN : p->next_at;
}

/* The fields are those before the step that failed. */
static weft_status give_up(const weft_sim *sim, double h)
{
    return weft_fail(WEFT_FAILED,
                     "the step has shrunk to %.3g at time %.10g: the fields blow up there, or "
                     "time.rtol and time.atol ask for more than the arithmetic has",
                     h, sim->time);
}

/* Cut the time left into equal steps no longer than wanted; 1e-9 lets a quotient that is
 * whole but for rounding count. */
static double choose(double left, double wanted)
{
    if (left <= wanted * (1.0 + 1e-9))
        return round_to_40_bits(left);
    return round_to_40_bits(left / ceil(left / wanted * (1.0 - 1e-9)));
}

/* The usual control: the error of a step of order 3 falls as h^4. A longer step is only
 * taken where it is longer by 1.4, as every other length costs new tables. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    pair *p = data;
    etdrk4 *e = &p->method;
    const double left = *dt;
    if (p->n_at != sim->time) { /* the clock was set to an event, or the run goes on here */
        stepper_modal_copy(sim->fft, &e->modal, e->stage[0]);
        WEFT_TRY(sim->model->families.nonlinear_km(sim, sim->time, e->stage[0]));
    }
    if (p->wanted == 0.0)
        p->wanted = first_step(sim, p, left);
    for (;;) {
        const double h = choose(left, p->wanted);
        double error;
        WEFT_TRY(attempt(sim, p, h, &error));
        const bool finite = isfinite(error), good = finite && error <= 1.0;
        const double factor = finite ? 0.9 * pow(fmax(error, 1e-12), -0.25) : 0.1;
        if (!good)
            p->wanted = h * fmax(0.1, fmin(factor, 0.9));
        else if (factor < 1.0 || (factor > 1.4 && h * factor > p->wanted))
            p->wanted = h * fmin(factor, 4.0);
        if (good) {
            *dt = fabs(left - h) <= 1e-9 * left ? left : h;
            accept(sim, p, *dt);
            return WEFT_OK;
        }
        if (!(p->wanted > 1e-13 * fmax(fabs(sim->time), left)))
            return give_up(sim, p->wanted);
    }
}

/* The step that was wanted last; N is computed again. */
static weft_status save(weft_sim *sim, void *data, weft_file *file)
{
    (void)sim;
    const pair *p = data;
    return weft_file_put(file, "etdrk43_step", &p->wanted, sizeof p->wanted);
}

/* N is not in the checkpoint: it is computed from the state. */
static weft_status load(weft_sim *sim, void *data, weft_file *file)
{
    (void)sim;
    pair *p = data;
    p->n_at = NAN;
    return weft_file_get(file, "etdrk43_step", &p->wanted, sizeof p->wanted);
}

const weft_stepper weft_stepper_etdrk43 = {
    .name = "etdrk43",
    .summary = "exponential Runge-Kutta of order 4 with an embedded error: chooses its steps",
    .reference = "P. Whalen, M. Brio, J. V. Moloney, J. Comput. Phys. 280, 579 (2015)",
    .order = 4,
    .evaluations = 4,
    .timed_evaluations = 4,
    .needs = WEFT_HAS_LINEAR_KM,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_K,
    .adaptive = true,
    .params = params,
    .setup = setup,
    .destroy = destroy,
    .step = step,
    .save = save,
    .load = load,
};
