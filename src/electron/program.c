/* The resolvent of a window as a program: Gaussian elimination of all sites but the centre, worked
 * out once for a shape and then run for many centres at once.
 *
 *   G = <0| 1/(z - H_W - Sigma) |0>,  Sigma_bb = sum over cut neighbours o of t^2/(z - V_o),
 *
 * the second term ("embedding") folds the sites just outside of the window into its border. Along a
 * chain the program is the continued fraction; for any lattice, with or without second neighbours,
 * it is exact for the window's sites (and, embedded, for the tree that they form with their outer
 * neighbours).
 *
 * Invariants. z = i y with y > 0, so that the imaginary part of every pivot is at least y: each is
 * y plus t^2 times imaginary parts of the same sign of what was eliminated before (a Schur
 * complement of a matrix whose imaginary part is y keeps that bound). No pivoting is needed,
 * nothing can be zero, and |G| <= 1/y. All lanes do the same operations in the same order, so a
 * site's bits do not depend on where it lies. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

/* A program while it is worked out: which entries of the matrix exist, and where. */
typedef struct builder {
    el_program *p;
    int sites;
    int *slot;  /* of entry (i, j), sites x sites; -1: zero */
    int *alive; /* not eliminated yet */
} builder;

/* The slot of an entry; -1: it is zero. */
static int entry(builder *b, int i, int j)
{
    return b->slot[i * b->sites + j];
}

/* The matrix is symmetric (complex, not Hermitian): both entries share a slot. */
static int new_entry(builder *b, int i, int j)
{
    int s = b->p->slots++;
    b->slot[i * b->sites + j] = b->slot[j * b->sites + i] = s;
    return s;
}

/* Append an operation. */
static void add(el_program *p, el_operation kind, int to, int x, int y)
{
    if (p->count == p->room) {
        p->room = 2 * p->room + 64;
        p->op = weft_grow(p->op, (size_t)p->count, (size_t)p->room, sizeof *p->op);
    }
    p->op[p->count++] = (el_op){kind, to, x, y};
}

/* A site by its displacement; windows are small enough for a search. */
static int find(const el_program *p, const int64_t d[3])
{
    for (int i = 0; i < p->sites; i++)
        if (memcmp(p->d[i], d, sizeof p->d[i]) == 0)
            return i;
    return -1;
}

/* Steps to neighbours; kind 1: nearest, 2: second. */
static int steps(int dim, bool next, int64_t step[18][3], int kind[18])
{
    int n = 0;
    for (int a = 3 - dim; a < 3; a++)
        for (int s = -1; s < 2; s += 2) {
            int64_t d[3] = {0};
            d[a] = s;
            memcpy(step[n], d, sizeof d);
            kind[n++] = 1;
            d[a] = 2 * s;
            if (next && dim == 1) {
                memcpy(step[n], d, sizeof d);
                kind[n++] = 2;
            }
            d[a] = s;
            for (int b = a + 1; next && b < 3; b++)
                for (int r = -1; r < 2; r += 2) {
                    d[b] = r;
                    memcpy(step[n], d, sizeof d);
                    kind[n++] = 2;
                    d[b] = 0;
                }
        }
    return n;
}

/* A site at a displacement from the centre; the reach grows with it. */
static void add_site(el_program *p, const int64_t d[3])
{
    if (p->sites == p->site_room) {
        p->site_room = 2 * p->site_room + 64;
        p->d = weft_grow(p->d, (size_t)p->sites, (size_t)p->site_room, sizeof *p->d);
    }
    memcpy(p->d[p->sites++], d, sizeof *p->d);
    for (int a = 0; a < 3; a++) {
        int64_t x = d[a] < 0 ? -d[a] : d[a];
        p->reach = x > p->reach ? x : p->reach;
    }
}

/* The centre is site 0; all sites within the radius follow. */
static void ball(el_program *p, int dim, int64_t radius2)
{
    int64_t r = 0, d[3], zero[3] = {0};
    while ((r + 1) * (r + 1) <= radius2)
        r++;
    add_site(p, zero);
    for (d[0] = dim > 2 ? -r : 0; d[0] <= (dim > 2 ? r : 0); d[0]++)
        for (d[1] = dim > 1 ? -r : 0; d[1] <= (dim > 1 ? r : 0); d[1]++)
            for (d[2] = -r; d[2] <= r; d[2]++) {
                int64_t square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
                if (square > 0 && square <= radius2)
                    add_site(p, d);
            }
    p->inner = p->sites;
}

