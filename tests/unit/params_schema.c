/* The written forms of a schema: text, template, JSON schema, Markdown. */
#include "params.h"
#include <ctype.h>

typedef void (*writer)(const weft_schema *schema, FILE *out);

static void write_json(const weft_schema *schema, FILE *out)
{
    weft_schema_json(schema, "a \"title\"", out);
}

static void write_example(const weft_schema *schema, FILE *out)
{
    weft_schema copy = *schema;
    weft_schema_example(&copy, "", "model", "klein_gordon");
    weft_schema_template(&copy, out);
}

static char *written(writer write)
{
    weft_schema schema;
    FILE *file = tmpfile();
    CHECK(file != NULL);
    if (!file)
        exit(1);
    test_schema(&schema);
    write(&schema, file);
    long n = ftell(file);
    char *text = weft_alloc((size_t)n + 1, 1);
    rewind(file);
    CHECK(fread(text, 1, (size_t)n, file) == (size_t)n);
    fclose(file);
    return text;
}

static bool has(const char *text, const char *piece)
{
    bool found = strstr(text, piece) != NULL;
    if (!found)
        fprintf(stderr, "not found: %s\n", piece);
    return found;
}

static void print(void)
{
    char *text = written(weft_schema_print);
    CHECK(has(text, "\nfield: a field\n"));
    CHECK(has(text, "potential  choice              phi4 "));
    CHECK(has(text, "  (stepper verlet)\n  dt "));
    CHECK(has(text, "  (stepper bdf: implicit)\n  rtol "));
    CHECK(has(text, "coupling (only if potential is phi4)\n"));
    CHECK(has(text,
              "order of the expansion (only if potential is sine_gordon or free and damped is "
              "true)\n"));
    CHECK(has(text, "(0, inf) or auto"));
    CHECK(has(text, "required"));
    weft_free(text);
}

static void markdown(void)
{
    char *text = written(weft_schema_markdown);
    CHECK(has(text, "### `grid`: the grid\n\n| key |"));
    CHECK(has(text, "| `end` | number | required | (0, inf) | time | when the run ends |\n"));
    CHECK(has(text, "With stepper verlet:\n\n"));
    CHECK(has(text, "| `dt` | number | `auto` | (0, inf) or auto | time | time step |\n"));
    weft_free(text);
}

/* Put text behind the first "key: " that begins a line. */
static char *fill(const char *template, const char *line, const char *value)
{
    const char *at = strstr(template, line);
    CHECK(at != NULL);
    if (!at)
        return weft_strdup(template);
    at += strlen(line);
    return weft_format("%.*s%s%s", (int)(at - template), template, value, at);
}

/* The template is an input once its required keys are filled in; before, the error says which. */
static void template(void)
{
    test_input in;
    char *text = written(weft_schema_template), *with = written(write_example);
    CHECK(has(with, "model: klein_gordon ") && has(with, "  end:  "));
    weft_free(with);
    CHECK(test_load(text, 0, NULL, &in) == WEFT_INPUT);
    CHECK_TEXT(weft_error_message(), "in.yaml:1: model: a value is missing; expected text");
    char *a = fill(text, &"\nmodel: "[1], "field");
    char *b = fill(a, "\n  n: ", "8");
    char *c = fill(b, "\n  end: ", "1");
    CHECK(test_load(c, 0, NULL, &in) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    if (in.params) {
        const weft_section *own = weft_params_section(in.params, "field");
        CHECK_TEXT(weft_get_text(own, "potential"), "phi4");
        CHECK(weft_is_written(own, "mass"));
    }
    CHECK(has(text, "  # with stepper bdf: implicit\n  # rtol: 1e-6 "));
    test_unload(&in);
    weft_free(text);
    weft_free(a);
    weft_free(b);
    weft_free(c);
}

/* ---- is it JSON? ---- */

static const char *blank(const char *p)
{
    while (*p && isspace((unsigned char)*p))
        p++;
    return p;
}

static const char *json_value(const char *p);

static const char *json_string(const char *p)
{
    if (!p || *p != '"')
        return NULL;
    for (p++; *p && *p != '"'; p++)
        if (*p == '\\' && !*++p)
            return NULL;
    return *p ? p + 1 : NULL;
}

/* {...} with keys, or [...]. */
static const char *json_container(const char *p, char close)
{
    p = blank(p + 1);
    if (*p == close)
        return p + 1;
    for (;;) {
        if (close == '}') {
            p = json_string(blank(p));
            if (!p || *(p = blank(p)) != ':')
                return NULL;
            p++;
        }
        p = json_value(p);
        if (!p)
            return NULL;
        p = blank(p);
        if (*p == close)
            return p + 1;
        if (*p++ != ',')
            return NULL;
    }
}

/* Behind the value at p; NULL if there is none. */
static const char *json_value(const char *p)
{
    char *end;
    p = blank(p);
    if (*p == '{')
        return json_container(p, '}');
    if (*p == '[')
        return json_container(p, ']');
    if (*p == '"')
        return json_string(p);
    if (strncmp(p, "true", 4) == 0)
        return p + 4;
    if (strncmp(p, "false", 5) == 0)
        return p + 5;
    strtod(p, &end);
    return end != p ? end : NULL;
}

static void json(void)
{
    CHECK(!json_value("{\"a\": [1, }") && !json_value("{a: 1}") && !json_value("[1 2]"));
    char *text = written(write_json);
    const char *end = json_value(text);
    CHECK(end && *blank(end) == '\0');
    CHECK(has(text, "\"title\": \"a \\\"title\\\"\""));
    CHECK(has(text, "\"required\": [\"model\", \"grid\", \"time\"]"));
    CHECK(has(text, "\"required\": [\"end\"]"));
    CHECK(has(text, "\"end\": {\"anyOf\": [{\"type\": \"number\", \"exclusiveMinimum\": 0}], "
                    "\"description\": \"when the run ends [time]\"}"));
    CHECK(has(text, "{\"enum\": [\"phi4\", \"sine_gordon\", \"free\"]}"));
    CHECK(has(text, "\"default\": \"auto\"") && has(text, "\"default\": 0.5"));
    CHECK(has(text, "\"rtol\": "));
    weft_free(text);
}

/* A schema collects tables under their sections. */
static void collect(void)
{
    weft_schema s;
    test_schema(&s);
    CHECK(s.n == 5 && s.n_others == 2);
    CHECK_TEXT(s.section[3].name, "time");
    CHECK(s.section[3].tables[0] == test_time && s.section[3].tables[1] == test_step);
    CHECK(s.section[3].tables[2] == NULL);
    CHECK_TEXT(s.section[3].owner[1], "stepper verlet");
    CHECK_TEXT(s.section[3].help, "time integration");
}

int main(void)
{
    int64_t blocks = weft_memory_blocks();
    print();
    markdown();
    template();
    json();
    collect();
    CHECK(weft_memory_blocks() == blocks);
    return check_end();
}
