/* Rates that vary from site to site or in time: what the input says of them.
 *
 * Thinning (P. A. W. Lewis, G. S. Shedler, Nav. Res. Logist. Q. 26, 403 (1979)): attempts are made
 * at the largest rate, and one is carried out with the share of it that holds at the site and time.
 * Invariants: a share is in [0, 1], so the rate of the network is multiplied by the largest factor
 * when it is read; maps of shares (exact/maps.c) depend on the global site alone. */
#include "lattice.h"
#include <math.h>
#include <string.h>

/* The text of a key that must be there. */
static weft_status text_of(const weft_node *map, const char *key, const char **out)
{
    const weft_node *node = weft_node_find(map, key);
    if (!node || weft_node_what(node) != WEFT_NODE_SCALAR)
        return weft_node_fail(node ? node : map, 0, "space needs the key %s, a text", key);
    *out = weft_node_text(node);
    return WEFT_OK;
}

/* The number of a key that must be there. */
static weft_status real_of(const weft_node *map, const char *what, const char *key, double *out)
{
    const weft_node *node = weft_node_find(map, key);
    if (!node)
        return weft_node_fail(map, 0, "%s needs the key %s, a number", what, key);
    return weft_node_real(node, out);
}

/* A key that is not known would be ignored without a word; it is an error. */
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

/* One map {type: ...}; each type has its own keys. */
weft_status rl_space_read(const weft_node *map, rl_space *s)
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
        return weft_node_fail(map, 0, "type is checkerboard, halves or file, not '%s'", type);
    s->kind = (rl_space_kind)k;
    /* A key of another type would be ignored. */
    WEFT_TRY(known_keys(map, type, used[k]));
    if (s->kind == RL_FROM_FILE) {
        WEFT_TRY(text_of(map, "path", &s->path));
        return text_of(map, "dataset", &s->dataset);
    }
    WEFT_TRY(real_of(map, "space", "factor", &s->factor));
    /* Also where it is not a number. */
    if (!(s->factor >= 0))
        return weft_node_fail(map, 0, "the factor is %g; it cannot be negative", s->factor);
    if (s->kind == RL_HALVES)
        return WEFT_OK;
    const weft_node *width = weft_node_find(map, "width");
    if (!width)
        return weft_node_fail(map, 0, "a checkerboard needs the key width, in sites");
    WEFT_TRY(weft_node_int(width, &s->width));
    return s->width > 0 ? WEFT_OK : weft_node_fail(width, 0, "the width must be above 0");
}

/* 1 + amplitude * wave(t): an amplitude of at most 1 keeps the rate from becoming negative. */
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
        return weft_node_fail(map, 0, "the period must be above 0");
    if (!(fabs(m->amplitude) <= 1))
        return weft_node_fail(map, 0, "the amplitude is %g; beyond 1 the rate would be negative",
                              m->amplitude);
    if (weft_node_find(map, "phase"))
        WEFT_TRY(real_of(map, "time", "phase", &m->phase));
    /* A sine unless the input says square. */
    const weft_node *form = weft_node_find(map, "form");
    if (!form)
        return WEFT_OK;
    const char *text = weft_node_what(form) == WEFT_NODE_SCALAR ? weft_node_text(form) : "";
    m->square = strcmp(text, "square") == 0;
    if (!m->square && strcmp(text, "sine") != 0)
        return weft_node_fail(form, 0, "form is sine or square");
    return WEFT_OK;
}

/* Rates become the largest ones, see the head. */
weft_status rl_modulations_read(rl_config *cfg)
{
    for (int i = 0; i < cfg->net.n_reactions; i++) {
        reaction_rule *r = &cfg->net.reaction[i];
        rl_modulation *m = &cfg->modulation[i];
        const weft_node *space = weft_node_find(r->node, "space");
        const weft_node *time = weft_node_find(r->node, "time");
        rl_space spec = {0};
        if ((space || time) && r->contact)
            return weft_node_fail(r->node, 0, "a reaction by contact has no rate that could vary");
        if (space) {
            WEFT_TRY(rl_space_read(space, &spec));
            m->space = true;
            /* A factor above 1 makes the other squares the ones with the largest rate. */
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
