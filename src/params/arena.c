/* Memory of a tree or of parameters, freed at once. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

enum { BLOCK = 16384, ALIGN = 16 };

typedef struct par_arena_block {
    struct par_arena_block *before;
    size_t used, room;
} block;

static const size_t head = (sizeof(block) + ALIGN - 1) / ALIGN * ALIGN;

void *par_arena_take(par_arena *arena, size_t bytes)
{
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    block *b = arena->last;
    if (!b || b->room - b->used < bytes) {
        size_t room = bytes > BLOCK ? bytes : BLOCK;
        b = weft_alloc(head + room, 1);
        b->room = room;
        b->before = arena->last;
        arena->last = b;
    }
    void *p = (char *)b + head + b->used;
    b->used += bytes;
    return p;
}

char *par_arena_copy(par_arena *arena, const char *text, size_t length)
{
    char *copy = par_arena_take(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

void par_arena_free(par_arena *arena)
{
    while (arena->last) {
        block *b = arena->last;
        arena->last = b->before;
        weft_free(b);
    }
}
