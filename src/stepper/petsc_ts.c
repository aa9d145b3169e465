/* PETSc's TS for models that give the Jacobian of a right-hand side of finite reach. Everything is
 * implicit: F(t, u, u') = u' - rhs(u) with its analytic Jacobian. PETSc's vectors hold the
 * components of a site side by side, and the sites of a rank in the order of its block.
 *
 * Invariants. (1) Events are hit exactly: the time to the next one is cut into equal steps
 * no longer than what the error control wants, and the last one ends there. (2) A resumed
 * run takes the same steps: the wanted step is in the checkpoint, and methods that remember
 * earlier steps are started anew at each output. (3) A failure within a call-back (the
 * model's rhs) goes through PETSc as an error code, while the model's own message stays
 * recorded; weft_agree makes it that of all ranks. (4) Options of the user may change
 * solvers and tolerances, but not the method, whose name stands in the results.
 *
 * The matrix is shift - J, with J from a list of entries at offsets (or from diffusion and the
 * site's own block). Sites have global numbers, which ghosts learn by the same
 * halo exchange as fields do, so that boundaries need no code of their own here. */
#include "petsc_ts.h"
#include "petsc_equation.h"
#include "petsc_library.h"
#include "petsc_solver.h"
#include "weft/io.h"
#include "weft/memory.h"
#include "weft/petsc.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct petsc_keys {
    double rtol, atol;
    const char *petsc; /* NULL: none */
} petsc_keys;

const weft_param stepper_petsc_params[] = {
    {WEFT_BIND_REAL(petsc_keys, rtol), .standard = "1e-6", .range = "[1e-13, 0.1]",
     .help = "relative error of a step"},
    {WEFT_BIND_REAL(petsc_keys, atol), .standard = "1e-9", .range = "(0, inf)",
     .help = "absolute error of a step, in units of the field"},
    {WEFT_BIND_STRING(petsc_keys, petsc), .standard = "",
     .help = "further options for PETSc, \"-ts_arkimex_type 4 -ksp_type bcgs\""},
    {0},
};

/* ---- set up ---- */

static void add_entry(stepper_petsc *p, weft_coupling where, double weight, int block)
{
    p->entry[p->n_entries++] = (stepper_petsc_entry){where, weight, block};
}

/* The second differences and the local blocks, row by row. */
static void entries_of_diffusion(stepper_petsc *p)
{
    const weft_grid *grid = p->sim->grid;
    const int n = p->n;
    double D[STEPPER_PETSC_MOST * STEPPER_PETSC_MOST];
    p->entry = weft_alloc((size_t)(7 * n * n), sizeof *p->entry);
    p->sim->model->families.diffusion(p->sim, D);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double centre = 0.0;
            for (int a = 3 - grid->dim; a < 3; a++) {
                const double d = D[i * n + j] / (grid->dx[a] * grid->dx[a]);
                weft_coupling where = {.row = i, .column = j};
                centre -= 2.0 * d;
                for (where.offset[a] = -1; where.offset[a] <= 1 && d != 0.0; where.offset[a] += 2)
                    add_entry(p, where, d, -1);
            }
            add_entry(p, (weft_coupling){.row = i, .column = j}, centre, i * n + j);
        }
}

/* One more than needed is allocated: sizes of 0 need no cases then. The block is zero where no
 * entry refers to it. */
static weft_status make_entries(stepper_petsc *p, const weft_section *time)
{
    const weft_families *f = &p->sim->model->families;
    const int n = f->couplings ? f->couplings(p->sim, NULL) : p->n * p->n;
    if (n < 0)
        return weft_param_fail(time, "stepper",
                               "the Jacobian of these equations has too many terms");
    if (f->couplings) {
        weft_coupling *list = weft_alloc((size_t)n + 1, sizeof *list);
        p->entry = weft_alloc((size_t)n + 1, sizeof *p->entry);
        f->couplings(p->sim, list);
        for (int i = 0; i < n; i++)
            add_entry(p, list[i], 0.0, i);
        weft_free(list);
    } else {
        entries_of_diffusion(p);
    }
    p->value = weft_alloc((size_t)stepper_petsc_values(p), sizeof *p->value);
    p->block = weft_alloc((size_t)(n + 1) * (size_t)p->sim->grid->local[2], sizeof *p->block);
    return WEFT_OK;
}

/* The largest offset, at least 1. */
static int reach_of(const stepper_petsc *p)
{
    int reach = 1;
    for (int e = 0; e < p->n_entries; e++)
        for (int a = 0; a < 3; a++)
            reach =
                abs(p->entry[e].where.offset[a]) > reach ? abs(p->entry[e].where.offset[a]) : reach;
    return reach;
}

/* Sites are numbered rank after rank, from 1, since 0 has no sign. Numbers are doubles,
 * exact up to 2^53, because the halo exchanges doubles. */
