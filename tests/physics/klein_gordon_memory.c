/* What a Klein-Gordon run takes: memory, allocations in the time loop. */
#include "run.h"

/* Beyond FFTW's two buffers (its own and the one it transforms in place each step): phi, pi and the
 * tables, two values for each mode with k_y >= 0. */
static void memory(void)
{
    int64_t before = weft_memory_bytes();
    test_run r;
    run_open(&r, "model: klein_gordon\ngrid: {n: [64, 64, 64], length: [20.0, 20.0, 20.0]}\n"
                 "klein_gordon: {potential: phi4}\ninitial: {type: bubble}\n"
                 "time: {stepper: strang, dt: 0.1, end: 10}\n");
    double array = 8.0 * 64 * 64 * 66; /* real array with the transform's padding */
    double arrays = (double)(weft_memory_bytes() - before) / array;
    printf("strang in 3D holds %.3f arrays\n", arrays);
    CHECK(arrays - 2 < 2.7);
    run_value(&r, "energy");
    int64_t calls = weft_memory_calls();
    run_to(&r, 1);
    run_value(&r, "energy");
    CHECK(weft_memory_calls() == calls);
    run_close(&r);
    CHECK(weft_memory_bytes() == before);
}

static void no_allocation(const char *model, const char *stepper)
{
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [24, 24], length: [20.0, 20.0]}\n"
             "klein_gordon: %s\ninitial: {type: gaussian}\n"
             "time: {stepper: %s, dt: 0.05, end: 10}\n",
             model, stepper);
    run_to(&r, 0.2);
    int64_t calls = weft_memory_calls();
    run_to(&r, 1);
    CHECK(weft_memory_calls() == calls);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    memory();
    no_allocation("{potential: phi4, laplacian: fd4, boundary: absorbing, sponge_width: 3}",
                  "yoshida6");
    no_allocation("{potential: sine_gordon, dealias: 2/3}", "verlet");
    no_allocation("{potential: sine_gordon}", "rk4");
    no_allocation("{potential: phi4, components: 2, damping: 0.1}", "split6");
    return check_end();
}
