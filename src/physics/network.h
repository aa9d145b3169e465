/* Reaction networks: species, reactions, conservation laws. Shared by the models that have one. */
#ifndef WEFT_PHYSICS_NETWORK_H
#define WEFT_PHYSICS_NETWORK_H

#include "weft/params.h"

enum {
    WEFT_MAX_SPECIES = 8,
    WEFT_MAX_REACTIONS = 32,
    WEFT_MAX_REACTANTS = 3,
    WEFT_MAX_PRODUCTS = 4,
    WEFT_NAME_SIZE = 24,
};

/* "A + B -> 2 A". Reactants and products are kept in the order written, each one particle; species
 * are counted from 1, and 0 stands for an empty place that is written beside others ("A + 0"). */
typedef struct reaction_rule {
    char name[WEFT_NAME_SIZE]; /* given, or r1, r2, ... */
    int n_in, n_out;
    int in[WEFT_MAX_REACTANTS], out[WEFT_MAX_PRODUCTS];
    int take[WEFT_MAX_SPECIES], give[WEFT_MAX_SPECIES]; /* particles of species s+1 */
    double rate;                                        /* 0 if contact */
    bool contact;                                       /* rate: contact */
    const weft_node *node;                              /* the map in the input */
    const weft_node *text;                              /* the scalar "A + B -> 2 A" */
} reaction_rule;

/* Species, reactions and conservation laws of an input. It owns nothing; nodes belong to
 * the document. */
typedef struct network_data {
    int n_species;
    char species[WEFT_MAX_SPECIES][WEFT_NAME_SIZE];
    int n_reactions;
    reaction_rule reaction[WEFT_MAX_REACTIONS];
    int n_laws;
    /* sum over s of law[l][s] * (number of particles of species s+1) stays as it is */
    int64_t law[WEFT_MAX_SPECIES][WEFT_MAX_SPECIES];
} network_data;

/* Read the values of the keys species (list of names) and reactions (list of maps with the keys
 * reaction, rate, name and those of the NULL-terminated list more, which the caller reads from
 * reaction.node; NULL: none) of a section. contact: whether rate: contact is allowed. Errors:
 * WEFT_INPUT, at the character. Local. */
weft_status network_read(const weft_section *section, weft_strings species,
                         const weft_node *reactions, const char *const *more, bool contact,
                         network_data *out);

/* Parse "A + B -> 2 A" over the species of net. On failure returns false, *column is the place in
 * text (from 1) and *why the reason. Local. */
bool network_parse(const network_data *net, const char *text, reaction_rule *out, int *column,
                   const char **why);

/* Find the conservation laws: a basis of the integer null space of the stoichiometric matrix.
 * Local. */
void network_laws(network_data *net);

/* "A - B" of a law into out. Local. */
void network_law_text(const network_data *net, int law, char *out, size_t size);

/* The names of the species, "A, B", into out. Local. */
void network_names(const network_data *net, char *out, size_t size);

/* Species by name: from 1, 0 if there is none; reaction by name: from 0, -1 if there is none.
 * Local.
 */
int network_species(const network_data *net, const char *name);
/* What a message says behind the name of a species that is not there: the nearest, or all. Local.
 */
weft_hint network_species_hint(const network_data *net, const char *name);
/* For observables by species, before there is a network: the place of the name in the list, from 0.
 * WEFT_INPUT if it is not there. Local. */
weft_status network_species_place(weft_strings species, const char *name, double *place);
int network_reaction(const network_data *net, const char *name);

/* A map from species to numbers >= 0 ({A: 1.0}), or one number for all: values[s] of species s+1;
 * species that are not named get 0. Errors: WEFT_INPUT. Local. */
weft_status network_values(const network_data *net, const weft_node *node, double *values);

#endif
