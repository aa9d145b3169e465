/* Exact sums over ranks: equal to the one-rank sum to the bit, for any number of ranks. */
#include "weft/exact.h"
#include "check.h"

enum { N = 10007, SUMS = 3 };

static double term(int sum, int64_t i)
{
    uint64_t h = (uint64_t)(i + 1) * 0x9E3779B97F4A7C15u + (uint64_t)sum * 0xD1B54A32D192ED03u;
    h ^= h >> 29;
    h *= 0xBF58476D1CE4E5B9u;
    h ^= h >> 32;
    return ldexp((double)(int64_t)h * 0x1p-63, (int)(h % 120) - 60);
}

int main(int argc, char **argv)
{
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    weft_exact mine[SUMS], all[SUMS];
    for (int s = 0; s < SUMS; s++) {
        weft_exact_clear(&mine[s]);
        weft_exact_clear(&all[s]);
        for (int64_t i = 0; i < N; i++) {
            double x = term(s, i);
            weft_exact_add(&all[s], &x, 1);
            if (i % size == rank)
                weft_exact_add(&mine[s], &x, 1);
        }
    }
    weft_exact_allreduce(MPI_COMM_WORLD, mine, SUMS);
    for (int s = 0; s < SUMS; s++)
        CHECK(weft_exact_value(&mine[s]) == weft_exact_value(&all[s]));

    /* nan on one rank reaches all; a second reduction of fresh sums works */
    double x = rank == size - 1 ? NAN : 1.0;
    weft_exact_clear(&mine[0]);
    weft_exact_add(&mine[0], &x, 1);
    weft_exact_allreduce(MPI_COMM_WORLD, mine, 1);
    CHECK(isnan(weft_exact_value(&mine[0])));
    return check_end();
}
