/* The second half of making a pipeline: tables of factors, buffers, programs, and the fields that
 * are computed once.
 *
 * A field that is needed on the grid as it is may be transformed in the buffer that the stepper
 * gave, because nothing reads its coefficients later: that holds unless an atom of a later level is
 * made of the field, too.
 *
 * Invariants. Everything that the time loop needs is allocated here. Tables are found again by
 * symbol and number in front, so that equal factors are stored once. Programs get their inputs in
 * one fixed order: atoms, fixed fields, uniform variables, means, noises. A list that is too short
 * sets `overflow`, the pipeline is then refused as a whole: nothing is cut off silently. Transforms
 * here are collective. */
#include "pipeline.h"
#include "run.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { ON_PLACE = 1 << WEFT_VAR_PLACE };

/* ---- tables of factors over the local modes ---- */

/* The table of scale * symbol; a symbol that is a number needs no table, just a scale. */
static const eq_table *table_of(eq_pipeline *p, weft_symbol symbol, double scale)
{
    double number;
    for (int i = 0; i < p->n_tables; i++)
        if (p->table[i]->symbol.even == symbol.even && p->table[i]->symbol.odd == symbol.odd &&
            p->table[i]->wanted == scale)
            return p->table[i];
    /* Too many: any table serves until the setup has failed. */
    if (p->n_tables == 4 * EQ_ITEMS) {
        p->overflow = true;
        return p->table[0];
    }
    eq_table *t = p->table[p->n_tables++] = weft_alloc(1, sizeof *t);
    *t = (eq_table){.symbol = symbol, .wanted = scale, .scale = scale};
    if (symbol.odd == 0 && weft_graph_is_number(p->s->graph, symbol.even, &number)) {
        t->plain = true;
        t->scale *= number;
        return t;
    }
    const size_t modes = (size_t)p->fft->modes;
    if (symbol.even)
        t->even = weft_alloc(modes, sizeof(double));
    if (symbol.odd)
        t->odd = weft_alloc(modes, sizeof(double));
    double *out[2] = {t->even, t->odd};
    eq_factors *f = eq_factors_create(p->s, 1, &symbol);
    eq_factors_values(f, p->fft, 0, p->fft->modes, out);
    eq_factors_free(f);
    for (size_t i = 0; i < modes; i++) {
        if (t->even)
            t->even[i] *= scale;
        if (t->odd)
            t->odd[i] *= scale;
    }
    return t;
}

/* scale: for atoms that of a backward transform, whose result must be normalised; 1 for outputs. */
static void give_tables(eq_pipeline *p, eq_sum *sum, double scale)
{
    for (int i = 0; i < sum->n_fields; i++)
        sum->field[i].table = table_of(p, sum->field[i].symbol, sum->field[i].factor * scale);
    for (int i = 0; i < sum->n_sources; i++)
        sum->source[i].table = table_of(p, sum->source[i].symbol, sum->source[i].factor * scale);
}

/* ---- fields of places ---- */

static double *fixed_values(eq_pipeline *p, int node, double *const *place);

/* The inputs of a formula of places: variables, and operators on such formulas. own: the values
 * were made here and must be freed after use. */
typedef struct place_inputs {
    int n;
    weft_program_input input[EQ_ITEMS];
    double *values[EQ_ITEMS];
    bool own[EQ_ITEMS];
    bool *seen; /* by node: it was gone through */
} place_inputs;

/* Collects the inputs of a formula of places below node. An operator on such a formula is computed
 * in k space: transform, factor, transform back. */
