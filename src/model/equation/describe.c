/* What weft says back about the equations: the parts that it found, and what follows from them. The
 * same lines go to the log at the start of a run (eq_describe) and into result files as attributes
 * (eq_attributes), so that a file tells which equations it belongs to. All text is made from the
 * graph, not from the input: it is what is computed. For the Swift-Hohenberg equation:
 *
 *     d/dt u, linear           (2*k^2 - 0.8 - (k^2)^2) u
 *     d/dt u, rest             -u^3
 *     nonlinear terms          degree 3, wavenumbers below 0.5 of the largest are kept
 *
 * Texts have a fixed length and are cut where they are longer; nothing is decided by them. */
#include "lattice.h"
#include "weft/error.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 400 };

/* Takes one line: what is described, and its text. */
typedef void eq_line(void *context, const char *name, const char *text);

/* A factor as text: "-k^4 + 2*k^2" or "i*(kx^3)". */
static void factor_text(eq_system *s, weft_symbol a, char *out, size_t size)
{
    out[0] = '\0';
    if (a.even)
        weft_graph_print(s->graph, a.even, eq_variable_name, s, out, size);
    size_t used = strlen(out);
    if (!a.odd || used + 8 >= size)
        return;
    used += (size_t)snprintf(out + used, size - used, "%si*(", used ? " + " : "");
    weft_graph_print(s->graph, a.odd, eq_variable_name, s, out + used, size - used - 1);
    strcat(out, ")");
}

/* Adds "(factor) name" to a sum in text; zero factors are left out. */
static void add_factor(eq_system *s, weft_symbol a, const char *of, char *out, size_t size)
{
    char factor[LINE];
    size_t used = strlen(out);
    if (a.even == 0 && a.odd == 0)
        return;
    factor_text(s, a, factor, sizeof factor);
    if (used < size)
        snprintf(out + used, size - used, "%s(%s) %s", used ? " + " : "", factor, of);
}

/* The lines of one component: linear part, rest (with its constant), noise. On a lattice there is
 * no linear part, and the whole rate is one line. */
static void component_lines(eq_system *s, int i, eq_line *line, void *context)
{
    char name[LINE], text[LINE] = "", of[64];
    const weft_split *split = weft_split_of(s->splitter, s->rate[i]);
    snprintf(of, sizeof of, "%s", eq_variable_name(s, WEFT_VAR_FIELD, i));
    /* The text of a variable is copied: eq_variable_name reuses its memory. */
    for (int j = 0; j < s->n && !s->lattice; j++) {
        char other[64];
        snprintf(other, sizeof other, "%s", eq_variable_name(s, WEFT_VAR_FIELD, j));
        add_factor(s, split->field[j], other, text, sizeof text);
    }
    snprintf(name, sizeof name, "d/dt %s, linear", of);
    if (!s->lattice)
        line(context, name, *text ? text : "0");
    snprintf(name, sizeof name, s->lattice ? "d/dt %s" : "d/dt %s, rest", of);
    weft_graph_print(s->graph, s->lattice ? s->rate[i] : split->rest, eq_variable_name, s, text,
                     sizeof text);
    if (split->constant != 0.0 && !s->lattice) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, " + %.10g", split->constant);
    }
    line(context, name, text);
    if (!s->noisy)
        return;
    /* The amplitude with its noise, as it stands in the equation. */
    int noise = eq_noise_part(s, i);
    snprintf(name, sizeof name, "d/dt %s, noise", of);
    weft_graph_print(s->graph, noise, eq_variable_name, s, text, sizeof text);
    if (noise)
        line(context, name, text);
}

/* Degree and dealiasing. */
static void numbers(const eq_data *d, eq_line *line, void *context)
{
    char text[LINE];
    if (d->s.lattice)
        return;
    if (d->shape.degree < 0)
        snprintf(text, sizeof text, "the nonlinear terms are no polynomials: %s",
                 d->shape.keep < 1.0 ? "dealiased as asked for" : "nothing is dealiased");
    else
        snprintf(text, sizeof text, "degree %d, wavenumbers below %.4g of the largest are kept",
                 d->shape.degree, d->shape.keep);
    line(context, "nonlinear terms", text);
}

/* Factors that are not finite in the uniform mode, which are set to zero there. */
static void zero_modes(eq_system *s, eq_line *line, void *context)
{
    static const double zero[4] = {0};
    char text[LINE] = "";
    for (int i = 1; i < weft_graph_size(s->graph); i++) {
        const weft_graph_node x = *weft_graph_at(s->graph, i);
        size_t used = strlen(text);
        if (x.op != WEFT_OP_FINITE || isfinite(weft_graph_wave_value(s->graph, x.a, zero)) ||
            used + 40 > sizeof text)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", used ? ", " : "0 for ");
        weft_graph_print(s->graph, x.a, eq_variable_name, s, text + used, sizeof text - used);
    }
    if (*text)
        line(context, "factors at k = 0", text);
}

/* The equation q' = p of a coordinate says nothing new and is left out. */
static void all_lines(eq_data *d, eq_line *line, void *context)
{
    eq_system *s = &d->s;
    for (int i = 0; i < s->n; i++) {
        const eq_field *f = &s->field[s->field_of[i]];
        /* Of a field of second order the momentum alone. */
        if (f->order == 1 || i - f->component >= (f->is_complex ? 2 : 1))
            component_lines(s, i, line, context);
    }
    for (int i = 0; i < s->n_names; i++)
        if (s->name[i].constraint)
            line(context, s->name[i].name,
                 "solved in k space; a mode in which the operator "
                 "vanishes is zero");
    zero_modes(s, line, context);
    if (s->noisy)
        line(context, "noise",
             !s->multiplicative ? "additive, with the exact law of its coefficients over a step"
             : s->stratonovich  ? "its amplitude depends on fields, places or time (Stratonovich)"
                                : "its amplitude depends on fields, places or time (Ito)");
    numbers(d, line, context);
}

