/* Random initial states of given spectrum. */
#include "initial.h"
#include <math.h>

#define KG_SPECTRA(X) X(KG_BAND, "band") X(KG_THERMAL, "thermal") X(KG_VACUUM, "vacuum")
typedef enum kg_spectra { KG_SPECTRA(WEFT_ENUM_NAME) } kg_spectra;

typedef struct kg_random_start {
    kg_spectra spectrum;
    double amplitude, temperature, k_min, background;
    double k_max; /* nan: none */
} kg_random_start;

const weft_param kg_random_params[] = {
    {WEFT_BIND_CHOICE(kg_random_start, spectrum), .standard = "band",
     .words = KG_SPECTRA(WEFT_ENUM_WORD),
     .help = "band: flat between k_min and k_max; thermal: <|phi_k|^2> = T/w^2, <|pi_k|^2> = T; "
             "vacuum: <|phi_k|^2> = T/2w, <|pi_k|^2> = T w/2, with w^2 = k^2 + mass^2"},
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

typedef struct filter {
    double low, high, mass2, temperature;
    kg_spectra kind;
    bool momentum;
} filter;

/* The factor of a mode of white noise of variance 1 a volume. */
static double filter_factor(const filter *f, double k2)
{
    double k = sqrt(k2), w = sqrt(k2 + f->mass2);
    if (k < f->low || k > f->high)
        return 0;
    if (f->kind == KG_BAND)
        return 1;
    if (f->momentum)
        return sqrt(f->temperature * (f->kind == KG_THERMAL ? 1 : 0.5 * w));
    return w > 0 ? sqrt(f->temperature / (f->kind == KG_THERMAL ? w * w : 2 * w)) : 0;
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

weft_status kg_set_random(weft_sim *sim)
{
    const kg_random_start *s = weft_params_values(sim->params, kg_random_params);
    const kg *m = kg_of(sim);
    filter f = {.low = s->k_min,
                .high = isnan(s->k_max) ? INFINITY : s->k_max,
                .mass2 = m->v.mass2,
                .kind = s->spectrum,
                .temperature = s->spectrum == KG_BAND ? 0 : s->temperature};
    int64_t sites = weft_grid_local_sites(sim->grid);
    kg_arrays a = kg_arrays_create(sim);
    for (int c = 0; c < m->components; c++) {
        uint32_t stream = WEFT_STREAM_INITIAL + 2 * (uint32_t)c;
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
