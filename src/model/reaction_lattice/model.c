/* The model reaction_lattice: particles of some species that hop and react on the sites of a
 * lattice (stochastic lattice gas; U. C. Tauber, Critical Dynamics (2014), ch. 9), as a
 * continuous-time Markov process or by the discrete rules of the literature (Monte Carlo steps).
 *
 * This file joins one of four methods to the time loop, each a struct of functions (method.h):
 * exact (folder exact/: the law of the master equation on any number of ranks, also its serial twin
 * `sequential`), fast (splitting, many sites at once), rdme (unlimited sites) and Monte Carlo steps
 * (mcs/). All share the channels or ways that a network has (channels.c, ways.c), the initial
 * states, the observables and the bookkeeping of extinction (endings.c).
 *
 * Invariants. (1) The conserved quantities of the network (whole-number combinations of species)
 * never change: `guard` compares them exactly after each call, since a breach would mean a fault of
 * the program. (2) Every random number is addressed by replica, site or tile, and step or slice, so
 * that results are the same on any number of ranks, and a resumed run draws the same ones from its
 * step number alone. (3) Counts are whole numbers and sums of them exact. (4) Events are counted
 * once, by the rank that owns the site. */
#include "method.h"
#include "observe/observe.h"
#include "weft/io.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

extern const weft_model weft_model_reaction_lattice; /* the last lines of this file */

/* The method that the parameters ask for. Nothing else in this file knows which one it is. */
static const rl_method *method_of(const rl_config *cfg)
{
    static const rl_method *const methods[] = {[RL_EXACT] = &rl_exact_method,
                                               [RL_SEQUENTIAL] = &rl_exact_method,
                                               [RL_FAST] = &rl_fast_method,
                                               [RL_RDME] = &rl_rdme_method};
    return cfg->clock == RL_CTMC ? methods[cfg->method] : &rl_mcs_method;
}

/* The state is bytes where sites are limited, doubles where they are not (whole numbers all the
 * same). A method may ask for a layout and for fields of its own. */
static weft_status plan(const weft_params *params, int dim, const int64_t *n, const double *length,
                        weft_plan *out)
{
    rl_config cfg;
    double moment[RL_MAX_MOMENTS];
    (void)length;
    WEFT_TRY(rl_config_read(params, dim, n, &cfg));
    int moments;
    /* The method decides how the lattice is cut. */
    const rl_method *method = method_of(&cfg);
    WEFT_TRY(rl_moments(&weft_model_reaction_lattice, params, moment, &moments));
    out->layout = method->layout;
    /* they take 16 bytes a site */
    out->fft = weft_wants(params, "structure_factor*|domain_size*");
    out->families = WEFT_HAS_SWEEP;
    out->n_fields = 1;
    out->field[0] = (weft_field_spec){
        .name = "species",
        .unit = "1",
        .long_name = cfg.counts ? "particles of each species"
                                : "0: empty, else the number of the species from 1",
        .role = WEFT_EVOLVED,
        .element = cfg.capacity == 0 ? WEFT_F64 : WEFT_U8,
        .components = cfg.counts ? cfg.net.n_species : 1};
    network_names(&cfg.net, out->parts, sizeof out->parts);
    if (method->plan)
        method->plan(out);
    rl_moments_plan(moments, out);
    return WEFT_OK;
}

/* Makes what all methods share, then the method's own data. */
static weft_status setup(weft_sim *sim)
{
    rl_lattice *l = sim->data = weft_alloc(1, sizeof *l);
    const weft_grid *g = sim->grid;
    WEFT_TRY(rl_config_read(sim->params, g->dim, g->n + 3 - g->dim, &l->cfg));
    l->field = weft_state_find(sim->state, "species");
    l->row = weft_alloc((size_t)g->local[2] + 1, sizeof *l->row);
    l->row_then = weft_alloc((size_t)g->local[2] + 1, sizeof *l->row_then);
    WEFT_TRY(rl_kept_make(sim));
    if (weft_wants(sim->params, "event_profile*"))
        l->layer = weft_alloc((size_t)(g->local[2] * RL_MAX_EVENTS), sizeof *l->layer);
    if (!l->cfg.counts)
        WEFT_TRY(rl_channels_make(&l->cfg, &l->channels));
    l->method = method_of(&l->cfg);
    return l->method->make(sim);
}

