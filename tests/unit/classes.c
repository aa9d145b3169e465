/* Classes of points of scans (src/scan/rules.c, classes.c, sureness.c, boundaries.c): what rules
 * say of values that are known and not known, which class a point has, how sure it is, where
 * classes meet. */
#include "scan/classes.h"
#include "scans.h"
#include "weft/noise.h"

#define BASE "base: base.yaml\naxes: {kuramoto.coupling: {values: [1, 2]}}\n"

/* Inputs of rules in which only the reductions 0 and 1 have values, and errors of 0.1 and 0.2. */
static scan_truth says(const scan_rule *rule, double a, double b)
{
    double value[SCAN_INPUTS];
    const double *row[SCAN_INPUTS];
    for (int k = 0; k < SCAN_INPUTS; k++) {
        value[k] = NAN;
        row[k] = &value[k];
    }
    value[0] = a;
    value[1] = b;
    value[SCAN_DERIVES] = 0.1;
    value[SCAN_DERIVES + 1] = 0.2;
    value[SCAN_KNOWN] = !isnan(a);
    scan_truth out;
    scan_rule_run(rule, 1, row, &out);
    return out;
}

/* last(mean) is reduction 0, last(width2) reduction 1. */
static scan_rule *rule_of(test_scan *t, const char *text)
{
    char file[1024];
    snprintf(file, sizeof file, BASE "derive: [last(mean), last(width2)]\nclasses: {one: \"%s\"}\n",
             text);
    scan_must(scan_load(t, file));
    CHECK(t->scan->n_derives == 2);
    return t->scan->classes->of[0].rule;
}

/* The logic of Kleene: what is not known counts only where the rest does not decide. */
static void logic(test_scan *t)
{
    const scan_rule *r = rule_of(t, "last(mean) > 1 and last(width2) < 2");
    CHECK(says(r, 2, 1) == SCAN_YES && says(r, 2, 3) == SCAN_NO && says(r, 0, 1) == SCAN_NO);
    CHECK(says(r, 0, NAN) == SCAN_NO && says(r, NAN, 3) == SCAN_NO);
    CHECK(says(r, 2, NAN) == SCAN_UNKNOWN && says(r, NAN, NAN) == SCAN_UNKNOWN);
    r = rule_of(t, "last(mean) > 1 or not last(width2) >= 2");
    CHECK(says(r, 2, NAN) == SCAN_YES && says(r, NAN, 1) == SCAN_YES);
    CHECK(says(r, 0, NAN) == SCAN_UNKNOWN && says(r, 0, 2) == SCAN_NO);
    r = rule_of(t, "not (last(mean) > 1 or last(width2) > 1) and last(mean) != 0");
    CHECK(says(r, 0.5, 1) == SCAN_YES && says(r, 0, 1) == SCAN_NO && says(r, 2, NAN) == SCAN_NO);
    /* and binds closer than or */
    r = rule_of(t, "last(mean) == 1 or last(mean) == 2 and last(width2) == 3");
    CHECK(says(r, 1, 0) == SCAN_YES && says(r, 2, 0) == SCAN_NO && says(r, 2, 3) == SCAN_YES);
    r = rule_of(t, "0*last(width2) + last(mean) > 0");
    CHECK(says(r, 1, NAN) == SCAN_UNKNOWN && says(r, 1, 7) == SCAN_YES);
    r = rule_of(t, "min(last(mean), 3) <= last( width2 )/2");
    CHECK(says(r, 5, 6) == SCAN_YES && says(r, 5, 5) == SCAN_NO && says(r, NAN, 9) == SCAN_UNKNOWN);
    r = rule_of(t, "abs(last(mean) - 1) <= 3*error(last(mean))");
    CHECK(says(r, 1.29, 0) == SCAN_YES && says(r, 0.69, 0) == SCAN_NO);
    r = rule_of(t, "known(last(mean)) == 0 or last(mean) > 1");
    CHECK(says(r, NAN, 0) == SCAN_YES && says(r, 2, 0) == SCAN_YES && says(r, 0, 0) == SCAN_NO);
    r = rule_of(t, "log(last(mean)) < 0"); /* a formula without a value is not known either */
    CHECK(says(r, 0.5, 0) == SCAN_YES && says(r, -1, 0) == SCAN_UNKNOWN);
    CHECK(says(r, 0, 0) == SCAN_YES);
}

