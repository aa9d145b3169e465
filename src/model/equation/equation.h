/* Private to the model equation: the equations of an input, and what is made of them.
 *
 * Words of this folder. A component is one real field: a real field of the user has one, a complex
 * one two (re, im), and a field of second order has as many momenta more. A node is a number that
 * names an expression in the graph of include/weft/expression.h, where equal expressions are one
 * node. A symbol is a factor in k space, even + i odd, where even and odd are nodes that are
 * functions of the wavenumbers. A place variable has a value at each site that does not change in
 * time (coordinates, quenched fields, random draws); a uniform variable is the same at all sites
 * (the time, and parameters that change in time). */
#ifndef WEFT_MODEL_EQUATION_EQUATION_H
#define WEFT_MODEL_EQUATION_EQUATION_H

#include "physics/coloured.h"
#include "physics/formula.h"
#include "weft/expression.h"
#include "weft/model.h"

enum {
    EQ_FIELDS = 12,
    EQ_COMPONENTS = 24, /* real components, momenta too */
    EQ_NAMES = 64,      /* constraints and named expressions */
    EQ_PARAMETERS = 64,
    EQ_NOISES = 16,
    EQ_QUENCHED = 8,
    EQ_DRAWS = 32,
    EQ_FORMULAS = 48, /* observables */
    EQ_SHOWN = 8      /* named expressions in snapshots */
};

/* Numbers of place variables: x, y, z, components of quenched fields, draws. */
enum { EQ_PLACE_QUENCHED = 3, EQ_PLACE_DRAW = EQ_PLACE_QUENCHED + 2 * EQ_QUENCHED };

/* An evolved field of the user. */
typedef struct eq_field {
    const char *name;
    char *momentum; /* name of the momentum of a field of second order; NULL: first order */
    bool is_complex;
    int order;     /* 0: there is no equation (yet) */
    int component; /* number of its first component; its momenta follow its own components */
    const weft_node *node; /* its equation */
    weft_expr rhs;
    weft_expr rate; /* rhs without noise */
} eq_field;

/* A constraint, or a named expression. */
typedef struct eq_name {
    const char *text; /* of the input; the name is name */
    char name[WEFT_EXPR_NAME];
    const weft_node *node;
    weft_ast ast;
    bool constraint;
    enum { EQ_UNTOUCHED, EQ_IN_WORK, EQ_DONE } state;
    weft_expr value;
} eq_name;

/* A parameter of the user: a number, or a piecewise linear function of time. */
typedef struct eq_parameter {
    const char *name;
    formula_course course;
    int uniform; /* number of the variable of a parameter that changes in time */
} eq_parameter;

/* A field that does not change in time: from a formula of the place, or from a file. */
typedef struct eq_quenched {
    const char *name;
    const char *file; /* NULL: a formula */
    const weft_node *node;
    bool is_complex;
    weft_expr value; /* of the draws */
} eq_quenched;

/* The word or sign of a text that a value of the graph was made of. */
typedef struct eq_origin {
    int node;
    const weft_node *text;
    int at, length;
} eq_origin;

/* Words of the section equation. */
#define EQ_SPACES(X)  X(EQ_SPECTRAL, "spectral") X(EQ_LATTICE, "lattice")
#define EQ_ORDERS(X)  X(EQ_ORDER_2, "2") X(EQ_ORDER_4, "4") X(EQ_ORDER_6, "6") X(EQ_ORDER_8, "8")
#define EQ_CALCULI(X) X(EQ_ITO, "ito") X(EQ_STRATONOVICH, "stratonovich")
#define EQ_DEALIASING(X)                                                                           \
    X(EQ_DEALIAS_AUTO, "auto")                                                                     \
    X(EQ_DEALIAS_NONE, "none") X(EQ_DEALIAS_2_3, "2/3") X(EQ_DEALIAS_1_2, "1/2")
/* in the order of weft_boundary */
#define EQ_BOUNDARIES(X)                                                                           \
    X(EQ_PERIODIC, "periodic")                                                                     \
    X(EQ_ANTIPERIODIC, "antiperiodic") X(EQ_NEUMANN, "neumann") X(EQ_DIRICHLET, "dirichlet")
