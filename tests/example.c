/* The example of docs/dev/extending.md: a mode decays at the rate of the discrete operator. */
#include "check.h"
#include "weft/run.h"
#include "weft/weft.h"

static const char text[] = "model: heat\n"
                           "grid: {n: [64], length: [64.0]}\n"
                           "heat: {diffusion: 0.5}\n"
                           "initial: {type: wave}\n"
                           "time: {dt: 0.25, end: 100.0}\n";

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    weft_input *input = NULL;
    weft_sim *sim = NULL;
    void *data = NULL;
    CHECK(weft_input_load("heat.yaml", text, 0, NULL, &input) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    CHECK(weft_sim_create(MPI_COMM_WORLD, input, &sim) == WEFT_OK);
    CHECK(weft_sim_start(sim, input, 0, true) == WEFT_OK);
    CHECK(input->stepper->setup(sim, 0.25, &data) == WEFT_OK);
    double dt = 0.25, largest, expected = 1;
    for (int i = 0; i < 400; i++) {
        input->stepper->step(sim, data, &dt);
        expected *= 1 - 0.25 * 0.5 * (2 - 2 * cos(2 * M_PI / 64));
    }
    sim->model->observables[0].compute(sim, 0, &largest);
    CHECK_NEAR(largest, expected, 1e-13);
    input->stepper->destroy(sim, data);
    weft_sim_free(sim);
    weft_input_free(input);
    return check_end();
}