static weft_status number_sites(stepper_petsc *p)
{
    const weft_grid *grid = p->sim->grid;
    int64_t first = 0, start[3], local[3];
    weft_halo *halo;
    for (int r = 0; r < grid->rank; r++) {
        weft_grid_block(grid, r, start, local);
        first += local[0] * local[1] * local[2];
    }
    const int reach = reach_of(p);
    p->extent = weft_grid_extent(grid, reach);
    p->id = weft_alloc((size_t)p->extent.size, sizeof *p->id);
    WEFT_FOR_ROWS(grid, z, y)
        for (int64_t x = 0; x < grid->local[2]; x++)
            p->id[weft_extent_row(&p->extent, z, y) + x] = (double)++first;
    WEFT_TRY(weft_halo_create(grid, reach, reach, sizeof(double), 1, NULL, &halo));
    weft_halo_exchange(halo, p->id);
    weft_halo_free(halo);
    return WEFT_OK;
}

/* The places of the values are told once: setting them one by one took half of a step. */
static PetscErrorCode make_matrix(stepper_petsc *p)
{
    const weft_grid *grid = p->sim->grid;
    const PetscInt local = (PetscInt)(weft_grid_local_sites(grid) * p->n);
    const int64_t values = stepper_petsc_values(p);
    PetscInt *row = weft_alloc((size_t)values, sizeof *row),
             *column = weft_alloc((size_t)values, sizeof *column);
    PetscCall(VecCreateMPI(grid->comm, local, PETSC_DETERMINE, &p->u));
    PetscCall(MatCreate(grid->comm, &p->jacobian));
    PetscCall(MatSetSizes(p->jacobian, local, local, PETSC_DETERMINE, PETSC_DETERMINE));
    PetscCall(MatSetBlockSize(p->jacobian, p->n));
    PetscCall(MatSetType(p->jacobian, MATAIJ));
    stepper_petsc_places(p, row, column);
    PetscErrorCode code = MatSetPreallocationCOO(p->jacobian, (PetscCount)values, row, column);
    weft_free(row);
    weft_free(column);
    PetscCall(code);
    /* PETSc 3.18 takes the blocks of a rank for single unknowns, and its inverses of them, which
     * -pc_type pbjacobi wants, are those of other numbers. */
    if (grid->size > 1) {
        Mat own;
        PetscCall(MatGetDiagonalBlock(p->jacobian, &own));
        PetscCall(MatSetBlockSize(own, p->n));
    }
    return 0;
}

/* STEPOVER and endless limits: weft decides where a run ends. A step that fails is tried
 * again with a shorter one, up to 100 times. */
static PetscErrorCode make_ts(stepper_petsc *p, const char *type, double rtol, double atol)
{
    PetscCall(make_matrix(p));
    PetscCall(TSCreate(p->sim->grid->comm, &p->ts));
    PetscCall(TSSetProblemType(p->ts, TS_NONLINEAR));
    PetscCall(TSSetType(p->ts, type));
    if (strcmp(type, TSARKIMEX) == 0)
        PetscCall(TSARKIMEXSetFullyImplicit(p->ts, PETSC_TRUE));
    if (strcmp(type, TSROSW) == 0) /* petsc_solver.c decides */
        PetscCall(TSRosWSetRecomputeJacobian(p->ts, PETSC_TRUE));
    PetscCall(TSSetIFunction(p->ts, NULL, stepper_petsc_residual, p));
    PetscCall(TSSetIJacobian(p->ts, p->jacobian, p->jacobian, stepper_petsc_matrix, p));
    PetscCall(TSSetSolution(p->ts, p->u));
    PetscCall(TSSetExactFinalTime(p->ts, TS_EXACTFINALTIME_STEPOVER));
    PetscCall(TSSetMaxTime(p->ts, 1e300));
    PetscCall(TSSetMaxSteps(p->ts, PETSC_MAX_INT));
    PetscCall(TSSetErrorIfStepFails(p->ts, PETSC_FALSE));
    PetscCall(TSSetMaxSNESFailures(p->ts, -1));
    PetscCall(TSSetMaxStepRejections(p->ts, 100));
    PetscCall(TSSetTimeStep(p->ts, p->h));
    return stepper_petsc_solver(p, rtol, atol, reach_of(p), strcmp(type, TSROSW) == 0);
}

/* The solvers take their options when they are first set up: do that now, on the initial
 * state, so that a wrong option is an error of the input and not one in the middle of a
 * run. */
