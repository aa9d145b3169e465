/* Reaction lattices for tests: from the text of an input to a replica, and on to a time. */
#ifndef WEFT_TESTS_REACTION_H
#define WEFT_TESTS_REACTION_H

#include "check.h"
#include "weft/run.h"
#include <stdlib.h>

typedef struct lattice {
    weft_input *input;
    weft_sim *sim;
} lattice;

/* The model's section is model (indented by two), the rest one line each. NULL sim on failure. */
static inline weft_status lattice_make(MPI_Comm comm, const char *n, const char *model,
                                       const char *initial, int seed, lattice *out)
{
    static char text[16384];
    snprintf(text, sizeof text,
             "model: reaction_lattice\ngrid: {n: %s}\nreaction_lattice:\n%sinitial: %s\n"
             "time: {end: 1e9}\nensemble: {seed: %d}\n",
             n, model, initial, seed);
    *out = (lattice){0};
    weft_status status = weft_input_load("in.yaml", text, 0, NULL, &out->input);
    if (status == WEFT_OK)
        status = weft_sim_create(comm, out->input, &out->sim);
    if (status == WEFT_OK)
        status = weft_sim_start(out->sim, out->input, 0, true);
    return status;
}

/* Likewise on this rank alone, where it has to succeed. */
static inline lattice lattice_open(const char *n, const char *model, const char *initial, int seed)
{
    lattice l;
    CHECK(lattice_make(MPI_COMM_SELF, n, model, initial, seed, &l) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    return l;
}

static inline void lattice_free(lattice *l)
{
    weft_sim_free(l->sim);
    weft_input_free(l->input);
    *l = (lattice){0};
}

/* Start again as another replica. */
static inline void lattice_restart(lattice *l, uint32_t replica)
{
    CHECK(weft_sim_start(l->sim, l->input, replica, true) == WEFT_OK);
}

/* As the time loop does it. */
static inline weft_status lattice_advance(lattice *l, double target)
{
    weft_sim *sim = l->sim;
    while (sim->time < target) {
        double wanted = target - sim->time, dt = wanted;
        WEFT_TRY(sim->model->families.sweep(sim, &dt));
        WEFT_TRY(sim->model->guard(sim));
        sim->time = dt < wanted ? sim->time + dt : target;
        sim->step++;
    }
    return WEFT_OK;
}

/* Likewise from record to record until the model has finished or to the end. True: it finished, and
 * the time is that of the event. */
static inline bool lattice_run(lattice *l, double every, double end)
{
    weft_sim *sim = l->sim;
    for (int64_t record = 0;; record++) {
        double target = fmin((double)record * every, end);
        while (sim->time < target) {
            double wanted = target - sim->time, dt = wanted, event = sim->time;
            if (sim->model->finished(sim, &event)) {
                sim->time = event;
                return true;
            }
            CHECK(sim->model->families.sweep(sim, &dt) == WEFT_OK);
            sim->time = dt < wanted ? sim->time + dt : target;
        }
        if (target >= end)
            return false;
    }
}

static inline double lattice_observe(lattice *l, const char *name, double *out)
{
    const weft_observable *row;
    double argument, one = NAN;
    if (weft_observable_find(l->input->model, l->input->params, name, &row, &argument) != WEFT_OK)
        return NAN;
    return row->compute(l->sim, argument, out ? out : &one) == WEFT_OK ? one : NAN;
}

/* A component of the whole lattice on every rank; as many bytes as sites (numbers modulo 256). */
static inline void lattice_component(const lattice *l, int component, uint8_t *out)
{
    const weft_grid *g = l->sim->grid;
    weft_field *f = weft_state_find(l->sim->state, "species");
    memset(out, 0, (size_t)weft_grid_sites(g));
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++) {
            int64_t at = weft_extent_row(&f->extent, z, y);
            int64_t to = ((g->start[0] + z) * g->n[1] + g->start[1] + y) * g->n[2];
            out[to + g->start[2] + x] = f->spec.element == WEFT_U8
                                            ? weft_field_bytes(f, component)[at + x]
                                            : (uint8_t)weft_field_data(f, component)[at + x];
        }
    MPI_Allreduce(MPI_IN_PLACE, out, (int)weft_grid_sites(g), MPI_BYTE, MPI_BOR, g->comm);
}

static inline void lattice_gather(const lattice *l, uint8_t *out)
{
    lattice_component(l, 0, out);
}

#define LOTKA_VOLTERRA                                                                             \
    "  species: [A, B]\n  hopping: 1.0\n  reactions:\n"                                            \
    "    - {reaction: A -> 0, rate: 0.1, name: death}\n"                                           \
    "    - {reaction: B -> 2 B, rate: 0.5, name: birth}\n"                                         \
    "    - {reaction: A + B -> 2 A, rate: 1.0, name: predation}\n"

#endif