static void check_clause(const scan_rule *r, int clause, const char *expected)
{
    char *text = scan_rule_clause_text(r, clause);
    CHECK_TEXT(text, expected);
    weft_free(text);
}

/* Clauses are what "and" joins; brackets keep theirs together. */
static void clauses(test_scan *t)
{
    const scan_rule *r = rule_of(t, "last(mean) > 1 and (last(width2) < 2 or last(mean) < 3) and "
                                    "last(mean) < 9");
    CHECK(scan_rule_clauses(r) == 3);
    check_clause(r, 0, "last(mean) > 1");
    check_clause(r, 1, "(last(width2) < 2 or last(mean) < 3)");
    check_clause(r, 2, "last(mean) < 9");
    r = rule_of(t, "(last(mean) > 1 and last(width2) < 2) and last(mean) < 9");
    CHECK(scan_rule_clauses(r) == 2);
    check_clause(r, 0, "(last(mean) > 1 and last(width2) < 2)");
    r = rule_of(t, "last(mean) > 1 or last(width2) < 2");
    CHECK(scan_rule_clauses(r) == 1);
}

static int class_at(const scan_classes *c, double a, double b, int *further)
{
    double value[SCAN_INPUTS];
    const double *row[SCAN_INPUTS];
    for (int k = 0; k < SCAN_INPUTS; k++) {
        value[k] = NAN;
        row[k] = &value[k];
    }
    value[0] = a;
    value[1] = b;
    int number;
    scan_classify(c, 1, row, &number, further);
    return number;
}

/* The first rule that holds; behind one that is not known there is no class. Reductions of rules
 * are added to those of derive. */
static void order(test_scan *t)
{
    int further;
    scan_must(scan_load(t,
                        BASE "classes:\n  low: \"last(mean) < 1\"\n  wide: \"last(width2) > 5\"\n"
                             "  middle: \"last(mean) < 2\"\n"));
    CHECK(t->scan->n_derives == 2);
    scan_classes *c = t->scan->classes;
    CHECK(class_at(c, 0, 9, &further) == 1 && further == 2);
    CHECK(class_at(c, 0, NAN, &further) == 1 && further == 1);
    CHECK(class_at(c, 1.5, 9, &further) == 2 && further == 1);
    CHECK(class_at(c, 1.5, 0, &further) == 3 && further == 0);
    CHECK(class_at(c, 1.5, NAN, &further) == 0 && class_at(c, NAN, 9, &further) == 0);
    CHECK(class_at(c, 5, 0, &further) == 0 && further == 0);
    c->alone = true; /* as the classes of a model: no other may hold */
    CHECK(class_at(c, 0, 0, &further) == 0 && class_at(c, 1.5, 0, &further) == 3);
    CHECK(class_at(c, 1.5, NAN, &further) == 0 && class_at(c, 3, 9, &further) == 2);
}

static double sure_of(const test_scan *t, const scan_entry *e, int number)
{
    scan_normals normals = {0};
    const double share = scan_class_sureness(t->scan, t->scan->point, e, number, &normals);
    weft_free(normals.g);
    return share;
}

/* Two reductions of which the jackknife knows n estimates without a block. One draw of x is normal
 * with the mean x and the standard error, so that the share above a level is that of the normal
 * law; of x - y, where both scatter alike, it is 0 or 1. */
