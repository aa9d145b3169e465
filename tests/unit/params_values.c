/* Values of every type, defaults, overrides, conditions, and the written form that runs again. */
#include "params.h"
#include <stdint.h>

static const char *const plain = "model: field\n"
                                 "grid: {n: [64, 1e3, 0x10], length: [1e-3, .5, 2.]}\n"
                                 "field:\n"
                                 "  potential: sine_gordon\n"
                                 "  damped: true\n"
                                 "  order: 3\n"
                                 "  gamma: -2e1\n"
                                 "  levels: 2\n"
                                 "  depth: -7\n"
                                 "  shape: [ring, twist]\n"
                                 "time: {stepper: verlet, end: 100}\n"
                                 "output: {every: {log: 20}, fields: phi, save: 2h30m, seed: "
                                 "'4294967295'}\n";

static void values(void)
{
    test_input in;
    CHECK(test_load(plain, 0, NULL, &in) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    const weft_section *root = weft_params_section(in.params, "");
    const weft_section *own = weft_params_section(in.params, "field");
    const test_grid_keys *grid = weft_params_values(in.params, test_grid);
    const test_own_keys *p = weft_params_values(in.params, test_own);
    const test_output_keys *output = weft_params_values(in.params, test_output);
    const test_step_keys *step = weft_params_values(in.params, test_step);
    CHECK_TEXT(weft_get_text(root, "model"), "field");
    CHECK(grid->n.n == 3 && grid->n.value[0] == 64 && grid->n.value[1] == 1000);
    CHECK(grid->n.value[2] == 16 && grid->length.n == 3);
    CHECK(weft_get_real_at(weft_params_section(in.params, "grid"), "length", 0) == 1e-3);
    CHECK(grid->length.value[1] == 0.5 && grid->length.value[2] == 2);
    CHECK(p->damped && p->order == 3 && p->gamma == -20 && p->mass == 1 && p->depth == -7);
    CHECK(weft_has_value(own, "mass") && !weft_is_written(own, "mass"));
    CHECK(weft_is_written(own, "gamma") && !weft_has_value(own, "lambda"));
    CHECK(p->shape.n == 2 && p->shape.value[1] == 2 && weft_list_size(own, "shape") == 2);
    CHECK_TEXT(weft_get_text_at(own, "shape", 1), "twist");
    CHECK(isnan(step->dt) && output->seed == 4294967295);
    CHECK(output->every.log == 20 && output->every.every == 0);
    CHECK(output->fields.n == 1 && output->save == 9000);
    CHECK(weft_get_strings(weft_params_section(in.params, "output"), "fields").value ==
          output->fields.value);
    CHECK_TEXT(weft_peek(in.doc, "time", "stepper"), "verlet");
    CHECK_TEXT(weft_peek(in.doc, NULL, "model"), "field");
    CHECK(!weft_peek(in.doc, "time", "dt") && !weft_peek(in.doc, "nothing", "dt"));
    CHECK(!weft_peek(in.doc, "grid", "n") && !weft_peek(in.doc, "model", "n"));
    test_unload(&in);
}

static void trees(void)
{
    test_input in;
    CHECK(test_load("model: field\ngrid: {n: 8}\ntime: {end: 1}\n", 0, NULL, &in) == WEFT_OK);
    const weft_node *tree = weft_get_tree(weft_params_section(in.params, "field"), "reactions");
    double rate;
    CHECK(weft_node_what(tree) == WEFT_NODE_LIST && weft_node_count(tree) == 1);
    const weft_node *first = weft_node_item(tree, 0);
    CHECK(weft_node_what(first) == WEFT_NODE_MAP && weft_node_count(first) == 2);
    CHECK_TEXT(weft_node_key(first, 1), "rate");
    CHECK_TEXT(weft_node_text(weft_node_find(first, "reaction")), "A -> 0");
    CHECK(weft_node_real(weft_node_find(first, "rate"), &rate) == WEFT_OK && rate == 0.5);
    CHECK(!weft_node_find(first, "name") && !weft_node_find(tree, "name"));
    test_unload(&in);
}

static void overrides(void)
{
    const char *const list[] = {"time.end=5",
                                "time.dt=1e-2",
                                "grid.n=[4, 4]",
                                "output.every={log: 7}",
                                "output.fields=[phi, pi]",
                                "field.reactions.0.rate=2.5",
                                "field.reactions.0.name=death",
                                "time.end=6"};
    test_input in;
    double x;
    CHECK(test_load("model: field\ngrid: {n: 8}\nfield:\n  reactions:\n    - {reaction: B -> 2 B, "
                    "rate: 1}\ntime: {end: 1}\noutput:\n",
                    8, list, &in) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    const weft_section *time = weft_params_section(in.params, "time");
    const weft_section *own = weft_params_section(in.params, "field");
    const test_output_keys *output = weft_params_values(in.params, test_output);
    CHECK(((const test_time_keys *)weft_params_values(in.params, test_time))->end == 6);
    CHECK(((const test_step_keys *)weft_params_values(in.params, test_step))->dt == 0.01);
    CHECK(weft_is_written(time, "dt"));
    CHECK(weft_list_size(weft_params_section(in.params, "grid"), "n") == 2);
    CHECK(output->every.log == 7 && output->fields.n == 2);
    const weft_node *first = weft_node_item(weft_get_tree(own, "reactions"), 0);
    CHECK(weft_node_real(weft_node_find(first, "rate"), &x) == WEFT_OK && x == 2.5);
    CHECK_TEXT(weft_node_text(weft_node_find(first, "name")), "death");
    test_unload(&in);
}

/* Written parameters read back to the same, to the bit and to the letter. */
static void round_trip(const char *text)
{
    test_input in, again;
    CHECK(test_load(text, 0, NULL, &in) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    if (!in.params)
        return;
    char *first = weft_params_yaml(in.params);
    CHECK(test_load(first, 0, NULL, &again) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    if (again.params) {
        char *second = weft_params_yaml(again.params);
        CHECK_TEXT(second, first);
        weft_free(second);
        const test_time_keys *time = weft_params_values(in.params, test_time);
        const test_output_keys *a = weft_params_values(in.params, test_output);
        const test_output_keys *b = weft_params_values(again.params, test_output);
        CHECK(((const test_time_keys *)weft_params_values(again.params, test_time))->end ==
              time->end);
        CHECK(a->save == b->save && a->fields.n == b->fields.n);
        for (int i = 0; i < a->fields.n && i < b->fields.n; i++)
            CHECK_TEXT(b->fields.value[i], a->fields.value[i]);
        test_unload(&again);
    }
    weft_free(first);
    test_unload(&in);
}

static void dump(void)
{
    test_input in;
    CHECK(test_load(plain, 0, NULL, &in) == WEFT_OK);
    char *yaml = weft_params_yaml(in.params);
    CHECK_TEXT(yaml, "model: field\n"
                     "grid:\n"
                     "  n: [64, 1000, 16]\n"
                     "  length: [0.001, 0.5, 2]\n"
                     "field:\n"
                     "  potential: sine_gordon\n"
                     "  mass: 1\n"
                     "  order: 3\n"
                     "  damped: true\n"
                     "  gamma: -20\n"
                     "  levels: 2\n"
                     "  depth: -7\n"
                     "  shape: [ring, twist]\n"
                     "  reactions:\n"
                     "    - {reaction: A -> 0, rate: 0.5}\n"
                     "time:\n"
                     "  stepper: verlet\n"
                     "  end: 100\n"
                     "  dt: auto\n"
                     "output:\n"
                     "  every: {log: 20}\n"
                     "  fields: [phi]\n"
                     "  save: 2h30m\n"
                     "  seed: 4294967295\n");
    weft_free(yaml);
    test_unload(&in);
    round_trip(plain);
    /* numbers that need all their digits; texts that need quotes; trees in every style */
    round_trip(
        "model: field\ngrid: {n: [1], length: auto}\ntime: {end: 0.1000000000000000055e-300, "
        "dt: 0.3333333333333333}\n"
        "output: {every: never, save: 90.125, seed: random, fields: ['', ' a', 'a ', \"a\\nb\", "
        "'a: b', 'a #b', '- a', 'true', '1.5', 'null', '~', \"\\\"q\\\"\", 'a\\b', '{', "
        "\"\\u2028\\x85\\x07\\u03c6\\U0001F600\", 'x, y', '*a', '&a', '!a', '@a', '%a', "
        "'---', '...', '?', '-', ':', 'it''s', '1e-3', '0x10', 'null ']}\n");
    round_trip(
        "model: 'a: \"b\" #c'\ngrid: {n: 9223372036854775807}\ntime: {end: "
        "1.7976931348623157e308}\n"
        "output: {fields: [], save: 1s}\n"
        "field:\n  reactions:\n    a: [1, [2, [3, {}], []], {b: {c: d, 'e: f': [~, null, 'null', "
        "''  ]}}]\n    'yes': \"x\\ty\"\n    '-': dash\n    text: |\n      several\n      lines\n");
    round_trip("model: m\ngrid: {n: 5}\ntime: {end: 4.9e-324}\nfield: {reactions: {}}\noutput: "
               "{save: 1e300}");
    round_trip("model: m\ngrid: {n: 5}\ntime: {end: 1e22}\nfield: {reactions: text}\noutput: "
               "{save: 0.1s}");
}

/* A key that was resolved later is written with its value. */
static void settle(void)
{
    test_input in;
    CHECK(test_load("model: m\ngrid: {n: 8}\ntime: {end: 1}\n", 0, NULL, &in) == WEFT_OK);
    const weft_section *time = weft_params_section(in.params, "time");
    CHECK(!weft_has_value(time, "stepper"));
    weft_params_settle(in.params, "time", "stepper", "split4");
    CHECK(weft_has_value(time, "stepper") && !weft_is_written(time, "stepper"));
    CHECK_TEXT(weft_get_text(time, "stepper"), "split4");
    char *yaml = weft_params_yaml(in.params);
    CHECK(strstr(yaml, "  stepper: split4\n") != NULL);
    weft_free(yaml);
    test_unload(&in);
}

/* Sections without lines, a byte order mark, comments, Windows line ends, no newline at the end. */
static void forms(void)
{
    test_input in;
    CHECK(test_load("\xef\xbb\xbf# comment\r\nmodel: m\r\ngrid:\r\n  n: 8 # eight\r\noutput:\r\n"
                    "time:\r\n  end: 1",
                    0, NULL, &in) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    test_unload(&in);
    CHECK(test_load("---\nmodel: m\ngrid: {n: 8}\ntime: {end: 1}\n...\n", 0, NULL, &in) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    test_unload(&in);
    weft_document *doc;
    CHECK(weft_document_parse("in.yaml", "", 0, NULL, &doc) == WEFT_OK);
    CHECK(weft_node_what(weft_document_root(doc)) == WEFT_NODE_MAP);
    CHECK(weft_node_count(weft_document_root(doc)) == 0);
    weft_document_free(doc);
}

static void nearest(void)
{
    const char *const names[] = {"energy", "phi_max", "temperature", "dt", "K"};
    CHECK_TEXT(weft_did_you_mean("enrgy", names, 5).text, "; did you mean 'energy'?");
    CHECK_TEXT(weft_did_you_mean("enegry", names, 5).text, "; did you mean 'energy'?");
    CHECK_TEXT(weft_did_you_mean("Energy", names, 5).text, "; did you mean 'energy'?");
    CHECK_TEXT(weft_did_you_mean("temp", names, 5).text, "; did you mean 'temperature'?");
    CHECK_TEXT(weft_did_you_mean("phimax", names, 5).text, "; did you mean 'phi_max'?");
    CHECK_TEXT(weft_did_you_mean("dtt", names, 5).text, "; did you mean 'dt'?");
    CHECK_TEXT(weft_did_you_mean("k", names, 5).text, "; did you mean 'K'?");
    CHECK_TEXT(weft_did_you_mean("velocity", names, 5).text, "");
    CHECK_TEXT(weft_did_you_mean("", names, 0).text, "");
    CHECK_TEXT(weft_did_you_mean("--enrgy", names, 5).text, "; did you mean '--energy'?");
    CHECK_TEXT(weft_near_or_all("enrgy", names, 5).text, "; did you mean 'energy'?");
    CHECK_TEXT(weft_near_or_all("x", names, 2).text, "; there are: energy, phi_max");
    char longer[500];
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    CHECK_TEXT(weft_did_you_mean(longer, names, 5).text, "");
}

int main(void)
{
    int64_t blocks = weft_memory_blocks();
    values();
    trees();
    overrides();
    dump();
    settle();
    forms();
    nearest();
    CHECK(weft_memory_blocks() == blocks);
    return check_end();
}
