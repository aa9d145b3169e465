/* The language of formulas without the models: each line is an expression, which later lines may
 * name ("a" is the first line, "b" the second, ...), so that long expressions share their parts.
 * Any bytes are accepted or refused with a message. What is accepted is shifted, differentiated,
 * taken apart into linear parts, printed, compiled and run; the time that libFuzzer allows finds
 * walks that visit a shared part once for each way to it. */
#include "weft/expression.h"
#include "fuzz.h"

enum { LINES = 18, PLACES = 40, NOISES = 8, ROW = 5, NAME_ROOM = 8, PRINTED = 200 };

typedef struct context {
    weft_graph *graph;
    int n, places;
    weft_expr line[LINES];
} context;

static bool find(void *data, const char *name, weft_expr *out, weft_expr_error *error)
{
    const context *c = data;
    (void)error;
    *out = (weft_expr){0};
    if (name[0] >= 'a' && name[0] < 'a' + c->n && name[1] == '\0')
        *out = c->line[name[0] - 'a'];
    else if (strcmp(name, "A") == 0) /* a complex field */
        *out = (weft_expr){weft_graph_variable(c->graph, WEFT_VAR_FIELD, 0),
                           weft_graph_variable(c->graph, WEFT_VAR_FIELD, 1)};
    else if (strcmp(name, "U") == 0)
        out->re = weft_graph_variable(c->graph, WEFT_VAR_FIELD, 2);
    else if (strcmp(name, "x") == 0)
        out->re = weft_graph_variable(c->graph, WEFT_VAR_PLACE, 0);
    else if (strcmp(name, "t") == 0)
        out->re = weft_graph_variable(c->graph, WEFT_VAR_UNIFORM, 0);
    else if (strcmp(name, "Q") == 0)
        out->re = weft_graph_variable(c->graph, WEFT_VAR_PLACE, 3);
    else
        return false;
    return true;
}

static int draw(void *data, int law)
{
    context *c = data;
    (void)law;
    return c->places < PLACES ? c->places++ : -1;
}

static int noise(void *data, int number)
{
    (void)data;
    return number < NOISES ? number : -1;
}

static const char *known(void *data, int i)
{
    static const char *const names[] = {"A", "U", "Q", "x", "t", NULL};
    (void)data;
    return names[i];
}

static const char *name(void *data, weft_variable kind, int index)
{
    static char text[NAME_ROOM];
    (void)data;
    snprintf(text, sizeof text, "%c%d", "upnwx"[kind % 5], index % 100);
    return text;
}

/* Are derivatives of it defined? Operators and means of a field are not taken apart here. */
static bool plain(const weft_graph *g)
{
    for (int i = 0; i < weft_graph_size(g); i++) {
        const weft_op op = weft_graph_at(g, i)->op;
        if (op == WEFT_OP_OPERATOR || op == WEFT_OP_MEAN || op == WEFT_OP_SHIFT)
            return false;
    }
    return true;
}

/* Compile and run a node; all variables of the graph are inputs, with the same row of values. */
static void run(const weft_graph *g, int node)
{
    static const double row[ROW] = {-1e300, -0.5, 0.0, 0.7, 3.0};
    int n = 0;
    double out[ROW], *to = out;
    weft_program_input *input = weft_alloc((size_t)weft_graph_size(g), sizeof *input);
    const double **from = weft_alloc((size_t)weft_graph_size(g), sizeof *from);
    for (int i = 1; i < weft_graph_size(g); i++)
        if (weft_graph_at(g, i)->op == WEFT_OP_VARIABLE) {
            const weft_variable kind = weft_graph_at(g, i)->variable;
            from[n] = row;
            input[n++] = (weft_program_input){i, kind == WEFT_VAR_UNIFORM || kind == WEFT_VAR_WAVE};
        }
    weft_program *program = weft_program_create(g, 1, &node, n, input);
    weft_program_run(program, ROW, from, &to);
    weft_program_free(program);
    weft_free(input);
    weft_free(from);
}

static void use(context *c, int node)
{
    weft_graph *g = c->graph;
    char text[PRINTED];
    const int by[3] = {0, 0, 1};
    weft_graph_print(g, node, name, c, text, sizeof text);
    FUZZ_MUST(strlen(text) < sizeof text);
    weft_graph_degree(g, node);
    if (plain(g)) {
        run(g, node);
        weft_graph_derivative(g, node, weft_graph_variable(g, WEFT_VAR_FIELD, 2));
    }
    weft_splitter *s = weft_splitter_create(g);
    weft_split_of(s, node);
    weft_splitter_free(s);
    weft_graph_shift(g, node, by);
}

/* One line; the tree is freed in either case. */
static bool build(const weft_expr_scope *scope, const char *line, weft_expr *out)
{
    weft_ast ast;
    weft_expr_error error = {0};
    bool parsed = weft_ast_parse(line, false, &ast, &error);
    bool good = parsed && weft_expr_build(scope, &ast, ast.right, out, &error);
    FUZZ_MUST(good == (error.text[0] == '\0'));
    FUZZ_MUST(good || (error.at >= 0 && error.length >= 0));
    weft_ast_free(&ast);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t before = weft_memory_blocks();
    context c = {.graph = weft_graph_create(), .places = 4};
    /* the first byte says where the lines stand: in an equation, a start, a lattice, ... */
    weft_expr_scope scope = {.graph = c.graph,
                             .allow = size ? data[0] & 31 : 0,
                             .dim = size ? 1 + (data[0] >> 5) % 3 : 1,
                             .difference = size && data[0] >= 128 ? 4 : 0,
                             .dx = {0.5, 0.5, 0.5},
                             .context = &c,
                             .find = find,
                             .draw = draw,
                             .noise = noise,
                             .name = known};
    char *text = fuzz_text(data + (size > 0), size - (size > 0)), *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line && c.n < LINES;
         line = strtok_r(NULL, "\n", &rest)) {
        weft_expr value;
        if (!build(&scope, line, &value))
            break;
        c.line[c.n++] = value;
    }
    if (c.n > 0) {
        use(&c, c.line[c.n - 1].re);
        use(&c, c.line[c.n - 1].im);
    }
    weft_graph_free(c.graph);
    weft_free(text);
    FUZZ_MUST(weft_memory_blocks() == before);
    return 0;
}