static void sureness(test_scan *t)
{
    enum { BLOCKS = 20 };
    double left_out[2 * BLOCKS];
    scan_error errors[3] = {{"last_mean", 0}, {"last_width2", 0}, {ENS_REPLICAS_DONE, BLOCKS}};
    const weft_noise noise = {.seed = 7};
    scan_must(scan_load(t, BASE "derive: [last(mean), last(width2)]\n"
                                "classes: {high: \"last(mean) > 1\"}\n"));
    scan_outcome(t);
    weft_noise_normal(&noise, WEFT_STREAM_MODEL + 1, 0, 0, BLOCKS, 0, BLOCKS, left_out);
    double mean = 0, square = 0;
    for (int b = 0; b < BLOCKS; b++)
        mean += left_out[b] / BLOCKS;
    for (int b = 0; b < BLOCKS; b++)
        square += (left_out[b] - mean) * (left_out[b] - mean);
    const double error = sqrt(square * (BLOCKS - 1) / BLOCKS);
    for (int b = 0; b < BLOCKS; b++)
        left_out[BLOCKS + b] = left_out[b] = (left_out[b] - mean) / error; /* error 1 */
    ens_outcome_layout *layout =
        ens_outcome_layout_read(t->outcome.layout.data, t->outcome.layout.n);
    for (int k = 0; k < 6; k++)
        t->outcome.values[k] = k < 3 ? 2 : 1.5; /* mean, then width2 */
    scan_entry e = {.state = SCAN_DONE,
                    .layout = layout,
                    .values = t->outcome.values,
                    .n_derived = 3,
                    .derived = errors,
                    .n_left_out = BLOCKS,
                    .left_out = left_out};
    const double share = 0.8413447460685429; /* of the normal law above -1 */
    CHECK_NEAR(sure_of(t, &e, 1), share, 4 * sqrt(share * (1 - share) / 400));
    CHECK_NEAR(sure_of(t, &e, 0), 1 - share, 4 * sqrt(share * (1 - share) / 400));
    scan_must(scan_load(t, BASE "derive: [last(mean), last(width2)]\n"
                                "classes: {high: \"last(mean) - last(width2) > 0\"}\n"));
    CHECK(sure_of(t, &e, 1) == 1);
    left_out[3] = NAN;
    CHECK(sure_of(t, &e, 1) == 0);
    for (int k = 0; k < 2 * BLOCKS; k++)
        left_out[k] = NAN; /* not kept without a block: the scatter is not known */
    CHECK(isnan(sure_of(t, &e, 1)));
    e.left_out = NULL;
    CHECK(isnan(sure_of(t, &e, 1)));
    ens_outcome_layout_free(layout);
}

/* Classes 1 1 0 2 1 2 at 1 2 3 4 5 6: undecided points and those that are not sure lie inside. */
static void boundaries(test_scan *t)
{
    const int number[] = {1, 1, 0, 2, 1, 2};
    double sure[] = {NAN, NAN, NAN, NAN, NAN, NAN};
    int n;
    scan_must(scan_load(t,
                        "base: base.yaml\naxes: {kuramoto.coupling: {values: [1, 2, 3, 4, 5, 6]}}\n"
                        "classes: {a: \"last(mean) < 1\", b: \"last(mean) < 2\"}\n"));
    scan_boundary *b = scan_boundaries(t->scan, number, sure, &n);
    CHECK(n == 3);
    CHECK(b[0].lower == 1 && b[0].upper == 2 && b[0].low == 1 && b[0].high == 3 && !b[0].passage);
    CHECK(b[1].lower == 1 && b[1].upper == 2 && b[1].low == 4 && b[1].passage == 1);
    CHECK(b[2].lower == 2 && b[2].upper == 1 && b[2].low == 3 && b[2].high == 4);
    weft_free(b);
    sure[3] = sure[4] = 0.6;
    sure[5] = 1;
    b = scan_boundaries(t->scan, number, sure, &n);
    CHECK(n == 1 && b[0].low == 1 && b[0].high == 5);
    weft_free(b);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_scan t;
    scan_begin(&t);
    logic(&t);
    clauses(&t);
    order(&t);
    sureness(&t);
    boundaries(&t);
    scan_end(&t);
    return check_end();
}
