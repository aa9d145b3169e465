/* Fronts: moments, velocity, distribution, and what is kept between records. A front is one
 * number a site: the height of an interface, or a phase that is not folded to one turn. Its
 * width W^2 is the mean over sites of (front - mean)^2.
 *
 * A model may keep the front as another field (`follow` brings it up to date), and a front
 * may have a mean slope, as a twisted start has, which is taken off before all statistics:
 * only fluctuations about the slope count.
 *
 * Invariants. (1) Moments come from exact sums over sites, so that they are the same on any
 * number of ranks where the field is. (2) What several observables of one record share is
 * computed once, and is known by the number of the step, not by the time. (3) What an
 * observable remembers from the record before (time and mean, for the velocity) is part of
 * the checkpoint; all else is made again. */
#include "front.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The buffer is for transforms of fronts that live on the grid. */
void front_init(front_data *front, weft_sim *sim, int field)
{
    sim->front = front;
    front->field = field;
    front->known = front->followed = front->power_at = -1;
    front->marked_at = -1.0;
    if (sim->fft)
        front->buffer = weft_fft_buffer(sim->fft);
}

/* Buffers of transforms are aligned and freed by the transform. */
void front_free(front_data *front, weft_sim *sim)
{
    if (front->buffer)
        weft_fft_buffer_free(sim->fft, front->buffer);
    weft_free(front->values);
    weft_free(front->power);
    weft_free(front->scratch);
}

/* Memory that an observable needs is taken at its first record, and kept. It is never given
 * to two observables at a time, since they are computed one after the other. */
double *front_scratch(front_data *front, int64_t n)
{
    if (n > front->scratch_size) {
        weft_free(front->scratch);
        front->scratch = weft_alloc((size_t)n, sizeof(double));
        front->scratch_size = n;
    }
    return front->scratch;
}

/* At most once a step, however many observables ask. */
void front_follow(weft_sim *sim)
{
    front_data *front = sim->front;
    if (!front->follow || front->followed == sim->step)
        return;
    front->follow(sim);
    front->followed = sim->step;
}

/* With a slope, a copy of the owned sites without ghosts; else the field itself. The slope
 * counts grid points from the beginning of the axis. */
weft_view front_view(weft_sim *sim)
{
    front_data *front = sim->front;
    const weft_grid *grid = sim->grid;
    front_follow(sim);
    weft_view view = weft_field_view(sim->state, &sim->state->field[front->field], 0, NULL);
    if (front->slope == 0.0)
        return view;
    if (!front->values)
        front->values = weft_alloc((size_t)weft_grid_local_sites(grid), sizeof(double));
    weft_view flat = {.data = front->values,
                      .local = {grid->local[0], grid->local[1], grid->local[2]},
                      .stride = {grid->local[1] * grid->local[2], grid->local[2], 1}};
    WEFT_FOR_ROWS(grid, z, y) {
        const double *row = weft_row(&view, z, y);
        double *to = front->values + weft_owned_row(grid, z, y);
        for (int64_t x = 0; x < grid->local[2]; x++)
            to[x] = row[x] - front->slope * (double)(grid->start[2] + x);
    }
    return flat;
}

/* All moments at once, kept for the other observables of the same record: mean, and the
 * central moments of order 2, 3 and 4. */
static const double *moments(weft_sim *sim)
{
    front_data *front = sim->front;
    if (front->known != sim->step) {
        weft_view view = front_view(sim);
        weft_view_moments(sim->grid->comm, &view, weft_grid_sites(sim->grid), front->moments);
        front->known = sim->step;
    }
    return front->moments;
}

weft_status front_mean(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = moments(sim)[0];
    return WEFT_OK;
}

weft_status front_width2(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = moments(sim)[1];
    return WEFT_OK;
}

weft_status front_moment3(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = moments(sim)[2];
    return WEFT_OK;
}

weft_status front_moment4(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = moments(sim)[3];
    return WEFT_OK;
}

/* (mean now - mean at the previous record)/(time between). An observable may be computed
 * more than once at the same time (a check, a last record): the velocity then stays what it
 * was. nan at the first record, which has none before it. */
