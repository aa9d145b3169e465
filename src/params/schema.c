/* Tables: collecting them into a schema, and writing a schema as text, template and Markdown.
 *
 * Invariant: everything that is said of a key (its check, its messages, `weft params`, the
 * template, the reference page, the JSON schema) comes from its one row. Texts are not copied:
 * tables are static.
 *
 * A section has its own tables, used by the present choices, and notes of the tables of others.
 * par_schema_table walks over both, own ones first, and all written forms are loops over it. */
#include "internal.h"
#include <stdio.h>
#include <string.h>

/* An empty table that is known by its address. */
const weft_param weft_any_keys[] = {{0}};

/* Sections keep the order in which they first appear: that is the order of all written forms. Fixed
 * sizes, since what is added is known when the program is built; hence assertions. */
void weft_schema_add(weft_schema *schema, const char *section, const char *help, const char *owner,
                     const weft_param *table)
{
    int i = 0, t = 0;
    while (i < schema->n && strcmp(schema->section[i].name, section) != 0)
        i++;
    if (i == schema->n) {
        WEFT_ASSERT(i < WEFT_MAX_SECTIONS);
        schema->section[schema->n++] = (weft_section_spec){.name = section, .help = help};
    }
    weft_section_spec *s = &schema->section[i];
    if (!table)
        return;
    while (t < WEFT_MAX_TABLES && s->tables[t])
        t++;
    WEFT_ASSERT(t < WEFT_MAX_TABLES);
    s->tables[t] = table;
    s->about[t] = t > 0 ? help : "";
    snprintf(s->owner[t], WEFT_MAX_OWNER, "%s", owner);
}

/* Used for messages only, so one too many is left out rather than fatal. */
void weft_schema_add_other(weft_schema *schema, const char *section, const char *about,
                           const char *owner, const weft_param *table)
{
    if (schema->n_others == WEFT_MAX_OTHERS)
        return;
    weft_other_table *o = &schema->other[schema->n_others++];
    *o = (weft_other_table){.section = section, .about = about, .table = table};
    snprintf(o->owner, WEFT_MAX_OWNER, "%s", owner);
}

/* Examples make the template of a model runnable as soon as the user fills in the rest. */
void weft_schema_example(weft_schema *schema, const char *section, const char *name,
                         const char *text)
{
    WEFT_ASSERT(schema->n_examples < WEFT_MAX_EXAMPLES);
    schema->example[schema->n_examples++] = (weft_example){section, name, text};
}

/* Counts i down over the own tables and then over those of others. */
bool par_schema_table(const weft_schema *schema, int section, int i, par_table_view *out)
{
    const weft_section_spec *s = &schema->section[section];
    for (int t = 0; t < WEFT_MAX_TABLES && s->tables[t]; t++)
        if (i-- == 0) {
            *out = (par_table_view){s->tables[t], s->owner[t], s->about[t], false};
            return true;
        }
    for (int j = 0; j < schema->n_others; j++) {
        const weft_other_table *o = &schema->other[j];
        if (o->table && strcmp(o->section, s->name) == 0 && i-- == 0) {
            *out = (par_table_view){o->table, o->owner, o->about, true};
            return true;
        }
    }
    return false;
}

/* ---- pieces ---- */

/* The default for tables of text: "required" or "-" where there is none. */
static const char *par_standard_text(const weft_param *row)
{
    if (!row->standard)
        return "required";
    return *row->standard ? row->standard : "-";
}

/* Range or words of a row as in its table, "" if neither. Joined by "or": a value is in the range
 * or is one of the words. */
static const char *par_limits_text(const weft_param *row, char *out, size_t size)
{
    char words[256] = "";
    if (row->words)
        par_word_list(row->words, words, sizeof words);
    snprintf(out, size, "%s%s%s", row->range ? row->range : "",
             row->range && row->words ? " or " : "", words);
    return out;
}