static void find_inputs(eq_pipeline *p, int node, double *const *place, place_inputs *out)
{
    const weft_graph_node x = *weft_graph_at(p->s->graph, node);
    if (!(x.depends & ON_PLACE) || out->seen[node])
        return;
    out->seen[node] = true;
    if (x.op != WEFT_OP_OPERATOR && x.op != WEFT_OP_VARIABLE) {
        const int operand[3] = {x.a, x.b, x.c};
        for (int i = 0; i < 3; i++)
            find_inputs(p, operand[i], place, out);
        return;
    }
    if (out->n == EQ_ITEMS) {
        p->overflow = true;
        return;
    }
    /* A variable is there already; an operator is applied in k space. */
    double *values;
    if (x.op == WEFT_OP_VARIABLE) {
        values = place[x.index];
    } else {
        values = fixed_values(p, x.c, place);
        weft_fft_forward(p->fft, values);
        eq_apply(p, table_of(p, (weft_symbol){x.a, x.b}, p->fft->scale), false, values, values,
                 false);
        weft_fft_backward(p->fft, values);
    }
    out->own[out->n] = x.op == WEFT_OP_OPERATOR;
    out->values[out->n] = values;
    out->input[out->n++] = (weft_program_input){node, false};
}

/* The values of a formula of places on the grid, in a new FFT buffer that the caller owns. */
static double *fixed_values(eq_pipeline *p, int node, double *const *place)
{
    place_inputs in = {.seen = weft_alloc((size_t)node + 1, sizeof(bool))};
    find_inputs(p, node, place, &in);
    double *out = weft_fft_buffer(p->fft), *to = out + p->first;
    const double *from[EQ_ITEMS];
    for (int i = 0; i < in.n; i++)
        from[i] = in.values[i] + p->first;
    weft_program *program = weft_program_create(p->s->graph, 1, &node, in.n, in.input);
    weft_program_run(program, p->length, from, &to);
    weft_program_free(program);
    weft_free(in.seen);
    for (int i = 0; i < in.n; i++)
        if (in.own[i])
            weft_fft_buffer_free(p->fft, in.values[i]);
    return out;
}

/* Of a fixed formula that is computed already. */
static const double *values_of_fixed(const eq_pipeline *p, int node)
{
    for (int i = 0; i < p->n_fixed; i++)
        if (p->fixed[i].node == node)
            return p->fixed[i].values;
    return NULL;
}

/* The coefficients of terms of places, added up once and for all into sum->fixed. They are not
 * dealiased: they are known exactly on the grid. */
static void fix_sum(eq_pipeline *p, eq_sum *sum, double scale)
{
    const size_t bytes = (size_t)(p->fft->modes * p->fft->per_mode) * sizeof(double);
    for (int i = 0; i < sum->n_places; i++) {
        double *c = weft_fft_buffer(p->fft);
        /* The part of the buffer that holds sites; transforms want it from the beginning. */
        int64_t total = p->first + p->length;
        memcpy(c, values_of_fixed(p, sum->place[i]), (size_t)total * sizeof(double));
        weft_fft_forward(p->fft, c);
        if (!sum->fixed) {
            sum->fixed = weft_alloc(1, bytes);
        }
        eq_apply(p, table_of(p, sum->place_symbol[i], scale), false, c, sum->fixed, true);
        weft_fft_buffer_free(p->fft, c);
    }
}

/* ---- buffers: for the values of atoms and sources ---- */

/* Does an atom of a later level read the coefficients of a component? Then its buffer must not be
 * overwritten before. */
static bool read_later(const eq_pipeline *p, int component)
{
    for (int i = 0; i < p->n_atoms; i++)
        for (int j = 0; j < p->atom[i].sum.n_fields; j++)
            if (p->atom[i].sum.level > 0 && p->atom[i].sum.field[j].index == component)
                return true;
    return false;
}

/* Is the atom a field as it is, and no more than that? */
static bool is_component(const eq_atom *a)
{
    const eq_sum *s = &a->sum;
    return s->n_fields == 1 && s->n_sources == 0 && s->n_uniform == 0 && s->n_places == 0 &&
           s->constant == 0.0 && s->field[0].table->plain;
}

/* in_place: the component in whose buffer the atom may be made; -1: it has a buffer of its own
 * only. */
static void give_buffers(eq_pipeline *p)
{
    for (int i = 0; i < p->n_atoms; i++) {
        eq_atom *a = &p->atom[i];
        a->values = weft_fft_buffer(p->fft);
        a->in_place =
            is_component(a) && !read_later(p, a->sum.field[0].index) ? a->sum.field[0].index : -1;
    }
    for (int i = 0; i < p->n_sources; i++)
        p->source[i].values = weft_fft_buffer(p->fft);
}

