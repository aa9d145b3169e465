/* Input: YAML -> tree with positions -> checked against typed tables -> parameters.
 * All of this is local and deterministic: every rank parses the same text (the driver broadcasts
 * it) and so every rank comes to the same verdict. No MPI. */
#ifndef WEFT_PARAMS_H
#define WEFT_PARAMS_H

#include "weft/declare.h"
#include "weft/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

WEFT_DECLARE_BEGIN

/* ---- tables ---- */

/* Types of parameters, and how each is written in an input. */
typedef enum weft_type {
    WEFT_BOOL,        /* true | false */
    WEFT_INT,         /* 64 bits */
    WEFT_REAL,        /* as in C; not inf or nan */
    WEFT_STRING,      /* any text */
    WEFT_CHOICE,      /* one of the words */
    WEFT_DURATION,    /* 90m, 2h30m, 45s; in seconds */
    WEFT_SCHEDULE,    /* a number of time units, or {log: N} */
    WEFT_INT_LIST,    /* a scalar counts as a list of one */
    WEFT_REAL_LIST,   /* likewise */
    WEFT_STRING_LIST, /* likewise */
    WEFT_CHOICE_LIST, /* likewise */
    WEFT_TREE,        /* any YAML; the model reads it through weft_node */
} weft_type;

/* One parameter. A table ends with a row whose name is NULL. */
typedef struct weft_param {
    const char *name;
    weft_type type;
    const char *standard; /* default as it would be written in the input; NULL: required; "":
                             optional, absent when not given (weft_has_value) */
    const char *range;    /* of a number or of each list element: "(0, inf)", "[0, 1]", NULL: any */
    const char *words;    /* "a|b|c": of a choice; for other types words accepted instead of a value
                             (dt: auto) */
    const char *unit;     /* "" where it has none */
    const char *help;     /* one line */
    const char *when;     /* "key=word|word": used only if this other key of the section has one of
                             these values; otherwise giving it is an error. NULL: always. More than
                             one condition: separated by ';', all must hold */
    size_t record;        /* size of the struct that the parameter is bound to; 0: none */
    size_t offset;        /* of its member in it; see WEFT_BIND_REAL */
} weft_param;

/* The table of an initial state whose keys are names of the user's: every key that is written is
 * taken, as a tree. The model's plan checks them (weft_section_node). */
extern const weft_param weft_any_keys[];

/* ---- parameters bound to a struct ---- */

/* A model (or stepper, or initial state) keeps its parameters in a struct of its own with one
 * member for each row of the table, of the same name:
 *
 *     typedef struct heat_params {
 *         double diffusion;
 *     } heat_params;
 *
 *     static const weft_param heat_table[] = {
 *         {WEFT_BIND_REAL(heat_params, diffusion), .standard = "1", .range = "(0, inf)",
 *          .unit = "length^2/time", .help = "diffusion constant D"},
 *         {0},
 *     };
 *
 * The row takes the name, the type and the place of the value from the member; a name that the
 * struct does not have, or a member of another C type, does not compile. The check of an input
 * writes the values into the struct, which weft_params_values gives.
 *
 * An optional parameter that is absent, or for which a word stands (dt: auto), is nan (REAL,
 * DURATION), WEFT_NO_INT (INT), NULL (STRING, TREE), -1 (CHOICE), false (BOOL), and of no times
 * (SCHEDULE) or no elements (lists, whose array is then NULL; that of a list written [] is not). */
#define WEFT_BIND(name_, type_, T, member, ...)                                                    \
    .name = name_, .type = type_, .record = sizeof(T),                                             \
    .offset = offsetof(T, member) + 0 * _Generic(((T *)0)->member, __VA_ARGS__)

#define WEFT_BIND_BOOL(T, m)   WEFT_BIND(#m, WEFT_BOOL, T, m, bool : 1)
#define WEFT_BIND_INT(T, m)    WEFT_BIND(#m, WEFT_INT, T, m, int64_t : 1)
#define WEFT_BIND_REAL(T, m)   WEFT_BIND(#m, WEFT_REAL, T, m, double : 1)
#define WEFT_BIND_STRING(T, m) WEFT_BIND(#m, WEFT_STRING, T, m, const char * : 1)
/* an enum of WEFT_ENUM_NAME, or an int: the position of the word in words, from 0 */
#define WEFT_BIND_CHOICE(T, m)   WEFT_BIND(#m, WEFT_CHOICE, T, m, int : 1, unsigned : 1)
#define WEFT_BIND_DURATION(T, m) WEFT_BIND(#m, WEFT_DURATION, T, m, double : 1) /* in seconds */
#define WEFT_BIND_SCHEDULE(T, m) WEFT_BIND(#m, WEFT_SCHEDULE, T, m, weft_schedule : 1)
#define WEFT_BIND_INTS(T, m)     WEFT_BIND(#m, WEFT_INT_LIST, T, m, weft_ints : 1)
#define WEFT_BIND_REALS(T, m)    WEFT_BIND(#m, WEFT_REAL_LIST, T, m, weft_reals : 1)
#define WEFT_BIND_STRINGS(T, m)  WEFT_BIND(#m, WEFT_STRING_LIST, T, m, weft_strings : 1)
#define WEFT_BIND_CHOICES(T, m)  WEFT_BIND(#m, WEFT_CHOICE_LIST, T, m, weft_choices : 1)
#define WEFT_BIND_TREE(T, m)     WEFT_BIND(#m, WEFT_TREE, T, m, const struct weft_node * : 1)

