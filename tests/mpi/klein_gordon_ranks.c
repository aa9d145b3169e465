/* Klein-Gordon fields do not depend on the number of ranks: finite differences to the bit, spectral
 * ones to 1e-12 after 100 steps; observables with them. Finishing a step early changes nothing. */
#include "run.h"

static const char *const cases[] = {
    /* finite differences: equal to the bit */
    "grid: {n: [67], length: [30.0]}\n"
    "klein_gordon: {potential: phi4, laplacian: fd8, boundary: antiperiodic}\n"
    "initial: {type: kink, velocity: 0.4, center: 1.3}\n"
    "time: {stepper: verlet, dt: 0.1, end: 10}\n",

    "grid: {n: [64], length: [60.0]}\n"
    "klein_gordon: {potential: sine_gordon, laplacian: fd4, winding: 1, damping: 0.1}\n"
    "initial: {type: kink, velocity: 0.5}\n"
    "time: {stepper: yoshida4, form: position, dt: 0.1, end: 10}\n",

    "grid: {n: [33, 38], length: [20.0, 24.0]}\n"
    "klein_gordon: {potential: phi4, laplacian: fd6, boundary: [absorbing, neumann], "
    "sponge_width: 5}\n"
    "initial: {type: ring, radius: 6}\n"
    "time: {stepper: verlet, dt: 0.1, end: 10}\n",

    "grid: {n: [17, 19, 16], length: [10.0, 11.0, 12.0]}\n"
    "klein_gordon: {potential: phi6, laplacian: fd4, boundary: [dirichlet, periodic, neumann]}\n"
    "initial: {type: random, amplitude: 0.4, k_max: 3}\n"
    "time: {stepper: yoshida6, dt: 0.05, end: 5}\n",

    "grid: {n: [21, 18], length: [10.0, 11.0]}\n"
    "klein_gordon: {potential: polynomial, components: 2, coefficients: [0, 0, 0.5, 0, 0.25], "
    "laplacian: fd2}\n"
    "initial: {type: gaussian, width: 2, rotation: 0.7}\n"
    "time: {stepper: rk4, dt: 0.05, end: 5}\n",

    /* in a bath */
    "grid: {n: [23, 18], length: [10.0, 11.0]}\n"
    "klein_gordon: {potential: phi4, laplacian: fd4, boundary: [neumann, antiperiodic], damping: "
    "0.3, temperature: [0, 0.5, 3, 0.1]}\n"
    "initial: {type: random, amplitude: 0.4, k_max: 3}\n"
    "time: {stepper: baoab, dt: 0.05, end: 5}\n",

    "grid: {n: [130], length: [65.0]}\n"
    "klein_gordon: {potential: sine_gordon, laplacian: fd2, winding: 1, damping: 0.3, temperature: "
    "2}\n"
    "initial: {type: kink}\n"
    "time: {stepper: verlet_ou, dt: 0.05, end: 5}\n",

    "grid: {n: [9, 12, 14], length: [4.0, 5.0, 6.0]}\n"
    "klein_gordon: {potential: polynomial, components: 2, coefficients: [0, 0, 0.5, 0, 0.25], "
    "laplacian: fd6, damping: 1, temperature: 0.2}\n"
    "initial: {type: gaussian, width: 2}\n"
    "time: {stepper: overdamped, dt: 0.005, end: 5}\n",

    "grid: {n: [65], length: [30.0]}\n"
    "klein_gordon: {potential: phi4, boundary: antiperiodic, damping: 0.2, temperature: 0.1}\n"
    "initial: {type: kink, velocity: 0.2}\n"
    "time: {stepper: split4, dt: 0.1, end: 10}\n",

    "grid: {n: [13, 14, 15], length: [10.0, 11.0, 12.0]}\n"
    "klein_gordon: {potential: polynomial, components: 2, coefficients: [0, 0, 0.5, 0, 0.25], "
    "boundary: [periodic, dirichlet, neumann], damping: 0.2, temperature: 0.1}\n"
    "initial: {type: gaussian, amplitude: 0.5, width: 3, rotation: 0.5}\n"
    "time: {stepper: strang, dt: 0.05, end: 5}\n",

    "grid: {n: [15, 9, 12], length: [10.0, 11.0, 12.0]}\n"
    "klein_gordon: {potential: phi4, damping: 1, temperature: 0.1}\n"
    "initial: {type: bubble, width: 3}\n"
    "time: {stepper: baoab, dt: 0.05, end: 5}\n",

    /* spectral */
    "grid: {n: [67], length: [30.0]}\n"
    "klein_gordon: {potential: phi4}\n"
    "initial: {type: kink_antikink, velocity: 0.2, separation: 12}\n"
    "time: {stepper: strang, dt: 0.1, end: 10}\n",

    "grid: {n: [65], length: [30.0]}\n"
    "klein_gordon: {potential: phi4, boundary: antiperiodic, damping: 0.05}\n"
    "initial: {type: kink, velocity: 0.2}\n"
    "time: {stepper: split4, dt: 0.1, end: 10}\n",

    "grid: {n: [65], length: [40.0]}\n"
    "klein_gordon: {potential: sine_gordon, winding: 1}\n"
    "initial: {type: kink, velocity: 0.2}\n"
    "time: {stepper: split6, dt: 0.1, end: 10}\n",

    "grid: {n: [33, 30], length: [20.0, 24.0]}\n"
    "klein_gordon: {potential: double_sine_gordon, eta: 0.5, boundary: [neumann, periodic], "
    "dealias: 2/3}\n"
    "initial: {type: random, amplitude: 1, k_max: 4}\n"
    "time: {stepper: strang, dt: 0.05, end: 5}\n",

    "grid: {n: [15, 9, 12], length: [10.0, 11.0, 12.0]}\n"
    "klein_gordon: {potential: phi4, dealias: 1/2}\n"
    "initial: {type: bubble, width: 3}\n"
    "time: {stepper: verlet, dt: 0.05, end: 5}\n",

    "grid: {n: [13, 14, 15], length: [10.0, 11.0, 12.0]}\n"
    "klein_gordon: {potential: polynomial, components: 2, coefficients: [0, 0, 0.5, 0, -0.25], "
    "boundary: [periodic, dirichlet, neumann]}\n"
    "initial: {type: gaussian, amplitude: 0.5, width: 3, rotation: 0.5}\n"
    "time: {stepper: strang, dt: 0.05, end: 5}\n",

    /* pencils on more ranks than the slowest axis has points; the last one on 3 ranks leaves one
     * without modes */
    "grid: {n: [2, 7, 9], length: [3.0, 11.0, 12.0]}\n"
    "klein_gordon: {potential: phi4, dealias: 2/3}\n"
    "initial: {type: random, amplitude: 1, k_max: 4}\n"
    "time: {stepper: split4, dt: 0.05, end: 5}\n",

    "grid: {n: [3, 8, 8], length: [3.0, 8.0, 8.0]}\n"
    "klein_gordon: {potential: sine_gordon, boundary: [neumann, antiperiodic, dirichlet]}\n"
    "initial: {type: random, amplitude: 1, k_max: 4}\n"
    "time: {stepper: verlet, dt: 0.05, end: 5}\n",

    "grid: {n: [2, 5, 2], length: [2.0, 5.0, 2.0]}\n"
    "klein_gordon: {potential: polynomial, components: 2, coefficients: [0, 0, 0.5, 0, 0.25], "
    "boundary: [dirichlet, neumann, neumann]}\n"
    "initial: {type: random, amplitude: 1, k_max: 4}\n"
    "time: {stepper: strang, dt: 0.05, end: 5}\n",
};

