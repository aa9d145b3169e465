/* Linear parts that are ill posed are refused: those whose growth rate rises without bound with k,
 * as for u_t = -lap u, which no resolution makes right. The rate is computed far beyond the grid,
 * at three wavenumbers, along the axes and one oblique direction.
 *
 * It is the largest real part of the eigenvalues of the matrix of all components. A
 * rate that rises by more than half at each step of a factor of 4 in k grows like a power; one that
 * saturates (a viscous system with an unstable band) does not.
 *
 * Coefficients that depend on the time or the place are frozen: put in as the numbers that they are
 * at some times and places, they make terms linear, and the equation must be well posed with them
 * (H.-O. Kreiss, J. Lorenz, Initial-Boundary Value Problems and the Navier-Stokes Equations, 1989,
 * section 6.1). Before the grid is there, coordinates are points that fill the box, and quenched
 * fields are not known; at the start of a run the places are those where coefficients are least and
 * greatest, with the values that the run has (sites.c). Local, the same on all ranks. */
#include "eigen.h"
#include "lattice.h"
#include "weft/error.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rates beyond this are cut, so that products of two of them are finite; nothing of use is near. */
static const double huge_rate = 1e100;

/* A wavenumber, times the spacing, at which a bounded term no longer counts. */
static const double far_away = 1600.0;

/* One part of the number L_ij(k); no number (0/0) counts as 0. */
static double part(const eq_system *s, int node, const double wave[4])
{
    const double value = weft_graph_wave_value(s->graph, node, wave);
    return isnan(value) ? 0.0 : fmax(-huge_rate, fmin(huge_rate, value));
}