#define WEFT_NO_INT INT64_MIN

/* Members for lists and intervals; the arrays belong to the parameters. */
typedef struct weft_ints {
    int n;
    const int64_t *value;
} weft_ints;
typedef struct weft_reals {
    int n;
    const double *value;
} weft_reals;
typedef struct weft_strings {
    int n;
    const char *const *value;
} weft_strings;
typedef struct weft_choices {
    int n;
    const int *value; /* positions of the words */
} weft_choices;
typedef struct weft_schedule {
    double every; /* time units; 0 if log */
    int64_t log;  /* number of log-spaced times; 0 if every */
} weft_schedule;
/* Is it given? Local. */
static inline bool weft_scheduled(weft_schedule schedule)
{
    return schedule.every > 0 || schedule.log > 0;
}

/* The words of a choice and the enum of their positions, made from one list so that they agree:
 *
 *     #define KPZ_SCHEMES(X) X(KPZ_LAM_SHIN, "lam_shin") X(KPZ_STANDARD, "standard")
 *     typedef enum kpz_scheme { KPZ_SCHEMES(WEFT_ENUM_NAME) } kpz_scheme;
 *     ... .words = KPZ_SCHEMES(WEFT_ENUM_WORD) ...
 */
#define WEFT_ENUM_NAME(name, word) name,
#define WEFT_ENUM_WORD(name, word) "|" word

/* A section of the input: its name and one or more tables (say common keys and those of the chosen
 * stepper). */
enum { WEFT_MAX_TABLES = 8, WEFT_MAX_SECTIONS = 24, WEFT_MAX_OWNER = 48 };
typedef struct weft_section_spec {
    const char *name;
    const char *help;
    const weft_param *tables[WEFT_MAX_TABLES]; /* NULL-terminated if shorter */
    /* who brings the table, for messages: "stepper verlet"; "": everybody */
    char owner[WEFT_MAX_TABLES][WEFT_MAX_OWNER];
    const char *about[WEFT_MAX_TABLES]; /* of a table with an owner, one line; "" */
} weft_section_spec;

/* Keys that would be used with another model, stepper or initial state: for clear errors, and for
 * the written forms. */
enum { WEFT_MAX_OTHERS = 128 };
typedef struct weft_other_table {
    const char *section;
    char owner[WEFT_MAX_OWNER]; /* "stepper rk4" */
    const char *about;          /* one line about it; "" */
    const weft_param *table;    /* NULL: the whole section */
} weft_other_table;

/* A value that the template shows for a required key. */
enum { WEFT_MAX_EXAMPLES = 8 };
typedef struct weft_example {
    const char *section, *name, *text;
} weft_example;

/* Tables and names of sections are not copied: they must outlive the schema and what is checked by
 * it. */
typedef struct weft_schema {
    int n;
    weft_section_spec section[WEFT_MAX_SECTIONS];
    int n_others;
    weft_other_table other[WEFT_MAX_OTHERS];
    int n_examples;
    weft_example example[WEFT_MAX_EXAMPLES];
} weft_schema;

/* Add a table to a section of the schema (a new one if the name is new). help is that of the
 * section with its first table, later what the written forms say about the table. Local. */
void weft_schema_add(weft_schema *schema, const char *section, const char *help, const char *owner,
                     const weft_param *table);

/* Note a table (or, table NULL, a whole section) that is not used with the present choices. What
 * does not fit is left out. Local. */
void weft_schema_add_other(weft_schema *schema, const char *section, const char *about,
                           const char *owner, const weft_param *table);

/* Show text for the required key in the template; it must outlive the schema. Local. */
void weft_schema_example(weft_schema *schema, const char *section, const char *name,
                         const char *text);

/* ---- the tree ---- */

typedef struct weft_node weft_node; /* a node of the YAML tree, owned by its document */
typedef struct weft_document weft_document;