weft_status front_velocity(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    front_data *front = sim->front;
    double mean = moments(sim)[0];
    if (sim->time != front->marked_at) {
        front->velocity = front->marked_at < 0.0
                              ? NAN
                              : (mean - front->marked_mean) / (sim->time - front->marked_at);
        front->marked_at = sim->time;
        front->marked_mean = mean;
    }
    *out = front->velocity;
    return WEFT_OK;
}

/* The site n/2 of each axis, where the wedge has its tip. */
weft_status front_centre(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    weft_view view = front_view(sim);
    int64_t site[3];
    for (int a = 0; a < 3; a++)
        site[a] = sim->grid->n[a] / 2;
    *out = weft_view_at(sim->grid, &view, site);
    return WEFT_OK;
}

/* Of the moments 2 and 3, which an ensemble averages over its replicas before (a pooled
 * skewness): a ratio of means, and not the mean of ratios. A front without width has none: nan,
 * since 0 would say that it is symmetric. */
static double skewness(const double *m)
{
    return m[0] > 0.0 ? m[1] / (m[0] * sqrt(m[0])) : NAN;
}

/* Excess: 0 for a Gaussian front, nan for a flat one. */
static double kurtosis(const double *m)
{
    return m[0] > 0.0 ? m[1] / (m[0] * m[0]) - 3.0 : NAN;
}

const weft_derived front_derived[] = {{"skewness",
                                       "",
                                       "skewness of the front: moment3/width2^(3/2)",
                                       {"width2", "moment3"},
                                       skewness},
                                      {"kurtosis",
                                       "",
                                       "excess kurtosis of the front: moment4/width2^2 - 3",
                                       {"width2", "moment4"},
                                       kurtosis},
                                      {0}};

/* The standardised front in bins of 0.1 from -6 to 6. */
enum { PDF_BINS = 120 };
static const double pdf_low = -6.0, pdf_high = 6.0;

/* Fixed bins, so that distributions of all records, replicas and points can be averaged. */
weft_status front_pdf_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    (void)sim;
    (void)argument;
    axes[0] = (weft_axis){.name = "height_bin",
                          .n = PDF_BINS,
                          .unit = "",
                          .long_name = "(front - mean)/sqrt(width2), middle of the bin",
                          .values = weft_alloc(PDF_BINS, sizeof(double))};
    for (int b = 0; b < PDF_BINS; b++)
        axes[0].values[b] = pdf_low + (b + 0.5) * (pdf_high - pdf_low) / PDF_BINS;
    return WEFT_OK;
}

/* Counts over sites and width of a bin: a probability density. Sites beyond six standard
 * deviations go to the outermost bins. A front without width has no such density: nan, as its
 * skewness. */
weft_status front_pdf(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    int64_t count[PDF_BINS];
    const double *m = moments(sim), mean = m[0], scale = sqrt(m[1]);
    weft_view view = front_view(sim);
    const bool known =
        scale > 0.0 && weft_view_histogram(sim->grid->comm, &view, mean + pdf_low * scale,
                                           mean + pdf_high * scale, PDF_BINS, count) == 0;
    double sites = (double)weft_grid_sites(sim->grid), width = (pdf_high - pdf_low) / PDF_BINS;
    for (int b = 0; b < PDF_BINS; b++)
        out[b] = !known ? NAN : (double)count[b] / (sites * width);
    return WEFT_OK;
}

void front_describe(const weft_sim *sim, double nu, double lambda, double noise)
{
    if (sim->grid->dim != 1 || !(nu > 0.0 && noise > 0.0) || lambda == 0.0)
        return;
    const double g = lambda * lambda * noise / (nu * nu * nu);
    weft_say("KPZ coupling g = lambda^2 D/nu^3 = %.4g; crossover from EW to KPZ near t = %.3g", g,
             front_crossover(nu, lambda, noise));
}

/* Three doubles: time and mean of the last record, and the velocity at it. */
weft_status front_store(weft_sim *sim, weft_file *file)
{
    const front_data *front = sim->front;
    double kept[3] = {front->marked_at, front->marked_mean, front->velocity};
    return weft_file_put(file, "front", kept, sizeof kept);
}

/* In the order of front_store. */
weft_status front_restore(weft_sim *sim, weft_file *file)
{
    front_data *front = sim->front;
    double kept[3];
    WEFT_TRY(weft_file_get(file, "front", kept, sizeof kept));
    front->marked_at = kept[0];
    front->marked_mean = kept[1];
    front->velocity = kept[2];
    return WEFT_OK;
}
