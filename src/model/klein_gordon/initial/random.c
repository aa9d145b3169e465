/* Random initial states of given spectrum: band, thermal, vacuum.
 *
 *     band      flat between k_min and k_max, root mean square of phi = amplitude, pi = 0
 *     thermal   <|phi_k|^2> = T/w^2,   <|pi_k|^2> = T        (equipartition)
 *     vacuum    <|phi_k|^2> = T/(2 w), <|pi_k|^2> = T w/2    (zero-point motion, T = hbar)
 *
 * White noise on the grid is transformed, each mode is multiplied by the root of its wanted power,
 * and transformed back.
 *
 * Invariants. The noise is addressed by global sites, so that the field does not depend on the
 * ranks but for the rounding of transforms. A real filter that depends on k^2 keeps real fields
 * real. Frequencies w^2 = k^2 + V'' use the k^2 of the Laplacian of the motion (its stencil, if it
 * is one), so that the thermal law is that of the discrete equations; V'' is taken at the
 * background, for each component of a complex field. Modes with w^2 <= 0 have no thermal law and
 * are an error. */
#include "initial.h"
#include "weft/vmath.h"
#include <math.h>

#define KG_SPECTRA(X) X(KG_BAND, "band") X(KG_THERMAL, "thermal") X(KG_VACUUM, "vacuum")
typedef enum kg_spectra { KG_SPECTRA(WEFT_ENUM_NAME) } kg_spectra;

typedef struct kg_random_start {
    kg_spectra spectrum;
    double amplitude, temperature, k_min, background;
    double k_max; /* nan: none */
} kg_random_start;

/* Keys of the type random; `.when` ties a key to the spectrum that reads it. */
const weft_param kg_random_params[] = {
    {WEFT_BIND_CHOICE(kg_random_start, spectrum), .standard = "band",
     .words = KG_SPECTRA(WEFT_ENUM_WORD),
     .help = "band: flat between k_min and k_max; thermal: <|phi_k|^2> = T/w^2, <|pi_k|^2> = T; "
             "vacuum: <|phi_k|^2> = T/2w, <|pi_k|^2> = T w/2, with w^2 = k^2 + V'' at the "
             "background; k^2 is that of the Laplacian that is used"},
    {WEFT_BIND_REAL(kg_random_start, amplitude), .standard = "0.1", .range = "[0, inf)",
     .unit = "field", .help = "root mean square of phi", .when = "spectrum=band"},
    {WEFT_BIND_REAL(kg_random_start, temperature), .standard = "1", .range = "[0, inf)",
     .unit = "energy", .help = "T", .when = "spectrum=thermal|vacuum"},
    {WEFT_BIND_REAL(kg_random_start, k_min), .standard = "0", .range = "[0, inf)",
     .unit = "1/length", .help = "no modes below"},
    {WEFT_BIND_REAL(kg_random_start, k_max), .standard = "inf", .range = "(0, inf)", .words = "inf",
     .unit = "1/length", .help = "no modes above"},
    {WEFT_BIND_REAL(kg_random_start, background), .standard = "0", .unit = "field",
     .help = "added to phi everywhere"},
    {0},
};

/* Modes with low <= k <= high pass; mass2: V''; momentum: the filter of pi and not of phi. */
typedef struct filter {
    double low, high, mass2, temperature;
    kg_spectra kind;
    bool momentum;
} filter;

/* The factor of a mode of white noise of variance 1 a volume; k2: as the wavenumber says, lap: as
 * the Laplacian does. */
static double filter_factor(const filter *f, double k2, double lap)
{
    /* Limits count the wavenumber itself, frequencies the Laplacian that moves the field. */
    double k = sqrt(k2), w = sqrt(fmax(lap + f->mass2, 0));
    if (k < f->low || k > f->high)
        return 0;
    if (f->kind == KG_BAND)
        return 1;
    if (f->momentum)
        return sqrt(f->temperature * (f->kind == KG_THERMAL ? 1 : 0.5 * w));
    return w > 0 ? sqrt(f->temperature / (f->kind == KG_THERMAL ? w * w : 2 * w)) : 0;
}

/* k^2 along one axis as the Laplacian has it: the eigenvalue of minus its stencil. */
static double laplacian_k2(const kg *m, const weft_grid *grid, int axis, double k)
{
    if (m->width == 0 || grid->n[axis] == 1)
        return k * k;
    double sum = -m->second[axis][0];
    for (int j = 1; j <= m->width; j++)
        sum -= 2 * m->second[axis][j] * weft_cos_any(j * k * grid->dx[axis]);
    return fmax(sum, 0);
}

/* What is done with the modes, and the least lap + V'' of those that the filter keeps. */
typedef void each_mode(double g, const weft_fft *fft, int64_t mode, double *data);

/* Goes over all local modes; then: what is done with each, or NULL to find the least frequency
 * only. */
