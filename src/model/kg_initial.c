/* Initial states. */
#include "kg.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* ---- filling the fields from a function of the coordinates ---- */

/* Values of phi and pi at x (z, y, x) for the components. */
typedef void profile(const void *context, const double *x, double *phi, double *pi);

typedef struct arrays {
    double *phi[KG_COMPONENTS], *pi[KG_COMPONENTS];
} arrays;

static arrays arrays_create(const weft_sim *sim)
{
    arrays a = {0};
    size_t sites = (size_t)weft_grid_local_sites(sim->grid);
    for (int c = 0; c < kg_of(sim)->components; c++) {
        a.phi[c] = weft_alloc(sites, sizeof(double));
        a.pi[c] = weft_alloc(sites, sizeof(double));
    }
    return a;
}

/* Hand the arrays over to the fields. */
static weft_status assign(weft_sim *sim, arrays *a)
{
    for (int c = 0; c < kg_of(sim)->components; c++) {
        weft_field_assign(sim->state, kg_phi(sim->state), c, a->phi[c], 0);
        weft_field_assign(sim->state, kg_pi(sim->state), c, a->pi[c], 0);
        weft_free(a->phi[c]);
        weft_free(a->pi[c]);
    }
    return WEFT_OK;
}

static weft_status fill(weft_sim *sim, profile *f, const void *context)
{
    const kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    arrays a = arrays_create(sim);
    int64_t site = 0;
    for (int64_t z = 0; z < grid->local[0]; z++)
        for (int64_t y = 0; y < grid->local[1]; y++)
            for (int64_t x = 0; x < grid->local[2]; x++, site++) {
                int64_t i[3] = {z, y, x};
                double r[3], phi[KG_COMPONENTS] = {0}, pi[KG_COMPONENTS] = {0};
                for (int axis = 0; axis < 3; axis++)
                    r[axis] = axis < 3 - grid->dim
                                  ? 0
                                  : weft_grid_coordinate(grid, axis, grid->start[axis] + i[axis]);
                f(context, r, phi, pi);
                for (int c = 0; c < m->components; c++) {
                    a.phi[c][site] = phi[c] - (m->ramp ? m->ramp[grid->start[2] + x] : 0);
                    a.pi[c][site] = pi[c];
                }
            }
    return assign(sim, &a);
}

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

#define BACKGROUND                                                                                 \
    {                                                                                              \
        "background", WEFT_REAL, "0", NULL, NULL, "field", "added to phi everywhere", NULL         \
    }
#define CENTER                                                                                     \
    {                                                                                              \
        "center", WEFT_REAL_LIST, "0", NULL, NULL, "length", "where, one number an axis", NULL     \
    }
#define POSITION                                                                                   \
    {                                                                                              \
        "center", WEFT_REAL, "0", NULL, NULL, "length", "where on the x axis", NULL                \
    }
#define VELOCITY(standard)                                                                         \
    {                                                                                              \
        "velocity", WEFT_REAL, standard, "(-1, 1)", NULL, "1", "in units of the speed of waves",   \
            NULL                                                                                   \
    }

/* ---- gaussian, mode, bubble, ring ---- */

typedef struct blob {
    const kg_potential *v;
    double amplitude, width2, background, rotation, radius, center[3], k[3], phase[3];
    bool sine[3];
} blob;

static const weft_param gaussian_params[] = {
    {"amplitude", WEFT_REAL, "1", NULL, NULL, "field", "height", NULL},
    {"width", WEFT_REAL, "1", "(0, inf)", NULL, "length", "w of exp(-r^2/w^2)", NULL},
    CENTER,
    BACKGROUND,
    {"rotation", WEFT_REAL, "0", NULL, NULL, "1/time",
     "complex fields: pi = i*rotation*phi, which carries charge", NULL},
    {0}};

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
    return fill(sim, gaussian_at, &b);
}

