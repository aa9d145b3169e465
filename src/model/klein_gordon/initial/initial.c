/* Initial states of Klein-Gordon fields: blobs, modes, bubbles, rings, and the table of all.
 *
 *     gaussian   background + amplitude exp(-r^2/w^2)
 *     mode       one mode of the linear equation, a plane or standing wave
 *     bubble     v (1 - amplitude exp(-r^2/w^2)): through the other side of the vacuum v
 *     ring       a kink along the radius, at r = radius
 *
 * Invariant: the value at a point is a function of its coordinates (see fill.c), and of the nearest
 * image of a centre where an axis goes round, so that a blob over the seam is whole. On an
 * antiperiodic axis every other image has the opposite sign. The checks refuse what the boundary
 * cannot hold: a background that is not 0 at an odd boundary, a mode that the points cannot
 * resolve. */
#include "initial.h"
#include "physics/place.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>

/* clang-format off */
#define BACKGROUND \
    {WEFT_BIND_REAL(kg_blob_start, background), .standard = "0", .unit = "field", \
     .help = "added to phi everywhere"}
#define CENTER \
    {WEFT_BIND_REALS(kg_blob_start, center), .standard = "0", .unit = "length", \
     .help = "where, one number an axis"}
/* clang-format on */

/* A list with one number an axis (slowest first), or one for all, as three. */
static void read_center(const weft_sim *sim, weft_reals list, double *out)
{
    int dim = sim->grid->dim;
    for (int a = 0; a < 3; a++)
        out[a] = 0;
    for (int i = 0; i < dim; i++)
        out[3 - dim + i] = list.value[list.n == 1 ? 0 : i];
}

/* ---- gaussian, mode, bubble, ring: profiles about a centre, and modes ---- */

/* What the profiles below need; each uses a part. width2 = w^2; k, phase, sine: of a mode along
 * each axis. */
typedef struct blob {
    const kg_potential *v;
    const weft_grid *grid;
    double amplitude, width2, background, rotation, radius, center[3], k[3], phase[3];
    bool sine[3];
} blob;

/* r^2 from the nearest image of the centre. *sign: -1 where that is an image with the opposite
 * sign. */
static double square_distance(const blob *b, const double *x, double *sign)
{
    double sum = 0;
    *sign = 1;
    for (int a = 0; a < 3; a++) {
        /* An odd number of boxes away on an antiperiodic axis the sign is turned. */
        double boxes, d = kg_nearest(b->grid, a, x[a] - b->center[a], &boxes);
        sum += d * d;
        if (b->grid->boundary[a] == WEFT_ANTIPERIODIC && fmod(boxes, 2) != 0)
            *sign = -*sign;
    }
    return sum;
}

/* Does the axis go round, so that a state meets its own image? */
static bool goes_round(const weft_grid *grid, int axis)
{
    return grid->boundary[axis] == WEFT_PERIODIC || grid->boundary[axis] == WEFT_ANTIPERIODIC;
}

/* Half the shortest side that goes round; inf: none does. Walls mirror what they cut, which may be
 * meant. */
static double half_round(const weft_grid *grid)
{
    double half = INFINITY;
    for (int a = 3 - grid->dim; a < 3; a++)
        if (goes_round(grid, a))
            half = fmin(half, 0.5 * grid->length[a]);
    return half;
}

static void warn_of_width(const weft_sim *sim, double width)
{
    const double half = half_round(sim->grid) / width;
    kg_warn_of_ends(sim, "width", weft_exp(-half * half), "height", "take a longer box");
}

static const weft_param gaussian_params[] = {
    {WEFT_BIND_REAL(kg_blob_start, amplitude), .standard = "1", .unit = "field", .help = "height"},
    {WEFT_BIND_REAL(kg_blob_start, width), .standard = "1", .range = "(0, inf)", .unit = "length",
     .help = "w of exp(-r^2/w^2)"},
    CENTER,
    BACKGROUND,
    {WEFT_BIND_REAL(kg_blob_start, rotation), .standard = "0", .unit = "1/time",
     .help = "complex fields: pi = i*rotation*phi, which carries charge"},
    {0},
};

/* pi[1] is set for complex fields alone; a real field has no component 1 and ignores it. */
static void gaussian_at(const void *context, const double *x, double *phi, double *pi)
{
    const blob *b = context;
    double sign, r2 = square_distance(b, x, &sign);
    phi[0] = b->background + sign * b->amplitude * weft_exp(-r2 / b->width2);
    pi[1] = b->rotation * phi[0];
}

