/* Levenberg-Marquardt (D. W. Marquardt, J. SIAM 11 (1963) 431) over the numbers of a learned force,
 * from the exact formula, with bounds on the factors.
 *
 * There are few unknowns and many residuals, whose derivatives are cheap (src/electron/slopes.c):
 * J^T J is then a small matrix, and some ten or twenty steps are enough, where gradient methods
 * need hundreds of evaluations and a line search.
 *
 * The unknowns of a pole are ln y, ln w, the factors of centre, axial, corner and outer sites (>=
 * 0), and the bond's factor over that of its corner (from -1 to 1): within these bounds every
 * density is bounded (src/electron/learned.c). An unknown at a bound towards which the gradient
 * points is held there for a step; a step that leaves the bounds is cut at them.
 *
 * Invariants. (1) A step is taken only if the mean square error falls, so that the loss is monotone
 * from that of the exact formula. (2) Sums over a configuration are made by one rank in the order
 * of its sites, and sums over configurations are exact: the numbers have the same bits for any
 * number of ranks. All ranks decide from them alike. */
#include "internal.h"
#include "weft/exact.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { MOST = WEFT_LEARNED_POLES * WEFT_LEARNED_NUMBERS, TRIES = 14 };
enum { LOG_Y, LOG_W, CENTRE, AXIAL, CORNER, OUTER, RING };

/* The least error of the Fermi step with which a training begins. */
static const double poorest_poles = 0.1;

/* A fit at work. Sums: mean square, half of its gradient, and the lower half of J^T J. */
typedef struct fit {
    const train *t;
    int n, sums; /* unknowns; numbers of a sum */
    int64_t sites[2];
    double x[MOST], *sum, *slope, *out, *room;
} fit;

/* ---- unknowns ---- */

/* Bounds of the unknowns of a pole: see the head of this file. */
static double least(int kind)
{
    return kind == RING ? -1 : kind >= CENTRE ? 0 : -INFINITY;
}

static double most(int kind)
{
    return kind == RING ? 1 : INFINITY;
}

/* A bond without a corner has no ratio, and none is needed: its number is zero. */
static void to_unknowns(const weft_learned *l, double *x)
{
    for (int64_t p = 0; p < l->poles; p++, x += WEFT_LEARNED_NUMBERS) {
        memcpy(x, l->number[p], WEFT_LEARNED_NUMBERS * sizeof *x);
        x[LOG_Y] = log(x[LOG_Y]);
        x[LOG_W] = log(x[LOG_W]);
        x[RING] = x[CORNER] > 0 ? x[RING] / x[CORNER] : 0;
    }
}

/* The inverse; ranges and errors are not of the fit. */
static weft_learned to_numbers(int n, const double *x)
{
    weft_learned l = {.poles = n / WEFT_LEARNED_NUMBERS};
    for (int64_t p = 0; p < l.poles; p++, x += WEFT_LEARNED_NUMBERS) {
        double *out = l.number[p];
        memcpy(out, x, WEFT_LEARNED_NUMBERS * sizeof *x);
        out[LOG_Y] = exp(x[LOG_Y]);
        out[LOG_W] = exp(x[LOG_W]);
        out[RING] = x[RING] * x[CORNER];
    }
    return l;
}

/* Derivatives by the numbers of one pole become those by its unknowns: d/d ln y = y d/dy, and where
 * the corner's factor moves, the bond's moves with it at a fixed ratio. */
static void chain(const double *number, double *slope)
{
    const double ratio = number[CORNER] > 0 ? number[RING] / number[CORNER] : 0;
    slope[LOG_Y] *= number[LOG_Y];
    slope[LOG_W] *= number[LOG_W];
    slope[CORNER] += ratio * slope[RING];
    slope[RING] *= number[CORNER];
}

/* ---- sums ---- */

static el_plane plane_of(const fit *f, const train_configuration *c)
{
    return (el_plane){c->rows, c->n, c->v, f->room};
}

/* Adds one configuration's part, times 1/sites. sum[1]... and slopes only where wanted. */
static void add_configuration(fit *f, const weft_learned *l, const train_configuration *c,
                              double share, bool slopes, double *sum)
{
    const int n = f->n;
    const el_plane plane = plane_of(f, c);
    el_learned_slopes(l, c->temperature, &plane, f->out, slopes ? f->slope : NULL);
    for (int64_t i = 0; i < c->rows * c->n; i++) {
        const double r = f->out[i] - c->density[i];
        sum[0] += r * r;
        if (!slopes)
            continue;
        double *J = f->slope + i * n, *row = sum + 1 + n;
        for (int64_t p = 0; p < l->poles; p++)
            chain(l->number[p], J + p * WEFT_LEARNED_NUMBERS);
        for (int j = 0; j < n; row += ++j) {
            sum[1 + j] += J[j] * r;
            for (int k = 0; k <= j; k++)
                row[k] += J[j] * J[k];
        }
    }
    for (int j = 0; j < (slopes ? f->sums : 1); j++)
        sum[j] *= share;
}