/* Types in one or two words, for columns; value.c has the long form for messages. */
static const char *short_type(weft_type type)
{
    static const char *const names[] = {
        [WEFT_BOOL] = "bool",
        [WEFT_INT] = "integer",
        [WEFT_REAL] = "number",
        [WEFT_STRING] = "text",
        [WEFT_CHOICE] = "choice",
        [WEFT_DURATION] = "duration",
        [WEFT_SCHEDULE] = "number or {log: N}",
        [WEFT_INT_LIST] = "integers",
        [WEFT_REAL_LIST] = "numbers",
        [WEFT_STRING_LIST] = "texts",
        [WEFT_CHOICE_LIST] = "choices",
        [WEFT_TREE] = "tree",
    };
    return names[type];
}

/* Help with the condition behind it. A key with conditions says so in every written form. */
static const char *full_help(const weft_param *row, char *out, size_t size)
{
    char when[512];
    if (!row->when) {
        snprintf(out, size, "%s", row->help);
        return out;
    }
    par_condition_text(row->when, when, sizeof when);
    snprintf(out, size, "%s (only if %s)", row->help, when);
    return out;
}

/* Rows of pure numbers have no unit. */
static const char *unit_of(const weft_param *row)
{
    return row->unit ? row->unit : "";
}

/* ---- text ---- */

/* Columns before the meaning, which is as long as it likes. */
enum { COLUMNS = 5 };

/* The texts of a row; limits: memory for one of them. */
static void cells(const weft_param *row, const char *cell[COLUMNS], char limits[300])
{
    cell[0] = row->name;
    cell[1] = short_type(row->type);
    cell[2] = par_standard_text(row);
    cell[3] = par_limits_text(row, limits, 300);
    cell[4] = unit_of(row);
}

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

/* The width of each column: that of its longest cell, but at most 28, so that one long cell does
 * not move all others. */
static void measure(const weft_schema *schema, int width[COLUMNS])
{
    const char *cell[COLUMNS],
        *titles[COLUMNS] = {"key", "type", "default", "range or words", "unit"};
    char limits[300];
    par_table_view view;
    for (int c = 0; c < COLUMNS; c++)
        width[c] = (int)strlen(titles[c]);
    for (int i = 0; i < schema->n; i++)
        for (int t = 0; par_schema_table(schema, i, t, &view); t++)
            for (const weft_param *row = view.table; row->name; row++) {
                cells(row, cell, limits);
                for (int c = 0; c < COLUMNS; c++) {
                    int n = at_most((int)strlen(cell[c]), 28);
                    width[c] = n > width[c] ? n : width[c];
                }
            }
}

/* One line for each key: the columns, then the meaning. */
static void print_table(const weft_param *table, const int width[COLUMNS], FILE *out)
{
    const char *cell[COLUMNS];
    char limits[300], help[1024];
    for (const weft_param *row = table; row->name; row++) {
        cells(row, cell, limits);
        fprintf(out, "  ");
        for (int c = 0; c < COLUMNS; c++)
            fprintf(out, "%-*s  ", width[c], cell[c]);
        fprintf(out, "%s\n", full_help(row, help, sizeof help));
    }
}

/* Tables behind the first of a section are headed by their owner, say "(stepper verlet)". */
void weft_schema_print(const weft_schema *schema, FILE *out)
{
    int width[COLUMNS];
    par_table_view view;
    measure(schema, width);
    fprintf(out, "  %-*s  %-*s  %-*s  %-*s  %-*s  meaning\n", width[0], "key", width[1], "type",
            width[2], "default", width[3], "range or words", width[4], "unit");
    for (int i = 0; i < schema->n; i++) {
        const weft_section_spec *s = &schema->section[i];
        if (*s->name)
            fprintf(out, "\n%s: %s\n", s->name, s->help);
        for (int t = 0; par_schema_table(schema, i, t, &view); t++) {
            if (t > 0 && *view.owner)
                fprintf(out, "  (%s%s%s)\n", view.owner, *view.about ? ": " : "", view.about);
            print_table(view.table, width, out);
        }
    }
}

/* ---- template ---- */

