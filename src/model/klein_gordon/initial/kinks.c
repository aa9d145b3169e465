/* Initial states of kinks, along x: one, pairs, lattices; breathers.
 *
 * A moving kink is a static one seen in a moving frame: f(gamma (x - x0 - w t)) with gamma =
 * 1/sqrt(1 - w^2), phi_t = -w gamma f'. Pairs of sine-Gordon kinks are the exact solution; those of
 * other potentials are a sum of two kinks less the vacuum between them, which is exact up to exp(-m
 * separation). A lattice is the static periodic solution, an elliptic function whose modulus is
 * found from the spacing of the kinks.
 *
 *     boundary       phi4 kink          sine-Gordon kink      pair
 *     periodic       no (even number)   with winding 1        yes
 *     antiperiodic   yes (odd number)   no                    no
 *     neumann        yes                yes                   yes
 *
 * Invariant: what is set closes over the boundary. A kink changes the vacuum from one end to the
 * other, which only some boundaries bear; the checks compare the change of phi with what the
 * boundary and the winding allow and say what to write instead. */
#include "initial.h"
#include "weft/log.h"
#include "weft/vmath.h"
#include <math.h>

/* What the profiles below need; each uses a part. complement: complementary modulus k' of an
 * elliptic function; scale: of its argument; offset: vacuum to be taken off. */
typedef struct kinks {
    const kg_potential *v;
    const weft_grid *grid;
    double rise;                                      /* of phi over a box that winds */
    double sign, velocity, gamma, center, separation; /* sign -1: antikink (of pairs: first) */
    double right;                                     /* speed of the right one of a pair */
    double omega, complement, scale, offset;
} kinks;

/* clang-format off */
#define POSITION(start) \
    {WEFT_BIND_REAL(start, center), .standard = "0", .unit = "length", \
     .help = "where on the x axis"}
#define VELOCITY \
    {WEFT_BIND_REAL(kg_kink_start, velocity), .standard = "0", .range = "(-1, 1)", .unit = "1", \
     .help = "in units of the speed of waves"}
/* clang-format on */

const weft_param kg_kink_params[] = {VELOCITY, POSITION(kg_kink_start), {0}};

/* A kink at x0 that moves with velocity w: phi and pi are added. */
static void add_kink(const kg_potential *v, double sign, double w, double x, double *phi,
                     double *pi)
{
    double gamma = 1 / sqrt(1 - w * w), f, df;
    kg_kink(v, sign * gamma * x, &f, &df);
    *phi += f;
    *pi -= sign * w * gamma * df;
}

/* The nearest image of the kink; each box further the field has risen by its winding (rise), or
 * changed its sign on an antiperiodic axis. */
static void kink_at(const void *context, const double *x, double *phi, double *pi)
{
    const kinks *k = context;
    double boxes, d = kg_nearest(k->grid, 2, x[2] - k->center, &boxes);
    add_kink(k->v, k->sign, k->velocity, d, phi, pi);
    if (k->grid->boundary[2] == WEFT_ANTIPERIODIC && fmod(boxes, 2) != 0) {
        phi[0] = -phi[0];
        pi[0] = -pi[0];
    }
    phi[0] += boxes * k->rise;
}

/* Of a kink whose field runs from one vacuum to the next over a distance d of its centre, this part
 * of the difference is left. */
static double rest_of_kink(const kinks *k, double d)
{
    const double far = 1e3 * k->grid->length[2];
    double from, to, here, slope;
    kg_kink(k->v, -far, &from, &slope);
    kg_kink(k->v, far, &to, &slope);
    kg_kink(k->v, d, &here, &slope);
    double up = fabs((to - here) / (to - from));
    kg_kink(k->v, -d, &here, &slope);
    return fmax(up, fabs((here - from) / (to - from)));
}

/* From a centre to the nearest end of the box: a wall, or half way to its own image. */
static double room(const kinks *k)
{
    return 0.5 * k->grid->length[2] - (kg_is_wall(k->grid, 2) ? fabs(k->center) : 0);
}