/* A line of the log. */
static void say(void *context, const char *name, const char *text)
{
    (void)context;
    weft_say("%-24s %s", name, text);
}

/* Does a name stand as a word in a text? */
static bool has_word(const char *text, const char *name)
{
    const size_t n = strlen(name);
    for (const char *p = strstr(text, name); p; p = strstr(p + 1, name)) {
        const char before = p > text ? p[-1] : ' ', after = p[n];
        if (!isalnum((unsigned char)before) && before != '_' && !isalnum((unsigned char)after) &&
            after != '_')
            return true;
    }
    return false;
}

/* Does a name stand in a text below a node? without: a key of the node that is left out; or NULL.
 */
static bool occurs(const weft_node *node, const char *name, const char *without)
{
    const weft_node_kind kind = node ? weft_node_what(node) : WEFT_NODE_SCALAR;
    if (!node || kind == WEFT_NODE_SCALAR)
        return node && has_word(weft_node_text(node), name);
    for (int i = 0; i < weft_node_count(node); i++)
        if ((kind != WEFT_NODE_MAP || !without || strcmp(weft_node_key(node, i), without) != 0) &&
            occurs(weft_node_item(node, i), name, NULL))
            return true;
    return false;
}

/* A parameter that stands in no formula changes nothing, also in a scan. */
static void warn_of_unused(weft_sim *sim)
{
    const eq_system *s = &((eq_data *)sim->data)->s;
    static const char *const sections[] = {"equation", "initial", "observe"};
    for (int i = 0; i < s->n_parameters; i++) {
        bool used = false;
        for (int k = 0; k < 3; k++)
            used = used || occurs(weft_section_node(weft_params_section(sim->params, sections[k])),
                                  s->parameter[i].name, "parameters");
        if (!used)
            weft_warn("equation.parameters.%s stands in no formula: it changes nothing",
                      s->parameter[i].name);
    }
}

/* Differences bound what they replace, so that a lattice takes an equation that is ill posed; it
 * may be meant (as a law of a lattice), or be a wrong sign. Equations with neighbours by offset are
 * laws of lattices: they cannot be read as continuous ones, and nothing is said. */
static void warn_of_lattice(weft_sim *sim)
{
    eq_system *s = weft_alloc(1, sizeof *s);
    const weft_grid *g = sim->grid;
    if (eq_read_continuous(sim->params, g->dim, g->n + 3 - g->dim, g->length + 3 - g->dim, s) ==
        WEFT_OK) {
        const eq_data *d = sim->data;
        weft_status status = eq_check_growth(s, sim->time, sim->time);
        if (status == WEFT_OK)
            status = eq_check_growth_at(s, sim->time, sim->time, &d->sites_seen);
        if (status != WEFT_OK)
            weft_warn(
                "this is a law of a lattice and no differential equation, for it grows faster "
                "on a finer grid: %s",
                weft_error_message());
        eq_free(s);
    }
    weft_error_clear();
    weft_free(s);
}

/* An equation that is well posed about zero may not be so about the state that it starts with, as
 * dt(u) = -lap(u^3). Only the least and the largest values and those half way are looked at, and
 * the fields change later: a warning. */
static void warn_of_start(weft_sim *sim)
{
    eq_data *d = sim->data;
    if (eq_check_growth_between(&d->s, sim->time, d->start[0], d->start[1], &d->sites_seen) ==
        WEFT_OK)
        return;
    weft_warn("for small changes of the initial state: %s", weft_error_message());
    weft_error_clear();
}

/* Without a degree no dealiasing is right, so the user has to look at the spectrum. */
void eq_describe(weft_sim *sim)
{
    eq_data *d = sim->data;
    all_lines(d, say, NULL);
    coloured_describe(sim);
    warn_of_unused(sim);
    if (d->s.lattice)
        warn_of_lattice(sim);
    else if (d->shape.degree != 0)
        warn_of_start(sim);
    if (!d->s.lattice && d->shape.degree < 0 && d->shape.keep >= 1.0)
        weft_warn("the nonlinear terms have no bound in k: see that the spectrum falls off well "
                  "before the largest wavenumber");
}

/* What carries a line to the results. */
typedef struct attribute_context {
    weft_attribute *add;
    void *context;
} attribute_context;

/* Names of attributes have letters, digits and '_'. */
static void attribute(void *context, const char *name, const char *text)
{
    const attribute_context *a = context;
    char clean[LINE] = "equation_";
    size_t n = strlen(clean);
    for (const char *p = name; *p && n + 1 < sizeof clean; p++) {
        bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9') || *p == '_';
        if (word)
            clean[n++] = *p;
        else if (clean[n - 1] != '_')
            clean[n++] = '_';
    }
    clean[n] = '\0';
    a->add(a->context, clean, text);
}

/* The names begin with equation_, so that they cannot meet others. */
void eq_attributes(weft_sim *sim, weft_attribute *add, void *context)
{
    attribute_context a = {add, context};
    all_lines(sim->data, attribute, &a);
}