/* Every part may be missing after a setup that failed. */
static void destroy(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    if (l->method)
        l->method->free(l->method_data);
    rl_kept_free(sim);
    weft_free(l->layer);
    weft_free(l->row);
    weft_free(l->row_then);
    weft_free(l);
}

/* Numbers of unlimited sites on a local row that cannot be (negative, broken, too large); other
 * fields are bytes. */
enum { MOST_PARTICLES = 1000000 };
/* Numbers of unlimited sites on a local row that cannot be (negative, broken, too large); other
 * fields are bytes, which rl_row reads as they are. */
static int64_t impossible(const rl_lattice *l, int64_t z, int64_t y, int64_t n)
{
    const weft_extent *e = &l->field->extent;
    int64_t found = 0;
    for (int s = 0; l->field->spec.element == WEFT_F64 && s < l->cfg.net.n_species; s++) {
        const double *f = weft_field_data(l->field, s) + weft_extent_row(e, z, y);
        for (int64_t i = 0; i < n; i++)
            found += !(f[i] >= 0 && f[i] <= MOST_PARTICLES && f[i] == floor(f[i]));
    }
    return found;
}

/* States from a file may hold anything, and a method would read beyond its tables. Collective. */
static weft_status check_states(weft_sim *sim)
{
    const rl_lattice *l = sim->data;
    const rl_config *cfg = &l->cfg;
    const weft_grid *g = sim->grid;
    const int most = cfg->capacity > cfg->other_capacity ? cfg->capacity : cfg->other_capacity;
    int64_t wrong[3] = {0};
    WEFT_FOR_ROWS(g, z, y) {
        if (!cfg->counts) {
            const uint8_t *state =
                weft_field_bytes(l->field, 0) + weft_extent_row(&l->field->extent, z, y);
            for (int64_t x = 0; x < g->local[2]; x++)
                wrong[0] += state[x] > cfg->net.n_species;
            continue;
        }
        const int32_t *n = rl_row(sim, 0, z, y);
        wrong[2] += impossible(l, z, y, g->local[2]);
        for (int64_t x = 0; x < g->local[2]; x++)
            wrong[1] += n[x] < 0 || (most > 0 && n[x] > most);
    }
    /* All ranks must come to the same verdict. */
    weft_counts_sum(g->comm, wrong, 3);
    if (wrong[0])
        return weft_param_fail(sim->initial, "type",
                               "%lld sites hold numbers above %d, the number of species",
                               (long long)wrong[0], cfg->net.n_species);
    if (wrong[2])
        return weft_param_fail(
            sim->initial, "type",
            "%lld numbers of particles on a site are no whole numbers from 0 to %d",
            (long long)wrong[2], MOST_PARTICLES);
    if (wrong[1])
        return weft_param_fail(sim->initial, "type",
                               "%lld sites hold more particles than the capacity %d",
                               (long long)wrong[1], most);
    return WEFT_OK;
}

/* The value of a conserved quantity from the counts. Local. */
static int64_t rl_law(const rl_lattice *l, int law)
{
    int64_t sum = 0;
    for (int s = 0; s < l->cfg.net.n_species; s++)
        sum += l->cfg.net.law[law][s] * l->count[s + 1];
    return sum;
}

/* Endings are found at the start, unless a checkpoint has brought them. */
static weft_status begin(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    WEFT_TRY(check_states(sim));
    rl_count(sim);
    for (int w = 0; w < l->cfg.net.n_laws; w++)
        l->law[w] = rl_law(l, w);
    if (l->method->begin)
        l->method->begin(sim);
    if (!l->loaded)
        rl_endings_begin(l, sim->time);
    return WEFT_OK;
}

/* One call of the method, of at most dt; then all particles are counted anew. Collective. */
static weft_status sweep(weft_sim *sim, double *dt)
{
    rl_lattice *l = sim->data;
    WEFT_TRY(l->method->sweep(sim, dt));
    rl_count(sim);
    return WEFT_OK;
}

/* Whole numbers: equality is exact. */
static weft_status guard(weft_sim *sim)
{
    const rl_lattice *l = sim->data;
    char text[256];
    for (int w = 0; w < l->cfg.net.n_laws; w++) {
        /* Whole numbers: equal or not. */
        int64_t now = rl_law(l, w);
        if (now == l->law[w])
            continue;
        network_law_text(&l->cfg.net, w, text, sizeof text);
        return weft_fail(WEFT_FAILED, "the conserved quantity %s went from %lld to %lld", text,
                         (long long)l->law[w], (long long)now);
    }
    return WEFT_OK;
}

