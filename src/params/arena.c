/* An arena: memory of a tree or of parameters, taken in small pieces and freed at once.
 *
 * Invariant: pieces never move and are never freed one by one, so pointers into an arena hold until
 * par_arena_free. That suits trees: a node points to its parent, its key and its text, and all of
 * them end together, also when reading fails half way. Pieces are zeroed, because weft_alloc zeroes
 * blocks and each byte is handed out once. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

enum { BLOCK = 16384, ALIGN = 16 };

/* The beginning of a block; the pieces follow it. used and room count the bytes behind the head. */
typedef struct par_arena_block {
    struct par_arena_block *before;
    size_t used, room;
} block;

/* Bytes from the beginning of a block to its first piece. */
static const size_t head = (sizeof(block) + ALIGN - 1) / ALIGN * ALIGN;

/* What does not fit into the last block begins a new one; a large piece gets a block of its own.
 * The rest of the block before is lost, at most 16 kB. */
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

/* length bytes and a zero, which is there because pieces are zeroed. */
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