/* The number L_ij(k). */
static double _Complex entry(const eq_system *s, int i, int j, const double wave[4])
{
    weft_symbol a = eq_linear(s, i, j);
    return part(s, a.even, wave) + part(s, a.odd, wave) * I;
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

/* Does the growth rate rise by this factor at each step to a wavenumber `times` as large? Rates
 * that may be rounding errors of the eigenvalues, whose relative size is the root of that of a
 * number where two of them are equal, are no growth. */
static bool rises(const eq_system *s, int n, const int *list, const double direction[3],
                  double first, double times, double factor)
{
    double rate[3], wave[4], modulus = 0.0;
    for (int step = 0; step < 3; step++) {
        wave_at(s, first * pow(times, step), direction, wave);
        rate[step] = growth(s, n, list, wave, &modulus);
    }
    return rate[0] > 0.0 && rate[1] > factor * rate[0] && rate[2] > factor * rate[1] &&
           rate[2] > (n > 1 ? 1e-6 : 1e-9) * modulus;
}

/* Like a power of k far beyond the grid, or faster than k^6 near its end, as exp(k^2) does, which
 * is no number far beyond. */
static bool unbounded(const eq_system *s, int n, const int *list, const double direction[3])
{
    return rises(s, n, list, direction, 100.0 / s->dx[2], 4.0, 1.5) ||
           rises(s, n, list, direction, M_PI / s->dx[2], 2.0, 100.0);
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

/* ---- coefficients frozen at a time and a place ---- */

enum { ON_TIME = 1 << WEFT_VAR_UNIFORM, ON_PLACE = 1 << WEFT_VAR_PLACE, SAMPLES = 16, TIMES = 32 };

/* Where coefficients are taken: nothing is frozen unless `there`. */
typedef struct frozen {
    bool there, has_time, has_place;
    bool has_quenched;
    double time, place[EQ_PLACE_DRAW]; /* x, y, z, quenched fields */
    const double *state; /* the fields are small changes of these values; NULL: of zero */
    double *most;        /* only note the largest rate of any kind here; NULL: check */
    double scale; /* rates below 1e-12 of this are rounding errors of coefficients that vanish */
} frozen;

/* A node with the numbers of the time and place in it, and with u + U for u. */
static int freeze(eq_system *s, const frozen *at, int node)
{
    double value[EQ_PARAMETERS + 1];
    int uniform[EQ_PARAMETERS + 1], place[EQ_PLACE_DRAW];
    const int n_place = at->has_quenched ? EQ_PLACE_DRAW : EQ_PLACE_QUENCHED;
    if (!at->there)
        return node;
    eq_uniforms(s, at->time, value);
    for (int i = 0; i < s->n_uniform; i++)
        uniform[i] = weft_graph_number(s->graph, value[i]);
    for (int i = 0; i < n_place; i++)
        place[i] = weft_graph_number(s->graph, at->place[i]);
    node = weft_graph_replace(s->graph, node, WEFT_VAR_UNIFORM, s->n_uniform, uniform);
    node = weft_graph_replace(s->graph, node, WEFT_VAR_PLACE, n_place, place);
    if (!at->state)
        return node;
    int shifted[EQ_COMPONENTS];
    for (int i = 0; i < s->n; i++)
        shifted[i] =
            weft_graph_make(s->graph, WEFT_OP_ADD, weft_graph_variable(s->graph, WEFT_VAR_FIELD, i),
                            weft_graph_number(s->graph, at->state[i]), 0);
    return weft_graph_replace(s->graph, node, WEFT_VAR_FIELD, s->n, shifted);
}

/* ---- the message ---- */

/* The term of a sum that makes the mode grow most, by its part in L_row,column; best: of those
 * before. */
static void worst_term(eq_system *s, const frozen *at, int node, double sign, const int entry_of[2],
                       const double wave[4], double *best, int *term)
{
    const weft_graph_node x = *weft_graph_at(s->graph, node);
    if (x.op == WEFT_OP_ADD || x.op == WEFT_OP_SUB) {
        worst_term(s, at, x.a, sign, entry_of, wave, best, term);
        worst_term(s, at, x.b, x.op == WEFT_OP_SUB ? -sign : sign, entry_of, wave, best, term);
        return;
    }
    const weft_symbol a = weft_split_of(s->splitter, freeze(s, at, node))->field[entry_of[1]];
    const double even = part(s, a.even, wave), odd = part(s, a.odd, wave);
    const double growth_of = entry_of[0] == entry_of[1] ? sign * even : fmax(fabs(even), fabs(odd));
    if (growth_of > *best) {
        *best = growth_of;
        *term = node;
    }
}

static void mode_text(const eq_system *s, const double wave[4], char *out, size_t size)
{
    size_t used = 0;
    for (int a = 0; a < s->dim; a++)
        used += (size_t)snprintf(out + used, size - used, "%sk%c = %.4g", a ? ", " : "", "xyz"[a],
                                 wave[a]);
}

/* " at t = 1, x = 2, u = 3": what was frozen. */
static void frozen_text(const eq_system *s, const frozen *at, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    if (at->has_time)
        used += (size_t)snprintf(out, size, " at t = %.6g", at->time);
    for (int a = 0; a < s->dim && at->has_place; a++)
        used += (size_t)snprintf(out + used, size - used, "%s%c = %.4g", used ? ", " : " at ",
                                 (int)"xyz"[a], at -> place[a]);
    for (int i = 0; i < s->n_quenched && at->has_quenched && used + 60 < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s = %.4g", used ? ", " : " at ",
                                 s->quenched[i].name, at->place[EQ_PLACE_QUENCHED + 2 * i]);
    for (int i = 0; i < s->n && at->state && used + 60 < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s = %.4g", used ? ", " : " about ",
                                 eq_variable_name((void *)s, WEFT_VAR_FIELD, i), at->state[i]);
}

/* Marks the term, shows the linear factor that a user can read, and how fast the shortest wave of
 * the grid along the direction grows, and one of half its length. written: the rates as they stand
 * in the input. */
static weft_status ill_posed(eq_system *s, const frozen *at, const int *written, const int *all,
                             const double direction[3])
{
    char text[300] = "", mode[100], where[300];
    double wave[4], half[4], far[4], modulus, most = 0.0;
    int pair[2] = {0, 0}, term = 0;
    const bool one = culprit(s, direction, pair);
    const eq_field *f = &s->field[s->field_of[pair[0]]];
    int entry_of[2] = {pair[0], pair[1]};
    if (pair[0] != pair[1] && f->order == 2) { /* the force on a coordinate */
        entry_of[0] = pair[1];
        entry_of[1] = pair[0];
    }
    wave_at(s, M_PI / s->dx[2], direction, wave);
    wave_at(s, 2.0 * M_PI / s->dx[2], direction, half);
    mode_text(s, wave, mode, sizeof mode);
    frozen_text(s, at, where, sizeof where);
    weft_symbol a = eq_linear(s, entry_of[0], entry_of[1]);
    if (one)
        weft_graph_print(s->graph, a.even ? a.even : a.odd, eq_variable_name, s, text, sizeof text);
    wave_at(s, far_away / s->dx[2], direction, far);
    worst_term(s, at, written[entry_of[0]], 1.0, entry_of, far, &most, &term);
    const double slow = growth(s, s->n, all, wave, &modulus),
                 fast = growth(s, s->n, all, half, &modulus);
    return eq_fail_at(
        s, term ? term : written[entry_of[0]], f->node,
        "ill posed%s: the linear part%s%s%s makes short waves grow without bound: the "
        "mode %s at the rate %.4g, and one of half its length at the rate %.4g; a "
        "sign may be wrong, or a term of higher order is missing",
        where, one ? ", the factor " : " of all fields together", text, one ? " in k space," : "",
        mode, slow, fast);
}

/* Is a rate far beyond the grid a rounding error of a coefficient that vanishes? Without a scale
 * that is not asked; where exp(k^2) is no number there, the modulus is 0, and it is not known. */
static bool rounding(const frozen *at, double rate, double modulus)
{
    return at->scale > 0.0 && modulus > 0.0 && rate <= 1e-12 * at->scale;
}

/* The three axes and one direction that no symmetry of a symbol singles out, in which a mixed
 * derivative shows itself. The rates of the system are frozen for the time of the check. */
static weft_status check_frozen(eq_system *s, const frozen *at)
{
    static const double directions[4][3] = {
        {1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}, {0.61, 0.57, 0.55}};
    int all[EQ_COMPONENTS], written[EQ_COMPONENTS];
    weft_status status = WEFT_OK;
    weft_splitter *own =
        s->splitter; /* what is frozen is taken apart once: its parts are not kept */
    if (at->there)
        s->splitter = weft_splitter_create(s->graph);
    memcpy(written, s->rate, sizeof written);
    for (int i = 0; i < s->n; i++) {
        all[i] = i;
        s->rate[i] = freeze(s, at, written[i]);
    }
    for (int d = 0; d < 4 && status == WEFT_OK; d++) {
        double far[4], modulus;
        if (d < 3 && d >= s->dim)
            continue;
        wave_at(s, far_away / s->dx[2], directions[d], far);
        const double rate = growth(s, s->n, all, far, &modulus);
        if (at->most)
            *at->most = fmax(*at->most, modulus);
        else if (!rounding(at, rate, modulus) && unbounded(s, s->n, all, directions[d]))
            status = ill_posed(s, at, written, all, directions[d]);
    }
    memcpy(s->rate, written, sizeof written);
    if (at->there)
        weft_splitter_free(s->splitter);
    s->splitter = own;
    return status;
}

/* Well posed about 1 or -1, where fields stand before derivatives, as in -u^2*lap(lap(u)) - lap(u)?
 */
static bool elsewhere(eq_system *s, const frozen *at)
{
    double state[EQ_COMPONENTS];
    frozen about = *at;
    about.there = true;
    about.state = state;
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int i = 0; i < s->n; i++)
            state[i] = sign;
        if (check_frozen(s, &about) == WEFT_OK)
            return true;
    }
    return false;
}

