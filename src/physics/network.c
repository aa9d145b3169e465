/* Reading reaction networks.
 *
 * "A + 2 B -> 3 C" is read by a small scanner, character by character, so that an error
 * names the place in the text. Every particle becomes an entry of the lists of reactants
 * and products in the order written, since lattice models give places to them; beside that,
 * particles are counted a species.
 * What a network conserves: network_laws.c.
 *
 *     reaction := side "->" side
 *     side     := term {"+" term}
 *     term     := [count] species | "0"
 *
 * "0" alone is an empty side; beside a particle it is an empty place of the lattice, as in
 * "A + 0 -> 2 A", growth into an empty neighbour. Example: "A + 2 B -> 3 C" has the reactants A, B,
 * B and the products C, C, C; it takes 1 of A and 2 of B and gives 3 of C. */
#include "network.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one reaction ---- */

/* A place in a text. bad and why say where and what the first error is. */
typedef struct scanner {
    const network_data *net;
    const char *text;
    size_t at;
    size_t bad; /* where the error is */
    const char *why;
} scanner;

/* Blanks mean nothing. */
static void skip(scanner *s)
{
    while (s->text[s->at] == ' ' || s->text[s->at] == '\t')
        s->at++;
}

/* Note the error; returns false, so that it can be returned at once. */
static bool fail_at(scanner *s, size_t where, const char *why)
{
    s->bad = where;
    s->why = why;
    return false;
}

/* "2 A", "A", "0": the coefficient and the species (0: none). Counts are cut at 100, far
 * above what a side can hold, so that long digits do not overflow. */
static bool term(scanner *s, int *coefficient, int *species)
{
    skip(s);
    size_t start = s->at;
    *coefficient = 1;
    *species = 0;
    bool number = isdigit((unsigned char)s->text[s->at]);
    if (number) {
        *coefficient = 0;
        while (isdigit((unsigned char)s->text[s->at]) && *coefficient < 100)
            *coefficient = 10 * *coefficient + (s->text[s->at++] - '0');
        skip(s);
    }
    size_t name = s->at;
    if (!isalpha((unsigned char)s->text[name])) {
        if (number && *coefficient == 0)
            return true;
        return fail_at(s, number ? start : name, "expected a species, a count and a species, or 0");
    }
    char word[WEFT_NAME_SIZE] = "";
    while (isalnum((unsigned char)s->text[s->at]) || s->text[s->at] == '_') {
        if (s->at - name + 1 < sizeof word)
            word[s->at - name] = s->text[s->at];
        s->at++;
    }
    *species = network_species(s->net, word);
    if (*species == 0)
        return fail_at(s, name, "unknown species");
    if (*coefficient == 0)
        return fail_at(s, start, "a species with the count 0; leave it out");
    return true;
}

/* "A + 2 B": the particles one by one into list, which has so much room, their number into
 * *n. A lone "0" is an empty side; beside others it is an empty place. */
static bool side(scanner *s, int room, int *list, int *n)
{
    int places = 0;
    *n = 0;
    for (;;) {
        int coefficient, species;
        size_t start = s->at;
        if (!term(s, &coefficient, &species))
            return false;
        for (int i = 0; i < (species ? coefficient : 1); i++) {
            if (*n >= room)
                return fail_at(s, start, "too many particles; at most 3 reactants and 4 products");
            list[(*n)++] = species;
        }
        places++;
        skip(s);
        if (s->text[s->at] != '+')
            break;
        s->at++;
    }
    if (places == 1 && list[0] == 0)
        *n = 0;
    return true;
}

/* The whole reaction. Particles are counted a species (take, give) after the lists are
 * complete. A reaction whose two sides are equal would waste time and mean nothing. */
static bool parse(scanner *s, reaction_rule *r)
{
    if (!side(s, WEFT_MAX_REACTANTS, r->in, &r->n_in))
        return false;
    skip(s);
    if (strncmp(s->text + s->at, "->", 2) != 0)
        return fail_at(s, s->at, "expected '+' or '->'");
    s->at += 2;
    size_t products = s->at;
    if (!side(s, WEFT_MAX_PRODUCTS, r->out, &r->n_out))
        return false;
    if (s->text[s->at] != '\0')
        return fail_at(s, s->at, "expected '+' or the end");
    /* an empty place among the products says nothing that the reactants do not */
    int kept = 0;
    for (int i = 0; i < r->n_out; i++)
        if (r->out[i])
            r->out[kept++] = r->out[i];
    r->n_out = kept;
    int empty = 0;
    for (int i = 0; i < r->n_in; i++) {
        empty += r->in[i] == 0;
        if (r->in[i])
            r->take[r->in[i] - 1]++;
    }
    if (empty > 1 || (empty == 1 && r->n_in > 2))
        return fail_at(s, 0, "an empty place 0 can stand beside one particle only");
    for (int i = 0; i < r->n_out; i++)
        r->give[r->out[i] - 1]++;
    if (memcmp(r->take, r->give, sizeof r->take) == 0)
        return fail_at(s, products, "the reaction changes nothing");
    return true;
}

