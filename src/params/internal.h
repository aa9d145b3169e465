/* Pieces of the input reader, private to src/params. All of it is local: no MPI. */
#ifndef WEFT_PARAMS_INTERNAL_H
#define WEFT_PARAMS_INTERNAL_H

#include "weft/params.h"
#include <stdarg.h>

/* ---- memory that is freed at once: arena.c ----
 *
 * An arena holds pieces until all are freed together; {NULL} is an empty one. */
typedef struct par_arena {
    struct par_arena_block *last;
} par_arena;

/* take: bytes of zeroed memory, aligned to 16 bytes. copy: length bytes of text and a zero. free:
 * all pieces. Local. */
void *par_arena_take(par_arena *arena, size_t bytes);
char *par_arena_copy(par_arena *arena, const char *text, size_t length);
void par_arena_free(par_arena *arena);

/* ---- the tree ----
 *
 * A node and all that it points to live in the arena of its document (or of its parameters). */
struct weft_node {
    weft_node_kind kind;
    bool plain;               /* a scalar without quotes */
    bool exact;               /* a scalar whose source is its text, character by character */
    int line, column;         /* where it starts, from 1; column of the text inside quotes */
    int key_line, key_column; /* of its key in a map, else line and column */
    const char *source;       /* the text of the file that it was read from; NULL: none */
    const char *file;         /* in which it stands */
    const char *place;        /* instead of file:line: "-P time.dt=1"; NULL: none */
    const weft_node *parent;
    const char *name; /* its key in a map; NULL in a list */
    int index;        /* in its parent */
    const char *text; /* of a scalar */
    int n, room;      /* children */
    weft_node **item;
};

/* A parsed input. */
struct weft_document {
    par_arena arena;
    const char *file;
    weft_node *root; /* always a map */
};

/* Read a text into nodes. place: see weft_node; NULL: positions are file:line. *root is NULL if the
 * text holds nothing. */
weft_status par_tree_read(par_arena *arena, const char *file, const char *place, const char *text,
                          weft_node **root);
/* Put child into a map under the name, instead of a present value if there is one. */
void par_tree_put(par_arena *arena, weft_node *map, const char *name, weft_node *child);
bool par_node_null(const weft_node *node); /* a plain scalar that means "no value" */
/* "a list", "a section", "text" ... for messages. */
const char *par_node_describe(const weft_node *node);
/* weft_comma_hint for a list, or for an element of one and its neighbours; NULL: an empty text. */
weft_hint par_comma_hint(const weft_node *node);
/* "time.dt" of a node, "" of the root. */
void par_node_path(const weft_node *node, char *out, size_t size);
/* "FILE:LINE" or "-P ..." of a node, by its key if at_key. */
void par_node_place(const weft_node *node, bool at_key, char *out, size_t size);
/* A line of a source (NULL: none) and marks below so many characters from a column on, as two lines
 * that are indented, each with a newline before it. */
void par_show_line(const char *source, int line, int column, int marked, char *out, size_t size);
/* Fail with a message about a node: "PLACE: PATH: WHY", and show where its key (at_key) or its
 * value stands. path: "" for none. */
weft_status par_fail_at(const weft_node *node, bool at_key, const char *path, const char *why);
/* Put one override "section.key=value" into the tree. Errors: WEFT_INPUT. Local. */
weft_status par_override_apply(weft_document *doc, const char *written);

/* ---- text ---- */

/* Room for the place of a message. */
enum { WEFT_PLACE = 2048 };

/* The text fit for a message: short, on one line. Returns out. */
enum { WEFT_EXCERPT = 72 };
const char *par_excerpt(const char *text, char out[WEFT_EXCERPT]);
/* Line ends and other control characters to blanks. */
void par_one_line(char *text);
/* NULL, or why the text is no number. */
const char *par_number_real(const char *text, double *out);
const char *par_number_int(const char *text, int64_t *out);

/* Whether two texts are a whole number and what may follow a decimal comma ("0", "01"; "1",
 * "5e-3"). */
bool par_number_cut(const char *before, const char *behind);

/* Step through the words of "a|b|c": returns the length of the next word, sets *word to it and
 * moves *list behind it; 0 at the end. Local. */
