/* One pass over the evolved fields in stretches of a row, with the noise of each stretch
 * beside it. A method with additive noise is written as a function of one stretch (a
 * kernel): it reads the state, slopes and normals there, and writes the state or a stage.
 *
 * Invariants. (1) The values do not depend on the stretches or on the decomposition,
 * because noise is a function of (seed, replica, component, global site, step), and a
 * kernel treats each site for itself. (2) Stretches begin where the tiles of the noise do
 * (64 sites of the global row), so that no tile is drawn twice. (3) Components are counted
 * over all evolved fields and momenta in their order, whether they have noise or not: the
 * noise of one field does not change when another one loses its own.
 *
 * A stretch and its normals stay in the first-level cache, and the kernel is called once
 * for hundreds of sites, not for each. */
#include "additive.h"
#include "weft/coloured.h"
#include "weft/memory.h"

/* A pass at work. normals: how many of the two a site the kernel asks for; r: they
 * themselves, of one stretch. */
typedef struct pass {
    weft_sim *sim;
    uint64_t step;
    int normals, component;
    int noisy;                         /* components with noise before this one */
    double *mode[WEFT_COLOURED_MODES]; /* noise with memory: the modes of the row */
    weft_state *const *others;
    stepper_stretch_kernel *kernel;
    const void *context;
    double r[2][WEFT_STRETCH] __attribute__((aligned(64)));
} pass;

/* Noise with memory at n sites of a row, the first of which is number x of this rank. */
static void draw_coloured(pass *p, int64_t row, int64_t x0, int64_t x, int n)
{
    const weft_coloured *c = p->sim->coloured;
    double *mode[WEFT_COLOURED_MODES];
    for (int k = 0; k < c->modes; k++)
        mode[k] = p->mode[k] + x;
    weft_coloured_increments(c, &p->sim->noise, p->component, p->step, row, p->sim->grid->n[2], x0,
                             n, mode, p->r[0]);
}

/* One row; stretches after the first begin where tiles of the noise do. The last tile
 * before x0 is cut where the block of the rank begins. */
static void run_row(pass *p, stepper_stretch s, int64_t row, int64_t n)
{
    const weft_grid *grid = p->sim->grid;
    stepper_stretch here = s;
    for (int64_t x = 0; x < n; x += here.n) {
        int64_t x0 = grid->start[2] + x, m = WEFT_STRETCH - x0 % 64;
        here.n = (int)(m < n - x ? m : n - x);
        here.u = s.u + x;
        for (int j = 0; j < WEFT_STRETCH_OTHERS; j++)
            here.other[j] = s.other[j] ? s.other[j] + x : NULL;
        if (s.r1 && p->sim->coloured)
            draw_coloured(p, row, x0, x, here.n);
        else if (s.r1)
            weft_noise_increments(&p->sim->noise, p->component, p->step, row, grid->n[2], x0,
                                  here.n, p->r[0], s.r2 ? p->r[1] : NULL);
        p->kernel(p->context, &here);
    }
}

/* Component c of field f, row after row. All states of a pass have the layout of
 * sim->state, so that one offset serves them. A field without noise is passed on as it is:
 * its kernel sees no normals. */
static void run_component(pass *p, int f, int c, double amplitude)
{
    const weft_grid *grid = p->sim->grid;
    weft_field *field = &p->sim->state->field[f];
    const weft_extent *e = &field->extent;
    const int normals = amplitude != 0.0 ? p->normals : 0;
    const weft_coloured *coloured = p->sim->coloured;
    WEFT_FOR_ROWS(grid, z, y) {
        int64_t at = weft_extent_row(e, z, y);
        int64_t row = (grid->start[0] + z) * grid->n[1] + grid->start[1] + y;
        stepper_stretch s = {.u = weft_field_data(field, c) + at, .amplitude = amplitude};
        s.r1 = normals > 0 ? p->r[0] : NULL;
        s.r2 = normals > 1 ? p->r[1] : NULL;
        for (int j = 0; j < WEFT_STRETCH_OTHERS && p->others[j]; j++)
            s.other[j] = weft_field_data(&p->others[j]->field[f], c) + at;
        for (int k = 0; normals > 0 && coloured && k < coloured->modes; k++)
            p->mode[k] = weft_field_row(&p->sim->state->field[coloured->field],
                                        p->noisy * coloured->modes + k, z, y);
        run_row(p, s, row, grid->local[2]);
    }
    p->noisy += amplitude != 0.0;
}

/* `evolved` counts fields as noise_amplitude does. */
void stepper_additive_pass(weft_sim *sim, uint64_t step, int normals, weft_state *const *others,
                           stepper_stretch_kernel *kernel, const void *context)
{
    pass p = {.sim = sim,
              .step = step,
              .normals = normals,
              .others = others,
              .kernel = kernel,
              .context = context};
    for (int f = 0, evolved = 0; f < sim->state->n; f++) {
        const weft_field_spec *spec = &sim->state->field[f].spec;
        if (spec->role != WEFT_EVOLVED && spec->role != WEFT_MOMENTUM)
            continue;
        double amplitude = 0.0;
        if (normals > 0 && sim->model->families.noise_amplitude)
            amplitude = sim->model->families.noise_amplitude(sim, evolved);
        for (int c = 0; c < spec->components; c++, p.component++)
            run_component(&p, f, c, amplitude);
        evolved++;
    }
}

/* After an error the caller frees what was made. */
weft_status stepper_stages_create(weft_sim *sim, double dt, int n, void **data)
{
    stepper_stages *stages = *data = weft_alloc(1, sizeof *stages);
    stages->step = -1;
    if (sim->coloured && weft_coloured_step(sim->coloured, dt) != WEFT_OK)
        return weft_param_blame(weft_params_section(sim->params, "time"), "dt");
    for (int i = 0; i < n; i++)
        WEFT_TRY(weft_state_like(sim->state, &stages->state[i]));
    return WEFT_OK;
}

void stepper_stages_free(weft_sim *sim, void *data)
{
    (void)sim;
    stepper_stages *stages = data;
    for (int i = 0; stages->state[i]; i++)
        weft_state_free(stages->state[i]);
    weft_free(stages);
}
