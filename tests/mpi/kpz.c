/* KPZ: equal fields and observables on any number of ranks (to the bit for lattice schemes, to
 * rounding for the spectral one), and the same bits after a resume, for every scheme and
 * dimension. */
#include "run.h"
#include "weft/io.h"

enum { STEPS = 105 };

static const char *const everything =
    "[mean, width2, moment3, moment4, velocity, centre, height_pdf, correlation, covariance";

typedef struct setting {
    const char *grid, *own, *stepper, *initial;
    const char *further; /* further observables */
    bool spectral;
} setting;

static const setting settings[] = {
    {"n: 203, length: 100", "{lambda: 1, noise: 0.2, disorder_type: gaussian, disorder: 0.3}",
     "leimkuhler_matthews", "{type: flat}", ", gradient2", false},
    {"n: [14, 70], length: [14, 35]", "{lambda: -2, noise: 0.1, scheme: standard, clip: 2}", "heun",
     "{type: wedge, slope: -0.2}", ", gradient2", false},
    {"n: [9, 8, 10], length: [9, 8, 10]", "{lambda: 1, noise: 0.1, tilt: 0.1}", "sra1",
     "{type: random}", "", false},
    {"n: 128, length: 64", "{lambda: 2, noise: 0.3, tilt: 0.2, scheme: spectral}", "etd_heun",
     "{type: stationary}", ", structure_factor", true},
    {"n: [16, 24], length: [8, 12]",
     "{lambda: 2, noise: 0.3, scheme: spectral, disorder_type: uniform, disorder: 0.3}", "etd_heun",
     "{type: flat}", ", structure_factor_log", true},
};

static void open(test_run *r, MPI_Comm comm, const setting *s)
{
    run_open_on(r, comm,
                "model: kpz\ngrid: {%s}\nkpz: %s\ninitial: %s\n"
                "observe: {list: %s%s]}\ntime: {end: 100, dt: 0.02, stepper: %s}\n",
                s->grid, s->own, s->initial, everything, s->further, s->stepper);
    run_replica(r, 3);
}

/* All observables of the list, one after the other. */
static int observe(test_run *r, double *out)
{
    const weft_section *list = weft_params_section(r->input->params, "observe");
    int n = 0;
    for (int i = 0; i < weft_list_size(list, "list"); i++) {
        const char *name = weft_get_text_at(list, "list", i);
        const weft_observable *row;
        double argument;
        weft_axis axes[WEFT_MAX_SHAPE];
        run_must(weft_observable_find(r->input->model, r->input->params, name, &row, &argument));
        run_get(r, name, out + n);
        int64_t count = 1;
        if (row->shape) {
            row->shape(r->sim, argument, axes);
            count = axes[0].n;
            weft_free(axes[0].values);
        }
        n += (int)count;
    }
    return n;
}

/* As the loop does: records along the way. */
static void advance(test_run *r, int from, int to, double *values)
{
    for (int step = from; step <= to; step += 15) {
        run_to(r, step * r->dt);
        observe(r, values);
    }
}

/* Largest difference of two runs' heights, over the largest height; 0: the same bits. */
static double difference(test_run *a, test_run *b)
{
    double *x = run_field(a, "height", 0), *y = run_field(b, "height", 0), worst = 0, size = 0;
    for (int64_t i = 0; i < weft_grid_sites(a->sim->grid); i++) {
        worst = fmax(worst, fabs(x[i] - y[i]));
        size = fmax(size, fabs(x[i]));
    }
    CHECK(isfinite(size) && size > 0.1);
    weft_free(x);
    weft_free(y);
    return worst / size;
}

static void test_ranks(const setting *s)
{
    static double values[2][2000];
    const double tolerance = s->spectral ? 1e-12 : 0.0;
    test_run all, one;
    open(&all, MPI_COMM_WORLD, s);
    open(&one, MPI_COMM_SELF, s);
    advance(&all, 0, STEPS, values[0]);
    advance(&one, 0, STEPS, values[1]);
    CHECK_NEAR(difference(&all, &one), 0.0, tolerance);
    int n = observe(&all, values[0]);
    CHECK(observe(&one, values[1]) == n);
    for (int i = 0; i < n; i++)
        CHECK_NEAR(values[0][i], values[1][i], 100 * tolerance * (1e-2 + fabs(values[1][i])));
    run_close(&all);
    run_close(&one);
}

static void save(test_run *r, const char *path)
{
    weft_file *file;
    run_must(weft_checkpoint_begin(r->sim->grid->comm, path, &file));
    run_must(weft_file_put_field(file, r->sim->state, &r->sim->state->field[0]));
    run_must(r->sim->model->save(r->sim, file));
    run_must(weft_checkpoint_commit(file));
}

static void load(test_run *r, const char *path, int64_t step)
{
    weft_file *file;
    run_must(weft_sim_start(r->sim, r->input, 3, false));
    r->sim->step = step;
    r->sim->time = (double)step * r->dt;
    run_must(weft_checkpoint_open(r->sim->grid->comm, path, &file));
    run_must(weft_file_get_field(file, r->sim->state, &r->sim->state->field[0]));
    run_must(r->sim->model->load(r->sim, file));
    run_must(weft_file_close(file));
    if (r->sim->model->begin)
        run_must(r->sim->model->begin(r->sim));
}

/* Stopped at a step between two records, on all ranks; resumed on all ranks. */
static void test_resume(const setting *s, const char *path)
{
    enum { STOP = 37 };
    static double values[2][2000];
    test_run whole, part;
    open(&whole, MPI_COMM_WORLD, s);
    open(&part, MPI_COMM_WORLD, s);
    advance(&whole, 0, STEPS, values[0]);
    advance(&part, 0, 30, values[1]);
    run_to(&part, STOP * part.dt);
    save(&part, path);
    run_close(&part);
    open(&part, MPI_COMM_WORLD, s);
    load(&part, path, STOP);
    advance(&part, 45, STEPS, values[1]);
    CHECK(difference(&whole, &part) == 0.0);
    int n = observe(&whole, values[0]);
    CHECK(observe(&part, values[1]) == n);
    CHECK(memcmp(values[0], values[1], (size_t)n * sizeof(double)) == 0);
    run_close(&whole);
    run_close(&part);
    MPI_Barrier(MPI_COMM_WORLD);
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0)
        remove(path);
}

/* The time loop allocates nothing. */
static void test_memory(const setting *s)
{
    static double values[2000];
    test_run r;
    open(&r, MPI_COMM_WORLD, s);
    advance(&r, 0, 15, values);
    int64_t calls = weft_memory_calls();
    for (int i = 0; i < 20; i++)
        run_step(&r, 100.0);
    CHECK(weft_memory_calls() == calls);
    run_close(&r);
}

int main(int argc, char **argv)
{
    int size;
    char path[64];
    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    snprintf(path, sizeof path, "kpz-resume-%d.h5", size);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        test_ranks(&settings[i]);
        test_resume(&settings[i], path);
        test_memory(&settings[i]);
    }
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}
