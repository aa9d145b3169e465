/* Classes of points: rules on reductions, and what is found by them. Private to src/scan.
 *
 * Words. A rule is a text such as "bounces >= 2 and v_out < 0.02": comparisons of numbers that are
 * made of reductions, of their standard errors, of constants of the model and of the axes of the
 * scan, joined by and, or, not. It holds, does not hold, or is not known (a reduction in it is
 * nan). A class is a name with a rule. A clause is a part of a rule that "and" joins to the others.
 */
#ifndef WEFT_SCAN_CLASSES_H
#define WEFT_SCAN_CLASSES_H

#include "internal.h"
#include <stdint.h>

enum { SCAN_CLASSES = 24, SCAN_CLASS_NAME = 48, SCAN_CLAUSES = 12 };

/* What a rule says of a point. */
typedef enum scan_truth { SCAN_NO, SCAN_YES, SCAN_UNKNOWN } scan_truth;

/* Inputs of rules: the values of the reductions, then their errors, by their numbers in
 * scan->derive; then the constants of the model; then the axes and the parameters tied to them;
 * then 1 for each reduction that is known with its error, else 0. */
enum {
    SCAN_CONSTANT = 2 * SCAN_DERIVES,
    SCAN_AXIS = SCAN_CONSTANT + WEFT_MAX_CONSTANTS,
    SCAN_KNOWN = SCAN_AXIS + SCAN_AXES,
    SCAN_INPUTS = SCAN_KNOWN + SCAN_DERIVES
};

/* ---- rules.c ---- */
typedef struct scan_rule scan_rule;
/* Read a rule; reductions that derive does not list are added to it. node: the scalar that holds
 * the text, NULL: a rule of the model. Errors: WEFT_INPUT, at the place in the text, or at derive.
 * Free with scan_rule_free (NULL is allowed). Local. */
weft_status scan_rule_read(weft_scan *scan, const weft_node *node, const char *text,
                           scan_rule **out);
void scan_rule_free(scan_rule *rule);
/* What the rule says for n points: input[SCAN_INPUTS] are rows of n numbers, of which those that
 * the rule does not use may be NULL. Local. */
void scan_rule_run(const scan_rule *rule, int64_t n, const double *const *input, scan_truth *out);
/* Clauses: how many, the text of one (a new string), and what it says. Local. */
int scan_rule_clauses(const scan_rule *rule);
char *scan_rule_clause_text(const scan_rule *rule, int clause);
void scan_rule_clause_run(const scan_rule *rule, int clause, int64_t n, const double *const *input,
                          scan_truth *out);
/* Bits of the reductions and errors that it uses (the inputs before SCAN_CONSTANT). Local. */
uint64_t scan_rule_uses(const scan_rule *rule);

/* ---- classes.c ---- */
typedef struct scan_class {
    char name[SCAN_CLASS_NAME];
    scan_rule *rule;
} scan_class;

/* alone: a class is that of a point only if it is known that no other rule holds (classes of a
 * model); else the first rule that holds gives the class (classes of the user). */
typedef struct scan_classes {
    int n;
    bool alone;
    scan_class of[SCAN_CLASSES];
} scan_classes;

/* Read `classes`, or those of the model where derive lists class; scan->classes stays NULL where
 * there are neither. Errors: WEFT_INPUT. scan_classes_free: NULL is allowed. Local. */
weft_status scan_read_classes(weft_scan *scan);
void scan_classes_free(scan_classes *classes);
/* The class of n points, from 1 (0: undecided), and how many further rules hold (NULL: not
 * wanted). Local. */
void scan_classify(const scan_classes *classes, int64_t n, const double *const *input, int *number,
                   int *further);
/* The inputs of rules at a point that is done: SCAN_INPUTS numbers, nan where there are none.
 * Local. */
void scan_class_inputs(const weft_scan *scan, const scan_point *p, const scan_entry *entry,
                       double *out);
/* The class of each point that is done, -1 of others. A new array. Local. */
int *scan_class_numbers(const weft_scan *scan, const scan_results *results);

/* ---- sureness.c ---- */
/* Normal numbers (draw, block) that are used for one point after the other; zeroed before the
 * first, g to be freed with weft_free after the last. */
typedef struct scan_normals {
    int64_t blocks;
    double *g;
} scan_normals;
/* The share of draws of the reductions, scattered as their jackknife says, that give the class
 * number; nan where the scatter is not known. Local. */
double scan_class_sureness(const weft_scan *scan, const scan_point *p, const scan_entry *entry,
                           int number, scan_normals *normals);

/* Is that sure enough to say where a class ends? So is what is not known (nan). Local. */
bool scan_class_sure(double sureness);
/* Let points whose class is not sure count as undecided: number becomes 0. Local. */
void scan_class_drop_unsure(const weft_scan *scan, const scan_results *results, int *number);

/* ---- boundaries.c ---- */
/* A place where the class changes along a dimension. */
typedef struct scan_boundary {
    int dim, lower, upper; /* along which; the classes below and above */
    int passage;           /* how many such changes the line has before this one */
    int64_t low, high;     /* the points between which it lies */
} scan_boundary;
/* All boundaries, sorted by dimension, classes, passage and place. number, sureness: of each point
 * (-1, nan: none). A new array of *n. Local. */
scan_boundary *scan_boundaries(const weft_scan *scan, const int *number, const double *sureness,
                               int *n);

#endif
