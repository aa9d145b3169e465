/* A growing array of bytes.
 *
 * The room at least doubles whenever it grows, so that any number of additions copies each
 * byte a bounded number of times on average: n bytes in all cost no more than 2 n copies. */
#include "outcome.h"
#include "weft/memory.h"
#include <string.h>

/* data may be NULL if n is 0. The old array stays valid until the new one is filled. */
void ens_bytes_add(ens_bytes *b, const void *data, size_t n)
{
    if (b->n + n > b->room) {
        b->room = 2 * (b->n + n) + 256;
        b->data = weft_grow(b->data, b->n, b->room, 1);
    }
    if (n)
        memcpy(b->data + b->n, data, n);
    b->n += n;
}

void ens_bytes_free(ens_bytes *b)
{
    weft_free(b->data);
    *b = (ens_bytes){0};
}
