/* Every kind of wrong input, with the whole message: the place, what is wrong, what would be right.
 *
 * The messages are compared as a whole, and not by a word of them: the line and the column are what
 * a user goes to, and a suggestion that names no key of the schema would send them astray. The
 * tables are ordered as the reader works: text, structure, keys, values, conditions, overrides. */
#include "params.h"

#define GOOD "model: m\ngrid: {n: 8}\ntime: {end: 1}\n"

static const struct {
    const char *text;
    const char *overrides[2];
    const char *message;
} cases[] = {
    {"model:field",
     {NULL, NULL},
     "in.yaml:1: the input is a single value; it must consist of lines 'key: value' (with a space "
     "after the colon)"},
    {"- a\n- b",
     {NULL, NULL},
     "in.yaml:1: the input is a list; it must consist of lines 'key: value' (with a space after "
     "the colon)"},
    {"model: [1, 2]\ngrid: {n: 8}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:1: model: expected text, but this is a list"},
    {"model: m\ngrid: 8\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid: expected a section, lines 'key: value' indented below it, but this is a "
     "single value"},
    {"model: m\ngrid: [1]\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid: expected a section, lines 'key: value' indented below it, but this is a "
     "list"},
    {GOOD "time: {end: 2}",
     {NULL, NULL},
     "in.yaml:4: time: the key is given twice, first in line 3; remove one of them"},
    {"model: m\ngrid: {n: 8}\ntime:\n  end: 1\n  dt: 0.1\n  end: 2",
     {NULL, NULL},
     "in.yaml:6: time.end: the key is given twice, first in line 4; remove one of them"},
    {GOOD "field: {reactions: [{a: 1, b: {c: 1, c: 2}}]}",
     {NULL, NULL},
     "in.yaml:4: field.reactions.0.b.c: the key is given twice, first in line 4; remove one of "
     "them"},
    {"model: m\ngrid: {n: 8}\ntime:\n\tend: 1",
     {NULL, NULL},
     "in.yaml:4:1: a tab cannot indent; use spaces"},
    {"model: m\ngrid: {n: 8}\ntime:\n  end: 1\n\tdt: 3",
     {NULL, NULL},
     "in.yaml:5:1: a tab cannot indent; use spaces"},
    {"model: m\ngrid: {n: 8\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2:7: the braces that open here are not closed by '}' or lack a comma"},
    {"model: m\ngrid: {n: [8, 8}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2:11: the list that begins here is not closed by ']' or lacks a comma"},
    {"model: m\ngrid: {n: [8, 8]}\ntime: {end: 1",
     {NULL, NULL},
     "in.yaml:3:7: the braces that open here are not closed by '}' or lack a comma"},
    {"model: \"m\ngrid: {n: [8, 8]}\ntime: {end: 1",
     {NULL, NULL},
     "in.yaml:1:8: the quotes that open here are not closed"},
    {"model: m\ngrid: {n: 8}\ntime:\n  end: 1\n dt: 3",
     {NULL, NULL},
     "in.yaml:5:2: expected a line 'key: value', indented like the other lines of its section"},
    {"model: m\ngrid: {n: 8}\ntime:\n  end: 1\n   dt: 3",
     {NULL, NULL},
     "in.yaml:5:6: unexpected ':'; each line holds one 'key: value', indented like its neighbours "
     "(does the line above lack its colon?), and text that contains ': ' needs quotes"},
    {"model: m\ngrid: {n: 8}\ntime:\n  end 1\n  dt: 3",
     {NULL, NULL},
     "in.yaml:5:5: unexpected ':'; each line holds one 'key: value', indented like its neighbours "
     "(does the line above lack its colon?), and text that contains ': ' needs quotes"},
    {"model: m\ngrid: {n: 8}\ntime:\n  dt: 3\n  end 1\n",
     {NULL, NULL},
     "in.yaml:5:3: expected 'key: value', with a space after the colon"},
    {"model: m\ngrid: {n: 8} x\ntime:\n  dt: 3",
     {NULL, NULL},
     "in.yaml:2:14: expected a line 'key: value', indented like the other lines of its section"},
    {"model: m\n  grid: {n: 8}\ntime:\n  dt: 3",
     {NULL, NULL},
     "in.yaml:2:7: unexpected ':'; each line holds one 'key: value', indented like its neighbours "
     "(does the line above lack its colon?), and text that contains ': ' needs quotes"},
    {"  model: m\ngrid: {n: 8}\ntime:\n  dt: 3",
     {NULL, NULL},
     "in.yaml:2:1: this line does not belong to what is above it; keys of the first level begin in "
     "the first column"},
    {"model: m\ngrid: n: 8\ntime: 1",
     {NULL, NULL},
     "in.yaml:2:8: unexpected ':'; each line holds one 'key: value', indented like its neighbours "
     "(does the line above lack its colon?), and text that contains ': ' needs quotes"},
    {"model: @m\ngrid: {n: 8}",
     {NULL, NULL},
     "in.yaml:1:8: a value cannot begin with '@'; put the text in quotes"},
    {"model: %m\ngrid: {n: 8}",
     {NULL, NULL},
     "in.yaml:1:8: a value cannot begin with '%'; put the text in quotes"},
    {"model: `m\ngrid: {n: 8}",
     {NULL, NULL},
     "in.yaml:1:8: a value cannot begin with '`'; put the text in quotes"},
    {"model: &a m\ngrid: {n: 8}",
     {NULL, NULL},
     "in.yaml:1:8: anchors are not supported; remove '&a' and write the value again where it is "
     "needed"},
    {"model: *a\ngrid: {n: 8}",
     {NULL, NULL},
     "in.yaml:1:8: aliases are not supported; instead of '*a' write the value again"},
    {"model: !!str a\ngrid: {n: 8}",
     {NULL, NULL},
     "in.yaml:1:8: tags (words that begin with '!') are not supported; remove it, or put the text "
     "in quotes"},
    {"model: ! a\ngrid: {n: 8}",
     {NULL, NULL},
     "in.yaml:1:8: tags (words that begin with '!') are not supported; remove it, or put the text "
     "in quotes"},
    {"model: !x!y a\ngrid: {n: 8}",
     {NULL, NULL},
     "in.yaml:1:8: text that begins with '!' needs quotes"},
    {"<<: *a",
     {NULL, NULL},
     "in.yaml:1:5: aliases are not supported; instead of '*a' write the value again"},
    {"model: m\n---\nmodel: n",
     {NULL, NULL},
     "in.yaml:2: a second YAML document begins here; an input is one document, remove the line "
     "'---' or what follows it"},
    {"model: m\n...\nmodel: n",
     {NULL, NULL},
     "in.yaml:3:1: this line does not belong to what is above it; keys of the first level begin in "
     "the first column"},
    {"model: \"a\\qb\"",
     {NULL, NULL},
     "in.yaml:1:10: unknown escape in double quotes; use single quotes for text with a backslash"},
    {"model: \"a\\0b\"", {NULL, NULL}, "in.yaml:1: text must not contain a zero byte"},
    {"? [a, b]\n: 3", {NULL, NULL}, "in.yaml:1:3: a key must be a word, not a list or braces"},
    {"[a, b]: 3", {NULL, NULL}, "in.yaml:1:1: a key must be a word, not a list or braces"},
    {": 3",
     {NULL, NULL},
     "in.yaml:1:1: expected a line 'key: value', indented like the other lines of its section"},
    {"{a}: 3", {NULL, NULL}, "in.yaml:1:1: a key must be a word, not a list or braces"},
    {"model: m\ngrid: {n: 8}\ntime: {end: }",
     {NULL, NULL},
     "in.yaml:3: time.end: a value is missing; expected a number, greater than 0"},
    {"model: m\ngrid: {n: 8}\ntime:\n  dt: ~\n  end: null",
     {NULL, NULL},
     "in.yaml:4: time.dt: a value is missing; expected a number, greater than 0, or auto"},
    {"model: m\ngrid: {n: [8, ,]}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2:15: a value is missing between commas or brackets"},
    {"model: m\ngrid: {n: 8.5}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.n: '8.5' is not a whole number; expected a list of whole numbers, each at "
     "least 1"},
    {"model: m\ngrid: {n: [8, x]}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.n: 'x' is not a number; expected a whole number, at least 1"},
    {"model: m\ngrid: {n: [8, 0]}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.n: 0 is out of range; it must be at least 1"},
    {"model: m\ngrid: {n: [8, [1]]}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.n.1: expected a whole number, at least 1, but this is a list"},
    {"model: m\ngrid: {n: {a: 1}}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.n: expected a list of whole numbers, each at least 1, but this is a section"},
    {"model: m\ngrid: {n: 1e300}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.n: '1e300' is too large to be exact in this form; write all digits; expected "
     "a list of whole numbers, each at least 1"},
    {"model: m\ngrid: {n: 99999999999999999999}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.n: '99999999999999999999' does not fit into 64 bits; expected a list of "
     "whole numbers, each at least 1"},
    {"model: m\ngrid: {n: 1e17}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.n: '1e17' is too large to be exact in this form; write all digits; expected "
     "a list of whole numbers, each at least 1"},
    {"model: m\ngrid: {n: 8, length: [1, -2]}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.length: -2 is out of range; it must be greater than 0"},
    {"model: m\ngrid: {n: 8, length: aut}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.length: 'aut' is not a number; did you mean 'auto'? (expected a list of "
     "numbers, each greater than 0, or auto)"},
    {"model: m\ngrid: {n: 8, length: [auto]}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:2: grid.length: the word 'auto' stands for the whole list; remove the brackets"},
    {"model: m\ngrid: {n: 8}\ntime: {end: inf}",
     {NULL, NULL},
     "in.yaml:3: time.end: 'inf' is no finite number; expected a number, greater than 0"},
    {"model: m\ngrid: {n: 8}\ntime: {end: nan}",
     {NULL, NULL},
     "in.yaml:3: time.end: 'nan' is no finite number; expected a number, greater than 0"},
    {"model: m\ngrid: {n: 8}\ntime: {end: .inf}",
     {NULL, NULL},
     "in.yaml:3: time.end: '.inf' is not a number; expected a number, greater than 0"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1e999}",
     {NULL, NULL},
     "in.yaml:3: time.end: '1e999' is too large for a number in double precision; expected a "
     "number, greater than 0"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1,0}",
     {NULL, NULL},
     "in.yaml:3: time.end: '1,0' is not a number; a comma ends the value, so write the decimal "
     "point: 1.0"},
    {"model: m\ngrid: {n: 8}\ntime: {end: \"1,0\"}",
     {NULL, NULL},
     "in.yaml:3: time.end: '1,0' is not a number; expected a number, greater than 0"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 10 s}",
     {NULL, NULL},
     "in.yaml:3: time.end: '10 s' is not a number; expected a number, greater than 0"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1e}",
     {NULL, NULL},
     "in.yaml:3: time.end: '1e' is not a number; expected a number, greater than 0"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1, dt: atuo}",
     {NULL, NULL},
     "in.yaml:3: time.dt: 'atuo' is not a number; did you mean 'auto'? (expected a number, greater "
     "than 0, or auto)"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1, dt: [0.1]}",
     {NULL, NULL},
     "in.yaml:3: time.dt: expected a number, greater than 0, or auto, but this is a list"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1, dt: 0}",
     {NULL, NULL},
     "in.yaml:3: time.dt: 0 is out of range; it must be greater than 0"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1, dt: -0.0}",
     {NULL, NULL},
     "in.yaml:3: time.dt: -0.0 is out of range; it must be greater than 0"},
    {GOOD "field: {damped: yes}",
     {NULL, NULL},
     "in.yaml:4: field.damped: 'yes' is not a truth value here; write true"},
    {GOOD "field: {damped: 0}",
     {NULL, NULL},
     "in.yaml:4: field.damped: '0' is not a truth value here; write false"},
    {GOOD "field: {damped: flase}",
     {NULL, NULL},
     "in.yaml:4: field.damped: 'flase' is not a truth value; did you mean 'false'? (expected true "
     "or false)"},
    {GOOD "field: {potential: sine-gordon}",
     {NULL, NULL},
     "in.yaml:4: field.potential: 'sine-gordon' is not a choice here; did you mean 'sine_gordon'? "
     "(expected phi4, sine_gordon or free)"},
    {GOOD "field: {potential: cubic}",
     {NULL, NULL},
     "in.yaml:4: field.potential: 'cubic' is not a choice here; expected phi4, sine_gordon or "
     "free"},
    {GOOD "field: {potential: sine_gordon, lambda: 1}",
     {NULL, NULL},
     "in.yaml:4: field.lambda: not used here: it is used only if potential is phi4, but potential "
     "is sine_gordon; remove it or change potential"},
    {GOOD "field: {damped: true, order: 1}",
     {NULL, NULL},
     "in.yaml:4: field.order: not used here: it is used only if potential is sine_gordon or free, "
     "but potential is phi4 (the default); remove it or change potential"},
    {GOOD "field: {potential: free, order: 1}",
     {NULL, NULL},
     "in.yaml:4: field.order: not used here: it is used only if damped is true, but damped is "
     "false (the default); remove it or change damped"},
    {GOOD "field: {potential: free, damped: true}",
     {NULL, NULL},
     "in.yaml:4: field.order: missing (needed if potential is sine_gordon or free and damped is "
     "true); add the key 'order' (order of the expansion)"},
    {GOOD "field: {gamma: 1}",
     {NULL, NULL},
     "in.yaml:4: field.gamma: not used here: it is used only if damped is true, but damped is "
     "false (the default); remove it or change damped"},
    {GOOD "field: {gamma: 2, damped: true}",
     {NULL, NULL},
     "in.yaml:4: field.gamma: 2 is out of range; it must be at most 1"},
    {GOOD "field: {lambda: 10}",
     {NULL, NULL},
     "in.yaml:4: field.lambda: 10 is out of range; it must be greater than 0 and less than 10"},
    {GOOD "field: {levels: 3, depth: 1}",
     {NULL, NULL},
     "in.yaml:4: field.depth: not used here: it is used only if levels is 1 or 2, but levels is 3; "
     "remove it or change levels"},
    {GOOD "field: {shape: [ring, opne]}",
     {NULL, NULL},
     "in.yaml:4: field.shape: 'opne' is not a choice here; did you mean 'open'? (expected ring, "
     "open or twist)"},
    {GOOD "field: {shape: {ring: 1}}",
     {NULL, NULL},
     "in.yaml:4: field.shape: expected a list of ring, open or twist, but this is a section"},
    {GOOD "output: {every: -1}",
     {NULL, NULL},
     "in.yaml:4: output.every: -1 is out of range; it must be greater than 0"},
    {GOOD "output: {every: {lin: 3}}",
     {NULL, NULL},
     "in.yaml:4: output.every: expected a number of time units, or {log: N} for N times that are "
     "evenly spaced on a logarithmic axis"},
    {GOOD "output: {every: {log: 0}}",
     {NULL, NULL},
     "in.yaml:4: output.every.log: 0 is out of range; it must be from 1 to 1000000"},
    {GOOD "output: {every: {log: 2.5}}",
     {NULL, NULL},
     "in.yaml:4: output.every.log: '2.5' is not a whole number"},
    {GOOD "output: {every: {log: }}",
     {NULL, NULL},
     "in.yaml:4: output.every.log: a value is missing; expected a whole number"},
    {GOOD "output: {every: [1]}",
     {NULL, NULL},
     "in.yaml:4: output.every: expected a number of time units or {log: N}, greater than 0, or "
     "never, but this is a list"},
    {GOOD "output: {every: nevr}",
     {NULL, NULL},
     "in.yaml:4: output.every: 'nevr' is not a number; did you mean 'never'? (expected a number of "
     "time units or {log: N}, greater than 0, or never)"},
    {GOOD "output: {save: 30 m}",
     {NULL, NULL},
     "in.yaml:4: output.save: '30 m' is not a duration; expected a duration such as 90m, 2h30m or "
     "45s, greater than 0"},
    {GOOD "output: {save: 30x}",
     {NULL, NULL},
     "in.yaml:4: output.save: '30x' is not a duration; expected a duration such as 90m, 2h30m or "
     "45s, greater than 0"},
    {GOOD "output: {save: 0s}",
     {NULL, NULL},
     "in.yaml:4: output.save: 0s is out of range; it must be greater than 0"},
    {GOOD "output: {save: -5}",
     {NULL, NULL},
     "in.yaml:4: output.save: '-5' is not a duration; expected a duration such as 90m, 2h30m or "
     "45s, greater than 0"},
    {GOOD "output: {seed: 4294967296}",
     {NULL, NULL},
     "in.yaml:4: output.seed: 4294967296 is out of range; it must be from 0 to 4294967295"},
    {GOOD "output: {fields: [{a: 1}]}",
     {NULL, NULL},
     "in.yaml:4: output.fields.0: expected text, but this is a section"},
    {GOOD "output:\n - a",
     {NULL, NULL},
     "in.yaml:4: output: expected a section, lines 'key: value' indented below it, but this is a "
     "list"},
    {GOOD "tiem: {end: 2}", {NULL, NULL}, "in.yaml:4: tiem: unknown section; did you mean 'time'?"},
    {GOOD "dt: 0.1",
     {NULL, NULL},
     "in.yaml:4: dt: unknown key; 'dt' belongs in the section 'time'"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1, rtol: 0.1}",
     {NULL, NULL},
     "in.yaml:3: time.rtol: not used here, only by stepper bdf; remove it"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1, n: 4}",
     {NULL, NULL},
     "in.yaml:3: time.n: unknown key; 'n' belongs in the section 'grid'"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1, edn: 4}",
     {NULL, NULL},
     "in.yaml:3: time.edn: unknown key; did you mean 'end'?"},
    {"model: m\ngrid: {n: 8}\ntime: {end: 1, velocity: 4}",
     {NULL, NULL},
     "in.yaml:3: time.velocity: unknown key; there are: stepper, end, dt"},
    {GOOD "chain: {K: 1}",
     {NULL, NULL},
     "in.yaml:4: chain: not used here, only by model chain; remove it"},
    {GOOD "nonsense: {K: 1}",
     {NULL, NULL},
     "in.yaml:4: nonsense: unknown section; there are: model, grid, field, time, output"},
    {GOOD "nonsense: 3",
     {NULL, NULL},
     "in.yaml:4: nonsense: unknown key; there are: model, grid, field, time, output"},
    {"grid: {n: 8}\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:1: model: missing; add the key 'model' (which model)"},
    {"model: m\ntime: {end: 1}",
     {NULL, NULL},
     "in.yaml:1: grid.n: missing; add a section 'grid:' with the key 'n' (points along each axis)"},
    {"model: m\ngrid: {n: 8}",
     {NULL, NULL},
     "in.yaml:1: time.end: missing; add a section 'time:' with the key 'end' (when the run ends, "
     "in units of time)"},
    {"model: m\ngrid: {n: 8}\ntime:",
     {NULL, NULL},
     "in.yaml:3: time.end: missing; add the key 'end' (when the run ends, in units of time)"},
    {GOOD, {"time.end", NULL}, "-P time.end: expected section.key=value"},
    {GOOD, {"=3", NULL}, "-P =3: expected section.key=value"},
    {GOOD, {"time..end=3", NULL}, "-P time..end=3: expected section.key=value"},
    {GOOD, {"time.=3", NULL}, "-P time.=3: expected section.key=value"},
    {GOOD,
     {"time.end=", NULL},
     "-P time.end=: time.end: a value is missing; expected a number, greater than 0"},
    {GOOD,
     {"time.end=abc", NULL},
     "-P time.end=abc: time.end: 'abc' is not a number; expected a number, greater than 0"},
    {GOOD,
     {"time.end=-1", NULL},
     "-P time.end=-1: time.end: -1 is out of range; it must be greater than 0"},
    {GOOD,
     {"time.end=[1", NULL},
     "-P time.end=[1: the list that begins here is not closed by ']' or lacks a comma"},
    {GOOD,
     {"time.end={a: 1, a: 2}", NULL},
     "-P time.end={a: 1, a: 2}: the key 'a' is given twice; remove one of them"},
    {GOOD,
     {"time.end.x=3", NULL},
     "-P time.end.x=3: 'end' is a single value and has no keys; override it as a whole"},
    {GOOD, {"time.edn=3", NULL}, "-P time.edn=3: time.edn: unknown key; did you mean 'end'?"},
    {GOOD, {"tim.end=3", NULL}, "-P tim.end=3: tim: unknown section; did you mean 'time'?"},
    {GOOD,
     {"time=3", NULL},
     "-P time=3: time: expected a section, lines 'key: value' indented below it, but this is a "
     "single value"},
    {GOOD,
     {"grid.n.1=3", NULL},
     "-P grid.n.1=3: 'n' is a single value and has no keys; override it as a whole"},
    {"model: m\ngrid: {n: [8, 8]}\ntime: {end: 1}",
     {"grid.n.2=3", NULL},
     "-P grid.n.2=3: the list has 2 elements, counted from 0; there is no element '2'"},
    {"model: m\ngrid: {n: [8, 8]}\ntime: {end: 1}",
     {"grid.n.1=3", "grid.n.x=3"},
     "-P grid.n.x=3: the list has 2 elements, counted from 0; there is no element 'x'"},
    {"model: m\ngrid: {n: [8, 8]}\ntime: {end: 1}",
     {"grid.n.1=x", NULL},
     "-P grid.n.1=x: grid.n: 'x' is not a number; expected a whole number, at least 1"},
    {"model: m\ngrid: {n: [8, 8]}\ntime: {end: 1}",
     {"model=&a b", NULL},
     "-P model=&a b: anchors are not supported; remove '&a' and write the value again where it is "
     "needed"},
    {"model: m\ngrid: {n: [8, 8]}\ntime: {end: 1}",
     {"field.damped=true", "field.gamma=3"},
     "-P field.gamma=3: field.gamma: 3 is out of range; it must be at most 1"},
    {"model: m\ngrid: {n: [8, 8]}\ntime: {end: 1}",
     {"field.gamma=1", NULL},
     "-P field.gamma=1: field.gamma: not used here: it is used only if damped is true, but damped "
     "is false (the default); remove it or change damped"},
    {"model: m\ngrid: {n: [8, 8]}\ntime: {end: 1}",
     {"time={stepper: x}", NULL},
     "-P time={stepper: x}: time.end: missing; add the key 'end' (when the run ends, in units of "
     "time)"},
};

