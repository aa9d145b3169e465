/* Tables as a JSON schema (draft 2020-12), for editors and other programs. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void print_string(const char *text, int length, FILE *out)
{
    fputc('"', out);
    for (int i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void print_text(const char *text, FILE *out)
{
    print_string(text, (int)strlen(text), out);
}

static void print_words(const char *list, FILE *out)
{
    const char *word;
    fprintf(out, "{\"enum\": [");
    for (int n, i = 0; (n = par_word_next(&list, &word)) > 0; i++) {
        fprintf(out, "%s", i ? ", " : "");
        print_string(word, n, out);
    }
    fprintf(out, "]}");
}

static void print_number_type(const char *type, const char *range_text, FILE *out)
{
    par_range r = par_range_read(range_text);
    char low[40], high[40];
    weft_number_text(r.low, low);
    weft_number_text(r.high, high);
    fprintf(out, "{\"type\": \"%s\"", type);
    if (isfinite(r.low))
        fprintf(out, ", \"%s\": %s", r.low_open ? "exclusiveMinimum" : "minimum", low);
    if (isfinite(r.high))
        fprintf(out, ", \"%s\": %s", r.high_open ? "exclusiveMaximum" : "maximum", high);
    fprintf(out, "}");
}

/* One value, or one element of a list. */
static void print_element_type(const weft_param *row, FILE *out)
{
    switch (row->type) {
    case WEFT_BOOL:
        fprintf(out, "{\"type\": \"boolean\"}");
        return;
    case WEFT_INT:
    case WEFT_INT_LIST:
        print_number_type("integer", row->range, out);
        return;
    case WEFT_REAL:
    case WEFT_REAL_LIST:
    case WEFT_SCHEDULE:
        print_number_type("number", row->range, out);
        return;
    case WEFT_CHOICE:
    case WEFT_CHOICE_LIST:
        print_words(row->words, out);
        return;
    case WEFT_DURATION:
        fprintf(out, "{\"type\": \"number\", \"minimum\": 0}, {\"type\": \"string\", \"pattern\": "
                     "\"^([0-9]+(\\\\.[0-9]*)?[dhms])+$\"}");
        return;
    case WEFT_TREE:
        fprintf(out, "{}");
        return;
    default:
        fprintf(out, "{\"type\": \"string\"}");
    }
}

/* The alternatives of a value: words, element, list of elements, {log: N}. */
static void print_alternatives(const weft_param *row, FILE *out)
{
    bool choice = row->type == WEFT_CHOICE || row->type == WEFT_CHOICE_LIST;
    fprintf(out, "\"anyOf\": [");
    print_element_type(row, out);
    if (par_type_is_list(row->type)) {
        fprintf(out, ", {\"type\": \"array\", \"items\": ");
        print_element_type(row, out);
        fprintf(out, "}");
    }
    if (row->type == WEFT_SCHEDULE)
        fprintf(out, ", {\"type\": \"object\", \"properties\": {\"log\": {\"type\": \"integer\", "
                     "\"minimum\": 1}}, \"required\": [\"log\"], \"additionalProperties\": false}");
    if (row->words && !choice) {
        fprintf(out, ", ");
        print_words(row->words, out);
    }
    fprintf(out, "]");
}

static void print_default(const weft_param *row, FILE *out)
{
    double x;
    fprintf(out, ", \"default\": ");
    bool numeric = row->type == WEFT_INT || row->type == WEFT_REAL || row->type == WEFT_SCHEDULE ||
                   row->type == WEFT_INT_LIST || row->type == WEFT_REAL_LIST;
    if (numeric && !par_number_real(row->standard, &x)) {
        char text[40];
        weft_number_text(x, text);
        fprintf(out, "%s", text);
    } else if (row->type == WEFT_BOOL) {
        fprintf(out, "%s", row->standard);
    } else {
        print_text(row->standard, out);
    }
}

static void print_property(const weft_param *row, FILE *out)
{
    char when[512];
    print_text(row->name, out);
    fprintf(out, ": {");
    print_alternatives(row, out);
    par_buffer about = {0};
    par_buffer_add(&about, "%s", row->help);
    if (row->unit && *row->unit)
        par_buffer_add(&about, " [%s]", row->unit);
    if (row->when) {
        par_condition_text(row->when, when, sizeof when);
        par_buffer_add(&about, " (only if %s)", when);
    }
    fprintf(out, ", \"description\": ");
    print_text(about.text, out);
    weft_free(about.text);
    if (row->standard && *row->standard)
        print_default(row, out);
    fprintf(out, "}");
}

static bool is_required(const weft_param *row)
{
    return !row->standard && !row->when;
}

/* Names of required keys; returns their number. */
static int print_required(const weft_section_spec *s, int n, FILE *out)
{
    for (int t = 0; t < WEFT_MAX_TABLES && s->tables[t]; t++)
        for (const weft_param *row = s->tables[t]; row->name; row++)
            if (is_required(row)) {
                if (out) {
                    fprintf(out, "%s", n ? ", " : "");
                    print_text(row->name, out);
                }
                n++;
            }
    return n;
}

/* Is it the first row of this name in the section? */
static bool is_first(const weft_schema *schema, int section, const weft_param *row)
{
    par_table_view view;
    for (int t = 0; par_schema_table(schema, section, t, &view); t++)
        for (const weft_param *other = view.table; other->name; other++)
            if (strcmp(other->name, row->name) == 0)
                return other == row;
    return true;
}

static int print_properties(const weft_schema *schema, int section, int n, const char *indent,
                            FILE *out)
{
    par_table_view view;
    for (int t = 0; par_schema_table(schema, section, t, &view); t++)
        for (const weft_param *row = view.table; row->name; row++) {
            if (!is_first(schema, section, row))
                continue;
            fprintf(out, "%s\n%s", n++ ? "," : "", indent);
            print_property(row, out);
        }
    return n;
}

static void print_section(const weft_schema *schema, int section, FILE *out)
{
    const weft_section_spec *s = &schema->section[section];
    print_text(s->name, out);
    fprintf(out, ": {\n      \"type\": %s,\n      \"description\": ",
            print_required(s, 0, NULL) > 0 ? "\"object\"" : "[\"object\", \"null\"]");
    print_text(s->help, out);
    fprintf(out, ",\n      \"additionalProperties\": false,\n      \"required\": [");
    print_required(s, 0, out);
    fprintf(out, "],\n      \"properties\": {");
    print_properties(schema, section, 0, "        ", out);
    fprintf(out, "\n      }\n    }");
}

void weft_schema_json(const weft_schema *schema, const char *title, FILE *out)
{
    fprintf(out,
            "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": ");
    print_text(title, out);
    fprintf(out,
            ",\n  \"type\": \"object\",\n  \"additionalProperties\": false,\n  \"required\": [");
    int n = 0;
    for (int i = 0; i < schema->n; i++) {
        const weft_section_spec *s = &schema->section[i];
        if (!*s->name) {
            n = print_required(s, n, out);
        } else if (print_required(s, 0, NULL) > 0) {
            fprintf(out, "%s", n++ ? ", " : "");
            print_text(s->name, out);
        }
    }
    fprintf(out, "],\n  \"properties\": {");
    n = 0;
    for (int i = 0; i < schema->n; i++) {
        const weft_section_spec *s = &schema->section[i];
        if (!*s->name) {
            n = print_properties(schema, i, n, "    ", out);
            continue;
        }
        fprintf(out, "%s\n    ", n++ ? "," : "");
        print_section(schema, i, out);
    }
    fprintf(out, "\n  }\n}\n");
}
