/* A document against the tables: the heart of the input reader.
 *
 * The check goes in four passes: make a value for every row of every table; read what the user
 * wrote into them; fill in defaults; then look at conditions (`when`) and at what is missing.
 * Conditions come last, since they depend on the values of other keys, defaults included.
 *
 * Invariants: (1) A key that is accepted is used: unknown keys, and keys whose condition does not
 * hold, are errors, because a setting that is silently ignored makes wrong results. (2) The first
 * error in the order of the file is reported, at its line, with what would be right. (3) After
 * success every value in use is of its type and in its range, and is written into the struct to
 * which its row is bound. (4) Nothing is kept of a failed check.
 *
 * Example: the row {.name = "dt", .type = WEFT_REAL, .standard = "auto", .range = "(0, inf)",
 * .words = "auto"} accepts "dt: 0.1" and "dt: auto"; refuses "dt: -1" (out of range), "dt: fast"
 * (not a number; expected a number, greater than 0, or auto) and "Dt: 0.1" (unknown key; did you
 * mean 'dt'?); and gives "auto" if nothing is written. */
#include "internal.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

/* The checked section of a name; NULL if the schema has none. */
static weft_section *find_section(weft_params *p, const char *name)
{
    for (int i = 0; i < p->schema.n; i++)
        if (strcmp(p->schema.section[i].name, name) == 0)
            return &p->section[i];
    return NULL;
}

/* Tables are part of the program, so an error in them is a slip and ends it: every condition must
 * name a key of its section. */
static void check_conditions(const weft_section *s)
{
    for (int i = 0; i < s->n; i++) {
        const char *when = s->value[i].row->when;
        par_condition c;
        while (when && par_condition_next(&when, &c))
            if (!par_section_find(s, c.key))
                weft_panic(s->value[i].row->name, 0, "a condition on a key that is not there");
    }
}

/* Make values for the rows of table number t of a section, and the struct to which they are bound.
 * Rows of one table must be bound to one struct, and no two tables of a section may have the same
 * key; else the program has a slip. */
static void add_table(weft_params *p, weft_section *s, int t)
{
    const weft_param *first = s->spec->tables[t];
    size_t record = 0;
    for (const weft_param *row = first; row->name; row++) {
        if (record > 0 && row->record > 0 && row->record != record)
            weft_panic(row->name, 0, "a table is bound to two structs");
        record = row->record > record ? row->record : record;
    }
    s->bound[t] = record > 0 ? par_arena_take(&p->arena, record) : NULL;
    for (const weft_param *row = first; row->name; row++) {
        /* Keys of all tables of a section share one name space. */
        if (par_section_find(s, row->name))
            weft_panic(row->name, 0, "two tables of a section have the same key");
        s->value[s->n++] = (par_value){
            .row = row, .member = row->record > 0 ? (char *)s->bound[t] + row->offset : NULL};
    }
}

/* The values of all tables of a section lie in one array, in the order of the tables. */
static void make_sections(weft_params *p)
{
    for (int i = 0; i < p->schema.n; i++) {
        weft_section *s = &p->section[i];
        s->params = p;
        s->spec = &p->schema.section[i];
        int n = 0;
        for (int t = 0; t < WEFT_MAX_TABLES && s->spec->tables[t]; t++)
            for (const weft_param *row = s->spec->tables[t]; row->name; row++)
                n++;
        s->value = par_arena_take(&p->arena, (size_t)n * sizeof *s->value);
        for (int t = 0; t < WEFT_MAX_TABLES && s->spec->tables[t]; t++)
            add_table(p, s, t);
        check_conditions(s);
    }
}

/* ---- unknown names ---- */

/* Names that are compared with a misspelt one; more are not looked at. */
enum { MOST_NAMES = 256 };

/* Append the keys of a section to names; returns how many there are then. */
static int section_names(const weft_section *s, const char **names, int n)
{
    for (int i = 0; i < s->n && n < MOST_NAMES; i++)
        names[n++] = s->value[i].row->name;
    return n;
}

/* The names that may stand where an unknown one was found: those of the section, and, at the top of
 * the document, also the names of all sections. */
static int known_names(weft_params *p, const weft_section *s, const char **names)
{
    int n = s ? section_names(s, names, 0) : 0;
    if (s && *s->spec->name)
        return n;
    for (int i = 0; i < p->schema.n && n < MOST_NAMES; i++)
        if (*p->schema.section[i].name)
            names[n++] = p->schema.section[i].name;
    return n;
}

/* Whether a table has a key; NULL has none. */
static bool table_has(const weft_param *table, const char *key)
{
    for (; table && table->name; table++)
        if (strcmp(table->name, key) == 0)
            return true;
    return false;
}

/* Which models, steppers or initial states that were not chosen would use the key, or the section
 * of this name? Lists up to four of them in out. This makes the difference between "unknown" and
 * "only used by the stepper verlet". */
