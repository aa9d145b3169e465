/* One replica in a test: an input as text, advanced to times of the test's choice, looked at
 * through the model's observables. Everything is collective over MPI_COMM_WORLD. */
#ifndef WEFT_TESTS_RUN_H
#define WEFT_TESTS_RUN_H

#include "check.h"
#include "run/parts.h"
#include "weft/memory.h"
#include "weft/run.h"
#include <stdarg.h>
#include <stdlib.h>

typedef struct test_run {
    weft_input *input;
    weft_sim *sim;
    void *stepper; /* what the stepper keeps */
    double dt;     /* 0: adaptive */
} test_run;

static inline void run_must(weft_status status)
{
    if (status == WEFT_OK)
        return;
    fprintf(stderr, "%s\n", weft_error_message());
    MPI_Abort(MPI_COMM_WORLD, 1);
    exit(1);
}

/* Go to time 0 of a replica. */
static inline void run_replica(test_run *r, uint32_t number)
{
    const weft_stepper *stepper = r->input->stepper;
    if (r->stepper && stepper->destroy)
        stepper->destroy(r->sim, r->stepper);
    r->stepper = NULL;
    run_must(weft_sim_start(r->sim, r->input, number, true));
    if (stepper->setup)
        run_must(stepper->setup(r->sim, r->dt, &r->stepper));
}

/* The step of dt: auto, which depends on the initial state. */
static inline double run_chosen_step(test_run *r)
{
    run_timing timing;
    run_must(weft_sim_start(r->sim, r->input, 0, true));
    run_must(run_timing_make(r->input, r->sim, &timing));
    return timing.dt;
}

static inline void run_open_list(test_run *r, MPI_Comm comm, const char *format, va_list list)
{
    char text[8192];
    int length = vsnprintf(text, sizeof text, format, list);
    if (length >= (int)sizeof text)
        run_must(weft_fail(WEFT_INPUT, "the text of the input is too long"));
    *r = (test_run){0};
    run_must(weft_input_load("test.yaml", text, 0, NULL, &r->input));
    run_must(weft_sim_create(comm, r->input, &r->sim));
    if (r->input->step)
        r->dt = isnan(r->input->step->dt) ? run_chosen_step(r) : r->input->step->dt;
    run_replica(r, 0);
}

/* Replica 0 at time 0. The text is a format: "time: {dt: %g}". */
__attribute__((format(printf, 2, 3))) static inline void run_open(test_run *r, const char *format,
                                                                  ...)
{
    va_list list;
    va_start(list, format);
    run_open_list(r, MPI_COMM_WORLD, format, list);
    va_end(list);
}

/* Likewise on another communicator. */
__attribute__((format(printf, 3, 4))) static inline void run_open_on(test_run *r, MPI_Comm comm,
                                                                     const char *format, ...)
{
    va_list list;
    va_start(list, format);
    run_open_list(r, comm, format, list);
    va_end(list);
}

/* Likewise, the text as it is. */
static inline void run_start(test_run *r, MPI_Comm comm, const char *text)
{
    run_open_on(r, comm, "%s", text);
}

static inline void run_close(test_run *r)
{
    if (r->stepper && r->input->stepper->destroy)
        r->input->stepper->destroy(r->sim, r->stepper);
    weft_sim_free(r->sim);
    weft_input_free(r->input);
    *r = (test_run){0};
}

/* Finish what the stepper left pending: the state is that of sim->time. */
static inline void run_sync(test_run *r)
{
    if (r->input->stepper->sync)
        run_must(r->input->stepper->sync(r->sim, r->stepper));
}

/* One step of the stepper, at most up to time. */
static inline void run_step(test_run *r, double time)
{
    double wanted = time - r->sim->time, dt = r->dt > 0 ? r->dt : wanted;
    run_must(r->input->stepper->step(r->sim, r->stepper, &dt));
    r->sim->step++;
    if (r->dt > 0)
        r->sim->time = (double)r->sim->step * r->dt;
    else
        r->sim->time = dt < wanted ? r->sim->time + dt : time;
    if (r->sim->model->guard)
        run_must(r->sim->model->guard(r->sim));
}

/* Advance to time, for fixed steps to the nearest whole step, and finish what is pending. */
static inline void run_to(test_run *r, double time)
{
    while (r->dt > 0 ? r->sim->time < time - 0.5 * r->dt : r->sim->time < time)
        run_step(r, time);
    run_sync(r);
}

/* All numbers of an observable by its written name, "renyi(2)". */
static inline void run_get(test_run *r, const char *name, double *out)
{
    const weft_observable *row;
    double argument;
    run_must(weft_observable_find(r->input->model, r->input->params, name, &row, &argument));
    run_sync(r);
    if (row->check)
        run_must(row->check(r->sim, argument));
    if (r->input->model->derive)
        run_must(r->input->model->derive(r->sim));
    run_must(row->compute(r->sim, argument, out));
}

/* An observable of one number. */
static inline double run_value(test_run *r, const char *name)
{
    double value;
    run_get(r, name, &value);
    return value;
}

/* All grid values of a component of a field of doubles, x fastest, on every rank: a new array, free
 * with weft_free. */
static inline double *run_field(test_run *r, const char *name, int component)
{
    run_sync(r);
    if (r->input->model->derive)
        run_must(r->input->model->derive(r->sim));
    weft_field *field = weft_state_find(r->sim->state, name);
    if (!field)
        run_must(weft_fail(WEFT_INPUT, "there is no field %s", name));
    double *values = weft_alloc((size_t)weft_grid_sites(r->sim->grid), sizeof *values);
    weft_view view = weft_field_view(r->sim->state, field, component, NULL);
    weft_view_gather(r->sim->grid, &view, values);
    return values;
}

#endif
