/* Training of the network: Adam (D. P. Kingma, J. Ba, arXiv:1412.6980) over batches of
 * configurations, with a rate that falls as a cosine, then L-BFGS (J. Nocedal, Math. Comp. 35
 * (1980) 773) over all of them.
 *
 * As a correction to the trained window the network begins with zeros at its end, and so with the
 * window itself. Rough steps of many small batches find the region; the last digits are those of
 * L-BFGS, whose steps are only taken where the mean square over all configurations falls.
 *
 * Invariants. (1) The derivative of a configuration is made by one rank, and those of a batch are
 * added in the order of the batch: the weights have the same bits on any number of ranks. (2) The
 * order of batches and the first weights follow from the seed alone. (3) What an epoch ends with is
 * kept in the directory now and then, and a training that was stopped goes on from there to the
 * same weights. */
#include "electron/network.h"
#include "internal.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { GROUP = 32 }; /* configurations whose derivatives are exchanged at once */

/* Seconds between two looks that keep the state. */
static const double keep_every = 20;
/* Adam's own constants, as its authors give them. */
static const double first_moment = 0.9, second_moment = 0.999, tiny = 1e-8;

/* A training at work. base: of each configuration, the window's n - 1/2; NULL: alone. */
typedef struct net {
    const train *t;
    const train_network_keys *keys;
    weft_learned *l;
    int64_t n;
    double **base;
    double *sheet, *room, *out, *rows; /* rows: derivatives of the configurations of a group */
    int64_t *order;                    /* of configurations that are trained on */
    int64_t trained;
} net;

/* ---- numbers without a generator of their own ---- */