static void check_case(const char *text, const char *const *overrides, const char *message)
{
    test_input in;
    int n = 0;
    int64_t blocks = weft_memory_blocks();
    while (n < 2 && overrides[n])
        n++;
    CHECK(test_load(text, n, overrides, &in) == WEFT_INPUT);
    CHECK_TEXT(weft_error_message(), message);
    test_unload(&in);
    CHECK(weft_memory_blocks() == blocks);
}

/* Failing about nodes and parameters from outside. */
static void places(void)
{
    test_input in;
    const char *const overrides[] = {"time.dt=0.5"};
    CHECK(test_load("model: m\ngrid:\n  n: 8\nfield:\n  reactions:\n    - {reaction: \"A -> Q\", "
                    "rate: x}\n    - {reaction: 'it''s', rate: 1.5}\ntime: {end: 1}\n",
                    1, overrides, &in) == WEFT_OK);
    const weft_section *grid = weft_params_section(in.params, "grid");
    const weft_section *own = weft_params_section(in.params, "field");
    const weft_section *time = weft_params_section(in.params, "time");
    const weft_section *output = weft_params_section(in.params, "output");
    const weft_node *tree = weft_get_tree(own, "reactions");
    const weft_node *first = weft_node_item(tree, 0), *second = weft_node_item(tree, 1);
    double x;
    int64_t i;
#define FAILS(call, expected)                                                                      \
    do {                                                                                           \
        weft_error_clear();                                                                        \
        CHECK((call) == WEFT_INPUT);                                                               \
        CHECK_TEXT(weft_error_message(), expected);                                                \
    } while (0)
    FAILS(weft_param_fail(grid, "n", "%d axes", 7), "in.yaml:3: grid.n: 7 axes");
    FAILS(weft_param_fail(grid, "length", "wrong"), "in.yaml:2: grid.length: wrong");
    FAILS(weft_param_fail(output, "seed", "wrong"), "in.yaml:1: output.seed: wrong");
    FAILS(weft_param_fail(time, "dt", "wrong"), "-P time.dt=0.5: time.dt: wrong");
    FAILS(weft_node_real(weft_node_find(first, "rate"), &x),
          "in.yaml:6: field.reactions.0.rate: 'x' is not a number");
    FAILS(weft_node_int(weft_node_find(second, "rate"), &i),
          "in.yaml:7: field.reactions.1.rate: '1.5' is not a whole number");
    FAILS(weft_node_real(first, &x),
          "in.yaml:6: field.reactions.0: expected a number, but this is a section");
    /* column of the Q; none where the text in the file differs */
    FAILS(weft_node_fail(weft_node_find(first, "reaction"), 6, "unknown species 'Q'"),
          "in.yaml:6:24: field.reactions.0.reaction: unknown species 'Q'");
    FAILS(weft_node_fail(weft_node_find(second, "reaction"), 1, "wrong"),
          "in.yaml:7: field.reactions.1.reaction: wrong");
    weft_error_clear();
    test_unload(&in);
}

/* The line that is shown below a message is the one that it names, whatever ends lines: libyaml
 * counts returns alone and Unicode's separators, too. */
static void line_ends(void)
{
    static const char *const ends[] = {"\n",       "\r\n",         "\r",
                                       "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char text[256];
        test_input in;
        snprintf(text, sizeof text,
                 "# \xc3\xa9 one%s%smodel: m%sgrid: {n: eight}%stime: {end: 1}%s", ends[i], ends[i],
                 ends[i], ends[i], ends[i]);
        CHECK(test_load(text, 0, NULL, &in) == WEFT_INPUT);
        CHECK_TEXT(weft_error_text(),
                   "in.yaml:4:11: grid.n: 'eight' is not a number; expected a list of whole "
                   "numbers, each at least 1\n"
                   "    grid: {n: eight}\n"
                   "              ^^^^^");
        weft_error_clear();
        test_unload(&in);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(cases[i].text, cases[i].overrides, cases[i].message);
    places();
    line_ends();
    return check_end();
}