/* The time is that of the last event, not that of the call that noticed. */
static const char *finished(weft_sim *sim, double *time)
{
    const rl_lattice *l = sim->data;
    if (l->endings.absorbed < 0)
        return NULL;
    *time = l->endings.absorbed;
    return "absorbing state: no reaction is possible";
}

/* ---- checkpoints ---- */

/* Events by place along x, over all ranks. Collective. */
static void sum_layers(weft_sim *sim, int64_t *total)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    memset(total, 0, (size_t)(g->n[2] * RL_MAX_EVENTS) * sizeof *total);
    memcpy(total + g->start[2] * RL_MAX_EVENTS, l->layer,
           (size_t)(g->local[2] * RL_MAX_EVENTS) * sizeof *total);
    weft_counts_sum(g->comm, total, (int)g->n[2] * RL_MAX_EVENTS);
}

/* Events are summed over the ranks, so that a run may go on with another number of them. */
static weft_status save(weft_sim *sim, struct weft_file *file)
{
    const rl_lattice *l = sim->data;
    int64_t event[RL_MAX_EVENTS];
    const uint64_t *progress = l->method->progress(l->method_data);
    if (l->method->save)
        WEFT_TRY(l->method->save(sim, file));
    WEFT_TRY(weft_file_put(file, "progress", progress, sizeof *progress));
    rl_sum_events(sim, event);
    WEFT_TRY(weft_file_put(file, "events", event, sizeof event));
    WEFT_TRY(weft_file_put(file, "endings", &l->endings, sizeof l->endings));
    if (l->layer) {
        int64_t n = sim->grid->n[2] * RL_MAX_EVENTS;
        int64_t *layer = weft_alloc((size_t)n, sizeof *layer);
        sum_layers(sim, layer);
        weft_status status = weft_file_put(file, "layers", layer, n * (int64_t)sizeof *layer);
        weft_free(layer);
        WEFT_TRY(status);
    }
    return WEFT_OK;
}

/* The totals go to the ranks at the beginning of the other axes. */
static weft_status load_layers(weft_sim *sim, struct weft_file *file)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    int64_t n = g->n[2] * RL_MAX_EVENTS, *layer = weft_alloc((size_t)n, sizeof *layer);
    size_t own = (size_t)(g->local[2] * RL_MAX_EVENTS) * sizeof *layer;
    weft_status status = weft_file_get(file, "layers", layer, n * (int64_t)sizeof *layer);
    memset(l->event, 0, sizeof l->event);
    memset(l->layer, 0, own);
    if (g->start[0] == 0 && g->start[1] == 0)
        memcpy(l->layer, layer + g->start[2] * RL_MAX_EVENTS, own);
    weft_free(layer);
    return status;
}

/* Totals of events go to the first rank; the sum over ranks is again the same. */
static weft_status load(weft_sim *sim, struct weft_file *file)
{
    rl_lattice *l = sim->data;
    l->loaded = true;
    WEFT_TRY(weft_file_get(file, "events", l->event, sizeof l->event));
    if (sim->grid->rank > 0)
        memset(l->event, 0, sizeof l->event);
    if (l->layer)
        WEFT_TRY(load_layers(sim, file));
    WEFT_TRY(weft_file_get(file, "endings", &l->endings, sizeof l->endings));
    if (l->method->load)
        WEFT_TRY(l->method->load(sim, file));
    uint64_t *progress = l->method->progress(l->method_data);
    return weft_file_get(file, "progress", progress, sizeof *progress);
}

const weft_model weft_model_reaction_lattice = {
    .name = "reaction_lattice",
    .summary = "particles that hop and react on a lattice: exact, on any number of ranks",
    .reference = "U. C. Tauber, Critical Dynamics (2014), ch. 9; graphical construction of "
                 "T. E. Harris, Adv. Math. 9, 66 (1972)",
    .params = rl_table,
    .lattice = true,
    .stepper = WEFT_NAMES("sweep"),
    .observe = WEFT_NAMES("density", "active_sites"),
    .fields = WEFT_NAMES("species"),
    .observables = rl_observables,
    .initials = rl_initials,
    .families = {.sweep = sweep},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .begin = begin,
    .finished = finished,
    .guard = guard,
    .save = save,
    .load = load,
    .attributes = rl_attributes,
    .describe = rl_describe,
};