/* A Gaussian at rest; for complex fields it may rotate. */
static weft_status set_gaussian(weft_sim *sim)
{
    const kg_blob_start *s = weft_params_values(sim->params, gaussian_params);
    double width = s->width;
    blob b = {.grid = sim->grid,
              .amplitude = s->amplitude,
              .width2 = width * width,
              .background = s->background,
              .rotation = s->rotation};
    read_center(sim, s->center, b.center);
    WEFT_TRY(kg_check_centers(sim, b.center));
    WEFT_TRY(kg_check_background(sim, s->background));
    warn_of_width(sim, width);
    return kg_fill(sim, gaussian_at, &b);
}

static const weft_param mode_params[] = {
    {WEFT_BIND_INTS(kg_blob_start, k),
     .help = "number of the mode along each axis: cos(2 pi k x/L); antiperiodic: k + 1/2; neumann: "
             "cos(pi k (x + L/2)/L); dirichlet: sin(pi (k + 1) (x + L/2)/L)"},
    {WEFT_BIND_REAL(kg_blob_start, amplitude), .standard = "1", .unit = "field",
     .help = "amplitude"},
    BACKGROUND,
    {WEFT_BIND_REAL(kg_blob_start, rotation), .standard = "0", .unit = "1/time",
     .help = "complex fields: pi = i*rotation*phi, which carries charge"},
    {0},
};

/* A plane wave over the axes that go round (one cosine of the summed angle) times standing waves
 * between walls. */
static void mode_at(const void *context, const double *x, double *phi, double *pi)
{
    const blob *b = context;
    double angle = 0, product = 1;
    for (int a = 0; a < 3; a++) {
        double own = b->k[a] * x[a] + b->phase[a];
        /* Axes that go round have no phase; between walls a standing wave has one. */
        if (b->phase[a] == 0)
            angle += own; /* plane wave over periodic axes */
        else
            product *= b->sine[a] ? weft_sin_any(own) : weft_cos_any(own);
    }
    phi[0] = b->background + b->amplitude * product * weft_cos_any(angle);
    pi[1] = b->rotation * phi[0];
}

/* halves counts half waves over the box; more than one a spacing would be another mode in disguise.
 */
static weft_status set_mode(weft_sim *sim)
{
    const kg_blob_start *s = weft_params_values(sim->params, mode_params);
    const weft_grid *grid = sim->grid;
    blob b = {.amplitude = s->amplitude, .background = s->background, .rotation = s->rotation};
    for (int i = 0; i < grid->dim; i++) {
        int a = 3 - grid->dim + i;
        double unit = M_PI / grid->length[a], k = (double)s->k.value[i];
        /* Does the axis go round? */
        bool closed = goes_round(grid, a);
        b.sine[a] = grid->boundary[a] == WEFT_DIRICHLET;
        double halves = closed ? 2 * k + (grid->boundary[a] == WEFT_ANTIPERIODIC) : k + b.sine[a];
        /* A cosine of n half waves would vanish at all n points. */
        double most = (double)grid->n[a] - (grid->boundary[a] == WEFT_NEUMANN);
        if (fabs(halves) > most)
            return weft_param_fail(sim->initial, "k",
                                   "%.15g: %lld points hold no wave shorter than two spacings", k,
                                   (long long)grid->n[a]);
        b.k[a] = unit * halves;
        const kg *m = kg_of(sim);
        if (m->dealias > 0 && fabs(b.k[a]) >= weft_fft_limit(sim->fft, a, m->dealias))
            return weft_param_fail(sim->initial, "k",
                                   "%.15g: the key 'dealias' of the model removes modes of "
                                   "|k| >= %.6g, this one of %.6g too; take a lower one, or none",
                                   k, weft_fft_limit(sim->fft, a, m->dealias), fabs(b.k[a]));
        b.phase[a] = closed ? 0 : 0.5 * b.k[a] * grid->length[a];
    }
    return kg_fill(sim, mode_at, &b);
}

static const weft_param bubble_params[] = {
    {WEFT_BIND_REAL(kg_blob_start, amplitude), .standard = "1.5",
     .help = "depth in units of the vacuum value"},
    {WEFT_BIND_REAL(kg_blob_start, width), .standard = "2.449489742783178", .range = "(0, inf)",
     .unit = "length", .help = "w of exp(-r^2/w^2)"},
    CENTER,
    {0},
};