static const char *const observables[] = {
    "energy",     "energy_kinetic", "energy_gradient",     "energy_potential", "momentum",
    "charge",     "phi_max",        "phi_center",          "center_of_energy", "kink_positions(6)",
    "wall_area",  "kinks",          "temperature_kinetic", "shannon",          "renyi(0.5)",
    "tsallis(2)", "histogram(10)"};

static void start(test_run *r, MPI_Comm comm, const char *text)
{
    char whole[2048];
    snprintf(whole, sizeof whole, "model: klein_gordon\n%s", text);
    run_start(r, comm, whole);
}

static bool applies(test_run *r, const char *name)
{
    const weft_observable *row;
    double argument;
    weft_axis axes[WEFT_MAX_SHAPE] = {{{0}, 0, NULL, NULL, NULL}};
    run_must(weft_observable_find(r->input->model, r->input->params, name, &row, &argument));
    bool good = !row->check || row->check(r->sim, argument) == WEFT_OK;
    good = good && (!row->shape || row->shape(r->sim, argument, axes) == WEFT_OK);
    for (int a = 0; a < WEFT_MAX_SHAPE; a++)
        weft_free(axes[a].values);
    weft_error_clear();
    return good;
}

static void compare_observables(test_run *all, test_run *one, bool bits)
{
    for (size_t i = 0; i < sizeof observables / sizeof *observables; i++) {
        double a[16] = {0}, b[16] = {0};
        /* derivatives between walls are refused where a rank has fewer points than their stencil */
        if (!applies(one, observables[i]) || !applies(all, observables[i]))
            continue;
        run_get(all, observables[i], a);
        run_get(one, observables[i], b);
        double scale = 1e-3;
        for (int j = 0; j < 16; j++)
            scale = fmax(scale, fabs(b[j]));
        for (int j = 0; j < 16; j++) {
            bool same = bits ? memcmp(&a[j], &b[j], sizeof a[j]) == 0
                             : fabs(a[j] - b[j]) <= 1e-10 * scale || (isnan(a[j]) && isnan(b[j]));
            if (!same)
                fprintf(stderr, "%s: %.17g on all ranks, %.17g on one\n", observables[i], a[j],
                        b[j]);
            CHECK(same);
        }
    }
}

