/* Overrides (-P): the bytes are lines, each an override of a fixed input. Any lines are accepted or
 * refused with a message, and no memory is left behind. */
#include "fuzz.h"
#include "weft/input.h"

static const char base[] = "model: reaction_lattice\n"
                           "grid: {n: [8, 8]}\n"
                           "reaction_lattice:\n"
                           "  species: [A, B]\n"
                           "  hopping: 1.0\n"
                           "  reactions:\n"
                           "    - {name: birth, reaction: A -> 2 A, rate: 1.0}\n"
                           "    - {name: hunt, reaction: A + B -> 2 B, rate: 0.5}\n"
                           "    - {name: death, reaction: B -> 0, rate: 0.3}\n"
                           "initial: {type: random, density: {A: 0.3, B: 0.3}}\n"
                           "time: {end: 10}\n"
                           "observe: {every: 1, list: [density, density_A]}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 8 };
    const int64_t before = weft_memory_blocks();
    const char *lines[MOST];
    int n = 0;
    weft_log_setup(0, WEFT_QUIET);
    char *text = fuzz_text(data, size), *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line && n < MOST;
         line = strtok_r(NULL, "\n", &rest))
        lines[n++] = line;
    weft_input *in;
    weft_status status = weft_input_load("fuzz.yaml", base, n, lines, &in);
    fuzz_check_error(status);
    weft_input_free(in);
    weft_free(text);
    FUZZ_MUST(weft_memory_blocks() == before);
    return 0;
}