/* sign 1: rises with x; -1: falls. */
static weft_status set_one_kink(weft_sim *sim, double sign)
{
    const kg_kink_start *start = weft_params_values(sim->params, kg_kink_params);
    WEFT_TRY(kg_check_center(sim, start->center));
    kinks k = {.v = &kg_of(sim)->v,
               .grid = sim->grid,
               .rise = kg_of(sim)->slope * sim->grid->length[2],
               .sign = sign,
               .velocity = start->velocity,
               .center = start->center};
    const double left = rest_of_kink(&k, room(&k) / sqrt(1 - k.velocity * k.velocity));
    kg_warn_of_ends(sim, "center", left, "step", "center it, or take a longer box");
    return kg_fill(sim, kink_at, &k);
}

weft_status kg_set_kink(weft_sim *sim)
{
    return set_one_kink(sim, 1);
}

weft_status kg_set_antikink(weft_sim *sim)
{
    return set_one_kink(sim, -1);
}

/* A pair: velocity of each, both toward the other; separation between the centres. */
const weft_param kg_pair_params[] = {
    {WEFT_BIND_REALS(kg_pair_start, velocity), .standard = "0", .range = "(-1, 1)", .unit = "1",
     .help = "with which they run at each other, in units of the speed of waves; two numbers: of "
             "the left and of the right one"},
    {WEFT_BIND_REAL(kg_pair_start, separation), .standard = "20", .range = "(0, inf)",
     .unit = "length", .help = "between the two centres"},
    POSITION(kg_pair_start),
    {0},
};

/* A kink of either sign on the left and its opposite on the right, running at each other; the sum
 * of the two minus the vacuum between them. */
static void pair_at(const void *context, const double *x, double *phi, double *pi)
{
    const kinks *k = context;
    double half = 0.5 * k->separation, d = kg_nearest(k->grid, 2, x[2] - k->center, NULL);
    add_kink(k->v, k->sign, k->velocity, d + half, phi, pi);
    add_kink(k->v, -k->sign, -k->right, d - half, phi, pi);
    phi[0] -= k->offset;
}

/* sine-Gordon: the exact solution 4 atan(sinh(g v t) / (v cosh(g x))), run backwards, at the time
 * when the levels phi = pi are the separation apart. */
static void sine_pair_at(const void *context, const double *x, double *phi, double *pi)
{
    const kinks *k = context;
    double v = k->velocity, g = k->gamma;
    /* At this time the solution has the value pi at half the separation. */
    double top = weft_cosh(0.5 * g * k->separation), fall = sqrt(1 + v * v * top * top);
    double spread = weft_cosh(g * kg_nearest(k->grid, 2, x[2] - k->center, NULL)), y = top / spread;
    phi[0] = k->offset + k->sign * 4 * weft_atan(y);
    pi[0] = -k->sign * 4 * g * fall / (spread * (1 + y * y));
}

/* Kinks that overlap with each other, with their images or with the walls are not two kinks. */
static void warn_of_overlap(const weft_sim *sim, const kinks *k)
{
    const double box = sim->grid->length[2];
    const bool wall = kg_is_wall(sim->grid, 2);
    double outer = 0.5 * (box - k->separation) - (wall ? fabs(k->center) : 0);
    double inside = rest_of_kink(k, 0.5 * k->separation), outside = rest_of_kink(k, outer);
    if (sim->noise.replica == 0 && fmax(inside, outside) > 1e-3)
        weft_warn("initial.separation: %g: %.2g of the step of a kink is left %s: the state is not "
                  "two free kinks; take a %s",
                  k->separation, fmax(inside, outside),
                  inside > outside ? "half way between the two"
                  : wall           ? "at the nearest wall"
                                   : "half way to their images over the ends of the box",
                  inside > outside ? "larger separation" : "smaller separation or a longer box");
}

