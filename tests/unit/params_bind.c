/* Parameters bound to the members of a struct: a value of every type, absent ones and words, and
 * that settle and vary refresh the struct where it is. */
#include "check.h"
#include "weft/memory.h"
#include "weft/params.h"
#include <math.h>

#define COLOURS(X) X(RED, "red") X(GREEN, "green") X(DARK_BLUE, "dark_blue")
typedef enum colour { COLOURS(WEFT_ENUM_NAME) } colour;

typedef struct things {
    bool flag;
    int64_t count, most, none;
    double weight, radius, step;
    const char *title, *note;
    colour paint, shade;
    double wait;
    weft_schedule every, never;
    weft_ints sizes;
    weft_reals levels, slopes;
    weft_strings names;
    weft_choices sides;
    const weft_node *tree, *rest;
} things;

static const weft_param table[] = {
    {WEFT_BIND_BOOL(things, flag), .standard = "false", .help = ""},
    {WEFT_BIND_INT(things, count), .standard = "3", .range = "[0, 10]", .help = ""},
    {WEFT_BIND_INT(things, most), .standard = "auto", .words = "auto", .help = ""},
    {WEFT_BIND_INT(things, none), .standard = "", .help = ""},
    {WEFT_BIND_REAL(things, weight), .standard = "0.5", .help = ""},
    {WEFT_BIND_REAL(things, radius), .standard = "", .help = ""},
    {WEFT_BIND_REAL(things, step), .standard = "auto", .words = "auto", .help = ""},
    {WEFT_BIND_STRING(things, title), .standard = "", .help = ""},
    {WEFT_BIND_STRING(things, note), .standard = "", .help = ""},
    {WEFT_BIND_CHOICE(things, paint), .words = COLOURS(WEFT_ENUM_WORD), .help = ""},
    {WEFT_BIND_CHOICE(things, shade), .standard = "green", .words = COLOURS(WEFT_ENUM_WORD),
     .help = ""},
    {WEFT_BIND_DURATION(things, wait), .standard = "2m", .help = ""},
    {WEFT_BIND_SCHEDULE(things, every), .standard = "", .help = ""},
    {WEFT_BIND_SCHEDULE(things, never), .standard = "", .help = ""},
    {WEFT_BIND_INTS(things, sizes), .standard = "", .help = ""},
    {WEFT_BIND_REALS(things, levels), .help = ""},
    {WEFT_BIND_REALS(things, slopes), .standard = "flat", .words = "flat", .help = ""},
    {WEFT_BIND_STRINGS(things, names), .standard = "", .help = ""},
    {WEFT_BIND_CHOICES(things, sides), .standard = "", .words = "left|right", .help = ""},
    {WEFT_BIND_TREE(things, tree), .standard = "", .help = ""},
    {WEFT_BIND_TREE(things, rest), .standard = "", .help = ""},
    {0},
};

typedef struct checked {
    weft_document *doc;
    weft_schema *schema;
    weft_params *params;
    const things *v;
} checked;

static weft_status load(const char *text, checked *c)
{
    c->schema = weft_alloc(1, sizeof *c->schema);
    weft_schema_add(c->schema, "a", "", "", table);
    CHECK(weft_document_parse("file", text, 0, NULL, &c->doc) == WEFT_OK);
    weft_status status = weft_check(c->doc, c->schema, &c->params);
    c->v = status == WEFT_OK ? weft_params_values(c->params, table) : NULL;
    return status;
}

static void unload(checked *c)
{
    weft_params_free(c->params);
    weft_document_free(c->doc);
    weft_free(c->schema);
}