typedef enum eq_space { EQ_SPACES(WEFT_ENUM_NAME) } eq_space;
typedef enum eq_order { EQ_ORDERS(WEFT_ENUM_NAME) } eq_order;
typedef enum eq_calculus { EQ_CALCULI(WEFT_ENUM_NAME) } eq_calculus;
typedef enum eq_dealiasing { EQ_DEALIASING(WEFT_ENUM_NAME) } eq_dealiasing;
typedef enum eq_boundary { EQ_BOUNDARIES(WEFT_ENUM_NAME) } eq_boundary;

/* The section equation. Trees that are not given are NULL; read.c looks into them. */
typedef struct eq_params {
    const weft_node *fields, *parameters, *equations, *quenched, *observables;
    eq_space space;
    eq_order difference;
    eq_calculus noise;
    eq_dealiasing dealias;
    weft_choices boundary;
    coloured_params colour;
} eq_params;
extern const weft_param eq_keys[];

/* All that the section equation says. Texts belong to the input. */
typedef struct eq_system {
    const weft_section *own; /* for messages */
    const eq_params *p;
    weft_graph *graph;
    weft_splitter *splitter;
    int dim;
    bool lattice, stratonovich;
    int difference;
    double dx[3]; /* z, y, x, as all that follows */
    int64_t sites[3];
    weft_boundary boundary[3];

    int n_fields, n_names, n_parameters, n_quenched, n_draws, n_uniform;
    eq_field field[EQ_FIELDS];
    eq_name name[EQ_NAMES];
    eq_parameter parameter[EQ_PARAMETERS];
    eq_quenched quenched[EQ_QUENCHED];
    formula_draw draw[EQ_DRAWS];
    uint32_t draw_stream; /* of the next draw */
    bool drawn_start;     /* the initial state has random numbers (eq_check_initial) */

    int n;                   /* components */
    int rhs[EQ_COMPONENTS];  /* d/dt of each component, noise and all */
    int rate[EQ_COMPONENTS]; /* the same without noise */
    int field_of[EQ_COMPONENTS];
    int n_noises;
    int noise_number[EQ_NOISES]; /* the user's numbers */
    bool noisy, multiplicative;
    bool start_decides; /* ill posed about zero alone, as far as was looked at (growth.c) */

    const weft_node *reading; /* the text that values are made of now; NULL: none of the input */
    int n_origins, origins_capacity;
    eq_origin *origin;
} eq_system;

/* Read and take apart the section; errors point into it. Local. */
weft_status eq_read(const weft_params *all, int dim, const int64_t *n, const double *length,
                    eq_system *out);
/* The same with derivatives that are exact in place of differences (space: lattice). */
weft_status eq_read_continuous(const weft_params *all, int dim, const int64_t *n,
                               const double *length, eq_system *out);
void eq_free(eq_system *s);

/* A scope for expressions of the system (allow: WEFT_EXPR_ bits). */
weft_expr_scope eq_scope(eq_system *s, int allow);

/* The value of a syntax tree that was read from text; NULL: none of the input. */
bool eq_build(eq_system *s, const weft_expr_scope *scope, const weft_node *text,
              const weft_ast *ast, int root, weft_expr *out, weft_expr_error *error);
/* Fail with a mark under what node was made of, in text if it is there; under the beginning of text
 * if it is not known. */
weft_status eq_fail_at(const eq_system *s, int node, const weft_node *text, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The value of the text of a node; errors point into it. */
weft_status eq_value(eq_system *s, const weft_expr_scope *scope, const weft_node *node,
                     weft_expr *out);
/* Names of variables for messages (context: the system). */
const char *eq_variable_name(void *context, weft_variable kind, int index);
int eq_find_field(const eq_system *s, const char *name);

/* Values of the uniform variables at a time: t, and the parameters that change. */
void eq_uniforms(const eq_system *s, double t, double *out);

#endif
