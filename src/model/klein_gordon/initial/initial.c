/* Initial states. */
#include "initial.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* A list with one number an axis (slowest first) or none, as three. */
static void read_vector(const weft_sim *sim, const char *key, double *out)
{
    int n = weft_list_size(sim->initial, key), dim = sim->grid->dim;
    for (int a = 0; a < 3; a++)
        out[a] = 0;
    for (int i = 0; i < dim; i++)
        out[3 - dim + i] = weft_get_real_at(sim->initial, key, n == 1 ? 0 : i);
}

static double square_distance(const double *x, const double *center)
{
    double sum = 0;
    for (int a = 0; a < 3; a++)
        sum += (x[a] - center[a]) * (x[a] - center[a]);
    return sum;
}

/* ---- gaussian, mode, bubble, ring ---- */

typedef struct blob {
    const kg_potential *v;
    double amplitude, width2, background, rotation, radius, center[3], k[3], phase[3];
    bool sine[3];
} blob;

static const weft_param gaussian_params[] = {
    {.name = "amplitude", .type = WEFT_REAL, .standard = "1", .unit = "field", .help = "height"},
    {.name = "width",
     .type = WEFT_REAL,
     .standard = "1",
     .range = "(0, inf)",
     .unit = "length",
     .help = "w of exp(-r^2/w^2)"},
    CENTER,
    BACKGROUND,
    {.name = "rotation",
     .type = WEFT_REAL,
     .standard = "0",
     .unit = "1/time",
     .help = "complex fields: pi = i*rotation*phi, which carries charge"},
    {0},
};

static void gaussian_at(const void *context, const double *x, double *phi, double *pi)
{
    const blob *b = context;
    phi[0] = b->background + b->amplitude * exp(-square_distance(x, b->center) / b->width2);
    pi[1] = b->rotation * phi[0];
}

static weft_status set_gaussian(weft_sim *sim)
{
    const weft_section *s = sim->initial;
    double width = weft_get_real(s, "width");
    blob b = {.amplitude = weft_get_real(s, "amplitude"),
              .width2 = width * width,
              .background = weft_get_real(s, "background"),
              .rotation = weft_get_real(s, "rotation")};
    read_vector(sim, "center", b.center);
    return kg_fill(sim, gaussian_at, &b);
}

static const weft_param mode_params[] = {
    {.name = "k",
     .type = WEFT_INT_LIST,
     .help = "number of the mode along each axis: cos(2 pi k x/L); antiperiodic: k + 1/2; neumann: "
             "cos(pi k (x + L/2)/L); dirichlet: sin(pi (k + 1) (x + L/2)/L)"},
    {.name = "amplitude", .type = WEFT_REAL, .standard = "1", .unit = "field", .help = "amplitude"},
    BACKGROUND,
    {.name = "rotation",
     .type = WEFT_REAL,
     .standard = "0",
     .unit = "1/time",
     .help = "complex fields: pi = i*rotation*phi, which carries charge"},
    {0},
};

static void mode_at(const void *context, const double *x, double *phi, double *pi)
{
    const blob *b = context;
    double angle = 0, product = 1;
    for (int a = 0; a < 3; a++) {
        double own = b->k[a] * x[a] + b->phase[a];
        if (b->phase[a] == 0)
            angle += own; /* plane wave over periodic axes */
        else
            product *= b->sine[a] ? sin(own) : cos(own);
    }
    phi[0] = b->background + b->amplitude * product * cos(angle);
    pi[1] = b->rotation * phi[0];
}

static weft_status set_mode(weft_sim *sim)
{
    const weft_section *s = sim->initial;
    const weft_grid *grid = sim->grid;
    blob b = {.amplitude = weft_get_real(s, "amplitude"),
              .background = weft_get_real(s, "background"),
              .rotation = weft_get_real(s, "rotation")};
    for (int i = 0; i < grid->dim; i++) {
        int a = 3 - grid->dim + i;
        double unit = M_PI / grid->length[a], k = (double)weft_get_int_at(s, "k", i);
        bool closed = grid->boundary[a] == WEFT_PERIODIC || grid->boundary[a] == WEFT_ANTIPERIODIC;
        b.sine[a] = grid->boundary[a] == WEFT_DIRICHLET;
        double halves = closed ? 2 * k + (grid->boundary[a] == WEFT_ANTIPERIODIC) : k + b.sine[a];
        if (fabs(halves) > (double)grid->n[a])
            return weft_param_fail(s, "k",
                                   "%.15g: %lld points hold no wave shorter than two spacings", k,
                                   (long long)grid->n[a]);
        b.k[a] = unit * halves;
        b.phase[a] = closed ? 0 : 0.5 * b.k[a] * grid->length[a];
    }
    return kg_fill(sim, mode_at, &b);
}

static const weft_param bubble_params[] = {
    {.name = "amplitude",
     .type = WEFT_REAL,
     .standard = "1.5",
     .help = "depth in units of the vacuum value"},
    {.name = "width",
     .type = WEFT_REAL,
     .standard = "2.449489742783178",
     .range = "(0, inf)",
     .unit = "length",
     .help = "w of exp(-r^2/w^2)"},
    CENTER,
    {0},
};

