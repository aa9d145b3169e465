/* What messages say about a name that nothing has: "did you mean ...?", with the nearest name by
 * edit distance. All such messages of the program end here.
 *
 * Invariant: the answer depends on the two texts and the order of the candidates alone; the first
 * of equally near ones wins. A name that is not near is no answer: a wrong guess confuses more than
 * a list of what there is. */
#include "weft/params.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Longer texts are not compared: no name is that long, and the rows below have room for it. */
enum { LONGEST = 64 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Upper and lower case count as the same letter. */
static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b, case apart
 * (optimal string alignment). Dynamic programming over prefixes; a swap looks two rows back, hence
 * three rows. n, m: lengths, at most LONGEST. */
static int distance(const char *a, int n, const char *b, int m)
{
    int rows[3][LONGEST + 1];
    int *before = rows[0], *last = rows[1], *row = rows[2];
    for (int j = 0; j <= m; j++)
        last[j] = j;
    for (int i = 1; i <= n; i++) {
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            int replace = last[j - 1] + !same(a[i - 1], b[j - 1]);
            row[j] = least(replace, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        int *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[m];
}

/* Whether text begins with `beginning`, of at least three letters: less is chance. */
static bool begins(const char *text, int n, const char *beginning, int m)
{
    if (m < 3 || m > n)
        return false;
    for (int i = 0; i < m; i++)
        if (!same(text[i], beginning[i]))
            return false;
    return true;
}

/* The nearest candidate; NULL: none is near. */
static const char *nearest(const char *text, const char *const *candidates, int n)
{
    const char *best = NULL;
    int best_distance = LONGEST, length = (int)strnlen(text, LONGEST + 1);
    if (length > LONGEST)
        return NULL;
    for (int i = 0; i < n; i++) {
        int m = (int)strnlen(candidates[i], LONGEST + 1);
        if (m > LONGEST)
            continue;
        int d = distance(text, length, candidates[i], m);
        /* a third of the letters may differ; an abbreviation, or a name with more behind, is near
         */
        int near = length <= 2 ? 1 : (least(length, m) + 2) / 3;
        /* the text itself is no answer: it has no meaning where it stands; nor is a name without
         * one of its letters */
        if ((d == 0 && strcmp(text, candidates[i]) == 0) || d >= (length > m ? length : m))
            continue;
        if (d > near && !begins(candidates[i], m, text, length) &&
            !begins(text, length, candidates[i], m))
            continue;
        if (d < best_distance) {
            best = candidates[i];
            best_distance = d;
        }
    }
    return best;
}

/* Dashes are no letters of an option's name: with them, --ab and --xy would have half in common. */
weft_hint weft_did_you_mean(const char *text, const char *const *names, int n)
{
    weft_hint hint = {""};
    int dashes = (int)strspn(text, "-");
    const char *near = nearest(text + dashes, names, n);
    if (near)
        snprintf(hint.text, sizeof hint.text, "; did you mean '%.*s%s'?", dashes, text, near);
    return hint;
}

/* A near name says more than a list, in which the user would have to search for it. */
weft_hint weft_near_or_all(const char *text, const char *const *names, int n)
{
    weft_hint hint = weft_did_you_mean(text, names, n);
    if (hint.text[0])
        return hint;
    size_t size = sizeof hint.text, used = 0;
    for (int i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(hint.text + used, size - used, "%s%s",
                                 i ? ", " : "; there are: ", names[i]);
    return hint;
}
