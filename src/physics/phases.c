/* Oscillators on a grid: links and slips. A phase is an angle that is not folded to one
 * turn, so that it counts the turns that an oscillator has made. A link joins two
 * neighbours; its well is the number of turns by which the two phases differ, to the
 * nearest whole number. When a link moves to another well, the phases have slipped.
 *
 * Invariants. (1) Wells and slips are fields of the role memory: they are in checkpoints,
 * so that a resumed run counts on. (2) A link is looked at after every `look_interval` of
 * time, counted by the state's time and not by outputs; the model chooses it so short that
 * no link can pass a whole turn between two looks. (3) A slip counts when the link is three
 * quarters of a turn from its old well: one that hovers on the barrier, at half a turn, is
 * not counted again and again. (4) A link belongs to the site with the lower coordinate, so
 * that each is counted once; its other end may be a ghost, one deep. */
#include "phases.h"
#include "weft/io.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

static const double turn = 2.0 * M_PI;

/* A link that has gone this part of a turn from its well has slipped; more than one half, so that a
 * link that hovers on the barrier is not counted again and again. */
static const double slipped = 0.75;

/* ---- fields ---- */

/* A further field of the plan, remembered in checkpoints; returns its number. */
static int add_field(weft_plan *plan, const char *name, const char *unit, const char *long_name,
                     int components, int ghost)
{
    plan->field[plan->n_fields] = (weft_field_spec){.name = name,
                                                    .unit = unit,
                                                    .long_name = long_name,
                                                    .role = WEFT_MEMORY,
                                                    .element = WEFT_F64,
                                                    .components = components,
                                                    .ghost = ghost};
    return plan->n_fields++;
}

/* Observables that use the field of frequencies at each record. */
static bool observes_frequency(const weft_params *params)
{
    return weft_wants(params, "frequency_spread|locked|cluster_sizes");
}

/* Fields for slips and frequencies are only made where an observable or a snapshot wants
 * them. The ghost of the frequency serves links. */
void phases_plan(const weft_params *params, phases_kind kind, int dim, weft_plan *plan)
{
    plan->layout = WEFT_BLOCKS;
    plan->fft = weft_wants(params, WEFT_FRONT_SPECTRA);
    plan->families = WEFT_HAS_RHS | (kind.noise ? WEFT_HAS_NOISE : 0);
    for (int a = 0; kind.chain && a < dim; a++)
        plan->boundary[a] = WEFT_NEUMANN; /* the link to a mirror image has d = 0 and no force */
    if (kind.links && weft_wants(params, "slips|slip_rate")) {
        add_field(plan, "well", "", "turns of the well in which a link lies", dim, 0);
        add_field(plan, "slips", "", "slips of the link to the next site along z, y, x", dim, 0);
    }
    if (weft_wants(params, "frequency") || observes_frequency(params)) {
        add_field(plan, "phase_marked", "rad", "phase at the previous record", 1, 0);
        add_field(plan, "frequency", "rad/time", "mean frequency since the previous record", 1, 1);
    }
}

/* The number of a field of that name; -1 where the plan did not make it. */
static int index_of(weft_sim *sim, const char *name)
{
    weft_field *field = weft_state_find(sim->state, name);
    return field ? (int)(field - sim->state->field) : -1;
}

/* Negative times mean that there was no record yet. */
void phases_init(phases_data *phases, weft_sim *sim, int field, bool links, double look_interval,
                 void (*assign)(weft_sim *sim, const double *phases))
{
    front_init(&phases->front, sim, field);
    sim->phases = phases;
    phases->front.slope = phases_twist(sim);
    phases->assign = assign;
    phases->links = links;
    phases->look_interval = look_interval;
    phases->well = index_of(sim, "well");
    phases->slips = index_of(sim, "slips");
    phases->marked = index_of(sim, "phase_marked");
    phases->frequency = index_of(sim, "frequency");
    phases->pictured = phases->frequency >= 0 && !observes_frequency(sim->params);
    phases->rate_at = phases->frequency_at = -1.0;
}

/* ---- links ---- */

/* What is done along a row of links: n sites, their neighbours along one axis, and the
 * links' memory. Axes with links come slowest first: component c of link fields belongs to
 * axis 3 - dim + c. */
typedef void link_kernel(int64_t n, const double *here, const double *next, double *well,
                         double *slips);

/* For the links along each axis. The phases' ghosts are exchanged before. At the end of an
 * open chain the ghost is a mirror image, so that its link has no difference and never
 * slips. */
static void run_links(weft_sim *sim, link_kernel *kernel)
{
    phases_data *phases = sim->phases;
    const weft_grid *grid = sim->grid;
    weft_field *phase = &sim->state->field[phases->front.field];
    weft_field *well = &sim->state->field[phases->well], *slips = &sim->state->field[phases->slips];
    weft_field_exchange(phase);
    for (int c = 0; c < grid->dim; c++) {
        const int axis = 3 - grid->dim + c;
        const weft_extent *e = &phase->extent, *w = &well->extent;
        WEFT_FOR_ROWS(grid, z, y) {
            const double *here = weft_field_data(phase, 0) + weft_extent_row(e, z, y);
            int64_t at = weft_extent_row(w, z, y);
            kernel(grid->local[2], here, here + e->stride[axis], weft_field_data(well, c) + at,
                   weft_field_data(slips, c) + at);
        }
    }
}