static void bubble_at(const void *context, const double *x, double *phi, double *pi)
{
    const blob *b = context;
    (void)pi;
    phi[0] = b->v->vacuum * (1 - b->amplitude * exp(-square_distance(x, b->center) / b->width2));
}

static weft_status set_bubble(weft_sim *sim)
{
    double width = weft_get_real(sim->initial, "width");
    blob b = {.v = &kg_of(sim)->v,
              .amplitude = weft_get_real(sim->initial, "amplitude"),
              .width2 = width * width};
    read_vector(sim, "center", b.center);
    return kg_fill(sim, bubble_at, &b);
}

static const weft_param ring_params[] = {
    {.name = "radius",
     .type = WEFT_REAL,
     .range = "(0, inf)",
     .unit = "length",
     .help = "where the wall is"},
    CENTER,
    {0},
};

static void ring_at(const void *context, const double *x, double *phi, double *pi)
{
    const blob *b = context;
    double slope;
    (void)pi;
    kg_kink(b->v, sqrt(square_distance(x, b->center)) - b->radius, phi, &slope);
}

static weft_status set_ring(weft_sim *sim)
{
    blob b = {.v = &kg_of(sim)->v, .radius = weft_get_real(sim->initial, "radius")};
    read_vector(sim, "center", b.center);
    return kg_fill(sim, ring_at, &b);
}

/* ---- the table ---- */

const weft_initial kg_initials[] = {
    {.name = "gaussian",
     .help = "phi = amplitude exp(-r^2/width^2), at rest",
     .params = gaussian_params,
     .set = set_gaussian},
    {.name = "mode",
     .help = "one mode of the linear equation, at rest",
     .params = mode_params,
     .set = set_mode},
    {.name = "kink",
     .help = "a kink (rising with x)",
     .params = kg_kink_params,
     .set = kg_set_kink},
    {.name = "antikink",
     .help = "an antikink (falling with x)",
     .params = kg_kink_params,
     .set = kg_set_antikink},
    {.name = "kink_antikink",
     .help = "a kink and an antikink that run at each other",
     .params = kg_pair_params,
     .set = kg_set_pair},
    {.name = "kink_lattice",
     .help = "the static periodic solution (phi4, sine_gordon)",
     .params = kg_lattice_params,
     .set = kg_set_lattice},
    {.name = "breather",
     .help = "a breather of the sine-Gordon equation at its largest",
     .params = kg_breather_params,
     .set = kg_set_breather},
    {.name = "bubble",
     .help = "phi = v (1 - amplitude exp(-r^2/width^2)), at rest",
     .params = bubble_params,
     .set = set_bubble},
    {.name = "ring",
     .help = "a wall of radius R: a ring in two, a sphere in three dimensions, at rest",
     .params = ring_params,
     .set = set_ring},
    {.name = "random",
     .help = "a random field of given spectrum, from ensemble.seed",
     .params = kg_random_params,
     .set = kg_set_random},
    {0},
};

/* ---- does it fit? ---- */

static bool among(const char *type, const char *a, const char *b)
{
    return strcmp(type, a) == 0 || strcmp(type, b) == 0;
}

weft_status kg_initial_check(const weft_params *params, const kg_potential *v, int dim,
                             const double *length, const weft_plan *plan)
{
    const weft_section *s = weft_params_section(params, "initial");
    const char *type = weft_get_text(s, "type");
    if (strcmp(type, "file") == 0 || strcmp(type, "random") == 0)
        return WEFT_OK;
    if (strcmp(type, "ring") == 0 && dim == 1)
        return weft_param_fail(s, "type", "a ring needs two or three dimensions");
    if (strcmp(type, "mode") == 0 && weft_list_size(s, "k") != dim)
        return weft_param_fail(s, "k", "%d numbers for %d axes", weft_list_size(s, "k"), dim);
    if (among(type, "gaussian", "bubble") || strcmp(type, "ring") == 0) {
        int n = weft_list_size(s, "center");
        if (n != dim && n != 1)
            return weft_param_fail(s, "center", "%d numbers for %d axes", n, dim);
    }
    if (among(type, "gaussian", "mode") && v->components == 1 && weft_get_real(s, "rotation") != 0)
        return weft_param_fail(s, "rotation", "only complex fields (components: 2) rotate");
    if (strcmp(type, "breather") == 0 && v->kind != KG_SINE_GORDON)
        return weft_param_fail(s, "type", "breathers are known for potential: sine_gordon");
    if (strcmp(type, "bubble") == 0 && v->kind != KG_PHI4 && v->kind != KG_PHI6)
        return weft_param_fail(s, "type", "a bubble needs a vacuum value: phi4 or phi6");
    if (strstr(type, "kink") || strcmp(type, "ring") == 0)
        return kg_check_kinks(params, v, type, length[dim - 1], plan->boundary[dim - 1]);
    return WEFT_OK;
}
