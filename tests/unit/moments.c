/* The earlier times that observables remember (src/run/moments.c): in the order of time, due once
 * each, refused where the run does not come to them; after a restart those before are skipped. */
#include "check.h"
#include "run/parts.h"

static weft_status make(const char *list, weft_input **input, run_member **m)
{
    char text[512];
    snprintf(text, sizeof text,
             "model: reaction_lattice\ngrid: {n: [8]}\n"
             "reaction_lattice: {species: [A], hopping: 1}\n"
             "initial: {type: random, density: 0.5}\n"
             "time: {end: 4}\nobserve: {every: 1, list: [%s]}\n",
             list);
    CHECK(weft_input_load("test.yaml", text, 0, NULL, input) == WEFT_OK);
    weft_status status = run_member_create(MPI_COMM_SELF, *input, m);
    if (status == WEFT_OK)
        status = run_member_start(*m, 0);
    return status;
}

static void in_order(void)
{
    weft_input *input;
    run_member *m;
    CHECK(make("density, autocorrelation(2), autocorrelation(0.5), autocorrelation(3)", &input,
               &m) == WEFT_OK);
    CHECK(m->moments.n == 3);
    CHECK(run_moments_time(m) == 0.5 && !run_moments_due(m));
    m->sim->time = 0.5;
    CHECK(run_moments_due(m) && run_moments_remember(m) == WEFT_OK);
    CHECK(run_moments_time(m) == 2 && !run_moments_due(m));
    m->sim->time = 3.5; /* a restart */
    run_moments_skip(m);
    CHECK(isinf(run_moments_time(m)) && !run_moments_due(m));
    run_member_free(m);
    weft_input_free(input);
}

static void refused(void)
{
    weft_input *input;
    run_member *m;
    CHECK(make("autocorrelation(4.5)", &input, &m) == WEFT_INPUT);
    CHECK_TEXT(weft_error_message(), "test.yaml:6: observe.list: autocorrelation(4.5): the time "
                                     "must lie between 0 and time.end, 4");
    weft_error_clear();
    weft_input_free(input);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    in_order();
    refused();
    return check_end();
}