int par_word_next(const char **list, const char **word);
/* Its position in the list, from 0; -1: it is not there. */
int par_word_position(const char *list, const char *text);
bool par_word_in(const char *list, const char *text);
/* "a, b or c". */
void par_word_list(const char *list, char *out, size_t size);
/* weft_did_you_mean over the words of a list; NULL has none. */
weft_hint par_word_hint(const char *list, const char *text);

/* An interval; open ends do not belong to it. */
typedef struct par_range {
    double low, high;
    bool low_open, high_open;
} par_range;
par_range par_range_read(const char *text); /* panics on a malformed table */
bool par_range_has(const par_range *range, double value);
/* "greater than 0", "from 0 to 1". */
void par_range_text(const par_range *range, char *out, size_t size);

/* A text that grows. */
typedef struct par_buffer {
    char *text;
    size_t length, room;
} par_buffer;
void par_buffer_add(par_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void par_buffer_bytes(par_buffer *buffer, const char *bytes, size_t n);

/* ---- values ----
 *
 * One scalar; the type of its row says which member holds it. */
typedef union par_element {
    bool flag;
    int64_t whole;
    double real;
    const char *text;
} par_element;

/* What a row of a table has got from the document. In the arena of its parameters. */
typedef struct par_value {
    const weft_param *row;
    const weft_node *node; /* as written, or the default's; NULL: absent */
    bool set;              /* written by the user */
    bool used;             /* its conditions hold */
    const char *word;      /* given instead of a value */
    int n;                 /* elements: 1 of a scalar */
    par_element *element;
    weft_schedule schedule;
    void *member; /* of the struct that the row is bound to; NULL: none */
    void *list;   /* array of a bound list, n elements */
    /* for weft_params_vary and weft_params_digest */
    weft_node *varied;
    char *varied_text;
    par_range range;
    bool range_known, digest_known;
    uint64_t digest[2];
} par_value;

/* Room for the text of a varied number. */
enum { WEFT_NUMBER_ROOM = 40 };

/* A checked section: the values of all its tables, one after the other. */
struct weft_section {
    const weft_params *params;
    const weft_section_spec *spec;
    const weft_node *node; /* the map in the input; NULL: none */
    int n;
    par_value *value;
    void *bound[WEFT_MAX_TABLES]; /* structs to which the tables are bound; NULL: none */
};

/* The result of a check; owns its arena, not the document. */
struct weft_params {
    par_arena arena;
    const weft_document *doc;
    weft_schema schema;
    weft_section section[WEFT_MAX_SECTIONS];
};

bool par_type_is_list(weft_type type);
/* Read a node into a value of the type, range and words of row. Errors: WEFT_INPUT at the node.
 * Local. */
weft_status par_value_read(par_arena *arena, const weft_param *row, const weft_node *node,
                           par_value *out);
/* Give a value the text of a default, as if the user had not written the key; a text that the row
 * refuses is a slip in the program (panic). Local. */
void par_value_standard(weft_params *params, const char *section, const char *text,
                        par_value *value);
/* Add "value" and the end of the line as in written parameters. */
void par_value_add(par_buffer *buffer, const par_value *value);
/* Write the value into the member to which its row is bound, if there is one. */
void par_value_bind(par_arena *arena, par_value *value);
/* The value of a key of a section; NULL: no table has it. Local. */
par_value *par_section_find(const weft_section *s, const char *name);

/* ---- conditions ---- */

/* One "key=word|word" of "a=x; b=y|z" after the other; false at the end. */
typedef struct par_condition {
    char key[64];
    char words[256];
} par_condition;
bool par_condition_next(const char **when, par_condition *out);
/* "type is kink or antikink, and damped is true". */
void par_condition_text(const char *when, char *out, size_t size);
/* Whether all conditions of a value of the section hold. If not, *failed is the first one that does
 * not. Local. */
bool par_value_used(const weft_section *s, const par_value *v, par_condition *failed);
/* Does the value have one of the words? */
bool par_condition_holds(const par_condition *c, const par_value *other);

/* Step through the tables of a section: the i-th one, first its own tables, then those of choices
 * that were not made (other); false at the end. Local. */
typedef struct par_table_view {
    const weft_param *table;
    const char *owner, *about;
    bool other;
} par_table_view;
bool par_schema_table(const weft_schema *schema, int section, int i, par_table_view *out);

#endif
