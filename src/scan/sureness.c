/* How sure the class of a point is: the share of random draws of its reductions that give it.
 *
 * With replicas, each reduction was also computed without one block of replicas after the other
 * (ensemble/outcome.c). The jackknife takes the covariance of two reductions x and y from these n
 * estimates: (n - 1)/n sum_b (x_b - <x>)(y_b - <y>), see B. Efron, The Jackknife, the Bootstrap and
 * Other Resampling Plans, SIAM (1982). A draw is
 *     x + sqrt((n - 1)/n) sum_b g_b (x_b - <x>)
 * with normal numbers g_b that all reductions share, and so has exactly this covariance: reductions
 * of one history, which scatter together, also do so here.
 *
 * Invariants. The numbers g are those of one fixed seed, the same for every point, so that the
 * share is a function of the stored results alone. What is not known counts against the class: a
 * reduction that is nan without some block is nan in all draws. Errors that stand in rules stay
 * what they are. The share of DRAWS draws has an error of its own of at most 0.025. */
#include "classes.h"
#include "weft/memory.h"
#include "weft/noise.h"
#include <math.h>
#include <string.h>

enum { DRAWS = 400, MOST_BLOCKS = 256 };

/* Points mostly have equally many blocks: the numbers are made once. */
static const double *make_normals(scan_normals *to, int64_t blocks)
{
    const weft_noise noise = {.seed = 1, .replica = 0};
    if (to->blocks == blocks)
        return to->g;
    weft_free(to->g);
    *to = (scan_normals){blocks, weft_alloc((size_t)(DRAWS * blocks), sizeof *to->g)};
    for (int64_t j = 0; j < DRAWS; j++)
        weft_noise_normal(&noise, WEFT_STREAM_MODEL, 0, j, MOST_BLOCKS, 0, blocks,
                          to->g + j * blocks);
    return to->g;
}

/* The estimates of a reduction without one block each; NULL: not stored. */
static const double *left_out(const scan_entry *e, const char *name)
{
    for (int i = 0; e->left_out && i < e->n_derived - 1; i++)
        if (strcmp(e->derived[i].name, name) == 0)
            return e->left_out + i * e->n_left_out;
    return NULL;
}

/* All draws of a reduction with the value x and the estimates l. */
static void draw(double x, const double *l, int64_t blocks, const double *g, double *out)
{
    const double n = (double)blocks, scale = sqrt((n - 1) / n);
    double mean = 0;
    for (int64_t b = 0; b < blocks; b++)
        mean += l[b] / n;
    for (int64_t j = 0; j < DRAWS; j++) {
        double sum = 0;
        for (int64_t b = 0; b < blocks; b++)
            sum += g[j * blocks + b] * (l[b] - mean);
        out[j] = x + scale * sum;
    }
}

/* Is there any estimate? A series that is not kept without a block has none. */
static bool any_known(const double *l, int64_t blocks)
{
    int64_t n = 0;
    for (int64_t b = 0; b < blocks; b++)
        n += !isnan(l[b]);
    return n > 0;
}

/* The rows of draws of all inputs that the rules use; false: the scatter of one is not known. */
static bool draw_inputs(const weft_scan *s, const scan_point *p, const scan_entry *e, uint64_t uses,
                        const double *g, double *rows)
{
    double value[SCAN_INPUTS];
    bool known = true;
    scan_class_inputs(s, p, e, value);
    for (int k = 0; k < SCAN_INPUTS && known; k++) {
        const double *l = k < s->n_derives ? left_out(e, s->derive[k].name) : NULL;
        if (k < SCAN_CONSTANT && !(uses >> k & 1))
            continue;
        known = k >= SCAN_DERIVES || (l && (isnan(value[k]) || any_known(l, e->n_left_out)));
        if (l)
            draw(value[k], l, e->n_left_out, g, rows + k * DRAWS);
        for (int64_t j = 0; !l && j < DRAWS; j++)
            rows[k * DRAWS + j] = value[k];
    }
    return known;
}

double scan_class_sureness(const weft_scan *s, const scan_point *p, const scan_entry *e, int number,
                           scan_normals *normals)
{
    uint64_t uses = 0;
    if (!e->left_out || e->n_left_out < 2 || e->n_left_out > MOST_BLOCKS)
        return NAN;
    for (int k = 0; k < s->classes->n; k++)
        uses |= scan_rule_uses(s->classes->of[k].rule);
    double *rows = weft_alloc((size_t)SCAN_INPUTS * DRAWS, sizeof *rows);
    const double *input[SCAN_INPUTS];
    int drawn[DRAWS], same = 0;
    for (int k = 0; k < SCAN_INPUTS; k++)
        input[k] = rows + k * DRAWS;
    const bool known = draw_inputs(s, p, e, uses, make_normals(normals, e->n_left_out), rows);
    if (known)
        scan_classify(s->classes, DRAWS, input, drawn, NULL);
    for (int j = 0; known && j < DRAWS; j++)
        same += drawn[j] == number;
    weft_free(rows);
    return known ? (double)same / DRAWS : NAN;
}

/* Comparisons with nan are false: where there are no replicas, classes count as they are. */
bool scan_class_sure(double sureness)
{
    return !(sureness < 0.95);
}

/* The refinement and the list of boundaries mean the same by sure, so that what is refined is the
 * interval that is told. */
void scan_class_drop_unsure(const weft_scan *s, const scan_results *results, int *number)
{
    scan_normals normals = {0};
    for (int64_t i = 0; i < s->n; i++) {
        const scan_entry *e = scan_results_find(results, s->point[i].id);
        if (number[i] > 0 &&
            !scan_class_sure(scan_class_sureness(s, &s->point[i], e, number[i], &normals)))
            number[i] = 0;
    }
    weft_free(normals.g);
}
