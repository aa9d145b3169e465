/* Inputs: from the text of a file to checked parameters, a model and a stepper that fit each other.
 */
#ifndef WEFT_INPUT_H
#define WEFT_INPUT_H

#include "weft/declare.h"
#include "weft/model.h"
#include "weft/stepper.h"

WEFT_DECLARE_BEGIN

/* A checked input: what the user wrote, and what it means. */
typedef struct weft_input {
    char *path; /* as given */
    weft_document *document;
    weft_params *params;
    const weft_model *model;
    const weft_stepper *stepper;
    const weft_initial *initial; /* NULL: type file */
    weft_initial open_initial;   /* an initial state that takes any key, with the table of those */
    weft_param *open_table;      /* that are written; NULL: it takes none */
    int dim;
    int64_t n[3];     /* slowest axis first, dim entries */
    double length[3]; /* likewise; n for lattice models */
    weft_plan plan;
} weft_input;

/* Parse and check an input completely: the model's plan, the stepper's needs, every key. Errors:
 * WEFT_INPUT. Local and deterministic. */
weft_status weft_input_load(const char *path, const char *text, int n_overrides,
                            const char *const *overrides, weft_input **out);
void weft_input_free(weft_input *input);

/* Make the input that it would be with one more override for each of n numbers, as by
 * weft_params_vary. False where that is not possible in place (the reasons given there; or the
 * model then refuses the parameters or wants another stepper): load the input with the overrides.
 * Local. */
bool weft_input_vary(weft_input *input, int n, const char *const *sections,
                     const char *const *names, const char *const *texts);

/* The schema of an input for a model with a stepper (NULL: the first of the model's defaults) and
 * an initial state (NULL: none). The keys of all others are noted in it as other tables. Local. */
void weft_input_schema(const weft_model *model, const weft_stepper *stepper,
                       const weft_initial *initial, weft_schema *schema);

WEFT_DECLARE_END

#endif