/* Which configurations count. Late ones of the held-out runs are told apart, since most of a long
 * run is late, while snapshots are dense at its beginning. */
typedef enum which { TRAINED, HELD, HELD_LATE } which;

static bool counts(const train_configuration *c, which w)
{
    return w == TRAINED ? !c->held : c->held && (w == HELD || c->late);
}

/* The mean is over sites, not over configurations: lattices may differ. */
static int64_t sites_of(const train *t, which w)
{
    int64_t sites = 0;
    for (int64_t k = 0; k < t->count; k++)
        if (counts(&t->configuration[k], w))
            sites += t->configuration[k].rows * t->configuration[k].n;
    return sites;
}

/* Sums over all configurations that count, in f->sum: the same on every rank. */
static void evaluate(fit *f, const weft_learned *l, which w, bool slopes)
{
    const train *t = f->t;
    const int sums = slopes ? f->sums : 1;
    int rank, size;
    weft_ranks(t->comm, &rank, &size);
    weft_exact *exact = weft_alloc((size_t)sums, sizeof *exact);
    double *one = weft_alloc((size_t)sums, sizeof *one);
    const double share = 1 / (double)sites_of(t, w);
    for (int j = 0; j < sums; j++)
        weft_exact_clear(&exact[j]);
    for (int64_t k = rank; k < t->count; k += size) {
        if (!counts(&t->configuration[k], w))
            continue;
        memset(one, 0, (size_t)sums * sizeof *one);
        add_configuration(f, l, &t->configuration[k], share, slopes, one);
        for (int j = 0; j < sums; j++)
            weft_exact_add(&exact[j], &one[j], 1);
    }
    weft_exact_allreduce(t->comm, exact, sums);
    for (int j = 0; j < sums; j++)
        f->sum[j] = weft_exact_value(&exact[j]);
    weft_free(one);
    weft_free(exact);
}

/* Root mean square error; nan where there is nothing. */
static double error_of(fit *f, const weft_learned *l, which w)
{
    if (sites_of(f->t, w) == 0)
        return NAN;
    evaluate(f, l, w, false);
    return sqrt(f->sum[0]);
}

/* ---- steps ---- */

/* The unknowns of a trial: a damped step, with logarithms moved by at most 1, cut at the bounds. */
static void trial(const fit *f, const double *sum, double damping, double *room, double *x)
{
    double step[MOST], down[MOST];
    bool is_free[MOST];
    for (int j = 0; j < f->n; j++) {
        const int kind = j % WEFT_LEARNED_NUMBERS;
        down[j] = -sum[1 + j];
        is_free[j] =
            !(f->x[j] <= least(kind) && down[j] < 0) && !(f->x[j] >= most(kind) && down[j] > 0);
    }
    train_damped(sum + 1 + f->n, down, is_free, f->n, damping, room, step);
    for (int j = 0; j < f->n; j++) {
        const int kind = j % WEFT_LEARNED_NUMBERS;
        x[j] = f->x[j] + fmax(fmin(step[j], 1), -1);
        x[j] = fmax(fmin(x[j], most(kind)), least(kind));
    }
}

/* One step; false: no damping makes the loss fall. The derivatives are made once and used for all
 * dampings that are tried. After a success the next step begins with a tenth of the damping that
 * served, and with eight times more after each failure. */
static bool improve(fit *f, double *damping, double *loss)
{
    double *sum = weft_alloc((size_t)f->sums, sizeof *sum), *room = weft_alloc((size_t)f->sums, 8);
    double x[MOST];
    bool better = false;
    weft_learned now = to_numbers(f->n, f->x);
    evaluate(f, &now, TRAINED, true);
    memcpy(sum, f->sum, (size_t)f->sums * sizeof *sum);
    for (int k = 0; k < TRIES && !better; k++, *damping *= 8) {
        trial(f, sum, *damping, room, x);
        weft_learned next = to_numbers(f->n, x);
        evaluate(f, &next, TRAINED, false);
        better = f->sum[0] < *loss;
    }
    if (better) {
        memcpy(f->x, x, sizeof x);
        *loss = f->sum[0];
        *damping = fmax(*damping / 80, 1e-10);
    }
    weft_free(room);
    weft_free(sum);
    return better;
}