/* ---- programs: one a level, one a mean, one for all numbers ---- */

/* The time and the parameters that change. */
static int uniform_inputs(const eq_pipeline *p)
{
    return p->s->n_uniform;
}

/* Addresses that never change are set here, those of atoms at each run. */
static void give_inputs(eq_pipeline *p)
{
    weft_graph *g = p->s->graph;
    int n = 0;
    const int noises = p->wants_noise ? p->s->n_noises : 0;
    p->n_inputs = p->n_atoms + p->n_fixed + uniform_inputs(p) + p->n_means + noises;
    p->input = weft_alloc((size_t)p->n_inputs + 1, sizeof *p->input);
    p->pointer = weft_alloc((size_t)p->n_inputs + 1, sizeof *p->pointer);
    for (int i = 0; i < p->n_atoms; i++)
        p->input[n++] = (weft_program_input){p->atom[i].node, false};
    for (int i = 0; i < p->n_fixed; i++) {
        p->pointer[n] = p->fixed[i].values + p->first;
        p->input[n++] = (weft_program_input){p->fixed[i].node, false};
    }
    /* One value each, read at its address at every run. */
    for (int i = 0; i < uniform_inputs(p); i++) {
        p->pointer[n] = &p->uniform[i];
        p->input[n++] = (weft_program_input){weft_graph_variable(g, WEFT_VAR_UNIFORM, i), true};
    }
    for (int i = 0; i < p->n_means; i++) {
        p->pointer[n] = &p->mean[i].value;
        p->input[n++] = (weft_program_input){p->mean[i].node, true};
    }
    for (int i = 0; i < noises; i++) {
        p->noise[i] = weft_fft_buffer(p->fft);
        p->pointer[n] = p->noise[i] + p->first;
        p->input[n++] = (weft_program_input){weft_graph_variable(g, WEFT_VAR_NOISE, i), false};
    }
}

/* One program a level for all its sources, so that what they share is computed once; one a mean;
 * one for all numbers that are the same at all sites. */
static void give_programs(eq_pipeline *p)
{
    weft_graph *g = p->s->graph;
    for (int i = 0; i < p->n_means; i++) {
        int inside = weft_graph_at(g, p->mean[i].node)->a;
        p->mean[i].program = weft_program_create(g, 1, &inside, p->n_inputs, p->input);
    }
    /* Sources of a level share a program. */
    for (int i = 0; i < p->n_sources; i++) {
        eq_stage *stage = &p->stage[p->source[i].level];
        stage->source[stage->n++] = i;
    }
    for (int level = 0; level <= p->levels; level++) {
        eq_stage *stage = &p->stage[level];
        int nodes[EQ_ITEMS];
        for (int i = 0; i < stage->n; i++)
            nodes[i] = p->source[stage->source[i]].node;
        if (stage->n)
            stage->program = weft_program_create(g, stage->n, nodes, p->n_inputs, p->input);
    }
    for (int i = 0; i < p->n_uniform_nodes; i++)
        p->uniform_pointer[i] = &p->uniform_value[i];
    p->uniform_program =
        weft_program_create(g, p->n_uniform_nodes, p->uniform_node, p->n_inputs, p->input);
}

/* ---- modes: where k = 0 is, and which modes dealiasing keeps ---- */

/* On one rank alone there is the mode k = 0 (none on axes without it, such as sines). */
static void find_zero_mode(eq_pipeline *p)
{
    const weft_fft *f = p->fft;
    int64_t at[3] = {-1, -1, -1};
    for (int j = 0; j < 3; j++)
        for (int64_t i = 0; i < f->m[j]; i++)
            if (f->k[j][i] == 0.0)
                at[j] = i;
    const bool here = at[0] >= 0 && at[1] >= 0 && at[2] >= 0;
    p->zero_mode = here ? (at[0] * f->m[1] + at[1]) * f->m[2] + at[2] : -1;
}