/* Parse text (the contents of file, or "-P" overrides apart). Each override is
 * "section.key=value" (deeper paths allowed; elements of a list by their number from 0:
 * "reactions.0.rate=1"); value is YAML in flow style; its position in messages is
 * "-P section.key=value"; of overrides of the same key the last one holds. An empty text is an
 * empty map. Anchors, aliases, tags and further documents are refused. Errors: WEFT_INPUT with
 * file:line: (syntax, repeated key, an override that is none). Local. */
weft_status weft_document_parse(const char *file, const char *text, int n_overrides,
                                const char *const *overrides, weft_document **out);
/* NULL is allowed. Local. */
void weft_document_free(weft_document *doc);
/* The root, which is always a map; it belongs to the document. Local. */
const weft_node *weft_document_root(const weft_document *doc);

/* The kinds of nodes: a single value, a list, a map of keys to values. */
typedef enum weft_node_kind { WEFT_NODE_SCALAR, WEFT_NODE_LIST, WEFT_NODE_MAP } weft_node_kind;
/* Reading a node. What is returned belongs to the document. Asking for what a node of its kind does
 * not have is a bug (panic). what: its kind; text: of a scalar; count: elements of a list or map;
 * item: element i of a list, or value i of a map; key: key i of a map; find: the value of a key,
 * NULL if there is none or if the node is no map. Local. */
weft_node_kind weft_node_what(const weft_node *node);
const char *weft_node_text(const weft_node *node);
int weft_node_count(const weft_node *node);
const weft_node *weft_node_item(const weft_node *node, int i);
const char *weft_node_key(const weft_node *node, int i);
const weft_node *weft_node_find(const weft_node *node, const char *key);

/* A scalar that stands in the input without quotes. Local. */
bool weft_node_plain(const weft_node *node);

/* A scalar or a list of scalars on one line, as an override could be written to mean the same: in
 * quotes where it needs them. A new string; free with weft_free. Local. */
char *weft_node_yaml(const weft_node *node);

/* Fail about a node: message "FILE:LINE: section.key: ..."; the path of the node is added here, an
 * element of a list by its number from 0. column > 0 points at a byte of a scalar's text, counted
 * from 1: "FILE:LINE:COLUMN: ...", where the text stands in the file as it is. Returns WEFT_INPUT.
 * Local. */