/* What is ill posed for small changes of zero alone is not refused here: the state that the run
 * starts with decides (eq_check_growth_start). */
static weft_status check_at(eq_system *s, const frozen *at)
{
    weft_status status = check_frozen(s, at);
    if (status == WEFT_OK || at->state)
        return status;
    const bool fine = elsewhere(s, at);
    s->start_decides = s->start_decides || fine;
    weft_error_clear();
    return fine ? WEFT_OK : check_frozen(s, at);
}

/* Times at which the coefficients are taken: the ends of the run, some between, and the corners of
 * parameters. Returns how many. */
static int sample_times(const eq_system *s, double start, double end, double out[TIMES])
{
    int n = 0;
    for (int i = 0; i <= 8; i++)
        out[n++] = start + (end - start) * i / 8.0;
    for (int i = 0; i < s->n_parameters; i++)
        for (int c = 0; c < s->parameter[i].course.n && s->parameter[i].course.n > 1; c++) {
            const double t = s->parameter[i].course.time[c];
            if (t > start && t < end && n < TIMES)
                out[n++] = t;
        }
    return n;
}

/* The equation as it is written; or, where coefficients depend on the time or the place, with those
 * frozen at points that fill the run and the box evenly (fractions of powers of the plastic number
 * and its like), since a term that holds the others in check may be among them. Differences on a
 * lattice are bounded, and so is their growth: nothing to check there. */
