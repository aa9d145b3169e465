/* Entries of the Hamiltonian's matrix, row by row: potential on the diagonal, hopping to the
 * nearest and the next nearest sites of the periodic lattice. On an axis of one or two sites
 * several neighbours are the same site; the entries are added, as the sum over bonds says. */
#include "dense.h"

/* The number of the site at a displacement on the periodic lattice, x fastest. */
static int64_t neighbour(const int64_t n[3], const int64_t site[3], const int d[3])
{
    return (el_wrapped(site[0] + d[0], n[0]) * n[1] + el_wrapped(site[1] + d[1], n[1])) * n[2] +
           el_wrapped(site[2] + d[2], n[2]);
}

/* One row of H. The solvers with matrices, and SLEPc, get their entries from here, so that
 * there is one Hamiltonian. Each row names all of its neighbours, so that a rank can make
 * its own rows alone; entries to the same site are given one by one and are to be added. */
void el_row_entries(const weft_electron *e, const double *whole, int64_t i, el_entry *add,
                    void *context)
{
    const weft_electron_options *o = &e->own->options;
    const int64_t *n = e->grid->n;
    int dim = e->grid->dim;
    int64_t site[3] = {i / (n[1] * n[2]), i / n[2] % n[1], i % n[2]};
    add(context, i, i, whole[i]);
    for (int d = 3 - dim; d < 3; d++)
        for (int s = -1; s < 2; s += 2) {
            int step[3] = {0};
            step[d] = s;
            add(context, i, neighbour(n, site, step), -o->hopping);
            step[d] = 2 * s;
            if (dim == 1 && o->next_hopping != 0)
                add(context, i, neighbour(n, site, step), -o->next_hopping);
            for (int d2 = d + 1; d2 < 3 && o->next_hopping != 0; d2++)
                for (int s2 = -1; s2 < 2; s2 += 2) {
                    step[d] = s;
                    step[d2] = s2;
                    add(context, i, neighbour(n, site, step), -o->next_hopping);
                    step[d2] = 0;
                }
        }
}
