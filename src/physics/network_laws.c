/* What reaction networks conserve.
 *
 * A conservation law is a set of whole numbers w_s with sum_s w_s (products - reactants of
 * s) = 0 for every reaction: then sum_s w_s N_s never changes. The laws are the null space
 * of the stoichiometric matrix. Invariant: it is found with whole numbers only
 * (Gauss-Jordan elimination without fractions, rows divided by their greatest common
 * divisor after each step), so that a law is exact and not a matter of rounding. With at
 * most 8 species and small coefficients 64 bits are enough.
 *
 * An example: A + B -> 2 A has the row (1, -1), and its null vector (1, 1) says that A + B is
 * constant. With A -> 0 beside it there is no law. The basis that comes out is one of many, the sum
 * of two laws being another law; runs report the values of all of them. */
#include "network.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Euclid's algorithm; never negative, gcd(0, 0) is 0. */
static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t t = a % b;
        a = b;
        b = t;
    }
    return a < 0 ? -a : a;
}

/* Keeps entries small; the null space stays what it is. */
static void divide_by_gcd(int64_t *row, int n)
{
    int64_t g = 0;
    for (int i = 0; i < n; i++)
        g = gcd(g, row[i]);
    for (int i = 0; g > 1 && i < n; i++)
        row[i] /= g;
}

/* row -= its entry in column p, by integers only. */
static void eliminate(int64_t *row, const int64_t *pivot, int p, int n)
{
    int64_t a = pivot[p], b = row[p];
    for (int i = 0; b && i < n; i++)
        row[i] = a * row[i] - b * pivot[i];
    divide_by_gcd(row, n);
}

/* Reduced echelon form of rows (m x n); column_of[i]: pivot column of row i. Returns the rank. */
static int reduce(int64_t rows[][WEFT_MAX_SPECIES], int m, int n, int *column_of)
{
    int rank = 0;
    for (int p = 0; p < n && rank < m; p++) {
        int found = rank;
        while (found < m && rows[found][p] == 0)
            found++;
        if (found == m)
            continue;
        for (int i = 0; i < n; i++) {
            int64_t t = rows[found][i];
            rows[found][i] = rows[rank][i];
            rows[rank][i] = t;
        }
        for (int r = 0; r < m; r++)
            if (r != rank)
                eliminate(rows[r], rows[rank], p, n);
        column_of[rank++] = p;
    }
    return rank;
}

/* The null vector whose free column f is one (times a common denominator), with a positive
 * first entry. */
static void null_vector(int64_t rows[][WEFT_MAX_SPECIES], int rank, const int *column_of, int f,
                        int n, int64_t *law)
{
    int64_t denominator = 1;
    for (int r = 0; r < rank; r++)
        if (rows[r][f]) {
            int64_t d = llabs(rows[r][column_of[r]]);
            denominator = denominator / gcd(denominator, d) * d;
        }
    memset(law, 0, sizeof(int64_t) * WEFT_MAX_SPECIES);
    law[f] = denominator;
    for (int r = 0; r < rank; r++)
        law[column_of[r]] = -denominator / rows[r][column_of[r]] * rows[r][f];
    divide_by_gcd(law, n);
    int first = 0;
    while (law[first] == 0)
        first++;
    for (int i = 0; law[first] < 0 && i < n; i++)
        law[i] = i == first ? law[i] : -law[i];
    law[first] = llabs(law[first]);
}

/* A row a reaction, a column a species; one law for each column without a pivot. */
void network_laws(network_data *net)
{
    int64_t rows[WEFT_MAX_REACTIONS][WEFT_MAX_SPECIES] = {{0}};
    int column_of[WEFT_MAX_SPECIES], n = net->n_species;
    for (int r = 0; r < net->n_reactions; r++)
        for (int s = 0; s < n; s++)
            rows[r][s] = net->reaction[r].give[s] - net->reaction[r].take[s];
    int rank = reduce(rows, net->n_reactions, n, column_of);
    net->n_laws = 0;
    for (int f = 0; f < n; f++) {
        bool pivot = false;
        for (int r = 0; r < rank; r++)
            pivot = pivot || column_of[r] == f;
        if (!pivot)
            null_vector(rows, rank, column_of, f, n, net->law[net->n_laws++]);
    }
}

/* "A - 2 B", without weights of one. */
void network_law_text(const network_data *net, int law, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int s = 0; s < net->n_species && used < size; s++) {
        int64_t w = net->law[law][s];
        if (w == 0)
            continue;
        const char *sign = used ? (w < 0 ? " - " : " + ") : (w < 0 ? "-" : "");
        used += llabs(w) == 1
                    ? (size_t)snprintf(out + used, size - used, "%s%s", sign, net->species[s])
                    : (size_t)snprintf(out + used, size - used, "%s%lld %s", sign, llabs(w),
                                       net->species[s]);
    }
}