static const weft_param mode_params[] = {
    {"k", WEFT_INT_LIST, NULL, NULL, NULL, "",
     "number of the mode along each axis: cos(2 pi k x/L); antiperiodic: k + 1/2; neumann: "
     "cos(pi k (x + L/2)/L); dirichlet: sin(pi (k + 1) (x + L/2)/L)",
     NULL},
    {"amplitude", WEFT_REAL, "1", NULL, NULL, "field", "amplitude", NULL},
    BACKGROUND,
    {"rotation", WEFT_REAL, "0", NULL, NULL, "1/time",
     "complex fields: pi = i*rotation*phi, which carries charge", NULL},
    {0}};

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
        b.sine[a] = grid->boundary[a] == WEFT_DIRICHLET;
        if (grid->boundary[a] == WEFT_PERIODIC || grid->boundary[a] == WEFT_ANTIPERIODIC) {
            b.k[a] = unit * (2 * k + (grid->boundary[a] == WEFT_ANTIPERIODIC));
            continue;
        }
        b.k[a] = unit * (k + b.sine[a]);
        b.phase[a] = 0.5 * b.k[a] * grid->length[a];
    }
    return fill(sim, mode_at, &b);
}

static const weft_param bubble_params[] = {
    {"amplitude", WEFT_REAL, "1.5", NULL, NULL, "", "depth in units of the vacuum value", NULL},
    {"width", WEFT_REAL, "2.449489742783178", "(0, inf)", NULL, "length", "w of exp(-r^2/w^2)",
     NULL},
    CENTER,
    {0}};

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
    return fill(sim, bubble_at, &b);
}

static const weft_param ring_params[] = {
    {"radius", WEFT_REAL, NULL, "(0, inf)", NULL, "length", "where the wall is", NULL},
    CENTER,
    {0}};

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
    return fill(sim, ring_at, &b);
}

/* ---- kinks, along x ---- */

typedef struct kinks {
    const kg_potential *v;
    double sign, velocity, gamma, center, separation; /* sign -1: antikink */
    double omega, complement, scale, offset;
} kinks;

static const weft_param kink_params[] = {VELOCITY("0"), POSITION, {0}};

/* A kink at x0 that moves with velocity w: phi and pi are added. */
static void add_kink(const kg_potential *v, double sign, double w, double x, double *phi,
                     double *pi)
{
    double gamma = 1 / sqrt(1 - w * w), f, df;
    kg_kink(v, sign * gamma * x, &f, &df);
    *phi += f;
    *pi -= sign * w * gamma * df;
}

static void kink_at(const void *context, const double *x, double *phi, double *pi)
{
    const kinks *k = context;
    add_kink(k->v, k->sign, k->velocity, x[2] - k->center, phi, pi);
}

static weft_status set_one_kink(weft_sim *sim, double sign)
{
    kinks k = {.v = &kg_of(sim)->v,
               .sign = sign,
               .velocity = weft_get_real(sim->initial, "velocity"),
               .center = weft_get_real(sim->initial, "center")};
    return fill(sim, kink_at, &k);
}

static weft_status set_kink(weft_sim *sim)
{
    return set_one_kink(sim, 1);
}

static weft_status set_antikink(weft_sim *sim)
{
    return set_one_kink(sim, -1);
}

static const weft_param pair_params[] = {
    VELOCITY("0"),
    {"separation", WEFT_REAL, "20", "(0, inf)", NULL, "length", "between the two centres", NULL},
    POSITION,
    {0}};

/* Kink on the left, antikink on the right, running at each other; the sum of the two minus the
 * vacuum between them. */
static void pair_at(const void *context, const double *x, double *phi, double *pi)
{
    const kinks *k = context;
    double half = 0.5 * k->separation;
    add_kink(k->v, 1, k->velocity, x[2] - k->center + half, phi, pi);
    add_kink(k->v, -1, -k->velocity, x[2] - k->center - half, phi, pi);
    phi[0] -= k->offset;
}

/* sine-Gordon: the exact solution 4 atan(sinh(g v t) / (v cosh(g x))), run backwards, at the time
 * when the levels phi = pi are the separation apart. */
static void sine_pair_at(const void *context, const double *x, double *phi, double *pi)
{
    const kinks *k = context;
    double v = k->velocity, g = k->gamma;
    double top = cosh(0.5 * g * k->separation), fall = sqrt(1 + v * v * top * top);
    double spread = cosh(g * (x[2] - k->center)), y = top / spread;
    phi[0] = 4 * atan(y);
    pi[0] = -4 * g * fall / (spread * (1 + y * y));
}

