/* Holstein on several ranks: trajectories of the windowed solver with thermal noise are equal to
 * the last bit on any number of ranks, and after a resume; so are Ehrenfest trajectories. */
#include "run.h"
#include "scratch.h"
#include "weft/io.h"

static const char *const langevin =
    "model: holstein\ngrid: {n: [26, 22]}\n"
    "holstein: {coupling: [0, 3.5, 4, 3], elastic: 0.18, mass: 5, damping: 0.2, "
    "temperature: [0, 0.5, 5, 0.2], force_tolerance: 1e-3}\n"
    "initial: {type: random, Q_sd: 3, P_sd: 2}\n"
    "time: {stepper: %s, dt: 0.05, end: 100}\nensemble: {seed: 7}\n";

static const char *const filled = "model: holstein\ngrid: {n: [24, 20]}\n"
                                  "holstein: {coupling: 2, damping: 0.2, temperature: 0.3, "
                                  "next_hopping: 0.2, filling: 0.4, force_tolerance: 1e-3}\n"
                                  "initial: {type: random, Q_sd: 1}\n"
                                  "time: {stepper: %s, dt: 0.05, end: 100}\n";

static const char *const moving =
    "model: holstein\ngrid: {n: [8, 6]}\n"
    "holstein: {coupling: 2, temperature: 0.1, force: dense, dynamics: ehrenfest}\n"
    "initial: {type: random, Q_sd: 1}\n"
    "time: {stepper: %s, dt: 0.05, end: 100}\n";

static void open_on(test_run *r, MPI_Comm comm, const char *format, const char *stepper)
{
    char text[1024];
    snprintf(text, sizeof text, format, stepper);
    run_start(r, comm, text);
}

static void same_field(test_run *a, test_run *b, const char *name)
{
    double *x = run_field(a, name, 0), *y = run_field(b, name, 0);
    int64_t n = weft_grid_sites(a->sim->grid), differ = 0;
    for (int64_t i = 0; i < n; i++)
        differ += memcmp(&x[i], &y[i], sizeof *x) != 0;
    CHECK(differ == 0);
    weft_free(x);
    weft_free(y);
}

/* All ranks together against each rank alone. */
static void against_one(const char *format, const char *stepper, int steps)
{
    test_run all, one;
    open_on(&all, MPI_COMM_WORLD, format, stepper);
    open_on(&one, MPI_COMM_SELF, format, stepper);
    run_to(&all, steps * all.dt);
    run_to(&one, steps * one.dt);
    same_field(&all, &one, "Q");
    same_field(&all, &one, "P");
    same_field(&all, &one, "density");
    double a = run_value(&all, "energy"), b = run_value(&one, "energy");
    if (format == moving)
        CHECK_NEAR(a, b, 1e-10);
    else
        CHECK(a == b);
    CHECK(run_value(&all, "wall_density") == run_value(&one, "wall_density"));
    CHECK_NEAR(run_value(&all, "domain_length"), run_value(&one, "domain_length"), 1e-10);
    run_close(&all);
    run_close(&one);
}

static void save(test_run *r, const char *path)
{
    weft_file *file;
    run_sync(r);
    run_must(weft_checkpoint_begin(MPI_COMM_WORLD, path, &file));
    run_must(weft_file_put_field(file, r->sim->state, weft_state_find(r->sim->state, "Q")));
    run_must(weft_file_put_field(file, r->sim->state, weft_state_find(r->sim->state, "P")));
    run_must(r->input->model->save(r->sim, file));
    run_must(weft_checkpoint_commit(file));
}

static void load(test_run *r, const char *path, int64_t step)
{
    weft_file *file;
    run_must(weft_sim_start(r->sim, r->input, 0, false));
    r->sim->step = step;
    r->sim->time = (double)step * r->dt;
    run_must(weft_checkpoint_open(MPI_COMM_WORLD, path, &file));
    run_must(weft_file_get_field(file, r->sim->state, weft_state_find(r->sim->state, "Q")));
    run_must(weft_file_get_field(file, r->sim->state, weft_state_find(r->sim->state, "P")));
    run_must(r->input->model->load(r->sim, file));
    run_must(weft_file_close(file));
    run_must(r->input->model->begin(r->sim));
}

/* Saved at a step where nothing special happens, taken up again, and compared beyond steps at
 * which radius and order are measured anew. observed: whether the saving run looked at its state
 * just before, which must not matter. */
static void resumed(const char *format, const char *stepper, int at, int steps, bool observed)
{
    test_run through, again;
    const char *path = scratch_path("holstein.h5");
    open_on(&through, MPI_COMM_WORLD, format, stepper);
    run_to(&through, at * through.dt);
    if (observed)
        run_value(&through, "energy");
    save(&through, path);
    run_to(&through, steps * through.dt);
    open_on(&again, MPI_COMM_WORLD, format, stepper);
    load(&again, path, at);
    run_to(&again, steps * again.dt);
    same_field(&through, &again, "Q");
    same_field(&through, &again, "P");
    run_close(&through);
    run_close(&again);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    scratch_make();
    against_one(langevin, "verlet_ou", 40);
    against_one(langevin, "baoab", 10);
    against_one(filled, "verlet_ou", 6);
    against_one(moving, "verlet", 10);
    resumed(langevin, "verlet_ou", 50, 70, true);
    resumed(langevin, "overdamped", 10, 20, false);
    resumed(filled, "verlet_ou", 3, 10, false);
    resumed(moving, "verlet", 5, 10, false);
    scratch_remove();
    return check_end();
}