/* A region that has fallen through the other side of the vacuum, at rest: it collapses or forms an
 * oscillon. */
static void bubble_at(const void *context, const double *x, double *phi, double *pi)
{
    const blob *b = context;
    double sign;
    (void)pi;
    phi[0] =
        b->v->vacuum * (1 - b->amplitude * weft_exp(-square_distance(b, x, &sign) / b->width2));
}

/* Far away the field is in its vacuum v, which is a background. */
static weft_status set_bubble(weft_sim *sim)
{
    const kg_blob_start *s = weft_params_values(sim->params, bubble_params);
    double width = s->width;
    blob b = {
        .v = &kg_of(sim)->v, .grid = sim->grid, .amplitude = s->amplitude, .width2 = width * width};
    read_center(sim, s->center, b.center);
    WEFT_TRY(kg_check_centers(sim, b.center));
    WEFT_TRY(kg_check_background(sim, 1));
    warn_of_width(sim, width);
    return kg_fill(sim, bubble_at, &b);
}

static const weft_param ring_params[] = {
    {WEFT_BIND_REAL(kg_blob_start, radius), .range = "(0, inf)", .unit = "length",
     .help = "where the wall is"},
    CENTER,
    {0},
};

/* The profile of a kink along the radius. */
static void ring_at(const void *context, const double *x, double *phi, double *pi)
{
    const blob *b = context;
    double slope, sign;
    (void)pi;
    kg_kink(b->v, sqrt(square_distance(b, x, &sign)) - b->radius, phi, &slope);
}

/* The largest distance of a point of the box from the centre. */
static double farthest(const blob *b)
{
    double sum = 0;
    for (int a = 3 - b->grid->dim; a < 3; a++) {
        double d = 0.5 * b->grid->length[a] + (goes_round(b->grid, a) ? 0 : fabs(b->center[a]));
        sum += d * d;
    }
    return sqrt(sum);
}

/* Between walls an arc may be meant; on an axis that goes round a ring must be whole. */
static weft_status check_radius(weft_sim *sim, const blob *b)
{
    const double half = half_round(sim->grid), most = fmin(half, farthest(b));
    double inside, edge, outside, slope;
    if (b->radius >= most)
        return weft_param_fail(sim->initial, "radius",
                               "%g: the box does not hold this ring; it must be below %g",
                               b->radius, most);
    kg_kink(b->v, -b->radius, &inside, &slope);
    kg_kink(b->v, half - b->radius, &edge, &slope);
    kg_kink(b->v, 1e3 * farthest(b), &outside, &slope);
    const double left = isfinite(half) ? fabs((outside - edge) / (outside - inside)) : 0;
    kg_warn_of_ends(sim, "radius", left, "step", "take a smaller radius, or a larger box");
    return WEFT_OK;
}

/* A kink along the radius; it shrinks by its tension. */
static weft_status set_ring(weft_sim *sim)
{
    const kg_blob_start *s = weft_params_values(sim->params, ring_params);
    blob b = {.v = &kg_of(sim)->v, .grid = sim->grid, .radius = s->radius};
    read_center(sim, s->center, b.center);
    WEFT_TRY(kg_check_centers(sim, b.center));
    WEFT_TRY(kg_check_background(sim, 1));
    WEFT_TRY(check_radius(sim, &b));
    return kg_fill(sim, ring_at, &b);
}

/* ---- does it fit? checks of the input, before a grid exists ---- */

/* A list with a number for each axis, or one for all. */
static weft_status check_center(const weft_params *params, weft_reals center, int dim)
{
    if (center.n == dim || center.n == 1)
        return WEFT_OK;
    const weft_section *initial = weft_params_section(params, "initial");
    return weft_param_fail(initial, "center", "%d numbers for %d axes%s", center.n, dim,
                           weft_comma_hint(initial, "center").text);
}

/* Rotation is a phase that turns: it needs two components. */
static weft_status check_rotation(const weft_params *params, double rotation)
{
    const kg_params *p = weft_params_values(params, kg_table);
    if (p->components > 1 || rotation == 0)
        return WEFT_OK;
    return weft_param_fail(weft_params_section(params, "initial"), "rotation",
                           "only complex fields (components: 2) rotate");
}

