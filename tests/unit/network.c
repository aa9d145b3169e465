/* Reaction networks: the parser points at the character; conservation laws against hand results. */
#include "physics/network.h"
#include "check.h"
#include <stdlib.h>

static weft_document *document;
static weft_params *params;

static weft_status read(const char *text, network_data *net)
{
    typedef struct values {
        weft_strings species;
        const weft_node *reactions;
    } values;
    static const weft_param table[] = {
        {WEFT_BIND_STRINGS(values, species), .help = "species"},
        {WEFT_BIND_TREE(values, reactions), .standard = "", .help = "reactions"},
        {0},
    };
    weft_schema schema = {0};
    weft_schema_add(&schema, "m", "", "", table);
    weft_params_free(params);
    weft_document_free(document);
    params = NULL;
    document = NULL;
    weft_error_clear();
    WEFT_TRY(weft_document_parse("in.yaml", text, 0, NULL, &document));
    WEFT_TRY(weft_check(document, &schema, &params));
    const values *v = weft_params_values(params, table);
    return network_read(weft_params_section(params, "m"), v->species, v->reactions, NULL, true,
                        net);
}

static void good(void)
{
    network_data net;
    CHECK(read("m:\n  species: [A, B]\n  reactions:\n"
               "    - {reaction: A -> 0, rate: 0.1, name: death}\n"
               "    - {reaction: \"B->2B\", rate: 0.5}\n"
               "    - {reaction: A + B -> 2 A, rate: 1}\n"
               "    - {reaction: A + 0 -> 2 A, rate: contact}\n",
               &net) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    CHECK(net.n_species == 2 && net.n_reactions == 4 && net.n_laws == 0);
    CHECK_TEXT(net.reaction[0].name, "death");
    CHECK_TEXT(net.reaction[1].name, "r2");
    const reaction_rule *r = &net.reaction[2];
    CHECK(r->n_in == 2 && r->in[0] == 1 && r->in[1] == 2 && r->n_out == 2 && r->out[1] == 1);
    CHECK(r->take[0] == 1 && r->take[1] == 1 && r->give[0] == 2 && r->give[1] == 0 && r->rate == 1);
    CHECK(net.reaction[3].contact && net.reaction[3].n_in == 2 && net.reaction[3].in[1] == 0);
    CHECK(network_species(&net, "B") == 2 && network_species(&net, "C") == 0);
    CHECK(network_reaction(&net, "r2") == 1 && network_reaction(&net, "x") == -1);
}

static void bad(const char *species, const char *reaction, const char *message)
{
    char text[512];
    network_data net;
    snprintf(text, sizeof text, "m:\n  species: %s\n  reactions:\n    - %s\n", species, reaction);
    CHECK(read(text, &net) == WEFT_INPUT);
    CHECK(strstr(weft_error_message(), message) != NULL);
    if (!strstr(weft_error_message(), message))
        fprintf(stderr, "  got: %s\n  expected: %s\n", weft_error_message(), message);
}

static void errors(void)
{
    bad("[A]", "{reaction: A -> C, rate: 1}", "unknown species");
    bad("[A]", "{reaction: A + -> A, rate: 1}", "expected a species");
    bad("[A]", "{reaction: A, rate: 1}", "expected '+' or '->'");
    bad("[A]", "{reaction: A -> 2, rate: 1}", "expected a species, a count");
    bad("[A]", "{reaction: A -> A, rate: 1}", "changes nothing");
    bad("[A]", "{reaction: A -> 0 A, rate: 1}", "count 0");
    bad("[A]", "{reaction: A => 0, rate: 1}", "expected '+' or '->'");
    bad("[A]", "{reaction: 4 A -> 0, rate: 1}", "too many particles");
    bad("[A]", "{reaction: A -> 0, rate: -1}", "cannot be negative");
    bad("[A]", "{reaction: A -> 0}", "needs a rate");
    bad("[A]", "{reaction: A -> 0, rate: fast}", "in.yaml:4");
    bad("[A]", "{reaction: A -> 0, rate: 1, nam: x}", "did you mean 'name'");
    bad("[A]", "{rate: 1}", "needs the key reaction");
    bad("[A]", "{reaction: A -> 0, rate: 1, name: 7up}", "name of a reaction");
    bad("[A, A]", "{reaction: A -> 0, rate: 1}", "listed twice");
    bad("[2A]", "{reaction: A -> 0, rate: 1}", "no name of a species");
    /* the place of the character: line 4, and a column that grows with it */
    network_data net = {0};
    reaction_rule r;
    int column;
    const char *why;
    strcpy(net.species[net.n_species++], "A");
    CHECK(!network_parse(&net, "A + B -> 0", &r, &column, &why) && column == 5);
    CHECK(!network_parse(&net, "A -> 0 x", &r, &column, &why) && column == 8);
    CHECK(!network_parse(&net, "A + A", &r, &column, &why) && column == 6);
}

static int64_t apply(const network_data *net, int law, int reaction)
{
    int64_t sum = 0;
    for (int s = 0; s < net->n_species; s++)
        sum +=
            net->law[law][s] * (net->reaction[reaction].give[s] - net->reaction[reaction].take[s]);
    return sum;
}

static void laws(void)
{
    network_data net;
    char text[64];
    CHECK(read("m:\n  species: [A, B]\n  reactions: [{reaction: A + B -> 0, rate: 1}]\n", &net) ==
          WEFT_OK);
    CHECK(net.n_laws == 1);
    network_law_text(&net, 0, text, sizeof text);
    CHECK_TEXT(text, "A - B");
    CHECK(read("m:\n  species: [A, B, C]\n  reactions:\n    - {reaction: A + B -> 2 A, rate: 1}\n"
               "    - {reaction: B + C -> 2 B, rate: 1}\n    - {reaction: C + A -> 2 C, rate: 1}\n",
               &net) == WEFT_OK);
    CHECK(net.n_laws == 1);
    network_law_text(&net, 0, text, sizeof text);
    CHECK_TEXT(text, "A + B + C");
    /* an enzyme: E + C and S + C + P stay */
    CHECK(read("m:\n  species: [S, E, C, P]\n  reactions:\n    - {reaction: S + E -> C, rate: 1}\n"
               "    - {reaction: C -> S + E, rate: 1}\n    - {reaction: C -> E + P, rate: 1}\n",
               &net) == WEFT_OK);
    CHECK(net.n_laws == 2);
    for (int l = 0; l < net.n_laws; l++)
        for (int r = 0; r < net.n_reactions; r++)
            CHECK(apply(&net, l, r) == 0);
    /* 2 A <-> 3 B: 3 A + 2 B */
    CHECK(read("m:\n  species: [A, B]\n  reactions: [{reaction: 2 A -> 3 B, rate: 1}]\n", &net) ==
          WEFT_OK);
    network_law_text(&net, 0, text, sizeof text);
    CHECK_TEXT(text, "3 A + 2 B");
    CHECK(read("m:\n  species: [A]\n  reactions: [{reaction: 2 A -> A, rate: 1}]\n", &net) ==
          WEFT_OK);
    CHECK(net.n_laws == 0);
}

int main(void)
{
    good();
    errors();
    laws();
    weft_params_free(params);
    weft_document_free(document);
    return check_end();
}