/* Steps until they stop helping: three in a row that lower the loss by less than 1e-4 of it. */
static weft_status descend(fit *f, train_result *r)
{
    const int64_t steps = f->t->keys->steps;
    double damping = 1e-2, loss = r->loss[0];
    for (int idle = 0; r->steps < steps && idle < 3;) {
        WEFT_TRY(train_stopped(f->t));
        if (!improve(f, &damping, &loss))
            break;
        idle = loss > (1 - 1e-4) * r->loss[r->steps] ? idle + 1 : 0;
        r->loss[++r->steps] = loss;
        weft_learned now = to_numbers(f->n, f->x);
        weft_say("  step %3d: rms %.4e, held out %.4e", r->steps, sqrt(loss),
                 error_of(f, &now, HELD));
    }
    return WEFT_OK;
}

/* ---- the whole ---- */

/* The band adds 4 |t| to the largest site energy (Gershgorin). */
static void ranges(const train *t, weft_learned *l)
{
    l->hopping = t->hopping;
    l->temperature[0] = INFINITY;
    for (int64_t k = 0; k < t->count; k++) {
        const train_configuration *c = &t->configuration[k];
        const double T = c->temperature * t->hopping;
        const int64_t size = (c->rows + 2 * EL_MARGIN) * (c->n + 2 * EL_MARGIN);
        if (c->held)
            continue;
        l->temperature[0] = fmin(l->temperature[0], T);
        l->temperature[1] = fmax(l->temperature[1], T);
        for (int64_t i = 0; i < size; i++)
            l->bound = fmax(l->bound, (fabs(c->v[i]) + 4) * t->hopping);
    }
}

/* Poles are those for the lowest temperature of the training, which needs them most, and for the
 * largest energy that occurs in it. */
static weft_status begin(fit *f, train_result *r)
{
    const train *t = f->t;
    weft_learned *l = &r->numbers;
    const int64_t poles = t->keys->poles;
    const double error = el_learned_start(l, poles, l->temperature[0], l->bound);
    if (error > poorest_poles)
        return weft_param_fail(weft_params_section(t->params, ""), "poles",
                               "%lld poles miss the Fermi step by %.2g where energies reach %.4g "
                               "and the temperature is %.4g; take more",
                               (long long)poles, error, l->bound, l->temperature[0]);
    to_unknowns(l, f->x);
    r->loss[0] = pow(error_of(f, l, TRAINED), 2);
    r->start = sqrt(r->loss[0]);
    weft_say(
        "training: %lld numbers, %lld sites; the exact formula with %lld poles (which miss the "
        "Fermi step by %.1e) has rms %.4e, held out %.4e",
        (long long)f->n, (long long)sites_of(t, TRAINED), (long long)poles, error, r->start,
        error_of(f, l, HELD));
    return WEFT_OK;
}

/* Room for the largest configuration, taken once: a slope is seven numbers a pole and site, some
 * 0.2 MB for 30 x 30 sites and 4 poles. */
static void take_room(fit *f)
{
    int64_t sites = 0, planes = 0;
    for (int64_t k = 0; k < f->t->count; k++) {
        const train_configuration *c = &f->t->configuration[k];
        const int64_t size = (c->rows + 2 * EL_MARGIN) * (c->n + 2 * EL_MARGIN);
        sites = c->rows * c->n > sites ? c->rows * c->n : sites;
        planes = size > planes ? size : planes;
    }
    f->sum = weft_alloc((size_t)f->sums, sizeof *f->sum);
    f->slope = weft_alloc((size_t)(sites * f->n), sizeof *f->slope);
    f->out = weft_alloc((size_t)sites, sizeof *f->out);
    f->room = weft_alloc((size_t)(6 * planes), sizeof *f->room);
}

/* The errors of what was held out decide nothing: they are told, and go into the file. */
weft_status train_fit(const train *t, train_result *r)
{
    fit f = {.t = t, .n = (int)t->keys->poles * WEFT_LEARNED_NUMBERS};
    ranges(t, &r->numbers);
    if (f.n == 0) { /* a network alone has no exact formula to begin with */
        r->start = r->loss[0] = NAN;
        return WEFT_OK;
    }
    f.sums = 1 + f.n + f.n * (f.n + 1) / 2;
    take_room(&f);
    weft_status status = begin(&f, r);
    if (status == WEFT_OK)
        status = descend(&f, r);
    if (status == WEFT_OK) {
        const weft_learned best = to_numbers(f.n, f.x);
        memcpy(r->numbers.number, best.number, sizeof best.number);
        r->trained = sqrt(r->loss[r->steps]);
        r->numbers.error = error_of(&f, &best, HELD);
        r->late = error_of(&f, &best, HELD_LATE);
    }
    weft_free(f.room);
    weft_free(f.out);
    weft_free(f.slope);
    weft_free(f.sum);
    return status;
}