static bool find_owners(const weft_schema *schema, const char *section, const char *key, char *out,
                        size_t size)
{
    size_t used = 0;
    int count = 0;
    out[0] = '\0';
    for (int i = 0; i < schema->n_others && used < size; i++) {
        const weft_other_table *o = &schema->other[i];
        bool has = o->table ? strcmp(o->section, section) == 0 && table_has(o->table, key)
                            : !*section && strcmp(o->section, key) == 0;
        if (!has)
            continue;
        if (++count > 4) {
            snprintf(out + used, size - used, ", ...");
            break;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", o->owner);
    }
    return count > 0;
}

/* The name of another section that has the key: users often know the key but not its section. */
static const char *other_section_with(weft_params *p, const weft_section * not, const char *key)
{
    for (int i = 0; i < p->schema.n; i++)
        if (&p->section[i] != not &&*p->schema.section[i].name &&
            par_section_find(&p->section[i], key))
            return p->schema.section[i].name;
    return NULL;
}

/* Fail at the key of a node, not at its value. */
static weft_status fail_key(const weft_node *node, const char *why)
{
    char path[256];
    par_node_path(node, path, sizeof path);
    return par_fail_at(node, true, path, why);
}

/* Fail about a name that no table has. In this order: it belongs to something that was not chosen;
 * it belongs to another section; it is near to a known name; else all known names. */
static weft_status unknown(weft_params *p, const weft_section *s, const weft_node *node)
{
    const char *names[MOST_NAMES], *section = s ? s->spec->name : "", *key = node->name;
    char why[1200], owners[256],
        *what = *section || node->kind != WEFT_NODE_MAP ? "key" : "section";
    /* Order of the guesses: most specific first. */
    if (find_owners(&p->schema, section, key, owners, sizeof owners))
        snprintf(why, sizeof why, "not used here, only by %s; remove it", owners);
    else {
        int n = known_names(p, s, names);
        const char *elsewhere = other_section_with(p, s, key);
        bool known = false; /* a key where a section should be, or the other way round */
        for (int i = 0; i < n; i++)
            known = known || strcmp(names[i], key) == 0;
        if (elsewhere && !known)
            snprintf(why, sizeof why, "unknown %s; '%s' belongs in the section '%s'", what, key,
                     elsewhere);
        else
            snprintf(why, sizeof why, "unknown %s%s", what, weft_near_or_all(key, names, n).text);
    }
    return fail_key(node, why);
}

/* ---- what is written ---- */

/* s is NULL where the document has keys that no section could take. */
static weft_status read_key(weft_params *p, weft_section *s, const weft_node *node)
{
    par_value *value = s ? par_section_find(s, node->name) : NULL;
    if (!value)
        return unknown(p, s, node);
    value->set = true;
    return par_value_read(&p->arena, value->row, node, value);
}

/* A section that holds nothing is allowed: its lines may all be comments. */
static weft_status read_section(weft_params *p, weft_section *s, const weft_node *node)
{
    if (par_node_null(node)) {
        s->node = node; /* all its lines are comments, say */
        return WEFT_OK;
    }
    if (node->kind != WEFT_NODE_MAP) {
        char why[128];
        snprintf(why, sizeof why,
                 "expected a section, lines 'key: value' indented below it, but this is %s",
                 par_node_describe(node));
        return fail_key(node, why);
    }
    s->node = node;
    for (int i = 0; i < node->n; i++)
        WEFT_TRY(read_key(p, s, node->item[i]));
    return WEFT_OK;
}

/* What is not the name of a section is a key of the top, of the section "". */
static weft_status read_all(weft_params *p)
{
    const weft_node *root = p->doc->root;
    weft_section *top = find_section(p, "");
    if (top)
        top->node = root;
    for (int i = 0; i < root->n; i++) {
        const weft_node *node = root->item[i];
        weft_section *s = *node->name ? find_section(p, node->name) : NULL;
        WEFT_TRY(s ? read_section(p, s, node) : read_key(p, top, node));
    }
    return WEFT_OK;
}

/* ---- defaults, conditions, what is missing ---- */

/* Defaults go through the same reader as what a user writes; one that is wrong is a slip. */
static void fill_standards(weft_params *p)
{
    for (int i = 0; i < p->schema.n; i++) {
        weft_section *s = &p->section[i];
        for (int j = 0; j < s->n; j++) {
            par_value *v = &s->value[j];
            if (!v->set && v->row->standard && *v->row->standard)
                par_value_standard(p, s->spec->name, v->row->standard, v);
        }
    }
}

/* Do the conditions of a value hold? If not, *failed is the first that does not. A condition on a
 * key that is itself not used does not hold. depth stops conditions that depend on each other. */
static bool used_at(const weft_section *s, const par_value *v, int depth, par_condition *failed)
{
    const char *when = v->row->when;
    /* No table nests conditions that deep. */
    if (depth > 16)
        weft_panic(v->row->name, 0, "conditions that depend on each other");
    while (when && par_condition_next(&when, failed)) {
        const par_value *other = par_section_find(s, failed->key);
        par_condition inner;
        if (!par_condition_holds(failed, other) || !used_at(s, other, depth + 1, &inner))
            return false;
    }
    return true;
}

/* For weft_params_vary, which looks at the conditions again after a number has changed. */
bool par_value_used(const weft_section *s, const par_value *v, par_condition *failed)
{
    return used_at(s, v, 0, failed);
}

/* A value as the user would write it, for messages. */
static void describe_value(const par_value *v, char *out, size_t size)
{
    char text[WEFT_EXCERPT];
    if (!v->node)
        snprintf(out, size, "not given");
    else if (v->node->kind == WEFT_NODE_SCALAR)
        snprintf(out, size, "%s%s", par_excerpt(v->node->text, text),
                 v->set ? "" : " (the default)");
    else
        snprintf(out, size, "%s", par_node_describe(v->node));
}

/* Says why the key is not used: by the value of the other key, or because the other key is itself
 * not used. */
static weft_status fail_unused(const weft_section *s, const par_value *v, const par_condition *c)
{
    char words[300], present[128], why[700];
    const par_value *other = par_section_find(s, c->key);
    par_condition inner;
    par_word_list(c->words, words, sizeof words);
    describe_value(other, present, sizeof present);
    if (par_condition_holds(c, other) && !used_at(s, other, 0, &inner))
        snprintf(why, sizeof why,
                 "not used here: it needs %s, which is itself used only if %s is %s; remove it",
                 c->key, inner.key, inner.words);
    else
        snprintf(why, sizeof why,
                 "not used here: it is used only if %s is %s, but %s is %s; remove it or change %s",
                 c->key, words, c->key, present, c->key);
    return fail_key(v->node, why);
}

/* Says what to add and where, with the meaning and unit of the key. */
static weft_status fail_missing(const weft_section *s, const par_value *v)
{
    const weft_param *row = v->row;
    char reason[512] = "", unit[64] = "";
    if (row->when) {
        char text[480];
        par_condition_text(row->when, text, sizeof text);
        snprintf(reason, sizeof reason, " (needed if %s)", text);
    }
    if (row->unit && *row->unit)
        snprintf(unit, sizeof unit, ", in units of %s", row->unit);
    if (!s->node && *s->spec->name)
        return weft_fail(WEFT_INPUT,
                         "%s:1: %s.%s: missing%s; add a section '%s:' with the key '%s' (%s%s)",
                         s->params->doc->file, s->spec->name, row->name, reason, s->spec->name,
                         row->name, row->help, unit);
    return weft_param_fail(s, row->name, "missing%s; add the key '%s' (%s%s)", reason, row->name,
                           row->help, unit);
}

/* The last pass over a section: which values are used, and whether one is missing. */
static weft_status settle_section(weft_section *s)
{
    for (int j = 0; j < s->n; j++) {
        par_value *v = &s->value[j];
        par_condition failed;
        v->used = used_at(s, v, 0, &failed);
        if (v->set && !v->used)
            return fail_unused(s, v, &failed);
        if (!v->node && v->used && !v->row->standard)
            return fail_missing(s, v);
    }
    return WEFT_OK;
}

/* The passes over the document, in the order told at the head of this file. Binding comes last:
 * only then is it known which values are used. */
static weft_status check(weft_params *p)
{
    make_sections(p);
    WEFT_TRY(read_all(p));
    fill_standards(p);
    for (int i = 0; i < p->schema.n; i++)
        WEFT_TRY(settle_section(&p->section[i]));
    for (int i = 0; i < p->schema.n; i++)
        for (int j = 0; j < p->section[i].n; j++)
            par_value_bind(&p->arena, &p->section[i].value[j]);
    return WEFT_OK;
}

/* The schema is copied; the tables and names in it are not. */
weft_status weft_check(const weft_document *doc, const weft_schema *schema, weft_params **out)
{
    weft_params *p = weft_alloc(1, sizeof *p);
    p->doc = doc;
    p->schema = *schema;
    weft_status status = check(p);
    if (status != WEFT_OK) {
        weft_params_free(p);
        p = NULL;
    }
    *out = p;
    return status;
}

/* Everything that the parameters own lies in their arena; the document is not theirs. */
void weft_params_free(weft_params *p)
{
    if (!p)
        return;
    par_arena_free(&p->arena);
    weft_free(p);
}

/* The value is read as a default is: it counts as not written by the user. */
void weft_params_settle(weft_params *p, const char *section, const char *name, const char *text)
{
    weft_section *s = find_section(p, section);
    par_value *v = s ? par_section_find(s, name) : NULL;
    WEFT_ASSERT(v);
    *v = (par_value){.row = v->row, .used = v->used, .member = v->member};
    par_value_standard(p, section, text, v);
    par_value_bind(&p->arena, v);
}
