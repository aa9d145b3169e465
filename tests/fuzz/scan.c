/* Scan files over a fixed base: axes, reductions, refinement. Any bytes are accepted or refused
 * with a message, and no memory is left behind. Scans of more than 300 points are left out: they
 * are right or wrong for the same reasons, and slow. */
#include "fuzz.h"
#include "scan/internal.h"

static const char base[] = "model: kuramoto\n"
                           "grid: {n: [16]}\n"
                           "kuramoto: {coupling: 1.0, noise: 0.1}\n"
                           "initial: {type: flat}\n"
                           "time: {stepper: heun, dt: 0.1, end: 2}\n"
                           "observe: {every: 1, list: [width2, order_parameter]}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t before = weft_memory_blocks();
    weft_log_setup(0, WEFT_QUIET);
    weft_scan *s = weft_alloc(1, sizeof *s);
    s->path = weft_strdup("scan.yaml");
    s->dir = weft_strdup("out/scan");
    s->text = fuzz_text(data, size);
    weft_status status = scan_read(s);
    double points = 1;
    for (int d = 0; d < s->n_dims; d++)
        points *= s->dim_size[d];
    if (status == WEFT_OK && points <= 300) {
        s->base_path = weft_strdup("base.yaml");
        s->base_text = weft_strdup(base);
        status = scan_make_points(s);
    }
    fuzz_check_error(status);
    weft_scan_free(s);
    FUZZ_MUST(weft_memory_blocks() == before);
    return 0;
}
