/* Reductions of series for scans (src/scan/derive.c): names, refusals, and values of given
 * records. */
#include "scans.h"

#define SCAN "base: base.yaml\naxes: {kuramoto.coupling: {values: [1, 2]}}\nderive: "

static void values(test_scan *t)
{
    static const double width2[] = {4, NAN, 1};
    scan_must(scan_load(t, SCAN "[last(mean), max(mean), min(mean), mean(mean), last(width2), "
                                "saturation]\n"));
    scan_outcome(t);
    for (int i = 0; i < 3; i++) {
        t->outcome.values[i] = 3 - i;
        t->outcome.values[3 + i] = width2[i];
    }
    t->outcome.values[1] = -5;
    ens_outcome_layout *layout =
        ens_outcome_layout_read(t->outcome.layout.data, t->outcome.layout.n);
    scan_entry e = {.state = SCAN_DONE, .layout = layout, .values = t->outcome.values};
    const scan_derive *d = t->scan->derive;
    CHECK(t->scan->n_derives == 6);
    CHECK_TEXT(d[0].name, "last_mean");
    CHECK(scan_derived_value(&d[0], &e) == 1 && scan_derived_value(&d[1], &e) == 3);
    CHECK(scan_derived_value(&d[2], &e) == -5);
    CHECK_NEAR(scan_derived_value(&d[3], &e), -2, 1e-15); /* of the times 1 and 2 */
    CHECK(scan_derived_value(&d[4], &e) == 1 && isnan(scan_derive_error(d[4].name, &e)));
    CHECK_TEXT(d[5].written, "width2");
    e.n_derived = 1;
    e.derived = &(scan_error){"last_mean", 0.25};
    CHECK(scan_derive_error(d[0].name, &e) == 0.25);
    ens_outcome_layout_free(layout);
}

static void refused(test_scan *t, const char *list, const char *message)
{
    char text[512];
    snprintf(text, sizeof text, SCAN "%s\n", list);
    CHECK(scan_load(t, text) == WEFT_INPUT);
    if (!strstr(weft_error_message(), message))
        fprintf(stderr, "got: %s\n", weft_error_message());
    CHECK(strstr(weft_error_message(), message) != NULL);
    weft_error_clear();
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_scan t;
    scan_begin(&t);
    values(&t);
    refused(&t, "last(skewness)", "last needs the observable skewness; list it under collect");
    refused(&t, "lost(mean)", "unknown reduction 'lost'; did you mean 'last'?");
    refused(&t, "saturation(mean)", "saturation takes no argument");
    refused(&t, "last", "which observable? Write last(NAME)");
    refused(&t, "[last(mean), last(mean)]", "'last(mean)' is listed twice");
    refused(&t, "last(height_pdf)", "needs an observable of a single number");
    scan_end(&t);
    return check_end();
}
