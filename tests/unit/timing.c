/* The time step (src/run/timing.c): a chosen one divides all intervals and is the longest that
 * does so within the model's limit; a given one is refused where it is unstable. */
#include "check.h"
#include "run/parts.h"
#include <stdlib.h>

/* kuramoto with coupling 1 and no noise wants steps of at most 0.1/coupling. */
static const double limit = 0.1;

static weft_status choose(const char *start, const char *end, const char *every, const char *dt,
                          run_timing *out)
{
    char text[512];
    weft_input *input = NULL;
    weft_sim *sim = NULL;
    snprintf(text, sizeof text,
             "model: kuramoto\ngrid: {n: 8}\ninitial: {type: flat}\n"
             "time: {start: %s, end: %s, dt: %s, stepper: rk4}\nobserve: {every: %s}\n",
             start, end, dt, every);
    CHECK(weft_input_load("test.yaml", text, 0, NULL, &input) == WEFT_OK);
    CHECK(weft_sim_create(MPI_COMM_SELF, input, &sim) == WEFT_OK);
    CHECK(weft_sim_start(sim, input, 0, true) == WEFT_OK);
    weft_status status = run_timing_make(input, sim, out);
    weft_sim_free(sim);
    weft_input_free(input);
    return status;
}

static void check_choice(const char *start, const char *end, const char *every, double divisor)
{
    run_timing t;
    CHECK(choose(start, end, every, "auto", &t) == WEFT_OK);
    double parts = divisor / t.dt;
    CHECK(t.chosen && t.dt <= limit * (1 + 1e-12));
    CHECK_NEAR(parts, nearbyint(parts), 1e-9);
    CHECK(parts < 1.5 || divisor / (nearbyint(parts) - 1) > limit);
    CHECK_NEAR((double)t.steps * t.dt, atof(end), 1e-9 * atof(end));
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    run_timing t;
    check_choice("0", "1", "0.25", 0.25);
    check_choice("0", "1", "0.3", 0.1);
    check_choice("0", "12", "8", 4);
    check_choice("0", "1", "0.05", 0.05);
    check_choice("0", "0.7", "0.7", 0.7);
    check_choice("0.31", "1", "0.25", 0.01); /* a run begins on a step */
    check_choice("7.7", "10", "1", 0.1);
    CHECK(choose("0", "1", "0.33333", "auto", &t) == WEFT_INPUT); /* the divisor is 1e-5 */
    CHECK(strstr(weft_error_message(), "time.dt: auto finds no step that divides end") != NULL);
    weft_error_clear();
    CHECK(choose("0", "1", "0.5", "0.125", &t) == WEFT_OK);
    CHECK(!t.chosen && t.dt == 0.125 && t.steps == 8);
    CHECK(choose("0", "2", "1", "1", &t) == WEFT_INPUT); /* 2.78/4 is the limit of rk4 */
    CHECK(strstr(weft_error_message(), "1 is unstable with rk4 on this grid; the limit is 0.695"));
    weft_error_clear();
    CHECK(choose("0", "1", "0.5", "0.3", &t) == WEFT_INPUT); /* 1 is no whole number of steps */
    weft_error_clear();
    return check_end();
}