/* sign: of the left one. The vacuum between the two is that of a kink far beyond its centre. */
static weft_status set_pair(weft_sim *sim, double sign)
{
    const kg_potential *v = &kg_of(sim)->v;
    const kg_pair_start *start = weft_params_values(sim->params, kg_pair_params);
    const weft_reals w = start->velocity;
    double velocity = w.value[0], slope;
    WEFT_TRY(kg_check_center(sim, start->center));
    if (start->separation >= sim->grid->length[2])
        return weft_param_fail(sim->initial, "separation",
                               "the box, of length %g, does not hold both kinks",
                               sim->grid->length[2]);
    kinks k = {.v = v,
               .grid = sim->grid,
               .sign = sign,
               .velocity = velocity,
               .right = w.value[w.n - 1],
               .gamma = 1 / sqrt(1 - velocity * velocity),
               .separation = start->separation,
               .center = start->center};
    warn_of_overlap(sim, &k);
    if (v->kind == KG_SINE_GORDON && velocity > 0 && k.right == velocity) {
        k.offset = sign > 0 ? 0 : 2 * M_PI;
        return kg_fill(sim, sine_pair_at, &k);
    }
    kg_kink(v, sign * 1e3 * k.separation, &k.offset, &slope);
    return kg_fill(sim, pair_at, &k);
}

weft_status kg_set_pair(weft_sim *sim)
{
    return set_pair(sim, 1);
}

weft_status kg_set_reversed_pair(weft_sim *sim)
{
    return set_pair(sim, -1);
}

const weft_param kg_breather_params[] = {
    {WEFT_BIND_REAL(kg_kink_start, frequency), .standard = "0.5", .range = "(0, 1)",
     .unit = "1/time", .help = "omega, in units of the mass"},
    POSITION(kg_kink_start),
    {0},
};

/* 4 atan(sqrt(1 - w^2)/w cos(w t)/cosh(sqrt(1 - w^2) x)) at t = 0: largest, and at rest. */
static void breather_at(const void *context, const double *x, double *phi, double *pi)
{
    const kinks *k = context;
    double s = sqrt(1 - k->omega * k->omega);
    (void)pi;
    double d = kg_nearest(k->grid, 2, x[2] - k->center, NULL);
    phi[0] = 4 * weft_atan(s / (k->omega * weft_cosh(s * d)));
}

/* The only oscillating solution in closed form: a bound state of a kink and an antikink. */
weft_status kg_set_breather(weft_sim *sim)
{
    const kg_kink_start *start = weft_params_values(sim->params, kg_breather_params);
    WEFT_TRY(kg_check_center(sim, start->center));
    kinks k = {.grid = sim->grid, .omega = start->frequency, .center = start->center};
    const double s = sqrt(1 - k.omega * k.omega);
    const double left = weft_atan(s / (k.omega * weft_cosh(s * room(&k)))) / weft_atan(s / k.omega);
    kg_warn_of_ends(sim, "frequency", left, "height", "take a longer box, or a lower frequency");
    return kg_fill(sim, breather_at, &k);
}

/* ---- kink lattice ---- */

const weft_param kg_lattice_params[] = {
    {WEFT_BIND_INT(kg_kink_start, kinks), .range = "[1, inf)",
     .help = "kinks and antikinks in the box (phi^4), kinks (sine-Gordon)"},
    POSITION(kg_kink_start),
    {0},
};

/* Distance between neighbouring kinks for complementary modulus k'. */
static double lattice_spacing(const kg_potential *v, double complement)
{
    double k2 = (1 - complement) * (1 + complement), quarter = kg_elliptic_k(complement);
    return v->kind == KG_SINE_GORDON ? 2 * sqrt(k2) * quarter
                                     : 2 * quarter * sqrt(1 + k2) / (sqrt(v->lambda) * v->vacuum);
}

/* phi^4: v sqrt(2k^2/(1+k^2)) sn(x/sqrt(1+k^2)); sine-Gordon: pi + 2 am(x/k). */
static void lattice_at(const void *context, const double *x, double *phi, double *pi)
{
    const kinks *k = context;
    double k2 = (1 - k->complement) * (1 + k->complement);
    (void)pi;
    double am = kg_elliptic_am((x[2] - k->center) * k->scale, k->complement);
    phi[0] = k->v->kind == KG_SINE_GORDON
                 ? M_PI + 2 * k->sign * am
                 : k->v->vacuum * sqrt(2 * k2 / (1 + k2)) * weft_sin_any(am);
}