/* At the start: the nearest well, and no slips yet. */
static void find_wells(int64_t n, const double *here, const double *next, double *well,
                       double *slips)
{
    for (int64_t i = 0; i < n; i++) {
        well[i] = rint((next[i] - here[i]) / turn);
        slips[i] = 0.0;
    }
}

/* No branch: a link that has not slipped adds zero. A link may pass several wells at once. */
static void count_slips(int64_t n, const double *here, const double *next, double *restrict well,
                        double *restrict slips)
{
    for (int64_t i = 0; i < n; i++) {
        double turns = (next[i] - here[i]) * (1.0 / turn);
        double jump = fabs(turns - well[i]) > slipped ? rint(turns) - well[i] : 0.0;
        well[i] += jump;
        slips[i] += fabs(jump);
    }
}

/* The wells of a run that goes on come from its checkpoint, and are not found anew. */
weft_status phases_begin(weft_sim *sim)
{
    phases_data *phases = sim->phases;
    front_follow(sim);
    if (phases->well >= 0 && sim->step == 0)
        run_links(sim, find_wells);
    return WEFT_OK;
}

/* Called after each step, with time and step of the state: no turn and no slip may be
 * missed. A model that makes its phases by unwrapping an angle needs the look for that, too
 * (front_follow). */
weft_status phases_guard(weft_sim *sim)
{
    phases_data *phases = sim->phases;
    if (sim->time < phases->looked_at + phases->look_interval)
        return WEFT_OK;
    front_follow(sim);
    if (phases->well >= 0)
        run_links(sim, count_slips);
    phases->looked_at = sim->time;
    return WEFT_OK;
}

/* For snapshots of frequencies: where no observable updates them, the snapshot does. */
weft_status phases_derive(weft_sim *sim)
{
    const phases_data *phases = sim->phases;
    front_follow(sim);
    if (phases->pictured)
        phases_update_frequency(sim);
    return WEFT_OK;
}

/* Slips are whole numbers, and their exact sum is one as well. */
static double total_slips(weft_sim *sim)
{
    phases_data *phases = sim->phases;
    double total = 0.0;
    for (int c = 0; c < sim->grid->dim; c++) {
        weft_view view = weft_field_view(sim->state, &sim->state->field[phases->slips], c, NULL);
        total += weft_view_sum(sim->grid->comm, &view);
    }
    return total;
}

/* An open axis has one link less a line. */
static double number_of_links(const weft_grid *grid)
{
    double links = 0.0;
    for (int a = 3 - grid->dim; a < 3; a++)
        links += (double)(weft_grid_sites(grid) / grid->n[a]) *
                 (double)(grid->n[a] - (grid->boundary[a] != WEFT_PERIODIC));
    return links;
}

/* Does it apply? Where all oscillators are coupled to all there are no links. */
weft_status phases_links_check(weft_sim *sim, double argument)
{
    (void)argument;
    const phases_data *phases = sim->phases;
    return phases->links
               ? WEFT_OK
               : weft_fail(WEFT_INPUT, "slips and clusters need links between neighbours; with "
                                       "topology all_to_all there are none");
}

weft_status phases_slips(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = total_slips(sim) / number_of_links(sim->grid);
    return WEFT_OK;
}

/* Since the previous record; nan at the first one. Computed twice at the same time, it stays
 * what it was. */
weft_status phases_slip_rate(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    phases_data *phases = sim->phases;
    if (sim->time != phases->rate_at) {
        double slips = total_slips(sim), interval = sim->time - phases->rate_at;
        phases->rate = phases->rate_at < 0.0
                           ? NAN
                           : (slips - phases->rate_slips) / (interval * number_of_links(sim->grid));
        phases->rate_at = sim->time;
        phases->rate_slips = slips;
    }
    *out = phases->rate;
    return WEFT_OK;
}

/* ---- resume: of what is not in fields of the role WEFT_MEMORY ---- */

/* What is not in fields of the role memory: times and values at the last look and record. */
weft_status phases_save(weft_sim *sim, weft_file *file)
{
    const phases_data *p = sim->phases;
    double kept[6] = {p->looked_at, p->rate_at, p->rate_slips, p->rate, p->frequency_at, p->window};
    WEFT_TRY(front_store(sim, file));
    return weft_file_put(file, "phases", kept, sizeof kept);
}

/* In the order of phases_save. */
weft_status phases_load(weft_sim *sim, weft_file *file)
{
    phases_data *p = sim->phases;
    double kept[6];
    WEFT_TRY(front_restore(sim, file));
    WEFT_TRY(weft_file_get(file, "phases", kept, sizeof kept));
    p->looked_at = kept[0], p->rate_at = kept[1], p->rate_slips = kept[2];
    p->rate = kept[3], p->frequency_at = kept[4], p->window = kept[5];
    return WEFT_OK;
}