weft_status weft_node_fail(const weft_node *node, int column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fail about length bytes of the text of a scalar, from byte at on: the message of weft_node_fail
 * with the column, and two more lines, the text and marks below the place. Returns WEFT_INPUT.
 * Local. */
weft_status weft_node_point(const weft_node *node, int at, int length, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The number in a scalar, finite (real) or whole and within 64 bits (int). Errors: WEFT_INPUT at
 * the node; *out is not set then. Local. */
weft_status weft_node_real(const weft_node *node, double *out);
weft_status weft_node_int(const weft_node *node, int64_t *out);

/* ---- checked parameters ---- */

typedef struct weft_params weft_params;   /* all sections, checked; after weft_check only
                                             weft_params_settle and _vary change them */
typedef struct weft_section weft_section; /* one section of them */

/* The text of a top-level scalar or of section.key before the check (to find model, stepper and
 * initial type, which decide the schema). NULL if absent or no scalar. Local. */
const char *weft_peek(const weft_document *doc, const char *section, const char *key);

/* Check a document against a schema. Every key must be known, used, of its type and in its range.
 * On success *out is the caller's, to be freed with weft_params_free; else it is NULL. The document
 * must outlive the parameters (trees are not copied); the schema is copied. Top-level scalars
 * (model: NAME) belong to the section "". Errors: WEFT_INPUT, with the place, and the nearest known
 * key where a name is unknown. Local. */
weft_status weft_check(const weft_document *doc, const weft_schema *schema, weft_params **out);
/* NULL is allowed. The structs of weft_params_values end with the parameters. Local. */
void weft_params_free(weft_params *params);

/* Give a key a value that the program has chosen: one that was not written, or for which a word
 * stands (dt: auto), or that another key overrules (refine beside dt: auto, whatever it says).
 * text: the value as it would be written. The key has this value from now on, also in
 * weft_params_yaml and in the struct that it is bound to. A text that the key's table would refuse
 * is a bug (panic). Local. */
void weft_params_settle(weft_params *params, const char *section, const char *name,
                        const char *text);

/* The struct to which a table of the schema is bound, with the checked values; weft_params_settle
 * and weft_params_vary refresh it in place. It belongs to the parameters. NULL if the schema
 * does not have the table, say that of an initial state that was not chosen; a table that is not
 * bound is a bug (panic). Local. */
const void *weft_params_values(const weft_params *params, const weft_param *table);

/* A section; asking for one that the schema does not have is a bug (panic). Local. */
const weft_section *weft_params_section(const weft_params *params, const char *name);

/* Has a key a value, its own or a default? A key that is not used (when) has none. Local. */
bool weft_has_value(const weft_section *s, const char *name);
/* Is a key written in the input, or given by -P? Local. */
bool weft_is_written(const weft_section *s, const char *name);

/* Values by name, for keys that no struct has, and for words as they are written; models read the
 * others from their struct (weft_params_values). Asking for a name or type that the table does not
 * have is a bug (panic); so is asking for a value that is absent (ask weft_has_value first) or for
 * which a word stands. Texts, lists and trees belong to the parameters. text: STRING or CHOICE;
 * list_size: elements of any list; real_at, text_at: element i, from 0, of a list of that kind;
 * tree: TREE. Local. */
const char *weft_get_text(const weft_section *s, const char *name);
int weft_list_size(const weft_section *s, const char *name);
double weft_get_real_at(const weft_section *s, const char *name, int i);
const char *weft_get_text_at(const weft_section *s, const char *name, int i);
const weft_node *weft_get_tree(const weft_section *s, const char *name);
/* A STRING_LIST that is bound to a struct, for those who do not know the struct; absent: no
 * elements. Local. */
weft_strings weft_get_strings(const weft_section *s, const char *name);

/* The section as it is written; NULL: it is not there. Local. */
const weft_node *weft_section_node(const weft_section *s);

/* Fail about a parameter: "FILE:LINE: section.name: ...", at the place where it was given (or the
 * section's, or the file's). Returns WEFT_INPUT. Local. */
weft_status weft_param_fail(const weft_section *s, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put the recorded error at a parameter, as weft_param_fail does. Returns WEFT_INPUT. Local. */
weft_status weft_param_blame(const weft_section *s, const char *name);

/* ---- written forms ---- */

/* The resolved parameters as YAML that runs again to the same result (numbers in the shortest form
 * that round-trips). A new string; free with weft_free. Local. */
char *weft_params_yaml(const weft_params *params);

/* The shortest decimal form that reads back to the same double, into out. Local. */
void weft_number_text(double value, char out[40]);

/* ---- many inputs that differ in some numbers ---- */

/* Change a number (a scalar, or the only element of a list) as an override with this text would.
 * Returns false where that cannot be done in place: the key is not in use or holds no number; the
 * text is no number or out of range; another key of the section is then missing or not used. No
 * error is recorded then, and the parameters must not be used any more: load the input anew, which
 * gives the message. Local. */
bool weft_params_vary(weft_params *params, const char *section, const char *name, const char *text);

/* 128 bits that stand for all resolved parameters: the sum over the keys in use of the digests of
 * "section.key: value", so that it does not depend on their order. skip, up to NULL: sections
 * ("output") and keys ("ensemble.keep") that do not count; the same in each call. Local. */
void weft_params_digest(weft_params *params, const char *const *skip, uint64_t out[2]);

/* 128 well mixed bits of n bytes, for telling inputs apart; it is no cryptographic hash. Local. */
void weft_digest(const void *data, size_t n, uint64_t out[2]);

/* Write the tables of a schema to `out`: as aligned text (print), as an input with comments that is
 * valid once its required keys are filled in (template), as a JSON schema, as Markdown. Local. */
void weft_schema_print(const weft_schema *schema, FILE *out);
void weft_schema_template(const weft_schema *schema, FILE *out);
void weft_schema_json(const weft_schema *schema, const char *title, FILE *out);
void weft_schema_markdown(const weft_schema *schema, FILE *out);

/* What a message says behind a name that nothing has: "; did you mean 'NAME'?" with the one of n
 * names that is nearest to text by edit distance, upper and lower case alike. Nothing is near: an
 * empty text (did_you_mean), or "; there are: NAME, NAME" (near_or_all; a long list is cut). Dashes
 * at the beginning of text do not count and stand before the answer too: "; did you mean '--out'?".
 * Use: weft_fail(..., "no field '%s'%s", text, weft_did_you_mean(text, names, n).text). Local. */
typedef struct weft_hint {
    char text[1024];
} weft_hint;
weft_hint weft_did_you_mean(const char *text, const char *const *names, int n);
weft_hint weft_near_or_all(const char *text, const char *const *names, int n);

/* What a message says behind the number of elements of a list that does not fit: "; was 0.01 meant?
 * ..." where the list of the key holds two whole numbers with a comma and no blank between them, as
 * in [0,01]; an empty text elsewhere. Local. */
weft_hint weft_comma_hint(const weft_section *section, const char *key);

/* "libyaml x.y.z". Local. */
const char *weft_params_version(void);

WEFT_DECLARE_END

#endif