static void written(void)
{
    checked c;
    CHECK(load("a:\n  flag: true\n  count: 7\n  most: 4\n  none: -1\n  weight: 2e-3\n  radius: 3\n"
               "  step: 0.25\n  title: a b\n  note: ''\n  paint: dark_blue\n  shade: red\n"
               "  wait: 1h\n  every: 0.5\n  never: {log: 9}\n  sizes: [1, -2, 3]\n  levels: 4.5\n"
               "  slopes: [1, 2]\n  names: [x, y]\n  sides: [right, left]\n  tree: {b: 1}\n"
               "  rest: [1]\n",
               &c) == WEFT_OK);
    const things *v = c.v;
    CHECK(v->flag && v->count == 7 && v->most == 4 && v->none == -1);
    CHECK(v->weight == 2e-3 && v->radius == 3 && v->step == 0.25 && v->wait == 3600);
    CHECK_TEXT(v->title, "a b");
    CHECK_TEXT(v->note, "");
    CHECK(v->paint == DARK_BLUE && v->shade == RED);
    CHECK(v->every.every == 0.5 && v->every.log == 0 && v->never.every == 0 && v->never.log == 9);
    CHECK(v->sizes.n == 3 && v->sizes.value[1] == -2 && v->sizes.value[2] == 3);
    CHECK(v->levels.n == 1 && v->levels.value[0] == 4.5);
    CHECK(v->slopes.n == 2 && v->slopes.value[1] == 2);
    CHECK(v->names.n == 2);
    CHECK_TEXT(v->names.value[1], "y");
    CHECK(v->sides.n == 2 && v->sides.value[0] == 1 && v->sides.value[1] == 0);
    CHECK(weft_node_count(v->tree) == 1 && weft_node_what(v->rest) == WEFT_NODE_LIST);
    unload(&c);
}

static void absent(void)
{
    checked c;
    CHECK(load("a: {paint: red, levels: [1, 2]}\n", &c) == WEFT_OK);
    const things *v = c.v;
    CHECK(!v->flag && v->count == 3 && v->most == WEFT_NO_INT && v->none == WEFT_NO_INT);
    CHECK(v->weight == 0.5 && isnan(v->radius) && isnan(v->step) && v->wait == 120);
    CHECK(!v->title && !v->note && v->paint == RED && v->shade == GREEN);
    CHECK(v->every.every == 0 && v->every.log == 0);
    CHECK(v->sizes.n == 0 && v->slopes.n == 0 && v->names.n == 0 && v->sides.n == 0);
    CHECK(!v->sizes.value && !v->slopes.value && !v->names.value && !v->sides.value);
    CHECK(!v->tree && !v->rest);
    unload(&c);
    CHECK(load("a: {paint: red, levels: [], slopes: []}\n", &c) == WEFT_OK);
    CHECK(c.v->levels.n == 0 && c.v->levels.value && c.v->slopes.n == 0 && c.v->slopes.value);
    unload(&c);
    CHECK(load("a: {paint: blue, levels: 1}\n", &c) == WEFT_INPUT);
    CHECK_TEXT(weft_error_message(),
               "file:1: a.paint: 'blue' is not a choice here; expected red, green or dark_blue");
    weft_error_clear();
    unload(&c);
}

static void refreshed(void)
{
    checked c;
    CHECK(load("a: {paint: red, levels: 1, radius: 2}\n", &c) == WEFT_OK);
    const double *levels = c.v->levels.value;
    weft_params_settle(c.params, "a", "step", "0.125");
    weft_params_settle(c.params, "a", "names", "[p, q]");
    CHECK(c.v->step == 0.125 && c.v->names.n == 2 && isnan(c.v->step) == 0);
    CHECK_TEXT(c.v->names.value[0], "p");
    CHECK(weft_params_vary(c.params, "a", "count", "9") && c.v->count == 9);
    CHECK(weft_params_vary(c.params, "a", "radius", "1e3") && c.v->radius == 1000);
    CHECK(weft_params_vary(c.params, "a", "levels", "7") && c.v->levels.value == levels &&
          levels[0] == 7);
    CHECK(weft_params_values(c.params, table) == c.v);
    unload(&c);
}

int main(void)
{
    written();
    absent();
    refreshed();
    return check_end();
}