static weft_status set_pair(weft_sim *sim)
{
    const kg_potential *v = &kg_of(sim)->v;
    double velocity = weft_get_real(sim->initial, "velocity"), slope;
    kinks k = {.v = v,
               .velocity = velocity,
               .gamma = 1 / sqrt(1 - velocity * velocity),
               .separation = weft_get_real(sim->initial, "separation"),
               .center = weft_get_real(sim->initial, "center")};
    if (v->kind == KG_SINE_GORDON && velocity > 0)
        return fill(sim, sine_pair_at, &k);
    kg_kink(v, 1e3 * k.separation, &k.offset, &slope);
    return fill(sim, pair_at, &k);
}

static const weft_param breather_params[] = {
    {"frequency", WEFT_REAL, "0.5", "(0, 1)", NULL, "1/time", "omega, in units of the mass", NULL},
    POSITION,
    {0}};

static void breather_at(const void *context, const double *x, double *phi, double *pi)
{
    const kinks *k = context;
    double s = sqrt(1 - k->omega * k->omega);
    (void)pi;
    phi[0] = 4 * atan(s / (k->omega * cosh(s * (x[2] - k->center))));
}

static weft_status set_breather(weft_sim *sim)
{
    kinks k = {.omega = weft_get_real(sim->initial, "frequency"),
               .center = weft_get_real(sim->initial, "center")};
    return fill(sim, breather_at, &k);
}

/* ---- kink lattice ---- */

static const weft_param lattice_params[] = {
    {"kinks", WEFT_INT, NULL, "[1, inf)", NULL, "",
     "kinks and antikinks in the box (phi^4), kinks (sine-Gordon)", NULL},
    POSITION,
    {0}};

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
    phi[0] = k->v->kind == KG_SINE_GORDON ? M_PI + 2 * k->sign * am
                                          : k->v->vacuum * sqrt(2 * k2 / (1 + k2)) * sin(am);
}

static weft_status set_lattice(weft_sim *sim)
{
    const kg *m = kg_of(sim);
    const kg_potential *v = &m->v;
    double spacing = sim->grid->length[2] / (double)weft_get_int(sim->initial, "kinks");
    kinks k = {
        .v = v, .sign = m->slope < 0 ? -1 : 1, .center = weft_get_real(sim->initial, "center")};
    double low = -690, high = 0; /* of ln k' */
    for (int i = 0; i < 100; i++) {
        double middle = 0.5 * (low + high);
        if (lattice_spacing(v, exp(middle)) > spacing)
            low = middle;
        else
            high = middle;
    }
    k.complement = exp(0.5 * (low + high));
    double k2 = (1 - k.complement) * (1 + k.complement);
    k.scale = v->kind == KG_SINE_GORDON ? 1 / sqrt(k2) : sqrt(v->lambda / (1 + k2)) * v->vacuum;
    return fill(sim, lattice_at, &k);
}

/* ---- random fields ---- */

static const weft_param random_params[] = {
    {"spectrum", WEFT_CHOICE, "band", NULL, "band|thermal|vacuum", "",
     "band: flat between k_min and k_max; thermal: <|phi_k|^2> = T/w^2, <|pi_k|^2> = T; vacuum: "
     "<|phi_k|^2> = T/2w, <|pi_k|^2> = T w/2, with w^2 = k^2 + mass^2",
     NULL},
    {"amplitude", WEFT_REAL, "0.1", "[0, inf)", NULL, "field", "root mean square of phi",
     "spectrum=band"},
    {"temperature", WEFT_REAL, "1", "[0, inf)", NULL, "energy", "T", "spectrum=thermal|vacuum"},
    {"k_min", WEFT_REAL, "0", "[0, inf)", NULL, "1/length", "no modes below", NULL},
    {"k_max", WEFT_REAL, "inf", "(0, inf)", "inf", "1/length", "no modes above", NULL},
    BACKGROUND,
    {0}};

typedef struct filter {
    double low, high, mass2, temperature;
    int kind; /* 0 band, 1 thermal, 2 vacuum */
    bool momentum;
} filter;

