/* Two-time correlations: the state at each waiting time s is kept as a field, and
 *
 *     autocorrelation(s) at t:  <n(t) n(s)> - <n(t)><n(s)>, over the sites, for each species
 *
 * The fields have the role memory, so that checkpoints hold them and a resumed run can go on.
 * Invariants: which waiting times there are, and their order, follows from observe.list alone, in
 * the plan and in the setup alike; the time loop makes a step end at each of them, so that what is
 * kept is the state at that very time. Two observables with the same waiting time share a field.
 * Before its waiting time a value is nan. */
#include "observe.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

static const char *const names[RL_MAX_MOMENTS] = {
    "species_then_1",  "species_then_2",  "species_then_3",  "species_then_4",
    "species_then_5",  "species_then_6",  "species_then_7",  "species_then_8",
    "species_then_9",  "species_then_10", "species_then_11", "species_then_12",
    "species_then_13", "species_then_14", "species_then_15", "species_then_16"};

/* The number of a waiting time in the list; n: it is not there. Times are compared for equality:
 * both were read from the same text. */
static int find(const double *moment, int n, double time)
{
    int i = 0;
    while (i < n && moment[i] != time)
        i++;
    return i;
}

static weft_field *then_of(const rl_lattice *l, double time)
{
    return l->kept->then[find(l->kept->moment, l->kept->n_moments, time)];
}

/* What cannot be read is reported when the list is resolved. */
weft_status rl_moments(const weft_model *model, const weft_params *params, double *out, int *count)
{
    const weft_section *s = weft_params_section(params, "observe");
    int n = 0;
    weft_strings list = weft_get_strings(s, "list");
    for (int i = 0; i < list.n; i++) {
        const weft_observable *row;
        double time;
        const char *written = list.value[i];
        /* Every way to write the observable begins with its name. */
        if (strncmp(written, "autocorrelation", 15) != 0)
            continue;
        if (weft_observable_find(model, params, written, &row, &time) != WEFT_OK) {
            weft_error_clear();
            continue;
        }
        if (find(out, n, time) < n)
            continue;
        if (n == RL_MAX_MOMENTS)
            return weft_param_fail(s, "list", "at most %d waiting times are kept in a run", n);
        out[n++] = time;
    }
    *count = n;
    return WEFT_OK;
}

/* A field like that of the state for each waiting time. */
void rl_moments_plan(int n, weft_plan *plan)
{
    const weft_field_spec state = plan->field[0];
    for (int i = 0; i < n; i++) {
        weft_field_spec *f = &plan->field[plan->n_fields++];
        *f = state;
        f->name = names[i];
        f->long_name = "the field species at a waiting time";
        f->role = WEFT_MEMORY;
    }
}

/* The list is the one of the plan: both read it from the parameters, in the same order. */
weft_status rl_kept_make(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    rl_kept *k = l->kept = weft_alloc(1, sizeof *k);
    WEFT_TRY(rl_moments(sim->model, sim->params, k->moment, &k->n_moments));
    for (int i = 0; i < k->n_moments; i++)
        k->then[i] = weft_state_find(sim->state, names[i]);
    return WEFT_OK;
}

/* Called once, when the time is there: a copy of the field. */
weft_status rl_remember(weft_sim *sim, double argument)
{
    const rl_lattice *l = sim->data;
    const weft_field *f = l->field;
    weft_field *then = then_of(l, argument);
    /* Elements of the field, whatever it holds. */
    size_t element = f->spec.element == WEFT_U8 ? 1 : sizeof(double);
    memcpy(then->data, f->data, (size_t)(f->size * f->spec.components) * element);
    return WEFT_OK;
}

/* <n(t) n(s)> - <n(t)><n(s)> over the sites, from whole numbers. */
weft_status rl_compute_autocorrelation(weft_sim *sim, double argument, double *out)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    weft_field *then = then_of(l, argument);
    const double sites = (double)weft_grid_sites(g);
    for (int s = 1; s <= l->cfg.net.n_species; s++) {
        int64_t sum[2] = {0, 0};
        WEFT_FOR_ROWS(g, z, y) {
            const int32_t *restrict now = rl_row(sim, s, z, y);
            const int32_t *restrict before = l->row_then;
            rl_row_of(sim, then, s, z, y, l->row_then);
            for (int64_t i = 0; i < g->local[2]; i++) {
                sum[0] += (int64_t)now[i] * before[i];
                sum[1] += before[i];
            }
        }
        weft_counts_sum(g->comm, sum, 2);
        /* The product of the two means, taken off. */
        double means = (double)l->count[s] / sites * ((double)sum[1] / sites);
        out[s - 1] = sim->time < argument ? NAN : (double)sum[0] / sites - means;
    }
    return WEFT_OK;
}