/* Limits, unit and help of a row as a comment. */
static void print_comment(const weft_param *row, FILE *out)
{
    char limits[300], help[1024];
    par_limits_text(row, limits, sizeof limits);
    fprintf(out, "# %s%s; %s", row->standard ? "" : "required; ", short_type(row->type),
            full_help(row, help, sizeof help));
    if (*limits)
        fprintf(out, "; %s", limits);
    if (*unit_of(row))
        fprintf(out, " [%s]", row->unit);
    fprintf(out, "\n");
}

/* The default, or an example of a required value; "" if there is neither. */
static const char *shown_value(const weft_schema *schema, const char *section,
                               const weft_param *row)
{
    if (row->standard)
        return row->standard;
    for (int i = 0; i < schema->n_examples; i++)
        if (strcmp(schema->example[i].section, section) == 0 &&
            strcmp(schema->example[i].name, row->name) == 0)
            return schema->example[i].text;
    return "";
}

/* Keys that may be left out and those that depend on others are comments, so that the template is a
 * valid input as soon as its required keys are filled in. */
static void print_entry(const weft_schema *schema, const char *section, const weft_param *row,
                        bool other, FILE *out)
{
    /* Active lines are those that a run needs or that show a default. */
    bool active = !other && !row->when && !(row->standard && !*row->standard);
    char entry[512];
    snprintf(entry, sizeof entry, "%s%s: %s", active ? "" : "# ", row->name,
             shown_value(schema, section, row));
    fprintf(out, "%s%-31s ", *section ? "  " : "", entry);
    print_comment(row, out);
}

/* Tables of choices that were not made follow those that were, as comments, so that the template
 * tells everything that the section could hold. */
void weft_schema_template(const weft_schema *schema, FILE *out)
{
    par_table_view view;
    for (int i = 0; i < schema->n; i++) {
        const weft_section_spec *s = &schema->section[i];
        if (*s->name)
            fprintf(out, "\n%-34s# %s\n%s:\n", "", s->help, s->name);
        for (int t = 0; par_schema_table(schema, i, t, &view); t++) {
            if (view.other)
                fprintf(out, "  # with %s%s%s\n", view.owner, *view.about ? ": " : ":", view.about);
            for (const weft_param *row = view.table; row->name; row++)
                print_entry(schema, s->name, row, view.other, out);
        }
    }
}

/* ---- Markdown ---- */

/* '|' would end the cell, '<' begin a tag of HTML. */
static void print_cell(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '|' || *text == '<')
            fputc('\\', out);
        fputc(*text, out);
    }
}

/* A table of Markdown; defaults are set as code, since users copy them. */
static void print_markdown_table(const weft_param *table, FILE *out)
{
    char limits[300], help[1024];
    fprintf(out, "| key | type | default | range or words | unit | meaning |\n");
    fprintf(out, "|---|---|---|---|---|---|\n");
    for (const weft_param *row = table; row->name; row++) {
        bool literal = row->standard && *row->standard;
        fprintf(out, "| `%s` | %s | %s", row->name, short_type(row->type), literal ? "`" : "");
        fprintf(out, "%s%s | ", par_standard_text(row), literal ? "`" : "");
        print_cell(par_limits_text(row, limits, sizeof limits), out);
        fprintf(out, " | %s | ", unit_of(row));
        print_cell(full_help(row, help, sizeof help), out);
        fprintf(out, " |\n");
    }
    fprintf(out, "\n");
}

/* Used for the reference pages in docs/reference. */
void weft_schema_markdown(const weft_schema *schema, FILE *out)
{
    par_table_view view;
    for (int i = 0; i < schema->n; i++) {
        const weft_section_spec *s = &schema->section[i];
        if (*s->name)
            fprintf(out, "### `%s`: %s\n\n", s->name, s->help);
        for (int t = 0; par_schema_table(schema, i, t, &view); t++) {
            if (t > 0 && *view.owner)
                fprintf(out, "With %s%s%s\n\n", view.owner, *view.about ? ": " : ":", view.about);
            if (view.table->name)
                print_markdown_table(view.table, out);
        }
    }
}