/* The factor of a mode of white noise of variance 1 a volume. */
static double filter_factor(const filter *f, double k2)
{
    double k = sqrt(k2), w = sqrt(k2 + f->mass2);
    if (k < f->low || k > f->high)
        return 0;
    if (f->kind == 0)
        return 1;
    if (f->momentum)
        return sqrt(f->temperature * (f->kind == 1 ? 1 : 0.5 * w));
    return w > 0 ? sqrt(f->temperature / (f->kind == 1 ? w * w : 2 * w)) : 0;
}

static void apply_filter(const weft_fft *fft, const filter *f, double factor, double *data)
{
    int64_t at = 0;
    for (int64_t i0 = 0; i0 < fft->m[0]; i0++)
        for (int64_t i1 = 0; i1 < fft->m[1]; i1++)
            for (int64_t i2 = 0; i2 < fft->m[2]; i2++) {
                double k0 = fft->k[0][i0], k1 = fft->k[1][i1], k2 = fft->k[2][i2];
                double g = factor * filter_factor(f, k0 * k0 + k1 * k1 + k2 * k2);
                for (int r = 0; r < fft->per_mode; r++)
                    data[at++] *= g;
            }
}

/* Filtered white noise of a stream into values. */
static void random_field(weft_sim *sim, const filter *f, uint32_t stream, double *values)
{
    weft_fft *fft = sim->fft;
    weft_noise_fill(&sim->noise, stream, 0, WEFT_LAW_NORMAL, sim->grid, 0, values);
    weft_fft_load(fft, values, 0, fft->work);
    weft_fft_forward(fft, fft->work);
    apply_filter(fft, f, 1 / sqrt(weft_grid_cell(sim->grid)), fft->work);
    weft_fft_backward(fft, fft->work);
    weft_fft_store(fft, fft->work, fft->scale, values, 0);
}

/* Scale to a root mean square. */
static void normalise(weft_sim *sim, double rms, double *values)
{
    const int64_t *n = sim->grid->local;
    int64_t sites = weft_grid_local_sites(sim->grid);
    weft_view v = {values, {n[0], n[1], n[2]}, {n[1] * n[2], n[2], 1}, 0};
    double sum = weft_view_dot(sim->grid->comm, &v, &v);
    double factor = sum > 0 ? rms / sqrt(sum / (double)weft_grid_sites(sim->grid)) : 0;
    for (int64_t i = 0; i < sites; i++)
        values[i] *= factor;
}

static weft_status set_random(weft_sim *sim)
{
    const weft_section *s = sim->initial;
    const kg *m = kg_of(sim);
    const char *kind = weft_get_text(s, "spectrum");
    filter f = {.low = weft_get_real(s, "k_min"),
                .high = weft_get_word(s, "k_max") ? INFINITY : weft_get_real(s, "k_max"),
                .mass2 = m->v.mass2,
                .kind = strcmp(kind, "band") == 0      ? 0
                        : strcmp(kind, "thermal") == 0 ? 1
                                                       : 2};
    f.temperature = f.kind > 0 ? weft_get_real(s, "temperature") : 0;
    double background = weft_get_real(s, "background");
    int64_t sites = weft_grid_local_sites(sim->grid);
    arrays a = arrays_create(sim);
    for (int c = 0; c < m->components; c++) {
        uint32_t stream = WEFT_STREAM_INITIAL + 2 * (uint32_t)c;
        f.momentum = false;
        random_field(sim, &f, stream, a.phi[c]);
        if (f.kind == 0)
            normalise(sim, weft_get_real(s, "amplitude"), a.phi[c]);
        f.momentum = true;
        if (f.kind > 0)
            random_field(sim, &f, stream + 1, a.pi[c]);
        for (int64_t i = 0; c == 0 && i < sites; i++)
            a.phi[c][i] += background;
    }
    return assign(sim, &a);
}

/* ---- the table ---- */