static PetscErrorCode set_from_options(stepper_petsc *p)
{
    SNES snes;
    KSP ksp;
    PetscCall(TSSetFromOptions(p->ts));
    PetscCall(stepper_petsc_matrix_options(p));
    PetscCall(TSSetUp(p->ts));
    PetscCall(stepper_petsc_to_vector(p, p->sim->state, p->u));
    PetscCall(stepper_petsc_jacobian(p->ts, p->sim->time, p->u, NULL, 1.0 / p->h, p->jacobian,
                                     p->jacobian, p));
    PetscCall(TSGetSNES(p->ts, &snes));
    PetscCall(SNESGetKSP(snes, &ksp));
    PetscCall(KSPSetOperators(ksp, p->jacobian, p->jacobian));
    PetscCall(KSPSetUp(ksp));
    PetscCall(KSPSetUpOnBlocks(ksp));
    PetscReal h;
    PetscCall(TSGetTimeStep(p->ts, &h));
    p->h = h;
    return 0;
}

/* The options must leave the method alone, whose name stands in the results. Local. */
static weft_status same_method(stepper_petsc *p, const weft_section *time, const char *type)
{
    TSType now;
    STEPPER_PETSC(TSGetType(p->ts, &now));
    if (strcmp(now, type) == 0)
        return WEFT_OK;
    return weft_param_fail(
        time, "petsc", "-ts_type %s: the method is %s, by time.stepper; choose another one there",
        now, type);
}

/* An input of somebody else must not make PETSc read or write files: viewers with a name
 * ("ascii:FILE"), viewers that choose a name themselves, and options that are files. */
static weft_status no_files(const weft_section *time, const char *text)
{
    static const char *const words[] = {":",       "options_file", "vtk",  "trajectory",
                                        "history", "binary",       "hdf5", "matlab"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i]))
            return weft_param_fail(time, "petsc",
                                   "'%s' would make PETSc read or write a file, which an input may "
                                   "not do; leave it out",
                                   words[i]);
    return WEFT_OK;
}

/* Options live in a set of their own while they are read, so that those of other programs
 * or the environment do not count. What nobody asked for is no option of this method. */
static weft_status read_options(stepper_petsc *p, const weft_section *time, const char *text)
{
    PetscOptions options;
    PetscInt left = 0;
    char **names = NULL, **values = NULL;
    if (text[strspn(text, " ")] != '-' && text[0])
        return weft_param_fail(time, "petsc", "'%s': an option begins with '-', \"-ksp_type bcgs\"",
                               text);
    WEFT_TRY(no_files(time, text));
    STEPPER_PETSC(PetscOptionsCreate(&options));
    if (PetscOptionsInsertString(options, text)) {
        (void)PetscOptionsDestroy(&options);
        return weft_param_fail(time, "petsc", "PETSc: %s", weft_petsc_message());
    }
    STEPPER_PETSC(PetscOptionsPush(options));
    PetscErrorCode code = set_from_options(p);
    STEPPER_PETSC(PetscOptionsPop());
    weft_status status = WEFT_OK;
    if (code)
        status = weft_param_fail(time, "petsc", "PETSc: %s", weft_petsc_message());
    else if (!PetscOptionsLeftGet(options, &left, &names, &values) && left > 0)
        status = weft_param_fail(time, "petsc", "-%s is no option of this method and its solvers",
                                 names[0]);
    if (names)
        (void)PetscOptionsLeftRestore(options, &left, &names, &values);
    (void)PetscOptionsDestroy(&options);
    return status;
}

/* The first step is short: a ten-thousandth of the run, or what the model says resolves its
 * motion; the error control lengthens it. */
static weft_status setup(weft_sim *sim, const char *type, stepper_petsc *p)
{
    const weft_section *time = weft_params_section(sim->params, "time");
    const petsc_keys *keys = weft_params_values(sim->params, stepper_petsc_params);
    for (int f = 0; f < sim->state->n; f++)
        if (stepper_petsc_unknown(&sim->state->field[f]))
            p->n += sim->state->field[f].spec.components;
    if (p->n > STEPPER_PETSC_MOST)
        return weft_param_fail(time, "stepper", "%d components; this stepper takes at most %d",
                               p->n, STEPPER_PETSC_MOST);
    if ((double)weft_grid_sites(sim->grid) * p->n > INT_MAX)
        return weft_param_fail(time, "stepper",
                               "PETSc counts %g unknowns; with 32-bit indices it can at most %d",
                               (double)weft_grid_sites(sim->grid) * p->n, INT_MAX);
    WEFT_TRY(weft_petsc_start());
    WEFT_TRY(weft_state_like(sim->state, &p->stage));
    WEFT_TRY(weft_state_like(sim->state, &p->slope));
    WEFT_TRY(make_entries(p, time));
    WEFT_TRY(number_sites(p));
    p->h = 1e-4 * sim->end;
    if (sim->model->rates && sim->model->rates(sim).accuracy > 0.0)
        p->h = fmin(p->h, sim->model->rates(sim).accuracy);
    p->options = keys->petsc ? keys->petsc : "";
    STEPPER_PETSC(make_ts(p, type, keys->rtol, keys->atol));
    WEFT_TRY(read_options(p, time, p->options));
    return same_method(p, time, type);
}