/* The checks below are called with the input alone, before a grid exists. */
static weft_status check_gaussian(const weft_params *params, int dim, const int64_t *n,
                                  const double *length, weft_plan *plan)
{
    const kg_blob_start *s = weft_params_values(params, gaussian_params);
    (void)n, (void)length, (void)plan;
    WEFT_TRY(check_center(params, s->center, dim));
    return check_rotation(params, s->rotation);
}

/* One number a component of the wavevector. */
static weft_status check_mode(const weft_params *params, int dim, const int64_t *n,
                              const double *length, weft_plan *plan)
{
    const kg_blob_start *s = weft_params_values(params, mode_params);
    (void)n, (void)length, (void)plan;
    if (s->k.n != dim)
        return weft_param_fail(weft_params_section(params, "initial"), "k",
                               "%d numbers for %d axes", s->k.n, dim);
    return check_rotation(params, s->rotation);
}

/* Its depth is measured in vacuum values. */
static weft_status check_bubble(const weft_params *params, int dim, const int64_t *n,
                                const double *length, weft_plan *plan)
{
    const kg_blob_start *s = weft_params_values(params, bubble_params);
    const kg_params *p = weft_params_values(params, kg_table);
    (void)n, (void)length, (void)plan;
    WEFT_TRY(check_center(params, s->center, dim));
    if (p->potential != KG_PHI4 && p->potential != KG_PHI6)
        return weft_param_fail(weft_params_section(params, "initial"), "type",
                               "a bubble needs a vacuum value: phi4 or phi6");
    return WEFT_OK;
}

/* On a line the "ring" would be a pair of kinks, for which there is a type of its own. */
static weft_status check_ring(const weft_params *params, int dim, const int64_t *n,
                              const double *length, weft_plan *plan)
{
    const kg_blob_start *s = weft_params_values(params, ring_params);
    (void)n, (void)length, (void)plan;
    if (dim == 1)
        return weft_param_fail(weft_params_section(params, "initial"), "type",
                               "a ring needs two or three dimensions");
    WEFT_TRY(check_center(params, s->center, dim));
    return kg_check_potential(params);
}

/* ---- the table ---- */

/* check is made with the input, set when the fields are there; both give one message at the key at
 * fault. */
const weft_initial kg_initials[] = {
    {.name = "gaussian",
     .help = "phi = amplitude exp(-r^2/width^2), at rest",
     .params = gaussian_params,
     .check = check_gaussian,
     .set = set_gaussian},
    {.name = "mode",
     .help = "one mode of the linear equation, at rest",
     .params = mode_params,
     .check = check_mode,
     .set = set_mode},
    {.name = "kink",
     .help = "a kink (rising with x)",
     .params = kg_kink_params,
     .check = kg_check_kink,
     .set = kg_set_kink},
    {.name = "antikink",
     .help = "an antikink (falling with x)",
     .params = kg_kink_params,
     .check = kg_check_antikink,
     .set = kg_set_antikink},
    {.name = "kink_antikink",
     .help = "a kink and an antikink that run at each other",
     .params = kg_pair_params,
     .check = kg_check_pair,
     .set = kg_set_pair},
    {.name = "antikink_kink",
     .help = "an antikink and a kink that run at each other",
     .params = kg_pair_params,
     .check = kg_check_pair,
     .set = kg_set_reversed_pair},
    {.name = "kink_lattice",
     .help = "the static periodic solution (phi4, sine_gordon)",
     .params = kg_lattice_params,
     .check = kg_check_lattice,
     .set = kg_set_lattice},
    {.name = "breather",
     .help = "a breather of the sine-Gordon equation at its largest",
     .params = kg_breather_params,
     .check = kg_check_breather,
     .set = kg_set_breather},
    {.name = "bubble",
     .help = "phi = v (1 - amplitude exp(-r^2/width^2)), at rest",
     .params = bubble_params,
     .check = check_bubble,
     .set = set_bubble},
    {.name = "ring",
     .help = "a wall of radius R: a ring in two, a sphere in three dimensions, at rest",
     .params = ring_params,
     .check = check_ring,
     .set = set_ring},
    {.name = "random",
     .rough = true,
     .help = "a random field of given spectrum, from ensemble.seed",
     .params = kg_random_params,
     .fft = true,
     .set = kg_set_random},
    PLACE_INITIAL,
    {0},
};