/* Columns count from 1, as editors do. */
bool network_parse(const network_data *net, const char *text, reaction_rule *out, int *column,
                   const char **why)
{
    scanner s = {net, text, 0, 0, NULL};
    memset(out, 0, sizeof *out);
    bool good = parse(&s, out);
    *column = (int)s.bad + 1;
    *why = s.why;
    return good;
}

/* ---- the lists in the input ---- */

/* A name goes into names of variables, and must be one there: a letter, then letters,
 * digits and '_'. */
static bool is_name(const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || n >= WEFT_NAME_SIZE || !isalpha((unsigned char)text[0]))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_')
            return false;
    return true;
}

/* The number of a species is its place in the list, from 1. */
static weft_status read_species(const weft_section *section, weft_strings species,
                                network_data *net)
{
    const int n = species.n;
    if (n < 1 || n > WEFT_MAX_SPECIES)
        return weft_param_fail(section, "species", "%d species; there can be 1 to %d", n,
                               WEFT_MAX_SPECIES);
    for (int i = 0; i < n; i++) {
        const char *name = species.value[i];
        if (!is_name(name))
            return weft_param_fail(section, "species",
                                   "'%s' is no name of a species; use a letter, then letters, "
                                   "digits and '_', at most %d in all",
                                   name, WEFT_NAME_SIZE - 1);
        if (network_species(net, name))
            return weft_param_fail(section, "species", "'%s' is listed twice", name);
        strcpy(net->species[net->n_species++], name);
    }
    return WEFT_OK;
}

/* Keys of a reaction: those that every model knows, and `more` of the caller. Unknown ones
 * are errors, with the nearest name. */
static weft_status check_keys(const weft_node *node, const char *const *more)
{
    const char *known[16] = {"reaction", "rate", "name"};
    int n = 3;
    for (int i = 0; more && more[i] && n < 16; i++)
        known[n++] = more[i];
    for (int i = 0; i < weft_node_count(node); i++) {
        const char *key = weft_node_key(node, i);
        bool found = false;
        for (int k = 0; k < n; k++)
            found = found || strcmp(key, known[k]) == 0;
        if (found)
            continue;
        return weft_node_fail(weft_node_item(node, i), 0, "unknown key '%s' of a reaction%s", key,
                              weft_did_you_mean(key, known, n).text);
    }
    return WEFT_OK;
}

/* A number from 0 on; or the word `contact`, where the model knows it: reaction at once,
 * whenever the reactants meet. */
static weft_status read_rate(const weft_node *node, bool contact, reaction_rule *r)
{
    const weft_node *rate = weft_node_find(node, "rate");
    if (!rate)
        return weft_node_fail(node, 0, "a reaction needs a rate");
    if (weft_node_what(rate) == WEFT_NODE_SCALAR && contact &&
        strcmp(weft_node_text(rate), "contact") == 0) {
        r->contact = true;
        return WEFT_OK;
    }
    WEFT_TRY(weft_node_real(rate, &r->rate));
    if (!(r->rate >= 0))
        return weft_node_fail(rate, 0, "the rate is %g; a rate cannot be negative", r->rate);
    return WEFT_OK;
}

/* Without a name a reaction is r1, r2, ... by its place. A given name that looks like this
 * must be the one of its place, or two reactions could share it. */
static weft_status read_name(const weft_node *node, const network_data *net, reaction_rule *r)
{
    const weft_node *name = weft_node_find(node, "name");
    if (!name) {
        snprintf(r->name, sizeof r->name, "r%d", net->n_reactions + 1);
        return WEFT_OK;
    }
    if (weft_node_what(name) != WEFT_NODE_SCALAR || !is_name(weft_node_text(name)))
        return weft_node_fail(name, 0,
                              "the name of a reaction is a letter, then letters, digits and '_', "
                              "at most %d in all",
                              WEFT_NAME_SIZE - 1);
    if (network_reaction(net, weft_node_text(name)) >= 0)
        return weft_node_fail(name, 0, "two reactions have the name '%s'", weft_node_text(name));
    int number = 0, end = 0;
    if (sscanf(weft_node_text(name), "r%2d%n", &number, &end) == 1 && !weft_node_text(name)[end] &&
        number != net->n_reactions + 1)
        return weft_node_fail(
            name, 0,
            "'%s' is what reaction number %d of the list is called when it has no "
            "name, and this is number %d; give another name",
            weft_node_text(name), number, net->n_reactions + 1);
    strcpy(r->name, weft_node_text(name));
    return WEFT_OK;
}

/* One entry of the list; nodes are kept, so that the model can name the place of later
 * errors. */
