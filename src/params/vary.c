/* Changing numbers of checked parameters, and the digest of all: what a scan of many points needs
 * to be quick.
 *
 * A scan may have a million points that differ in one number. Parsing and checking a text for each
 * would take longer than many a run, so the number is changed in place, and the digest of the
 * parameters (which names a point in the scan's log) is brought up to date instead of made anew.
 *
 * Invariants: (1) After weft_params_vary returned true, values, used flags and digest are those
 * that loading the text with the override would give. (2) The digest is a sum of one digest for
 * each key in use, so it does not depend on the order of keys, and one changed key costs one
 * digest. (3) Values are changed at their address: structs bound to tables stay valid. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

/* ---- changing a number ---- */

/* A number, or a list that holds one. */
static bool is_number(const par_value *v)
{
    switch (v->row->type) {
    case WEFT_INT:
    case WEFT_REAL:
        return true;
    case WEFT_INT_LIST:
    case WEFT_REAL_LIST:
        return v->n == 1;
    default:
        return false;
    }
}

/* A node of the parameters' own with room for the text of a number. It is made once and used again
 * by later changes. Messages about it point to the file, as no override was typed. */
static const weft_node *number_node(weft_params *p, const weft_section *s, par_value *v,
                                    const char *text)
{
    size_t n = strlen(text);
    if (!v->varied) {
        v->varied = par_arena_take(&p->arena, sizeof *v->varied);
        v->varied_text = par_arena_take(&p->arena, WEFT_NUMBER_ROOM);
        *v->varied = (weft_node){.kind = WEFT_NODE_SCALAR,
                                 .plain = true,
                                 .line = 1,
                                 .key_line = 1,
                                 .file = p->doc->file,
                                 .parent = s->node,
                                 .name = v->row->name,
                                 .text = v->varied_text};
    }
    memcpy(v->varied_text, text, n + 1);
    return v->varied;
}

/* The range is parsed once and kept. */
static bool in_range(par_value *v, double x)
{
    if (!v->row->range)
        return true;
    if (!v->range_known)
        v->range = par_range_read(v->row->range);
    v->range_known = true;
    return par_range_has(&v->range, x);
}

/* The conditions of other keys of the section are looked at again, since the number may decide
 * them: if a key of the user's is then not used, or one is missing, the answer is no. */
bool weft_params_vary(weft_params *p, const char *section, const char *name, const char *text)
{
    weft_section *s = NULL;
    for (int i = 0; i < p->schema.n && !s; i++)
        if (strcmp(p->schema.section[i].name, section) == 0)
            s = &p->section[i];
    par_value *v = s ? par_section_find(s, name) : NULL;
    par_element e;
    if (!v || !v->node || !v->used || v->word || !v->element || !is_number(v) ||
        strlen(text) >= WEFT_NUMBER_ROOM)
        return false;
    bool whole = v->row->type == WEFT_INT || v->row->type == WEFT_INT_LIST;
    if (whole ? par_number_int(text, &e.whole) != NULL : par_number_real(text, &e.real) != NULL)
        return false;
    if (!in_range(v, whole ? (double)e.whole : e.real))
        return false;
    v->node = number_node(p, s, v, text);
    v->set = true;
    v->element[0] = e;
    par_value_bind(&p->arena, v);
    v->digest_known = false;
    par_condition failed;
    for (int i = 0; i < s->n; i++) {
        par_value *other = &s->value[i];
        if (!other->row->when)
            continue;
        other->used = par_value_used(s, other, &failed);
        if (other->set && !other->used)
            return false;
        if (!other->node && other->used && !other->row->standard)
            return false;
    }
    return true;
}

/* ---- digest ---- */

/* Bits that leave at the top come in at the bottom; n from 1 to 63. */
static uint64_t rotate(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

/* The last mixing steps of MurmurHash3 (A. Appleby): every bit of x changes each bit of the result
 * with probability near 1/2. */
static uint64_t finish(uint64_t x)
{
    x = (x ^ x >> 33) * 0xff51afd7ed558ccdu;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53u;
    return x ^ x >> 33;
}

/* Eight bytes at a time, in the manner of MurmurHash3; the words are read in the byte order of the
 * machine. Not cryptographic: it guards against chance, not against an adversary. */
void weft_digest(const void *data, size_t n, uint64_t out[2])
{
    const unsigned char *p = data;
    uint64_t a = 0x9e3779b97f4a7c15u ^ n, b = 0xd1b54a32d192ed03u + n;
    for (size_t done = 0; done < n; done += 8) {
        uint64_t w = 0;
        memcpy(&w, p + done, n - done < 8 ? n - done : 8);
        a = rotate(a ^ w * 0x87c37b91114253d5u, 31) * 5 + b;
        b = rotate(b ^ w * 0x4cf5ad432745937fu, 27) * 9 + a;
    }
    out[0] = finish(a ^ rotate(b, 17));
    out[1] = finish(b + out[0]);
}

/* Whether skip names the section or this key of it. */
static bool skipped(const char *section, const char *name, const char *const *skip)
{
    for (; *skip; skip++) {
        size_t n = strlen(section);
        if (strncmp(*skip, section, n) == 0 &&
            ((*skip)[n] == '\0' || ((*skip)[n] == '.' && strcmp(*skip + n + 1, name) == 0)))
            return true;
    }
    return false;
}

/* A digest is kept with its value until the value changes; keys that do not count add nothing. */
void weft_params_digest(weft_params *p, const char *const *skip, uint64_t out[2])
{
    out[0] = out[1] = 0;
    for (int i = 0; i < p->schema.n; i++)
        for (int j = 0; j < p->section[i].n; j++) {
            par_value *v = &p->section[i].value[j];
            if (!v->node || !v->used)
                continue;
            if (!v->digest_known) {
                const char *section = p->schema.section[i].name;
                par_buffer line = {0};
                par_buffer_add(&line, "%s.%s: ", section, v->row->name);
                par_value_add(&line, v);
                weft_digest(line.text, line.length, v->digest);
                if (skipped(section, v->row->name, skip))
                    v->digest[0] = v->digest[1] = 0;
                weft_free(line.text);
                v->digest_known = true;
            }
            out[0] += v->digest[0];
            out[1] += v->digest[1];
        }
}
