/* The parameters of the model: each row checks a value and says where in its struct it goes. */
#include "lattice.h"

/* The section reaction_lattice. `.when` ties a key to the clock or method that reads it: elsewhere
 * it is an error, so that no key is ignored without a word. */
const weft_param rl_table[] = {
    {WEFT_BIND_STRINGS(rl_params, species), .help = "names of the species, at most 8"},
    {WEFT_BIND_TREE(rl_params, capacity), .standard = "", .unit = "1/site",
     .help = "particles that a site can hold, 1 (default) to 255, 0: unlimited; or {first: 2, "
             "second: 10, period: 50}: half a period each"},
    {WEFT_BIND_TREE(rl_params, hopping), .standard = "", .unit = "1/time",
     .help = "total hop rate of a particle to its neighbours, for all species or {A: 1.0, ...}"},
    {WEFT_BIND_REAL(rl_params, exchange), .standard = "0", .range = "[0, inf)", .unit = "1/time",
     .help = "rate at which a particle tries to change places with a neighbour of another species"},
    {WEFT_BIND_TREE(rl_params, reactions), .standard = "",
     .help = "list of {reaction: \"A + B -> 2 A\", rate: 1.0, name: predation}"},
    {WEFT_BIND_CHOICE(rl_params, clock), .standard = "ctmc", .words = RL_CLOCKS(WEFT_ENUM_WORD),
     .help =
         "ctmc: continuous time; mcs: discrete Monte Carlo steps, as published codes have them"},
    {WEFT_BIND_CHOICE(rl_params, rule), .standard = "particles", .words = RL_RULES(WEFT_ENUM_WORD),
     .help = "of Monte Carlo steps: particles: pick a particle, try its hop and all its reactions "
             "with all partners; neighbour: pick a particle and one neighbour, do the first thing "
             "that happens; species: pick a species by its rates, then one reaction and a "
             "neighbour that is a partner",
     .when = "clock=mcs"},
    {WEFT_BIND_CHOICE(rl_params, update), .standard = "serial", .words = RL_UPDATES(WEFT_ENUM_WORD),
     .help = "of Monte Carlo steps: serial: one pick after the other, on one rank; sublattice: in "
             "blocks, on any number of ranks, an approximation to serial",
     .when = "clock=mcs"},
    {WEFT_BIND_CHOICE(rl_params, method), .standard = "exact", .words = RL_METHODS(WEFT_ENUM_WORD),
     .help = "exact: on any number of ranks; sequential: one rank, the reference; fast: operator "
             "splitting; rdme: unlimited capacity",
     .when = "clock=ctmc"},
    {WEFT_BIND_REAL(rl_params, tau), .standard = "", .range = "(0, inf)", .unit = "time",
     .help = "longest step of the splitting; default: fast 0.2 / (largest total rate of a site), "
             "rdme 0.1 / (largest hop rate)",
     .when = "method=fast|rdme"},
    {WEFT_BIND_REAL(rl_params, window), .standard = "2", .range = "(0, 1e6]",
     .help = "attempts per site between two halo exchanges; no result depends on it",
     .when = "method=exact"},
    {WEFT_BIND_INT(rl_params, halo), .standard = "16", .range = "[0, 1024]", .unit = "site",
     .help = "width that is replayed beside a rank's block; no result depends on it",
     .when = "method=exact"},
    {0},
};