/* Works on a stepper that was set up only in part. */
void stepper_petsc_destroy(weft_sim *sim, void *data)
{
    stepper_petsc *p = data;
    (void)sim;
    (void)TSDestroy(&p->ts);
    (void)MatDestroy(&p->jacobian);
    (void)VecDestroy(&p->u);
    weft_state_free(p->stage);
    weft_state_free(p->slope);
    weft_free(p->block);
    weft_free(p->entry);
    weft_free(p->value);
    weft_free(p->id);
    weft_free(p);
}

/* PETSc's objects are collective: a rank whose setup failed would leave others inside of one. They
 * agree before any is used, and all destroy what they have. */
weft_status stepper_petsc_setup(weft_sim *sim, const char *type, bool multistep, void **data)
{
    stepper_petsc *p = weft_alloc(1, sizeof *p);
    p->sim = sim;
    p->multistep = multistep;
    weft_status status = weft_agree(sim->grid->comm, setup(sim, type, p));
    if (status != WEFT_OK) {
        stepper_petsc_destroy(sim, p);
        p = NULL;
    }
    *data = p;
    return status;
}

/* ---- steps ---- */

/* One step from time t, in equal parts of what remains, each at most h. PETSc may shorten a
 * step; its own clock says how far it came. The wanted step only grows when the step was
 * not cut by the event: a step that was cut says nothing about longer ones. Steps that
 * shrink below the resolution of the clock are an error, since they would go on for ever. */
static weft_status one_step(stepper_petsc *p, double t, double remains, double *advance)
{
    const double parts = fmax(1.0, ceil(remains / p->h * (1.0 - 1e-12))), planned = remains / parts;
    PetscReal now, next;
    TSConvergedReason reason;
    STEPPER_PETSC(TSSetTime(p->ts, t));
    STEPPER_PETSC(TSSetTimeStep(p->ts, planned));
    STEPPER_PETSC(TSStep(p->ts));
    STEPPER_PETSC(TSGetConvergedReason(p->ts, &reason));
    if (reason < 0)
        return weft_fail(
            WEFT_FAILED,
            "PETSc cannot go on at time %.10g: %s; a larger time.rtol or time.atol, or "
            "another solver (time.petsc: \"-ksp_type gmres -pc_type lu\"), may help",
            t, TSConvergedReasons[reason]);
    STEPPER_PETSC(TSGetTime(p->ts, &now));
    STEPPER_PETSC(TSGetTimeStep(p->ts, &next));
    if (planned < remains && now - t < 1e-12 * t)
        return weft_fail(WEFT_FAILED,
                         "the steps have shrunk to %.3g at time %.10g: the solution grows without "
                         "bound there, or time.rtol is below what rounding allows",
                         now - t, t);
    *advance = now == t + planned ? planned : now - t;
    p->h = *advance == planned && next >= planned ? fmax(p->h, next) : next;
    return WEFT_OK;
}

/* One step; for methods with a memory all steps to the event, as they begin anew there. */
static weft_status advance(stepper_petsc *p, double wanted, double *done)
{
    weft_sim *sim = p->sim;
    double step = 0.0;
    *done = 0.0;
    STEPPER_PETSC(stepper_petsc_to_vector(p, sim->state, p->u));
    if (p->multistep)
        STEPPER_PETSC(TSRestartStep(p->ts));
    do {
        WEFT_TRY(one_step(p, sim->time + *done, wanted - *done, &step));
        *done = step >= wanted - *done ? wanted : *done + step;
    } while (p->multistep && *done < wanted);
    STEPPER_PETSC(stepper_petsc_to_state(p, p->u, sim->state));
    return WEFT_OK;
}

/* Ranks may fail differently within PETSc: all get one status. */
weft_status stepper_petsc_step(weft_sim *sim, void *data, double *dt)
{
    double done;
    weft_status status = weft_agree(sim->grid->comm, advance(data, *dt, &done));
    if (status == WEFT_OK)
        *dt = done;
    return status;
}

weft_status stepper_petsc_save(weft_sim *sim, void *data, weft_file *file)
{
    const stepper_petsc *p = data;
    (void)sim;
    return weft_file_put(file, "petsc_step", &p->h, sizeof p->h);
}

/* The wanted step; the first one after a resume is cut from it as it would have been. */
weft_status stepper_petsc_load(weft_sim *sim, void *data, weft_file *file)
{
    stepper_petsc *p = data;
    (void)sim;
    return weft_file_get(file, "petsc_step", &p->h, sizeof p->h);
}
