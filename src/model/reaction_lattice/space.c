/* Rates that vary from site to site or in time: reading them, and the maps. */
#include "lattice.h"
#include "weft/io.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

typedef enum kind { CHECKERBOARD, HALVES, FROM_FILE } kind;

typedef struct space_spec {
    kind kind;
    double factor;
    int64_t width;
    const char *path, *dataset;
} space_spec;

static weft_status text_of(const weft_node *map, const char *key, const char **out)
{
    const weft_node *node = weft_node_find(map, key);
    if (!node || weft_node_what(node) != WEFT_NODE_SCALAR)
        return weft_node_fail(node ? node : map, 0, "space needs the key %s, a text", key);
    *out = weft_node_text(node);
    return WEFT_OK;
}

static weft_status real_of(const weft_node *map, const char *what, const char *key, double *out)
{
    const weft_node *node = weft_node_find(map, key);
    if (!node)
        return weft_node_fail(map, 0, "%s needs the key %s, a number", what, key);
    return weft_node_real(node, out);
}

static weft_status known_keys(const weft_node *map, const char *what, const char *const *keys)
{
    for (int i = 0; i < weft_node_count(map); i++) {
        int k = 0;
        while (keys[k] && strcmp(keys[k], weft_node_key(map, i)) != 0)
            k++;
        if (!keys[k])
            return weft_node_fail(weft_node_item(map, i), 0, "%s has no key '%s'", what,
                                  weft_node_key(map, i));
    }
    return WEFT_OK;
}

static weft_status read_space(const weft_node *map, space_spec *s)
{
    static const char *const keys[] = {"type", "factor", "width", "path", "dataset", NULL};
    static const char *const kinds[] = {"checkerboard", "halves", "file"};
    static const char *const used[][4] = {
        {"type", "factor", "width"}, {"type", "factor"}, {"type", "path", "dataset"}};
    const char *type = "";
    if (weft_node_what(map) != WEFT_NODE_MAP)
        return weft_node_fail(map, 0,
                              "space is a map: {type: checkerboard, width: 8, factor: 0.5}");
    WEFT_TRY(known_keys(map, "space", keys));
    WEFT_TRY(text_of(map, "type", &type));
    int k = 0;
    while (k < 3 && strcmp(kinds[k], type) != 0)
        k++;
    if (k == 3)
        return weft_node_fail(map, 0, "space: type is checkerboard, halves or file, not '%s'",
                              type);
    s->kind = (kind)k;
    WEFT_TRY(known_keys(map, type, used[k]));
    if (s->kind == FROM_FILE) {
        WEFT_TRY(text_of(map, "path", &s->path));
        return text_of(map, "dataset", &s->dataset);
    }
    WEFT_TRY(real_of(map, "space", "factor", &s->factor));
    if (!(s->factor >= 0))
        return weft_node_fail(map, 0, "space: the factor is %g; it cannot be negative", s->factor);
    if (s->kind == HALVES)
        return WEFT_OK;
    const weft_node *width = weft_node_find(map, "width");
    if (!width)
        return weft_node_fail(map, 0, "space: a checkerboard needs the key width, in sites");
    WEFT_TRY(weft_node_int(width, &s->width));
    return s->width > 0 ? WEFT_OK : weft_node_fail(width, 0, "space: the width must be above 0");
}

static weft_status read_time(const weft_node *map, rl_modulation *m)
{
    static const char *const keys[] = {"period", "amplitude", "phase", "form", NULL};
    if (weft_node_what(map) != WEFT_NODE_MAP)
        return weft_node_fail(map, 0, "time is a map: {period: 20, amplitude: 0.5}");
    WEFT_TRY(known_keys(map, "time", keys));
    m->time = true;
    WEFT_TRY(real_of(map, "time", "period", &m->period));
    WEFT_TRY(real_of(map, "time", "amplitude", &m->amplitude));
    if (!(m->period > 0))
        return weft_node_fail(map, 0, "time: the period must be above 0");
    if (!(fabs(m->amplitude) <= 1))
        return weft_node_fail(
            map, 0, "time: the amplitude is %g; beyond 1 the rate would be negative", m->amplitude);
    if (weft_node_find(map, "phase"))
        WEFT_TRY(real_of(map, "time", "phase", &m->phase));
    const weft_node *form = weft_node_find(map, "form");
    if (!form)
        return WEFT_OK;
    const char *text = weft_node_what(form) == WEFT_NODE_SCALAR ? weft_node_text(form) : "";
    m->square = strcmp(text, "square") == 0;
    if (!m->square && strcmp(text, "sine") != 0)
        return weft_node_fail(form, 0, "time: form is sine or square");
    return WEFT_OK;
}