/* The finaliser of splitmix64 (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014), in [0, 1). */
static double drawn(uint64_t seed, uint64_t number)
{
    uint64_t x = (seed + 1) * 0xD1342543DE82EF95u + number * 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

/* Uniform within one over the root of the number of inputs, as is usual for such layers. */
static void first_weights(const net *f)
{
    const weft_learned *l = f->l;
    const uint64_t seed = (uint64_t)f->keys->seed;
    const int64_t ends = l->weights - WEFT_LEARNED_SCALES - l->width;
    int64_t at = 0;
    for (int64_t k = 0; k < l->depth; k++) {
        const int64_t in = 3 * (k ? l->width : WEFT_LEARNED_SCALES);
        for (int64_t i = 0; i < l->width * (2 * in + 1); i++, at++)
            l->weight[at] = (2 * drawn(seed, (uint64_t)at) - 1) / sqrt((double)in);
    }
    for (; at < l->weights; at++) {
        const bool direct = at < ends + WEFT_LEARNED_SCALES && !f->base;
        l->weight[at] =
            direct ? (2 * drawn(seed, (uint64_t)at) - 1) / sqrt((double)WEFT_LEARNED_SCALES) : 0;
    }
}

/* ---- one configuration ----
 * A configuration is a sheet of its own, whose margin repeats the periodic lattice; its derivatives
 * are those of all sites at once, layer by layer (src/electron/network.c). */

/* Its energies with the margin that the network needs, which is not that of the window. The sheet
 * is the same piece of memory for all configurations: it holds one at a time. */
static el_sheet sheet_of(const net *f, int64_t k)
{
    const train_configuration *c = &f->t->configuration[k];
    const int64_t d = f->l->depth, w = c->n + 2 * d, own = c->n + 2 * EL_MARGIN;
    for (int64_t y = 0; y < c->rows + 2 * d; y++)
        for (int64_t x = 0; x < w; x++) {
            const int64_t Y = (y - d + 2 * c->rows) % c->rows, X = (x - d + 2 * c->n) % c->n;
            f->sheet[y * w + x] = c->v[(Y + EL_MARGIN) * own + X + EL_MARGIN];
        }
    return (el_sheet){c->rows, c->n, f->sheet, f->base ? f->base[k] : NULL};
}

/* Its sum of squares; gradient: += half of the derivatives, NULL: not wanted. */
static double one(const net *f, int64_t k, double *gradient)
{
    const train_configuration *c = &f->t->configuration[k];
    const el_sheet sheet = sheet_of(f, k);
    double sum = 0;
    el_network_values(f->l, &sheet, f->room, f->out);
    for (int64_t i = 0; i < c->rows * c->n; i++) {
        f->out[i] -= c->density[i];
        sum += f->out[i] * f->out[i];
    }
    if (gradient)
        el_network_slopes(f->l, &sheet, f->out, f->room, gradient);
    return sum;
}

/* Mean square over a list of configurations, and its gradient; the same on every rank. */
static double over(const net *f, const int64_t *list, int64_t count, double *gradient)
{
    const int64_t n = gradient ? f->n : 0, width = n + 2;
    double sum = 0, sites = 0;
    int rank, size;
    weft_ranks(f->t->comm, &rank, &size);
    memset(gradient ? gradient : &sum, 0, (size_t)(gradient ? n : 1) * sizeof sum);
    for (int64_t begin = 0; begin < count; begin += GROUP) {
        const int64_t group = count - begin < GROUP ? count - begin : GROUP;
        memset(f->rows, 0, (size_t)(group * width) * sizeof *f->rows);
        for (int64_t k = rank; k < group; k += size) {
            const train_configuration *c = &f->t->configuration[list[begin + k]];
            double *row = f->rows + k * width;
            row[n] = one(f, list[begin + k], gradient ? row : NULL);
            row[n + 1] = (double)(c->rows * c->n);
        }
        MPI_Allreduce(MPI_IN_PLACE, f->rows, (int)(group * width), MPI_DOUBLE, MPI_SUM, f->t->comm);
        for (int64_t k = 0; k < group; k++) {
            const double *row = f->rows + k * width;
            sum += row[n];
            sites += row[n + 1];
            for (int64_t i = 0; i < n; i++)
                gradient[i] += row[i];
        }
    }
    for (int64_t i = 0; i < n; i++)
        gradient[i] *= 2 / sites;
    return sum / sites;
}

/* Root mean square of configurations that are held out (late: the late ones of these), or trained
 * on. nan: there are none. */
static double error_of(const net *f, bool held, bool late)
{
    const train *t = f->t;
    int64_t *list = weft_alloc((size_t)t->count, sizeof *list), count = 0;
    for (int64_t k = 0; k < t->count; k++)
        if (t->configuration[k].held == held && (!late || t->configuration[k].late))
            list[count++] = k;
    const double error = count ? sqrt(over(f, list, count, NULL)) : NAN;
    weft_free(list);
    return error;
}

/* ---- Adam ----
 * A step is the mean of the gradients of the last batches over the root of their mean squares, so
 * that weights of small and of large influence move alike. The means begin at zero, for which the
 * factors 1 - b^step correct. */

/* What an epoch leaves: the weights' moments follow them in one array. */
typedef struct moments {
    int64_t epoch;
    double *first, *second;
} moments;

static char *state_path(const net *f)
{
    return weft_format("%s/network.h5", f->t->dir);
}

/* What the state follows from: the texts of the training and of its base. */
static void identity(const net *f, uint64_t id[2])
{
    char *text = weft_format("%s\n%s", f->t->text, f->t->base_text);
    weft_digest(text, strlen(text), id);
    weft_free(text);
}

/* Written beside its name and renamed: a kill leaves the state of before. It is not waited for,
 * since it only saves work. */
static weft_status keep(const net *f, const moments *m)
{
    const int64_t bytes = f->n * (int64_t)sizeof(double);
    weft_file *file;
    uint64_t id[2];
    char *path = state_path(f);
    identity(f, id);
    weft_status status = weft_checkpoint_begin(f->t->comm, path, &file);
    weft_free(path);
    WEFT_TRY(status);
    status = weft_file_put(file, "identity", id, sizeof id);
    if (status == WEFT_OK)
        status = weft_file_put(file, "epoch", &m->epoch, sizeof m->epoch);
    if (status == WEFT_OK)
        status = weft_file_put(file, "weights", f->l->weight, bytes);
    if (status == WEFT_OK)
        status = weft_file_put(file, "first", m->first, bytes);
    if (status == WEFT_OK)
        status = weft_file_put(file, "second", m->second, bytes);
    if (status == WEFT_OK)
        return weft_checkpoint_leave(file);
    weft_file_abandon(file);
    return status;
}

/* The state of a training of other texts is of no use, and is written over. */
static weft_status take_state(const net *f, weft_file *file, moments *m)
{
    const int64_t bytes = f->n * (int64_t)sizeof(double);
    uint64_t id[2], stored[2];
    identity(f, id);
    WEFT_TRY(weft_file_get(file, "identity", stored, sizeof stored));
    if (memcmp(id, stored, sizeof id) != 0)
        return WEFT_OK;
    WEFT_TRY(weft_file_get(file, "epoch", &m->epoch, sizeof m->epoch));
    WEFT_TRY(weft_file_get(file, "weights", f->l->weight, bytes));
    WEFT_TRY(weft_file_get(file, "first", m->first, bytes));
    return weft_file_get(file, "second", m->second, bytes);
}

/* No state, or that of another training: Adam begins with the first weights and no moments. */
static weft_status go_on(const net *f, moments *m)
{
    weft_file *file;
    weft_status status = WEFT_OK;
    char *path = state_path(f);
    if (!weft_unreadable(f->t->comm, path)) {
        status = weft_checkpoint_open(f->t->comm, path, &file);
        if (status == WEFT_OK) {
            status = take_state(f, file, m);
            weft_status closed = weft_file_close(file);
            status = status == WEFT_OK ? closed : status;
        }
        if (status == WEFT_OK && m->epoch > 0)
            weft_say("  going on from epoch %lld", (long long)m->epoch);
    }
    weft_free(path);
    return status;
}

/* The order of an epoch (R. Durstenfeld's shuffle, Commun. ACM 7 (1964) 420). */
static void shuffle(net *f, int64_t epoch)
{
    const uint64_t seed = (uint64_t)f->keys->seed + 0x10000u * (uint64_t)(epoch + 1);
    f->trained = 0;
    for (int64_t k = 0; k < f->t->count; k++)
        if (!f->t->configuration[k].held)
            f->order[f->trained++] = k;
    for (int64_t k = f->trained - 1; k > 0; k--) {
        const int64_t j = (int64_t)(drawn(seed, (uint64_t)k) * (double)(k + 1));
        const int64_t kept = f->order[k];
        f->order[k] = f->order[j];
        f->order[j] = kept;
    }
}

/* One epoch; the mean of the losses of its batches. */
static double epoch(net *f, moments *m, double rate, double *gradient)
{
    double loss = 0;
    const int64_t batches = (f->trained + f->keys->batch - 1) / f->keys->batch;
    for (int64_t b = 0; b < batches; b++) {
        const int64_t at = b * f->keys->batch, left = f->trained - at;
        const double step = (double)(m->epoch * batches + b + 1);
        const double c1 = 1 - pow(first_moment, step), c2 = 1 - pow(second_moment, step);
        loss += over(f, f->order + at, left < f->keys->batch ? left : f->keys->batch, gradient);
        for (int64_t i = 0; i < f->n; i++) {
            const double g = gradient[i];
            m->first[i] = first_moment * m->first[i] + (1 - first_moment) * g;
            m->second[i] = second_moment * m->second[i] + (1 - second_moment) * g * g;
            f->l->weight[i] -= rate * (m->first[i] / c1) / (sqrt(m->second[i] / c2) + tiny);
        }
    }
    return loss / (double)batches;
}

/* The rate rises over three epochs and falls as a cosine to zero. The state is kept at the end of
 * epochs alone, and a stop is looked for there. */
static weft_status adam(net *f, double *gradient)
{
    const int64_t epochs = f->keys->epochs, tell = epochs > 20 ? epochs / 20 : 1;
    moments m = {.first = weft_alloc((size_t)f->n, sizeof(double)),
                 .second = weft_alloc((size_t)f->n, sizeof(double))};
    double last = weft_now();
    weft_status status = go_on(f, &m);
    while (status == WEFT_OK && m.epoch < epochs) {
        const double e = (double)m.epoch, falls = 0.5 * (1 + cos(M_PI * e / (double)epochs));
        shuffle(f, m.epoch);
        const double loss = epoch(f, &m, f->keys->rate * fmin(1, (e + 1) / 3) * falls, gradient);
        m.epoch++;
        if (m.epoch % tell == 0)
            weft_say("  epoch %4lld: rms %.4e, held out %.4e", (long long)m.epoch, sqrt(loss),
                     error_of(f, true, false));
        int due = weft_now() - last > keep_every;
        MPI_Bcast(&due, 1, MPI_INT, 0, f->t->comm);
        weft_status stopped = train_stopped(f->t);
        if (due || stopped != WEFT_OK || m.epoch == epochs) {
            status = keep(f, &m);
            last = weft_now();
        }
        status = status == WEFT_OK ? stopped : status;
    }
    weft_free(m.second);
    weft_free(m.first);
    return status;
}

/* ---- L-BFGS ---- */

/* All configurations at the present weights. */
static double all(void *context, double *gradient)
{
    const net *f = context;
    return over(f, f->order, f->trained, gradient);
}

/* Every tenth step is told; a stop ends the training, which then begins again behind Adam's last
 * epoch. */
static weft_status after_step(void *context, int64_t step, double loss)
{
    const net *f = context;
    if (step % 10 == 0)
        weft_say("  step %4lld: rms %.4e, held out %.4e", (long long)step, sqrt(loss),
                 error_of(f, true, false));
    return train_stopped(f->t);
}

/* ---- the whole ----
 * What is held out is looked at for the messages and for the errors of the file, and chooses
 * nothing: no epoch is taken for its held-out error, which would make that error too small. */

/* The window's densities, which do not change any more. */
static void find_base(net *f)
{
    const train *t = f->t;
    f->base = weft_alloc((size_t)t->count, sizeof *f->base);
    for (int64_t k = 0; k < t->count; k++) {
        const train_configuration *c = &t->configuration[k];
        double *room = weft_alloc((size_t)(6 * (c->rows + 2 * EL_MARGIN) * (c->n + 2 * EL_MARGIN)),
                                  sizeof *room);
        const el_plane plane = {c->rows, c->n, c->v, room};
        f->base[k] = weft_alloc((size_t)(c->rows * c->n), sizeof **f->base);
        el_learned_slopes(f->l, c->temperature, &plane, f->base[k], NULL);
        weft_free(room);
    }
}

/* Scales from where the step of the Fermi function is (or the hopping smears it) to the largest
 * energy, in equal ratios. */
static void begin(net *f)
{
    const train *t = f->t;
    weft_learned *l = f->l;
    const double unit = l->hopping, low = fmax(l->temperature[0] / unit, 0.2);
    const double high = fmax(l->bound / unit, 2 * low);
    int64_t rows = 0, n = 0;
    for (int s = 0; s < WEFT_LEARNED_SCALES; s++)
        l->scale[s] = low * pow(high / low, (double)s / (WEFT_LEARNED_SCALES - 1));
    l->width = f->keys->width;
    l->depth = f->keys->depth;
    l->weights = f->n = el_network_weights(l->width, l->depth);
    l->weight = weft_alloc((size_t)l->weights, sizeof *l->weight);
    for (int64_t k = 0; k < t->count; k++) {
        rows = t->configuration[k].rows > rows ? t->configuration[k].rows : rows;
        n = t->configuration[k].n > n ? t->configuration[k].n : n;
    }
    f->sheet = weft_alloc((size_t)((rows + 2 * l->depth) * (n + 2 * l->depth)), sizeof *f->sheet);
    f->room = weft_alloc((size_t)el_network_room(l, rows, n), sizeof *f->room);
    f->out = weft_alloc((size_t)(rows * n), sizeof *f->out);
    f->rows = weft_alloc((size_t)(GROUP * (f->n + 2)), sizeof *f->rows);
    f->order = weft_alloc((size_t)t->count, sizeof *f->order);
    if (t->keys->poles > 0)
        find_base(f);
    first_weights(f);
}

/* The weights are the result's. */
static void end(net *f)
{
    for (int64_t k = 0; k < f->t->count && f->base; k++)
        weft_free(f->base[k]);
    weft_free(f->base);
    weft_free(f->order);
    weft_free(f->rows);
    weft_free(f->out);
    weft_free(f->room);
    weft_free(f->sheet);
}

/* The errors of the result become those of the network. */
weft_status train_fit_network(const train *t, train_result *r)
{
    net f = {.t = t, .keys = t->network, .l = &r->numbers};
    begin(&f);
    weft_say("network: %lld channels, %lld layers, %lld weights%s", (long long)r->numbers.width,
             (long long)r->numbers.depth, (long long)f.n,
             f.base ? ", as a correction to the window" : "");
    double *gradient = weft_alloc((size_t)f.n, sizeof *gradient);
    weft_status status = adam(&f, gradient);
    shuffle(&f, -1);
    if (status == WEFT_OK)
        status = train_bfgs(r->numbers.weight, f.n, f.keys->finish, all, after_step, &f);
    if (status == WEFT_OK) {
        r->trained = error_of(&f, false, false);
        r->numbers.error = error_of(&f, true, false);
        r->late = error_of(&f, true, true);
    }
    weft_free(gradient);
    end(&f);
    return status;
}
