/* What the tests of the front models on several ranks share: the same fields and observables on any
 * number of ranks, after a resume, and no allocation in the time loop. */
#ifndef WEFT_TESTS_FRONTS_H
#define WEFT_TESTS_FRONTS_H

#include "run.h"
#include "weft/io.h"

enum { FRONT_STEPS = 105, FRONT_STOP = 37, FRONT_EVERY = 15, FRONT_MOST = 2000 };

/* Observables that every front model has, for observe.list. */
#define FRONT_OBSERVABLES                                                                          \
    "mean, width2, moment3, moment4, velocity, centre, height_pdf, correlation, covariance"

static inline void front_open(test_run *r, MPI_Comm comm, const char *text)
{
    run_start(r, comm, text);
    run_replica(r, 3);
}

/* All observables of the list, one after the other. */
static inline int front_observe(test_run *r, double *out)
{
    const weft_strings list = r->input->observe->list;
    int n = 0;
    for (int i = 0; i < list.n; i++) {
        const char *name = list.value[i];
        const weft_observable *row;
        double argument;
        weft_axis axes[WEFT_MAX_SHAPE];
        run_must(weft_observable_find(r->input->model, r->input->params, name, &row, &argument));
        run_get(r, name, out + n);
        int64_t count = 1;
        if (row->shape) {
            run_must(row->shape(r->sim, argument, axes));
            count = axes[0].n;
            weft_free(axes[0].values);
            weft_free(axes[0].labels);
        }
        n += (int)count;
    }
    if (n > FRONT_MOST)
        run_must(weft_fail(WEFT_FAILED, "more than %d numbers a record", FRONT_MOST));
    return n;
}

/* As the loop does: records along the way. Returns the numbers of the last record. */
static inline int front_advance(test_run *r, int from, int to, double *values)
{
    int n = 0;
    for (int step = from; step <= to; step += FRONT_EVERY) {
        run_to(r, step * r->dt);
        n = front_observe(r, values);
    }
    return n;
}

/* Largest difference of two runs' evolved fields, over the largest value; 0: the same bits. */
static inline double front_difference(test_run *a, test_run *b)
{
    double worst = 0.0;
    for (int f = 0; f < a->sim->state->n; f++) {
        const weft_field_spec *spec = &a->sim->state->field[f].spec;
        if (spec->role != WEFT_EVOLVED)
            continue;
        double *x = run_field(a, spec->name, 0), *y = run_field(b, spec->name, 0);
        double apart = 0.0, size = 0.0;
        for (int64_t i = 0; i < weft_grid_sites(a->sim->grid); i++) {
            apart = fmax(apart, fabs(x[i] - y[i]));
            size = fmax(size, fabs(x[i]));
        }
        CHECK(isfinite(size) && size > 0.1);
        worst = fmax(worst, apart / size);
        weft_free(x);
        weft_free(y);
    }
    return worst;
}

/* All ranks together against every rank alone. */
static inline void front_test_ranks(const char *text, double field_tolerance, double tolerance)
{
    static double values[2][FRONT_MOST];
    test_run all, one;
    front_open(&all, MPI_COMM_WORLD, text);
    front_open(&one, MPI_COMM_SELF, text);
    int n = front_advance(&all, 0, FRONT_STEPS, values[0]);
    CHECK(front_advance(&one, 0, FRONT_STEPS, values[1]) == n);
    CHECK_NEAR(front_difference(&all, &one), 0.0, field_tolerance);
    for (int i = 0; i < n; i++)
        CHECK_NEAR(values[0][i], values[1][i], tolerance * (0.01 + fabs(values[1][i])));
    run_close(&all);
    run_close(&one);
}

static inline void front_save(test_run *r, const char *path)
{
    weft_file *file;
    weft_state *state = r->sim->state;
    run_must(weft_checkpoint_begin(r->sim->grid->comm, path, &file));
    for (int f = 0; f < state->n; f++)
        if (weft_state_keeps(&state->field[f]))
            run_must(weft_file_put_field(file, state, &state->field[f]));
    if (r->sim->model->save)
        run_must(r->sim->model->save(r->sim, file));
    run_must(weft_checkpoint_commit(file));
}

static inline void front_load(test_run *r, const char *path, int64_t step)
{
    weft_file *file;
    weft_state *state = r->sim->state;
    run_must(weft_sim_start(r->sim, r->input, 3, false));
    r->sim->step = step;
    r->sim->time = (double)step * r->dt;
    run_must(weft_checkpoint_open(r->sim->grid->comm, path, &file));
    for (int f = 0; f < state->n; f++)
        if (weft_state_keeps(&state->field[f]))
            run_must(weft_file_get_field(file, state, &state->field[f]));
    if (r->sim->model->load)
        run_must(r->sim->model->load(r->sim, file));
    run_must(weft_file_close(file));
    if (r->sim->model->begin)
        run_must(r->sim->model->begin(r->sim));
}

/* Stopped at a step between two records, and resumed: the same bits as without. */
static inline void front_test_resume(const char *text, const char *name)
{
    static double values[2][FRONT_MOST];
    int rank, size, first = (FRONT_STOP / FRONT_EVERY + 1) * FRONT_EVERY;
    char path[128];
    test_run whole, part;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    snprintf(path, sizeof path, "%s-resume-%d.h5", name, size);
    front_open(&whole, MPI_COMM_WORLD, text);
    front_open(&part, MPI_COMM_WORLD, text);
    int n = front_advance(&whole, 0, FRONT_STEPS, values[0]);
    front_advance(&part, 0, FRONT_STOP, values[1]);
    run_to(&part, FRONT_STOP * part.dt);
    front_save(&part, path);
    run_close(&part);
    front_open(&part, MPI_COMM_WORLD, text);
    front_load(&part, path, FRONT_STOP);
    CHECK(front_advance(&part, first, FRONT_STEPS, values[1]) == n);
    CHECK(front_difference(&whole, &part) == 0.0);
    CHECK(memcmp(values[0], values[1], (size_t)n * sizeof(double)) == 0);
    run_close(&whole);
    run_close(&part);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        remove(path);
}

static inline void front_test_memory(const char *text)
{
    static double values[FRONT_MOST];
    test_run r;
    front_open(&r, MPI_COMM_WORLD, text);
    front_advance(&r, 0, FRONT_EVERY, values);
    int64_t calls = weft_memory_calls();
    for (int i = 0; i < 20; i++)
        run_step(&r, 1e9);
    CHECK(weft_memory_calls() == calls);
    run_close(&r);
}

#endif
