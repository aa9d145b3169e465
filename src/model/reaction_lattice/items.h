/* Texts of several items, for attributes of result files. */
#ifndef WEFT_MODEL_REACTION_LATTICE_ITEMS_H
#define WEFT_MODEL_REACTION_LATTICE_ITEMS_H

#include "lattice.h"

/* Items of one attribute, joined by "; ". Begins with used = 0. */
typedef struct rl_items {
    char text[4096];
    size_t used;
} rl_items;

/* Items for which there is no room are left out; an item that is too long is cut. Local. */
__attribute__((format(printf, 2, 3))) void rl_items_add(rl_items *list, const char *format, ...);

/* A reaction (from 0) as the input has it. Local. */
const char *rl_written(const rl_lattice *lattice, int reaction);

#endif
