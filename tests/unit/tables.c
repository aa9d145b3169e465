/* The tables of all models, steppers and initial states: defaults that are valid, conditions on
 * keys that exist, no key twice (what is wrong in a table ends the program), default steppers and
 * observables that exist. */
#include "check.h"
#include "weft/memory.h"
#include "weft/run.h"

static void check_schema(const weft_model *model, const weft_stepper *stepper,
                         const weft_initial *initial)
{
    weft_schema *schema = weft_alloc(1, sizeof *schema);
    weft_document *doc;
    weft_params *params;
    weft_input_schema(model, stepper, initial, schema);
    CHECK(weft_document_parse("empty", "", 0, NULL, &doc) == WEFT_OK);
    CHECK(weft_check(doc, schema, &params) == WEFT_INPUT && !params); /* model: missing */
    CHECK(strncmp(weft_error_message(), "empty:1: model: missing", 23) == 0);
    weft_error_clear();
    weft_document_free(doc);
    weft_free(schema);
}

static void check_names(const weft_model *model, const char *const *names,
                        bool (*exists)(const weft_model *model, const char *name))
{
    for (; *names; names++) {
        if (!exists(model, *names))
            fprintf(stderr, "model %s: there is no %s\n", model->name, *names);
        CHECK(exists(model, *names));
    }
}

static bool is_stepper(const weft_model *model, const char *name)
{
    (void)model;
    return weft_stepper_find(name) != NULL;
}

/* Derived, or a row up to its argument, or of a family by its first part. */
static bool is_observable(const weft_model *model, const char *name)
{
    for (const weft_derived *d = model->derived; d && d->name; d++)
        if (strcmp(d->name, name) == 0)
            return true;
    for (const weft_observable *o = model->observables; o->name; o++) {
        size_t n = strlen(o->name);
        if (strncmp(o->name, name, n) == 0 && (o->family || name[n] == '\0' || name[n] == '('))
            return true;
    }
    return false;
}

int main(void)
{
    int64_t blocks = weft_memory_blocks();
    CHECK(weft_models[0] && weft_steppers[0]);
    for (int m = 0; weft_models[m]; m++) {
        const weft_model *model = weft_models[m];
        for (const weft_observable *o = model->observables; o->name; o++)
            CHECK(!o->family || !o->name[0] || o->member); /* messages name a member */
        CHECK(model->stepper[0]);
        check_names(model, model->stepper, is_stepper);
        check_names(model, model->observe, is_observable);
        for (int s = 0; weft_steppers[s]; s++)
            check_schema(model, weft_steppers[s], NULL);
        for (const weft_initial *i = model->initials; i && i->name; i++)
            check_schema(model, NULL, i);
    }
    CHECK(weft_memory_blocks() == blocks);
    return check_end();
}