/* The modulus is found by bisection in ln k', since far kinks have k' of the order exp(-spacing).
 */
weft_status kg_set_lattice(weft_sim *sim)
{
    const kg *m = kg_of(sim);
    const kg_potential *v = &m->v;
    const kg_kink_start *start = weft_params_values(sim->params, kg_lattice_params);
    double spacing = sim->grid->length[2] / (double)start->kinks;
    kinks k = {.v = v, .sign = m->slope < 0 ? -1 : 1, .center = start->center};
    double low = -690, high = 0; /* of ln k' */
    for (int i = 0; i < 100; i++) {
        double middle = 0.5 * (low + high);
        if (lattice_spacing(v, weft_exp(middle)) > spacing)
            low = middle;
        else
            high = middle;
    }
    k.complement = weft_exp(0.5 * (low + high));
    double k2 = (1 - k.complement) * (1 + k.complement);
    k.scale = v->kind == KG_SINE_GORDON ? 1 / sqrt(k2) : sqrt(v->lambda / (1 + k2)) * v->vacuum;
    return kg_fill(sim, lattice_at, &k);
}

/* ---- do they fit? ---- */

/* One kink changes phi from one end to the other: only some boundaries take that. change: of phi
 * over the box in units of 2 pi; odd: is the number of kinks odd? A phi^4 kink maps v to -v and
 * closes on an antiperiodic axis, a sine-Gordon kink needs a winding. Mirrors bear anything. */
static weft_status check_topology(const weft_section *s, const kg_potential *v, double winding,
                                  double change, bool odd, weft_boundary b)
{
    /* Potentials whose vacua repeat. */
    bool sine = v->kind == KG_SINE_GORDON || v->kind == KG_DOUBLE_SINE_GORDON;
    if (b == WEFT_NEUMANN)
        return WEFT_OK;
    if (sine && b == WEFT_PERIODIC) {
        if (winding == change)
            return WEFT_OK;
        return weft_param_fail(s, "type",
                               "phi changes by %g pi over the box here, which does not close; use "
                               "'winding: %g' in the model's section, or neumann or absorbing "
                               "boundaries",
                               2 * change, change);
    }
    bool flips = v->kind != KG_PHI6 && !sine;
    if (flips && b == (odd ? WEFT_ANTIPERIODIC : WEFT_PERIODIC))
        return WEFT_OK;
    return weft_param_fail(s, "type",
                           "these kinks do not close along x with this boundary: use %s, "
                           "neumann or absorbing, or a kink_antikink on a periodic axis",
                           flips ? (odd ? "antiperiodic" : "periodic")
                                 : "another number of kinks,");
}

/* Kinks in closed form exist for these four potentials. For eta <= 0 the double potential has other
 * vacua. */
weft_status kg_check_potential(const weft_params *params)
{
    const weft_section *s = weft_params_section(params, "initial");
    kg_potential v;
    WEFT_TRY(kg_potential_make(params, &v));
    if (v.components > 1 || v.kind == KG_LINEAR || v.kind == KG_POLYNOMIAL || v.kind == KG_FORMULA)
        return weft_param_fail(s, "type",
                               "kinks are known for real fields with the potentials "
                               "phi4, phi6, sine_gordon and double_sine_gordon");
    if (v.kind == KG_DOUBLE_SINE_GORDON && v.eta <= 0)
        return weft_param_fail(s, "type", "the kink in closed form needs eta > 0");
    return WEFT_OK;
}

/* sign: 1 a kink, -1 an antikink. */
static weft_status check_one(const weft_params *params, double sign, weft_boundary boundary)
{
    const kg_params *p = weft_params_values(params, kg_table);
    kg_potential v;
    WEFT_TRY(kg_check_potential(params));
    WEFT_TRY(kg_potential_make(params, &v));
    /* The kink of the double potential rises by 4 pi. */
    double turns = v.kind == KG_DOUBLE_SINE_GORDON ? 2 : 1;
    return check_topology(weft_params_section(params, "initial"), &v, (double)p->winding,
                          sign * turns, true, boundary);
}