weft_status eq_check_growth(eq_system *s, double start, double end)
{
    static const double step[3] = {0.8191725134, 0.6710436067, 0.5497004779};
    unsigned depends = 0;
    double times[TIMES];
    bool quenched = false;
    if (s->lattice)
        return WEFT_OK;
    for (int i = 0; i < s->n; i++) {
        depends |= weft_graph_at(s->graph, s->rate[i])->depends;
        quenched = quenched || eq_contains(s->graph, s->rate[i], WEFT_VAR_PLACE, EQ_PLACE_QUENCHED,
                                           EQ_PLACE_DRAW - 1);
    }
    if (quenched) /* its values are not known yet: they are looked at at the start */
        return WEFT_OK;
    if (!(depends & (ON_TIME | ON_PLACE)))
        return check_at(s, &(frozen){0});
    const int n_times = depends & ON_TIME ? sample_times(s, start, end, times) : 0;
    const int n = depends & ON_PLACE && n_times < SAMPLES ? SAMPLES : n_times;
    for (int i = 0; i < n; i++) {
        frozen at = {.there = true,
                     .has_time = depends & ON_TIME,
                     .has_place = depends & ON_PLACE,
                     .time = n_times ? times[i % n_times] : start};
        for (int a = 0; a < s->dim; a++)
            at.place[a] =
                s->dx[2 - a] * (double)s->sites[2 - a] * (fmod(0.5 + (i + 1) * step[a], 1.0) - 0.5);
        WEFT_TRY(check_at(s, &at));
    }
    return WEFT_OK;
}

/* One site at all times that are looked at: first with `most`, which notes how large rates are,
 * then with the scale that came of it, which checks. */
static weft_status check_site(eq_system *s, int n_times, const double *times, bool has_time,
                              const double *place, double scale, double *most)
{
    for (int k = 0; k < n_times; k++) {
        frozen at = {.there = true,
                     .has_time = has_time,
                     .has_place = true,
                     .has_quenched = true,
                     .time = times[k],
                     .most = most,
                     .scale = scale};
        memcpy(at.place, place, sizeof at.place);
        WEFT_TRY(check_at(s, &at));
    }
    return WEFT_OK;
}

/* First how large the rates are at all sites: a coefficient such as 1 - x^2 at x = 1 may be below
 * zero by rounding. */
weft_status eq_check_growth_at(eq_system *s, double start, double end, const eq_sites *sites)
{
    unsigned depends = 0;
    double times[TIMES] = {start}, most = 0.0;
    for (int i = 0; i < s->n; i++)
        depends |= weft_graph_at(s->graph, s->rate[i])->depends;
    const bool has_time = depends & ON_TIME;
    const int n_times = has_time ? sample_times(s, start, end, times) : 1;
    for (int i = 0; i < sites->n; i++)
        WEFT_TRY(
            check_site(s, n_times, times, has_time, sites->place + i * EQ_PLACE_DRAW, 0.0, &most));
    for (int i = 0; i < sites->n; i++)
        WEFT_TRY(
            check_site(s, n_times, times, has_time, sites->place + i * EQ_PLACE_DRAW, most, NULL));
    return WEFT_OK;
}

/* The factors of small changes of a uniform state, as far as the rules of algebra find them: those
 * of products and powers. */
weft_status eq_check_growth_about(eq_system *s, double t, const double *state,
                                  const eq_sites *sites)
{
    frozen at = {.there = true, .time = t, .state = state, .has_place = sites->n > 0};
    at.has_quenched = at.has_place;
    if (sites->n == 0)
        return check_at(s, &at);
    for (int i = 0; i < sites->n; i++) {
        memcpy(at.place, sites->place + i * EQ_PLACE_DRAW, sizeof at.place);
        WEFT_TRY(check_at(s, &at));
    }
    return WEFT_OK;
}

weft_status eq_check_growth_between(eq_system *s, double t, const double *low, const double *high,
                                    const eq_sites *sites)
{
    double state[EQ_COMPONENTS];
    for (int sample = 0; sample < 4; sample++) {
        for (int i = 0; i < s->n; i++)
            state[i] = sample < 3 ? low[i] + 0.5 * sample * (high[i] - low[i])
                                  : fmax(low[i], fmin(high[i], 0.0));
        WEFT_TRY(eq_check_growth_about(s, t, state, sites));
    }
    return WEFT_OK;
}

/* One component takes all values between its extremes. Of several it is not known which they take
 * together (the parts of exp(i x) are never both zero): eq_describe warns of those. */
weft_status eq_check_growth_start(eq_system *s, double t, const double *low, const double *high,
                                  const eq_sites *sites)
{
    if (sites->n == 0)
        WEFT_TRY(check_at(s, &(frozen){.there = true, .time = t}));
    return s->start_decides && s->n == 1 ? eq_check_growth_between(s, t, low, high, sites)
                                         : WEFT_OK;
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