static double for_modes(const kg *m, const weft_fft *fft, const filter *f, each_mode *then,
                        double *data)
{
    int64_t at = 0;
    double least = INFINITY;
    for (int64_t i0 = 0; i0 < fft->m[0]; i0++)
        for (int64_t i1 = 0; i1 < fft->m[1]; i1++)
            for (int64_t i2 = 0; i2 < fft->m[2]; i2++, at++) {
                int64_t i[3] = {i0, i1, i2};
                double k2 = 0, lap = 0;
                for (int j = 0; j < 3; j++) {
                    k2 += fft->k[j][i[j]] * fft->k[j][i[j]];
                    lap += laplacian_k2(m, fft->grid, fft->axis[j], fft->k[j][i[j]]);
                }
                if (sqrt(k2) >= f->low && sqrt(k2) <= f->high)
                    least = fmin(least, lap + f->mass2);
                if (then)
                    then(filter_factor(f, k2, lap), fft, at, data);
            }
    return least;
}

/* Both parts of a complex coefficient get the same real factor. */
static void scale_mode(double g, const weft_fft *fft, int64_t mode, double *data)
{
    for (int r = 0; r < fft->per_mode; r++)
        data[mode * fft->per_mode + r] *= g;
}

/* Filtered white noise of a stream into values. */
static void random_field(weft_sim *sim, const filter *f, uint32_t stream, double *values)
{
    weft_fft *fft = sim->fft;
    weft_noise_fill(&sim->noise, stream, 0, WEFT_LAW_NORMAL, sim->grid, 0, values);
    weft_fft_load(fft, values, 0, fft->work);
    weft_fft_forward(fft, fft->work);
    for_modes(kg_of(sim), fft, f, scale_mode, fft->work);
    weft_fft_backward(fft, fft->work);
    weft_fft_store(fft, fft->work, fft->scale / sqrt(weft_grid_cell(sim->grid)), values, 0);
}

/* An exact sum of squares, so that all ranks scale by the same number. */
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

/* V'' at a background along the real part (component 0) or across it. */
static double curvature_at(const kg *m, double background, int component)
{
    double x[KG_COMPONENTS] = {background, 0}, slope[KG_COMPONENTS] = {0}, low = INFINITY,
           high = -INFINITY, *u[KG_ROWS], *out[KG_COMPONENTS];
    for (int c = 0; c < KG_COMPONENTS; c++) {
        u[c] = &x[c];
        out[c] = &slope[c];
    }
    kg_point(m, 0, 0, 0, u); /* only a band may have a V of the place, and it needs no V'' */
    m->v.kernels->curvature(&m->v, 1, u, &low, &high);
    if (m->components == 1 || background == 0)
        return high;
    m->v.kernels->force(&m->v, 1, u, out);
    double across = -slope[0] / background; /* V = W(phi^2): V'/phi */
    return component == 0 ? low + high - across : across;
}

/* Every mode that is asked for must have a frequency and, of some kind, a mode must be. Collective.
 */
static weft_status check_modes(weft_sim *sim, const filter *f, double background)
{
    double least = for_modes(kg_of(sim), sim->fft, f, NULL, NULL);
    const weft_view one = {.data = &least, .local = {1, 1, 1}, .stride = {1, 1, 1}};
    least = weft_view_min(sim->grid->comm, &one);
    if (!isfinite(least))
        return weft_param_fail(sim->initial, "k_max",
                               "the box has no mode between k_min = %g and k_max = %g", f->low,
                               f->high);
    if (f->kind != KG_BAND && least <= 0)
        return weft_param_fail(sim->initial, "spectrum",
                               "V'' = %.6g at background %.6g: k^2 + V'' must be positive for each "
                               "mode; take another background, or a larger k_min",
                               f->mass2, background);
    return WEFT_OK;
}

/* All checks come before anything is set. A band has its root mean square set to the amplitude
 * exactly and no momentum. Collective. */
weft_status kg_set_random(weft_sim *sim)
{
    const kg_random_start *s = weft_params_values(sim->params, kg_random_params);
    const kg *m = kg_of(sim);
    filter f = {.low = s->k_min,
                .high = isnan(s->k_max) ? INFINITY : s->k_max,
                .kind = s->spectrum,
                .temperature = s->spectrum == KG_BAND ? 0 : s->temperature};
    WEFT_TRY(kg_check_background(sim, s->background));
    if (m->v.placed && f.kind != KG_BAND)
        return weft_param_fail(sim->initial, "spectrum",
                               "the potential depends on the place, so that waves have no "
                               "frequencies of their own; use band, or type: formula");
    kg_formula_time(&m->v, sim->time);
    int64_t sites = weft_grid_local_sites(sim->grid);
    for (int c = 0; c < m->components; c++) {
        f.mass2 = curvature_at(m, s->background, c);
        WEFT_TRY(check_modes(sim, &f, s->background));
    }
    kg_arrays a = kg_arrays_create(sim);
    for (int c = 0; c < m->components; c++) {
        uint32_t stream = WEFT_STREAM_INITIAL + 2 * (uint32_t)c;
        f.mass2 = curvature_at(m, s->background, c);
        f.momentum = false;
        random_field(sim, &f, stream, a.phi[c]);
        if (f.kind == KG_BAND)
            normalise(sim, s->amplitude, a.phi[c]);
        f.momentum = true;
        if (f.kind != KG_BAND)
            random_field(sim, &f, stream + 1, a.pi[c]);
        for (int64_t i = 0; c == 0 && i < sites; i++)
            a.phi[c][i] += s->background;
    }
    return kg_assign(sim, &a);
}