weft_status rl_modulations_read(rl_config *cfg)
{
    for (int i = 0; i < cfg->net.n_reactions; i++) {
        reaction_rule *r = &cfg->net.reaction[i];
        rl_modulation *m = &cfg->modulation[i];
        const weft_node *space = weft_node_find(r->node, "space");
        const weft_node *time = weft_node_find(r->node, "time");
        space_spec spec = {0};
        if ((space || time) && r->contact)
            return weft_node_fail(r->node, 0, "a reaction by contact has no rate that could vary");
        if (space) {
            WEFT_TRY(read_space(space, &spec));
            m->space = true;
            r->rate *= spec.factor > 1 ? spec.factor : 1;
        }
        if (time) {
            WEFT_TRY(read_time(time, m));
            r->rate *= 1 + fabs(m->amplitude);
        }
        cfg->modulated = cfg->modulated || space || time;
    }
    return WEFT_OK;
}

/* ---- maps ---- */

/* Share of the largest rate at a global site. */
static float pattern(const space_spec *s, const weft_grid *g, const int64_t *x)
{
    int64_t parity = 0;
    if (s->kind == HALVES)
        parity = 2 * x[2] >= g->n[2];
    else
        for (int a = 0; a < 3; a++)
            parity += x[a] / s->width;
    double most = s->factor > 1 ? s->factor : 1;
    return (float)((parity & 1 ? s->factor : 1) / most);
}

static void fill_pattern(const space_spec *s, const weft_grid *g, const rl_replay *x, float *map)
{
    const weft_extent *e = &x->region.extent;
    int64_t size[3], i = 0, at[3];
    for (int a = 0; a < 3; a++)
        size[a] = g->local[a] + (g->n[a] > 1 ? 2 * e->ghost : 0);
    int64_t edge[3];
    for (int a = 0; a < 3; a++)
        edge[a] = g->n[a] > 1 ? e->ghost : 0;
    for (int64_t z = 0; z < size[0]; z++)
        for (int64_t y = 0; y < size[1]; y++)
            for (int64_t c = 0; c < size[2]; c++, i++) {
                const int64_t local[3] = {z, y, c};
                for (int a = 0; a < 3; a++) {
                    int64_t global = g->start[a] + local[a] - edge[a];
                    at[a] = (global % g->n[a] + g->n[a]) % g->n[a];
                }
                map[i] = pattern(s, g, at);
            }
}

static weft_status read_file(const space_spec *s, const reaction_rule *r, const weft_grid *g,
                             const rl_replay *x, double *values)
{
    weft_file *file;
    weft_box box = weft_grid_box(g, x->ghost);
    const char *reason = weft_unreadable(g->comm, s->path);
    if (reason) /* a wrong input */
        return weft_node_fail(weft_node_find(r->node, "space"), 0, "space: %s cannot be read: %s",
                              s->path, reason);
    WEFT_TRY(weft_file_open(g->comm, s->path, WEFT_READ, &file));
    weft_status status = weft_file_read_block(file, s->dataset, -1, -1, g, &box, WEFT_F64, values);
    weft_status closed = weft_file_close(file);
    WEFT_TRY(status != WEFT_OK ? status : closed);
    if (x->cut) {
        weft_halo *halo;
        WEFT_TRY(weft_halo_create(g, x->ghost, x->ghost, sizeof(double), 1, NULL, &halo));
        weft_halo_exchange(halo, values);
        weft_halo_free(halo);
    }
    int64_t wrong = 0;
    for (int64_t i = 0; i < x->region.cells; i++)
        wrong += !(values[i] >= 0 && values[i] <= 1);
    weft_counts_sum(g->comm, &wrong, 1);
    if (wrong)
        return weft_node_fail(r->node, 0,
                              "space: %s in %s has values outside [0, 1]; give the largest rate as "
                              "rate, and its share at each site in the file",
                              s->dataset, s->path);
    return WEFT_OK;
}

weft_status rl_space_maps(weft_sim *sim, rl_replay *x)
{
    for (int i = 0; i < x->cfg->net.n_reactions; i++) {
        const reaction_rule *r = &x->cfg->net.reaction[i];
        space_spec spec = {0};
        if (!x->cfg->modulation[i].space)
            continue;
        WEFT_TRY(read_space(weft_node_find(r->node, "space"), &spec));
        x->space[i] = weft_alloc((size_t)x->region.cells, sizeof(float));
        if (spec.kind != FROM_FILE) {
            fill_pattern(&spec, sim->grid, x, x->space[i]);
            continue;
        }
        double *values = weft_alloc((size_t)x->region.cells, sizeof *values);
        weft_status status = read_file(&spec, r, sim->grid, x, values);
        for (int64_t c = 0; status == WEFT_OK && c < x->region.cells; c++)
            x->space[i][c] = (float)values[c];
        weft_free(values);
        WEFT_TRY(status);
    }
    return WEFT_OK;
}