/* Slots of the entries inside the window, and what the outer sites add to the diagonal.
 * Slot i is the diagonal entry of site i. With embed, a neighbour outside of the window
 * becomes an outer site, whose potential is read as well; it only changes the diagonal of
 * the site that it is bound to. */
static void couple(builder *b, int dim, bool next, bool embed)
{
    el_program *p = b->p;
    int64_t step[18][3], d[3];
    int kind[18], n = steps(dim, next, step, kind);
    for (int i = 0; i < p->inner; i++) {
        new_entry(b, i, i); /* slot i */
        p->source[i] = 0;
    }
    for (int i = 0; i < p->inner; i++)
        for (int k = 0; k < n; k++) {
            for (int a = 0; a < 3; a++)
                d[a] = p->d[i][a] + step[k][a];
            int j = find(p, d);
            if (j >= 0 && j < p->inner) {
                if (entry(b, i, j) < 0)
                    p->source[new_entry(b, i, j)] = kind[k];
            } else if (embed) {
                if (j < 0) {
                    j = p->sites;
                    add_site(p, d);
                }
                add(p, kind[k] == 1 ? EL_EMBED : EL_EMBED_NEXT, i, j, 0);
            }
        }
}

/* Neighbours of a site in what is left of the matrix. */
static int degree(builder *b, int i)
{
    int n = 0;
    for (int j = 0; j < b->p->inner; j++)
        n += b->alive[j] && j != i && entry(b, i, j) >= 0;
    return n;
}

/* A fill-in begins with zero. */
static int filled(builder *b, int i, int j)
{
    int s = entry(b, i, j);
    if (s < 0)
        b->p->source[s = new_entry(b, i, j)] = -1;
    return s;
}

/* Site k: 1/pivot, then row i minus (entry/pivot) times row k, for the upper half of what
 * is left. */
static void eliminate(builder *b, int k)
{
    el_program *p = b->p;
    int scratch = p->scratch, n = p->inner;
    b->alive[k] = 0;
    add(p, EL_INVERT, scratch, entry(b, k, k), 0);
    for (int i = 0; i < n; i++) {
        if (!b->alive[i] || entry(b, i, k) < 0)
            continue;
        add(p, EL_ELIMINATE, 0, scratch, entry(b, i, k));
        const int first = p->count;
        for (int j = i; j < n; j++)
            if (b->alive[j] && entry(b, j, k) >= 0)
                add(p, EL_SUBTRACT, filled(b, i, j), 0, entry(b, j, k));
        p->op[first - 1].to = p->count - first;
    }
}

/* The site with the fewest neighbours goes first (minimum degree), which keeps fill-ins
 * few; the centre is never eliminated. The scratch slot comes behind all others, whose number
 * is known only at the end. */
void el_program_make(int dim, int64_t radius2, bool next, bool embed, el_program *p)
{
    *p = (el_program){0};
    ball(p, dim, radius2);
    int n = p->inner;
    builder b = {.p = p, .sites = n};
    b.slot = weft_alloc((size_t)(n * n), sizeof *b.slot);
    b.alive = weft_alloc((size_t)n, sizeof *b.alive);
    p->source = weft_alloc((size_t)(n * n + 1), sizeof *p->source);
    p->scratch = n * n; /* renumbered below */
    memset(b.slot, -1, (size_t)(n * n) * sizeof *b.slot);
    for (int i = 0; i < n; i++)
        b.alive[i] = 1;
    couple(&b, dim, next, embed);
    for (int left = n - 1; left > 0; left--) {
        int best = -1, least = n + 1;
        for (int i = n - 1; i > 0; i--)
            if (b.alive[i] && degree(&b, i) < least)
                least = degree(&b, best = i);
        eliminate(&b, best);
    }
    for (int k = 0; k < p->count; k++) {
        el_op *o = &p->op[k];
        int *at = o->kind == EL_INVERT ? &o->to : &o->x;
        if ((o->kind == EL_INVERT || o->kind == EL_ELIMINATE) && *at == p->scratch)
            *at = p->slots;
    }
    p->scratch = p->slots++;
    weft_free(b.alive);
    weft_free(b.slot);
}

void el_program_free(el_program *p)
{
    weft_free(p->d);
    weft_free(p->op);
    weft_free(p->source);
    *p = (el_program){0};
}