/* The same limits as weft_fft_dealias. Along the last extent, which is the half axis on one rank
 * and may be a whole one on several, wavenumbers rise from zero and then, for a whole one, from the
 * most negative: what is kept is a first and a last part. */
static void find_limits(eq_pipeline *p)
{
    const weft_fft *f = p->fft;
    for (int j = 0; j < 3; j++)
        p->limit[j] = p->keep < 1.0 ? weft_fft_limit(f, f->axis[j], p->keep) : INFINITY;
    p->kept = 0;
    while (p->kept < f->m[2] && fabs(f->k[2][p->kept]) < p->limit[2])
        p->kept++;
    p->kept_last = 0;
    while (p->kept_last < f->m[2] - p->kept &&
           fabs(f->k[2][f->m[2] - 1 - p->kept_last]) < p->limit[2])
        p->kept_last++;
    const weft_box *box = &f->real;
    p->first = box->origin;
    p->length = 0;
    if (box->local[0] > 0 && box->local[1] > 0 && box->local[2] > 0)
        p->length = (box->local[0] - 1) * box->stride[0] + (box->local[1] - 1) * box->stride[1] +
                    box->local[2];
}

/* The order matters: tables before fixed fields, which use them; buffers before inputs, which point
 * to them; programs last. */
bool eq_pipeline_finish(eq_pipeline *p, double *const *place)
{
    if (p->overflow)
        return false;
    find_zero_mode(p);
    find_limits(p);
    for (int i = 0; i < p->n_atoms; i++) {
        give_tables(p, &p->atom[i].sum, p->fft->scale);
        p->levels = p->atom[i].sum.level > p->levels ? p->atom[i].sum.level : p->levels;
    }
    for (int i = 0; i < p->n_sums; i++)
        give_tables(p, &p->sum[i], 1.0);
    for (int i = 0; i < p->n_sources; i++)
        p->levels = p->source[i].level > p->levels ? p->source[i].level : p->levels;
    for (int i = 0; i < p->n_fixed; i++)
        p->fixed[i].values = fixed_values(p, p->fixed[i].node, place);
    for (int i = 0; i < p->n_atoms; i++)
        fix_sum(p, &p->atom[i].sum, p->fft->scale);
    for (int i = 0; i < p->n_sums; i++)
        fix_sum(p, &p->sum[i], 1.0);
    p->stage = weft_alloc((size_t)p->levels + 1, sizeof *p->stage);
    give_buffers(p);
    give_inputs(p);
    give_programs(p);
    return !p->overflow;
}

/* Every part may be missing, after a setup that failed. */
void eq_pipeline_free(eq_pipeline *p)
{
    if (!p)
        return;
    weft_free(p->known);
    for (int i = 0; i < p->n_atoms; i++) {
        if (p->atom[i].values)
            weft_fft_buffer_free(p->fft, p->atom[i].values);
        weft_free(p->atom[i].sum.fixed);
    }
    for (int i = 0; i < p->n_sources; i++)
        if (p->source[i].values)
            weft_fft_buffer_free(p->fft, p->source[i].values);
    for (int i = 0; i < p->n_fixed; i++)
        if (p->fixed[i].values)
            weft_fft_buffer_free(p->fft, p->fixed[i].values);
    for (int i = 0; i < EQ_NOISES; i++)
        if (p->noise[i])
            weft_fft_buffer_free(p->fft, p->noise[i]);
    for (int i = 0; i < p->n_means; i++)
        weft_program_free(p->mean[i].program);
    for (int i = 0; i < p->n_sums; i++)
        weft_free(p->sum[i].fixed);
    for (int i = 0; i < p->n_tables; i++) {
        weft_free(p->table[i]->even);
        weft_free(p->table[i]->odd);
        weft_free(p->table[i]);
    }
    for (int i = 0; p->stage && i <= p->levels; i++)
        weft_program_free(p->stage[i].program);
    weft_program_free(p->uniform_program);
    weft_free(p->stage);
    weft_free(p->input);
    weft_free(p->pointer);
    weft_free(p);
}
