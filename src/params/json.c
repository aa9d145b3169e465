/* Tables as a JSON schema (draft 2020-12), for editors and other programs.
 *
 * Invariant: the schema accepts every input that the check accepts. It may accept more: ranges and
 * types are told, conditions (`when`) and the fit of stepper and model are not, so keys that depend
 * on choices are never required. Made from the same tables as the check, so the two cannot drift
 * apart.
 *
 * The form of one key, shortened:
 *
 *       "dt": {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"enum": ["auto"]}],
 *              "description": "time step ... [time]", "default": "auto"} */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A JSON string of `length` bytes of UTF-8; quotes, backslashes and control characters are escaped.
 */
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

/* A JSON string of a whole text. */
static void print_text(const char *text, FILE *out)
{
    print_string(text, (int)strlen(text), out);
}

/* The words of "a|b|c" as an enum. */
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

/* Infinite ends of a range are left out. */
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

/* One value, or one element of a list. Ranges of durations are not told: the schema would have to
 * read "2h30m". */
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

/* The alternatives of a value: words, element, list of elements, {log: N}. A list may be written as
 * a single value, so both forms are there. Returns how many there are after n before them. */
static int print_alternatives(const weft_param *row, int n, FILE *out)
{
    /* The words of a choice are its values; those of other types are alternatives. */
    bool choice = row->type == WEFT_CHOICE || row->type == WEFT_CHOICE_LIST;
    fprintf(out, "%s", n++ ? ", " : "");
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
    return n;
}

/* Numbers are rewritten, because JSON does not allow forms such as "1." or "+1". */
static void print_default(const weft_param *row, FILE *out)
{
    /* Words such as "auto" are strings; everything that reads as a number is written as one. */
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

/* Row number i of all tables of a section; NULL behind the last. */
static const weft_param *row_at(const weft_schema *schema, int section, int i)
{
    par_table_view view;
    for (int t = 0; par_schema_table(schema, section, t, &view); t++)
        for (const weft_param *row = view.table; row->name; row++)
            if (i-- == 0)
                return row;
    return NULL;
}

/* Steppers and initial states may share a table, or have keys of the same name; an object of JSON
 * has each once. Is row number i the first of its name, or (whole) the first time that this very
 * row is met? */
static bool is_first(const weft_schema *schema, int section, int i, bool whole)
{
    const weft_param *row = row_at(schema, section, i);
    for (int j = 0; j < i; j++) {
        const weft_param *other = row_at(schema, section, j);
        if (whole ? other == row : strcmp(other->name, row->name) == 0)
            return false;
    }
    return true;
}

/* The alternatives of all rows with the name of a row. */
static void print_rows(const weft_schema *schema, int section, const weft_param *row, FILE *out)
{
    const weft_param *other;
    for (int i = 0, n = 0; (other = row_at(schema, section, i)); i++)
        if (strcmp(other->name, row->name) == 0 && is_first(schema, section, i, true))
            n = print_alternatives(other, n, out);
}

/* A key: what its rows allow, one of which must fit; description with unit and condition, and
 * default, of the first row. */
static void print_property(const weft_schema *schema, int section, const weft_param *row, FILE *out)
{
    char when[512];
    print_text(row->name, out);
    fprintf(out, ": {\"anyOf\": [");
    print_rows(schema, section, row, out);
    fprintf(out, "]");
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

/* Neither a default nor a condition. */
static bool is_required(const weft_param *row)
{
    return !row->standard && !row->when;
}

/* Print the names of required keys of a section, after n names before them; returns how many there
 * are then. out NULL: only count. */
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

/* Keys of all tables of a section, those of choices that were not made included: an editor does not
 * know the choice. */
static int print_properties(const weft_schema *schema, int section, int n, const char *indent,
                            FILE *out)
{
    const weft_param *row;
    for (int i = 0; (row = row_at(schema, section, i)); i++) {
        if (!is_first(schema, section, i, false))
            continue;
        fprintf(out, "%s\n%s", n++ ? "," : "", indent);
        print_property(schema, section, row, out);
    }
    return n;
}

/* A section without required keys may be empty, which YAML reads as null. */
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

/* Keys of the section "" lie at the top, beside the other sections. A section is required if one of
 * its keys is. */
void weft_schema_json(const weft_schema *schema, const char *title, FILE *out)
{
    fprintf(out,
            "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": ");
    print_text(title, out);
    fprintf(out,
            ",\n  \"type\": \"object\",\n  \"additionalProperties\": false,\n  \"required\": [");
    /* Counts what was written so far, to know where commas belong. */
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
