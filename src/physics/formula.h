/* Formulas of a few named variables, for models that take a law as text. Private to src. */
#ifndef WEFT_PHYSICS_FORMULA_H
#define WEFT_PHYSICS_FORMULA_H

#include "weft/expression.h"
#include "weft/params.h"

enum {
    FORMULA_CORNERS = 64, /* points (time, value) of a course */
    FORMULA_COURSES = 16  /* constants of a formula that change in time */
};

/* A number that is piecewise linear in time, as the input gives it: a number, or [t0, v0, t1, v1,
 * ...]; constant before the first and after the last corner. */
typedef struct formula_course {
    int n; /* corners; 1: always value[0] */
    double time[FORMULA_CORNERS], value[FORMULA_CORNERS];
} formula_course;

/* Errors: WEFT_INPUT at the node. Local. */
weft_status formula_course_read(const weft_node *node, formula_course *out);
double formula_course_at(const formula_course *c, double t);

/* Numbers that are the same at all sites and change in time, the uniform variables of a formula:
 * number 0 is the time t, then the constants that are given as courses, in the order in which
 * formulas were found to use them. value: of all, at the time of the last formula_times_set. */
typedef struct formula_times {
    int n; /* constants; the uniform variables are n + 1 */
    const char *name[FORMULA_COURSES];
    formula_course course[FORMULA_COURSES];
    double value[FORMULA_COURSES + 1];
} formula_times;
/* Local. */
void formula_times_set(formula_times *times, double t);

enum {
    FORMULA_DRAWS = 32,
    FORMULA_PLACE_DRAW = 3 /* number of the place variable of the first draw; x, y, z come before */
};

/* A word such as `normal` in a formula: its law (0 normal, 1 uniform, 2 lorentzian) and the stream
 * of its random numbers. */
typedef struct formula_draw {
    int law;
    uint32_t stream;
} formula_draw;

/* The random words of formulas, in the order of the texts; stream: that of the next one. */
typedef struct formula_draws {
    int n;
    uint32_t stream;
    formula_draw draw[FORMULA_DRAWS];
} formula_draws;

/* Formulas have at most so many variables. */
enum { FORMULA_VARIABLES = 96 };

/* What the names in a formula mean: variable i is the variable WEFT_VAR_FIELD of number i in the
 * graph; constants, NULL: none, is a map {name: number}. dim: x, y, z are the coordinates on a grid
 * with so many axes; 0: they are unknown names. times: t is known, and constants may be courses;
 * NULL: neither. draws: random words are known, with a value at each site; NULL: they are refused.
 * Texts, times and draws belong to the caller. */
typedef struct formula_names {
    weft_graph *graph;
    int n;
    const char *const *variable;
    const weft_node *constants;
    int dim;
    formula_times *times;
    formula_draws *draws;
} formula_names;

/* Refuse constants with names that mean something else: variables, words of the language.
 * WEFT_INPUT. Local. */
weft_status formula_check_constants(const formula_names *names);

/* The node of the graph that a text stands for, a real number. Errors: WEFT_INPUT, with a mark in
 * the text. Local. */
weft_status formula_read(const formula_names *names, const weft_node *text, int *out);
/* The same for a number that may be complex. */
weft_status formula_read_complex(const formula_names *names, const weft_node *text, weft_expr *out);

/* Does a node depend on the place, on the time? Local. */
bool formula_has_place(const formula_names *names, int node);
bool formula_has_time(const formula_names *names, int node);

/* A program for the values of n nodes. Its inputs: a row of values for each variable; with dim, a
 * row of x, one value of y, one of z; with times, one value for each uniform variable, those that
 * were known when the program was made; no draws (place.h). Free with weft_program_free. Local. */
weft_program *formula_program(const formula_names *names, int n, const int *nodes);

#endif
