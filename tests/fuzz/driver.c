/* A short form of fuzzing for the tests, without libFuzzer: the target is called with the seeds and
 * then with mutations of them, the same ones each time.
 *
 * usage: PROGRAM EXECUTIONS FILE... */
#include "fuzz.h"
#include <mpi.h>

enum { LONGEST = 1 << 16 };

static uint64_t state = 88172645463325252ull;

static uint64_t draw(uint64_t n)
{
    state ^= state << 13; /* xorshift64: Marsaglia, J. Stat. Softw. 8 (14) (2003) */
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

typedef struct seed {
    uint8_t *data;
    size_t size;
} seed;

static seed read_seed(const char *path)
{
    seed s = {malloc(LONGEST), 0};
    FILE *file = fopen(path, "rb");
    FUZZ_MUST(file && s.data);
    s.size = fread(s.data, 1, LONGEST, file);
    fclose(file);
    return s;
}

/* Take out, double or exchange a piece, or change a byte, of data, whose room is LONGEST. */
static size_t mutate(uint8_t *data, size_t size, const seed *other)
{
    static const char *const words[] = {
        "-1",    "1e308", "nan", "inf", "0",    "[]", "{}", "~",  "\n",     "\t",
        ":",     ", ",    "-> ", "^",   "((((", "''", "&a", "*a", "1e-400", "9223372036854775808",
        "dt(u)", "xi"};
    if (size < 2)
        return size;
    size_t from = draw(size), n = 1 + draw(size - from < 24 ? size - from : 24);
    switch (draw(5)) {
    case 0:
        memmove(data + from, data + from + n, size - from - n);
        return size - n;
    case 1:
        if (size + n > LONGEST)
            return size;
        memmove(data + from + n, data + from, size - from);
        return size + n;
    case 2:
        data[from] = (uint8_t)draw(256);
        return size;
    case 3: {
        const char *word = words[draw(sizeof words / sizeof *words)];
        n = strlen(word);
        if (from + n > size)
            return size;
        memcpy(data + from, word, n);
        return size;
    }
    default:
        if (other->size < n)
            return size;
        memcpy(data + from, other->data + draw(other->size - n + 1), n);
        return size;
    }
}

int main(int argc, char **argv)
{
    const int n = argc - 2;
    const long executions = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    FUZZ_MUST(n > 0 && executions > 0);
    seed *seeds = malloc((size_t)n * sizeof *seeds);
    uint8_t *data = malloc(LONGEST);
    FUZZ_MUST(seeds && data);
    for (int i = 0; i < n; i++) {
        seeds[i] = read_seed(argv[i + 2]);
        LLVMFuzzerTestOneInput(seeds[i].data, seeds[i].size);
    }
    for (long k = 0; k < executions; k++) {
        const seed *s = &seeds[draw((uint64_t)n)];
        size_t size = s->size;
        memcpy(data, s->data, size);
        for (uint64_t changes = 1 + draw(6); changes > 0; changes--)
            size = mutate(data, size, &seeds[draw((uint64_t)n)]);
        LLVMFuzzerTestOneInput(data, size);
    }
    printf("%ld executions\n", executions + n);
    for (int i = 0; i < n; i++)
        free(seeds[i].data);
    free(seeds);
    free(data);
    int on;
    MPI_Initialized(&on);
    if (on)
        MPI_Finalize();
    return 0;
}