static weft_status read_reaction(const weft_node *node, const char *const *more, bool contact,
                                 network_data *net)
{
    reaction_rule *r = &net->reaction[net->n_reactions];
    if (weft_node_what(node) != WEFT_NODE_MAP)
        return weft_node_fail(node, 0,
                              "a reaction is written {reaction: \"A + B -> 2 A\", rate: 1.0}");
    WEFT_TRY(check_keys(node, more));
    const weft_node *text = weft_node_find(node, "reaction");
    if (!text || weft_node_what(text) != WEFT_NODE_SCALAR)
        return weft_node_fail(node, 0, "a reaction needs the key reaction: \"A + B -> 2 A\"");
    int column;
    const char *why;
    if (!network_parse(net, weft_node_text(text), r, &column, &why))
        return weft_node_fail(text, column, "'%s': %s", weft_node_text(text), why);
    r->node = node;
    r->text = text;
    WEFT_TRY(read_rate(node, contact, r));
    WEFT_TRY(read_name(node, net, r));
    net->n_reactions++;
    return WEFT_OK;
}

/* A list that is missing is a network without reactions, which models with hopping alone
 * have. */
weft_status network_read(const weft_section *section, weft_strings species, const weft_node *list,
                         const char *const *more, bool contact, network_data *out)
{
    memset(out, 0, sizeof *out);
    WEFT_TRY(read_species(section, species, out));
    if (!list)
        return WEFT_OK;
    if (weft_node_what(list) != WEFT_NODE_LIST)
        return weft_node_fail(list, 0,
                              "reactions is a list, one '- {reaction: ..., rate: ...}' "
                              "each");
    if (weft_node_count(list) > WEFT_MAX_REACTIONS)
        return weft_node_fail(list, 0, "%d reactions; there can be %d", weft_node_count(list),
                              WEFT_MAX_REACTIONS);
    for (int i = 0; i < weft_node_count(list); i++)
        WEFT_TRY(read_reaction(weft_node_item(list, i), more, contact, out));
    network_laws(out);
    return WEFT_OK;
}

/* One number for all species, or a map. Messages name the key, or the species in the map. */
weft_status network_values(const network_data *net, const weft_node *node, double *values)
{
    double one = 0;
    for (int s = 0; s < net->n_species; s++)
        values[s] = 0;
    if (weft_node_what(node) == WEFT_NODE_LIST)
        return weft_node_fail(node, 0, "expected a number, or one for each species: {%s: 1.0}",
                              net->species[0]);
    if (weft_node_what(node) == WEFT_NODE_SCALAR) {
        WEFT_TRY(weft_node_real(node, &one));
        if (!(one >= 0))
            return weft_node_fail(node, 0, "%g is negative", one);
        for (int s = 0; s < net->n_species; s++)
            values[s] = one;
        return WEFT_OK;
    }
    for (int i = 0; i < weft_node_count(node); i++) {
        const weft_node *item = weft_node_item(node, i);
        int s = network_species(net, weft_node_key(node, i));
        if (s == 0)
            return weft_node_fail(item, 0, "unknown species '%s'%s", weft_node_key(node, i),
                                  network_species_hint(net, weft_node_key(node, i)).text);
        WEFT_TRY(weft_node_real(item, &values[s - 1]));
        if (!(values[s - 1] >= 0))
            return weft_node_fail(item, 0, "%g is negative", values[s - 1]);
    }
    return WEFT_OK;
}

/* Cut where out is full. */
void network_names(const network_data *net, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int s = 0; s < net->n_species && used < size; s++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", s ? ", " : "", net->species[s]);
}

/* Numbers from 1, since 0 stands for an empty place. */
int network_species(const network_data *net, const char *name)
{
    for (int s = 0; s < net->n_species; s++)
        if (strcmp(net->species[s], name) == 0)
            return s + 1;
    return 0;
}

/* Names of the network, which has copied them, in the form that hints take. */
weft_hint network_species_hint(const network_data *net, const char *name)
{
    const char *names[WEFT_MAX_SPECIES];
    for (int s = 0; s < net->n_species; s++)
        names[s] = net->species[s];
    return weft_near_or_all(name, names, net->n_species);
}

/* As above from the parameters: observables are resolved before a model has read its network. */
weft_status network_species_place(weft_strings species, const char *name, double *place)
{
    for (int s = 0; s < species.n; s++)
        if (strcmp(species.value[s], name) == 0) {
            *place = s;
            return WEFT_OK;
        }
    return weft_fail(WEFT_INPUT, "there is no species '%s'%s", name,
                     weft_near_or_all(name, species.value, species.n).text);
}

/* Numbers from 0. */
int network_reaction(const network_data *net, const char *name)
{
    for (int r = 0; r < net->n_reactions; r++)
        if (strcmp(net->reaction[r].name, name) == 0)
            return r;
    return -1;
}
