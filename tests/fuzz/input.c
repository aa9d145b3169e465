/* Whole inputs: YAML reader, schema, plans of all models, reactions, formulas. Any bytes are
 * accepted or refused with a message; what is accepted has a resolved form that is accepted again
 * and resolves to itself; no memory is left behind. */
#include "weft/input.h"
#include "fuzz.h"

static weft_status load(const char *text, weft_input **in)
{
    return weft_input_load("fuzz.yaml", text, 0, NULL, in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t before = weft_memory_blocks();
    weft_log_setup(0, WEFT_QUIET);
    char *text = fuzz_text(data, size);
    weft_input *in, *again;
    weft_status status = load(text, &in);
    fuzz_check_error(status);
    FUZZ_MUST((status == WEFT_OK) == (in != NULL));
    if (in) {
        char *yaml = weft_params_yaml(in->params);
        status = load(yaml, &again);
        if (status != WEFT_OK)
            fprintf(stderr, "%s\n%s\n", weft_error_message(), yaml);
        FUZZ_MUST(status == WEFT_OK);
        char *twice = weft_params_yaml(again->params);
        FUZZ_MUST(strcmp(yaml, twice) == 0);
        weft_free(yaml);
        weft_free(twice);
        weft_input_free(in);
        weft_input_free(again);
    }
    weft_free(text);
    FUZZ_MUST(weft_memory_blocks() == before);
    return 0;
}