static void compare(const char *text)
{
    test_run all, one;
    start(&all, MPI_COMM_WORLD, text);
    start(&one, MPI_COMM_SELF, text);
    bool bits = strstr(text, "laplacian: fd") != NULL;
    for (int s = 0; s < 100; s++) {
        run_step(&all, 1e9);
        run_step(&one, 1e9);
        if (s % 7 == 3)
            run_sync(&all);
    }
    for (int f = 0; f < 2; f++)
        for (int c = 0; c < one.sim->state->field[f].spec.components; c++) {
            const char *name = one.sim->state->field[f].spec.name;
            double *a = run_field(&all, name, c), *b = run_field(&one, name, c);
            int64_t n = weft_grid_sites(one.sim->grid);
            double worst = 0, scale = 0;
            for (int64_t i = 0; i < n; i++) {
                worst = fmax(worst, fabs(a[i] - b[i]));
                scale = fmax(scale, fabs(b[i]));
                CHECK(isfinite(a[i]) && isfinite(b[i]));
            }
            /* without inertia pi is zero */
            CHECK(scale > 1e-3 || (f == 1 && strstr(text, "overdamped")));
            if (bits || one.sim->grid->size == all.sim->grid->size)
                CHECK(memcmp(a, b, (size_t)n * sizeof *a) == 0);
            else
                CHECK_NEAR(worst / scale, 0, 1e-12);
            weft_free(a);
            weft_free(b);
        }
    compare_observables(&all, &one, bits);
    run_close(&all);
    run_close(&one);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int before = check_failed;
        compare(cases[i]);
        if (check_failed > before)
            fprintf(stderr, "in the case\n%s\n", cases[i]);
    }
    return check_end();
}