/* The checks of the table: what the input must fulfil, before a grid exists. */
weft_status kg_check_kink(const weft_params *params, int dim, const int64_t *n,
                          const double *length, weft_plan *plan)
{
    (void)n, (void)length;
    return check_one(params, 1, plan->boundary[dim - 1]);
}

weft_status kg_check_antikink(const weft_params *params, int dim, const int64_t *n,
                              const double *length, weft_plan *plan)
{
    (void)n, (void)length;
    return check_one(params, -1, plan->boundary[dim - 1]);
}

/* The field returns to the vacuum it came from, so odd boundaries and windings are out. */
weft_status kg_check_pair(const weft_params *params, int dim, const int64_t *n,
                          const double *length, weft_plan *plan)
{
    const weft_section *s = weft_params_section(params, "initial");
    const kg_params *p = weft_params_values(params, kg_table);
    const kg_pair_start *start = weft_params_values(params, kg_pair_params);
    const weft_boundary b = plan->boundary[dim - 1];
    (void)n, (void)length;
    WEFT_TRY(kg_check_potential(params));
    if (start->velocity.n < 1 || start->velocity.n > 2)
        return weft_param_fail(s, "velocity",
                               "%d numbers; give one for both, or one for the left and one for "
                               "the right kink",
                               start->velocity.n);
    if (b == WEFT_ANTIPERIODIC || b == WEFT_DIRICHLET)
        return weft_param_fail(s, "type",
                               "a pair ends in the vacuum it starts from, and phi %s: use a "
                               "periodic, neumann or absorbing x axis",
                               b == WEFT_DIRICHLET ? "is 0 at the ends of this box"
                                                   : "has the opposite sign over this box");
    return p->winding != 0
               ? weft_param_fail(s, "type",
                                 "a kink and an antikink wind by 0 together, the box by %lld; use "
                                 "'winding: 0' in the model's section",
                                 (long long)p->winding)
               : WEFT_OK;
}

/* A phi^4 lattice needs more room for each kink than the linear wave at the top of the barrier,
 * pi/(sqrt(lambda) v); a sine-Gordon lattice can be as dense as one likes. */
weft_status kg_check_lattice(const weft_params *params, int dim, const int64_t *n,
                             const double *length, weft_plan *plan)
{
    const weft_section *s = weft_params_section(params, "initial");
    const kg_params *p = weft_params_values(params, kg_table);
    const kg_kink_start *start = weft_params_values(params, kg_lattice_params);
    kg_potential v;
    (void)n;
    WEFT_TRY(kg_check_potential(params));
    WEFT_TRY(kg_potential_make(params, &v));
    if (v.kind != KG_PHI4 && v.kind != KG_SINE_GORDON)
        return weft_param_fail(s, "type", "kink lattices are known for phi4 and sine_gordon");
    double most = v.kind == KG_PHI4 ? length[dim - 1] * sqrt(v.lambda) * v.vacuum / M_PI : INFINITY;
    if ((double)start->kinks >= most)
        return weft_param_fail(s, "kinks", "the box holds fewer than %.4g kinks", most);
    double change = p->winding < 0 ? -(double)start->kinks : (double)start->kinks;
    return check_topology(s, &v, (double)p->winding, change, start->kinks % 2 == 1,
                          plan->boundary[dim - 1]);
}

/* Only the sine-Gordon equation has exact breathers. */
weft_status kg_check_breather(const weft_params *params, int dim, const int64_t *n,
                              const double *length, weft_plan *plan)
{
    const kg_params *p = weft_params_values(params, kg_table);
    (void)dim, (void)n, (void)length, (void)plan;
    return p->potential == KG_SINE_GORDON
               ? WEFT_OK
               : weft_param_fail(weft_params_section(params, "initial"), "type",
                                 "breathers are known for potential: sine_gordon");
}