const weft_initial kg_initials[] = {
    {"gaussian", "phi = amplitude exp(-r^2/width^2), at rest", gaussian_params, set_gaussian},
    {"mode", "one mode of the linear equation, at rest", mode_params, set_mode},
    {"kink", "a kink (rising with x)", kink_params, set_kink},
    {"antikink", "an antikink (falling with x)", kink_params, set_antikink},
    {"kink_antikink", "a kink and an antikink that run at each other", pair_params, set_pair},
    {"kink_lattice", "the static periodic solution (phi4, sine_gordon)", lattice_params,
     set_lattice},
    {"breather", "a breather of the sine-Gordon equation at its largest", breather_params,
     set_breather},
    {"bubble", "phi = v (1 - amplitude exp(-r^2/width^2)), at rest", bubble_params, set_bubble},
    {"ring", "a wall of radius R: a ring in two, a sphere in three dimensions, at rest",
     ring_params, set_ring},
    {"random", "a random field of given spectrum, from ensemble.seed", random_params, set_random},
    {0}};

/* ---- does it fit? ---- */

static bool among(const char *type, const char *a, const char *b)
{
    return strcmp(type, a) == 0 || strcmp(type, b) == 0;
}

/* One kink changes phi from one end to the other: only some boundaries take that. */
static weft_status check_topology(const weft_section *s, const kg_potential *v, double winding,
                                  double change, bool odd, weft_boundary b)
{
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

static weft_status check_kinks(const weft_params *params, const kg_potential *v, const char *type,
                               double length, weft_boundary b)
{
    const weft_section *s = weft_params_section(params, "initial");
    const weft_section *own = weft_params_section(params, "klein_gordon");
    bool sine = v->kind == KG_SINE_GORDON || v->kind == KG_DOUBLE_SINE_GORDON;
    double winding = sine ? (double)weft_get_int(own, "winding") : 0;
    double turns = v->kind == KG_DOUBLE_SINE_GORDON ? 2 : 1;
    if (v->components > 1 || v->kind == KG_LINEAR || v->kind == KG_POLYNOMIAL)
        return weft_param_fail(s, "type",
                               "kinks are known for real fields with the potentials "
                               "phi4, phi6, sine_gordon and double_sine_gordon");
    if (v->kind == KG_DOUBLE_SINE_GORDON && v->eta <= 0)
        return weft_param_fail(s, "type", "the kink in closed form needs eta > 0");
    if (strcmp(type, "ring") == 0)
        return WEFT_OK;
    if (strcmp(type, "kink_antikink") == 0)
        return b == WEFT_ANTIPERIODIC || b == WEFT_DIRICHLET
                   ? weft_param_fail(s, "type",
                                     "a pair ends in the vacuum it starts from: use a "
                                     "periodic, neumann or absorbing x axis")
               : winding != 0
                   ? weft_param_fail(s, "type", "a pair has winding: 0 in the model's section")
                   : WEFT_OK;
    if (strcmp(type, "kink_lattice") != 0)
        return check_topology(s, v, winding, strcmp(type, "kink") == 0 ? turns : -turns, true, b);
    if (v->kind != KG_PHI4 && v->kind != KG_SINE_GORDON)
        return weft_param_fail(s, "type", "kink lattices are known for phi4 and sine_gordon");
    int64_t kinks_in_box = weft_get_int(s, "kinks");
    double most = v->kind == KG_PHI4 ? length * sqrt(v->lambda) * v->vacuum / M_PI : INFINITY;
    if ((double)kinks_in_box >= most)
        return weft_param_fail(s, "kinks", "the box holds fewer than %.4g kinks", most);
    double change = winding < 0 ? -(double)kinks_in_box : (double)kinks_in_box;
    return check_topology(s, v, winding, change, kinks_in_box % 2 == 1, b);
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
    if (among(type, "gaussian", "mode") && v->components == 1 && weft_set(s, "rotation"))
        return weft_param_fail(s, "rotation", "only complex fields (components: 2) rotate");
    if (strcmp(type, "breather") == 0 && v->kind != KG_SINE_GORDON)
        return weft_param_fail(s, "type", "breathers are known for potential: sine_gordon");
    if (strcmp(type, "bubble") == 0 && v->kind != KG_PHI4 && v->kind != KG_PHI6)
        return weft_param_fail(s, "type", "a bubble needs a vacuum value: phi4 or phi6");
    if (strstr(type, "kink") || strcmp(type, "ring") == 0)
        return check_kinks(params, v, type, length[dim - 1], plan->boundary[dim - 1]);
    return WEFT_OK;
}
