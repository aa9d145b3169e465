/* Reaction lattices after a checkpoint: the same bits as without, on as many ranks or on one, for
 * every method; no memory is taken in the time loop.
 *
 * The reference goes on without a stop. Bits are compared and not means: the noise of a site is
 * named by time and place, so that a stop leaves no trace at all, or there is a fault. */
#include "reaction.h"
#include "scratch.h"
#include "weft/io.h"
#include "weft/memory.h"

static void save(lattice *l, const char *path)
{
    weft_file *file;
    weft_state *state = l->sim->state;
    CHECK(weft_checkpoint_begin(l->sim->grid->comm, path, &file) == WEFT_OK);
    CHECK(weft_file_put_field(file, state, &state->field[0]) == WEFT_OK);
    CHECK(l->sim->model->save(l->sim, file) == WEFT_OK);
    CHECK(weft_checkpoint_commit(file) == WEFT_OK);
}

static void load(lattice *l, const char *path, double time)
{
    weft_file *file;
    weft_state *state = l->sim->state;
    CHECK(weft_sim_start(l->sim, l->input, 2, false) == WEFT_OK);
    l->sim->time = time;
    CHECK(weft_checkpoint_open(l->sim->grid->comm, path, &file) == WEFT_OK);
    CHECK(weft_file_get_field(file, state, &state->field[0]) == WEFT_OK);
    CHECK(l->sim->model->load(l->sim, file) == WEFT_OK);
    CHECK(weft_file_close(file) == WEFT_OK);
    CHECK(l->sim->model->begin(l->sim) == WEFT_OK);
}

static void same(const lattice *a, const lattice *b)
{
    size_t n = (size_t)weft_grid_sites(a->sim->grid);
    uint8_t *s = malloc(n), *t = malloc(n);
    for (int c = 0; c < a->input->plan.field[0].components; c++) {
        lattice_component(a, c, s);
        lattice_component(b, c, t);
        CHECK(memcmp(s, t, n) == 0);
    }
    free(s);
    free(t);
}

/* A sweep that stops in the middle, as a run between two records does. */
static void part(lattice *l, double target)
{
    double dt = target - l->sim->time;
    CHECK(l->sim->model->families.sweep(l->sim, &dt) == WEFT_OK);
    l->sim->time += dt;
}

static void resume(const char *n, const char *model)
{
    lattice straight, again, one;
    const char *start = "{type: random, density: 0.2}";
    double events[2][40], profile[2][256];
    bool places = strstr(model, "event_profile") != NULL;
    CHECK(lattice_make(MPI_COMM_WORLD, n, model, start, 9, &straight) == WEFT_OK);
    CHECK(lattice_make(MPI_COMM_WORLD, n, model, start, 9, &again) == WEFT_OK);
    CHECK(lattice_make(MPI_COMM_SELF, n, model, start, 9, &one) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    lattice_restart(&straight, 2);
    CHECK(lattice_advance(&straight, 1.5) == WEFT_OK);
    part(&straight, 6.0);
    double time = straight.sim->time;
    const char *path = scratch_path("resume.h5");
    save(&straight, path);
    int64_t calls = weft_memory_calls();
    CHECK(lattice_advance(&straight, 6.0) == WEFT_OK);
    CHECK(weft_memory_calls() == calls);
    lattice_observe(&straight, "events", events[0]);
    load(&again, path, time);
    CHECK(lattice_advance(&again, 6.0) == WEFT_OK);
    same(&straight, &again);
    lattice_observe(&again, "events", events[1]);
    for (int e = 0; e < 5; e++)
        CHECK(events[0][e] == events[1][e]);
    load(&one, path, time);
    CHECK(lattice_advance(&one, 6.0) == WEFT_OK);
    if (places) {
        lattice_observe(&again, "event_profile_death", profile[0]);
        lattice_observe(&one, "event_profile_death", profile[1]);
        CHECK(memcmp(profile[0], profile[1], 60 * sizeof(double)) == 0);
        lattice_observe(&straight, "event_profile_death", profile[1]);
        CHECK(memcmp(profile[0], profile[1], 60 * sizeof(double)) == 0);
    }
    same(&straight, &one);
    lattice_free(&straight);
    lattice_free(&again);
    lattice_free(&one);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    scratch_make();
    resume("[48, 60]", LOTKA_VOLTERRA);
    resume("[48, 60]", "  capacity: {first: 2, second: 4, period: 3}\n" LOTKA_VOLTERRA);
    resume("[48, 60]", LOTKA_VOLTERRA "observe: {list: [event_profile_death]}\n");
    resume("[64, 64]", "  clock: mcs\n  update: sublattice\n" LOTKA_VOLTERRA
                       "observe: {list: [event_profile_death]}\n");
    resume("[16, 256]", "  method: fast\n  tau: 0.02\n" LOTKA_VOLTERRA);
    resume("[40, 36]", "  capacity: 0\n  method: rdme\n" LOTKA_VOLTERRA);
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (size == 1)
        resume("[40, 36]", "  clock: mcs\n" LOTKA_VOLTERRA);
    scratch_remove();
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}
