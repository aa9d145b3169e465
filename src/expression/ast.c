/* From text to a syntax tree, by recursive descent. Each rule of the grammar is one function:
 *
 *     expression := both {"or" both}
 *     both       := denial {"and" denial}
 *     denial     := "not" denial | comparison
 *     comparison := sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]
 *     sum        := product {("+" | "-") product}
 *     product    := unary {("*" | "/") unary}
 *     unary      := ("-" | "+") unary | power
 *     power      := primary ["^" unary]
 *     primary    := number | name | name "(" expression {"," expression} ")"
 *                 | name "[" integer {"," integer} "]" | "(" expression ")"
 *
 * so that -u^2 is -(u^2) and 2^-1 is allowed. What "and", "or" and "not" join must be comparisons:
 * "a < b and c" would else mean that c is not 0, which nobody reads in it. The parser looks one
 * sign (or one word) ahead and never goes back; every recursion passes through unary or denial,
 * which count the depth, so a hostile text ends in an error and not in an overflow of the stack.
 * After an error all rules return at once.
 *
 * Example: "a - 2*u^2" becomes the tree
 *
 *       -            binary, operands linked by `next`
 *       |-- a
 *       `-- *
 *           |-- 2
 *           `-- ^
 *               |-- u
 *               `-- 2
 *
 * Every node keeps the place of its word in the text, so that errors of later steps can point at
 * it. */
#include "internal.h"
#include "weft/memory.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the parser is in the text, and how deep. */
typedef struct parser {
    const char *text;
    int at; /* the next sign */
    int depth;
    weft_ast *ast;
    weft_expr_error *error;
} parser;

static int expression(parser *p);
static bool take_word(parser *p, const char *word);

/* ---- signs and nodes ---- */

/* The next sign after blanks, which are skipped; the zero at the end of the text. */
static char peek(parser *p)
{
    while (isspace((unsigned char)p->text[p->at]))
        p->at++;
    return p->text[p->at];
}

/* Goes past the sign if it is the next one, and if nothing has failed. */
static bool take(parser *p, char sign)
{
    if (p->error->text[0] || peek(p) != sign)
        return false;
    p->at++;
    return true;
}

/* -1, as all rules return when they have failed. */
static int fail_at(parser *p, int at, int length, const char *what)
{
    weft_expr_fail(p->error, at, length, "%s", what);
    return -1;
}

/* A new node; its number, or -1 with an error. Nodes move when the array grows: callers hold
 * numbers, never pointers, across this call. */
static int add(parser *p, weft_ast_kind kind, int at, int length)
{
    weft_ast *ast = p->ast;
    /* Bounds memory and, with it, the depth of walks over the tree. */
    if (ast->n == WEFT_EXPR_NODES)
        return fail_at(p, at, length, "the expression is too long");
    if (ast->n == ast->capacity) {
        int capacity = ast->capacity ? 2 * ast->capacity : 64;
        ast->node = weft_grow(ast->node, (size_t)ast->n, (size_t)capacity, sizeof *ast->node);
        ast->capacity = capacity;
    }
    ast->node[ast->n] =
        (weft_ast_node){.kind = kind, .at = at, .length = length, .first = -1, .next = -1};
    return ast->n++;
}

/* A node with the operands a and b; -1 if one of them has failed. */
static int binary(parser *p, char sign, int at, int length, int a, int b)
{
    if (a < 0 || b < 0)
        return -1;
    int node = add(p, WEFT_AST_BINARY, at, length);
    if (node < 0)
        return -1;
    p->ast->node[node].name[0] = sign;
    p->ast->node[node].first = a;
    p->ast->node[a].next = b;
    return node;
}

/* ---- rules ---- */

/* In { } and [ ] YAML ends a text without quotes at a comma. */
#define NOT_CLOSED "this '(' is not closed; inside { } and [ ] a formula with a comma needs quotes"

/* A decimal number, by strtod, which rounds correctly. */
static int number(parser *p)
{
    const char *begin = p->text + p->at;
    char *end;
    /* only decimal numbers: strtod would take 0x10, inf and nan, too */
    size_t digits = strspn(begin, "0123456789.");
    bool hex = digits == 1 && begin[0] == '0' && (begin[1] == 'x' || begin[1] == 'X');
    double value = hex ? NAN : strtod(begin, &end);
    if (isnan(value))
        end = (char *)begin + digits;
    int length = (int)(end - begin);
    if (length == 0 || !isfinite(value))
        return fail_at(p, p->at, length ? length : 1, "this is no number that can be used");
    /* Without this check "2u" would be read as 2, and u as something unexpected behind it. */
    if (isalpha((unsigned char)*end) || *end == '_' || *end == '.')
        return fail_at(p, p->at, length + 1,
                       "a number and what follows it need a sign between them, as in 2*u");
    int node = add(p, WEFT_AST_NUMBER, p->at, length);
    if (node >= 0)
        p->ast->node[node].number = value;
    p->at += length;
    return node;
}

/* The list between open and close after a name; node holds it. */
static int arguments(parser *p, int node, char close)
{
    int last = -1, open = p->at - 1;
    do {
        if (peek(p) == close)
            return fail_at(p, p->at, 1, "an argument is missing here");
        int argument = expression(p);
        if (argument < 0)
            return -1;
        if (last < 0)
            p->ast->node[node].first = argument;
        else
            p->ast->node[last].next = argument;
        last = argument;
    } while (take(p, ','));
    if (take(p, close))
        return node;
    if (!p->text[p->at])
        return fail_at(p, open, 1, close == ')' ? NOT_CLOSED : "this '[' is not closed");
    return fail_at(p, p->at, 1,
                   close == ')' ? "expected an operator, ',' or ')' here"
                                : "expected ',' or ']' here");
}

/* A name alone, a call, or a name with offsets: what follows decides. */
static int name(parser *p)
{
    int at = p->at, length = 0;
    while (isalnum((unsigned char)p->text[at + length]) || p->text[at + length] == '_')
        length++;
    if (length >= WEFT_EXPR_NAME)
        return fail_at(p, at, length, "this name is too long; names have at most 31 letters");
    if (take_word(p, "and") || take_word(p, "or") || take_word(p, "not"))
        return fail_at(p, at, length, "a value should stand here; and, or, not join comparisons");
    int node = add(p, WEFT_AST_NAME, at, length);
    if (node < 0)
        return -1;
    memcpy(p->ast->node[node].name, p->text + at, (size_t)length);
    p->at += length;
    if (take(p, '(')) {
        p->ast->node[node].kind = WEFT_AST_CALL;
        return arguments(p, node, ')');
    }
    if (take(p, '[')) {
        p->ast->node[node].kind = WEFT_AST_OFFSET;
        return arguments(p, node, ']');
    }
    return node;
}

/* Brackets leave no node: they only decide the order. */
static int parentheses(parser *p)
{
    int open = p->at++;
    int node = expression(p);
    if (node < 0)
        return -1;
    if (take(p, ')'))
        return node;
    if (!p->text[p->at])
        return fail_at(p, open, 1, NOT_CLOSED);
    return fail_at(p, p->at, 1, "expected an operator or ')' here");
}

/* The messages name what people who know other languages write here (|x|, x**2). */
static int primary(parser *p)
{
    char c = peek(p);
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)p->text[p->at + 1])))
        return number(p);
    if (isalpha((unsigned char)c) || c == '_')
        return name(p);
    if (c == '(')
        return parentheses(p);
    if (!c)
        return fail_at(p, p->at, 1, "the expression ends where a value should follow");
    if (c == '|')
        return fail_at(p, p->at, 1, "write abs(...) for the absolute value");
    if (c == '*' && p->at > 0 && p->text[p->at - 1] == '*')
        return fail_at(p, p->at - 1, 2, "a power is written with '^'");
    return fail_at(p, p->at, 1, "expected a number, a name or '(' here");
}

static int unary(parser *p);

/* The exponent is read by unary, which reads a further power first: a^b^c is a^(b^c), and 2^-1
 * needs no brackets. */
static int power(parser *p)
{
    int base = primary(p);
    if (base < 0 || peek(p) != '^')
        return base;
    int at = p->at++;
    return binary(p, '^', at, 1, base, unary(p));
}

/* Signs bind less than powers, so that -u^2 is -(u^2), and more than products. Every recursion of
 * the grammar passes here, so that one counter bounds the depth, and with that the stack. */
static int unary(parser *p)
{
    if (++p->depth > WEFT_EXPR_DEPTH)
        return fail_at(p, p->at, 1, "the expression is nested too deeply");
    char c = peek(p);
    int node;
    if (c == '-') {
        int at = p->at++, operand = unary(p);
        node = operand < 0 ? -1 : add(p, WEFT_AST_UNARY, at, 1);
        if (node >= 0)
            p->ast->node[node].first = operand;
    } else if (c == '+') {
        p->at++;
        node = unary(p);
    } else {
        node = power(p);
    }
    p->depth--;
    return node;
}

/* A loop instead of recursion: operands associate to the left, a/b/c is (a/b)/c, and a long chain
 * does not deepen the stack. */
static int product(parser *p)
{
    int left = unary(p);
    for (;;) {
        if (left < 0)
            return -1;
        char c = peek(p);
        if (c != '*' && c != '/')
            return left;
        int at = p->at++;
        left = binary(p, c, at, 1, left, unary(p));
    }
}

/* Likewise for sums: a - b - c is (a - b) - c. */
static int sum(parser *p)
{
    int left = product(p);
    for (;;) {
        if (left < 0)
            return -1;
        char c = peek(p);
        if (c != '+' && c != '-')
            return left;
        int at = p->at++;
        left = binary(p, c, at, 1, left, product(p));
    }
}

/* A sum, or one comparison of two sums: a < b < c is refused, since its meaning in mathematics is
 * not that of the two comparisons one after the other. */
static int comparison(parser *p)
{
    int left = sum(p);
    if (left < 0)
        return -1;
    char c = peek(p), second = c ? p->text[p->at + 1] : '\0';
    bool two = second == '=';
    if (c != '<' && c != '>' && !((c == '=' || c == '!') && two))
        return left;
    int at = p->at, length = two ? 2 : 1;
    p->at += length;
    /* Operators of two signs are kept as one letter; weft_ast_kind tells which. */
    char sign = c == '=' ? 'e' : c == '!' ? 'n' : !two ? c : c == '<' ? 'l' : 'g';
    return binary(p, sign, at, length, left, sum(p));
}

/* Is the next word this one? It is then passed. */
static bool take_word(parser *p, const char *word)
{
    const size_t n = strlen(word);
    if (p->error->text[0] || !isalpha((unsigned char)peek(p)) ||
        strncmp(p->text + p->at, word, n) != 0 || isalnum((unsigned char)p->text[p->at + (int)n]) ||
        p->text[p->at + (int)n] == '_')
        return false;
    p->at += (int)n;
    return true;
}

/* What is joined must be true or false; -1 with an error if it is a number. */
static int truth(parser *p, int node, int at, int length)
{
    if (node >= 0 && !weft_ast_is_truth(p->ast, node))
        return fail_at(
            p, at, length,
            "'and', 'or' and 'not' join comparisons, and here is a number; write x != 0");
    return node;
}

static int denial(parser *p)
{
    peek(p);
    int at = p->at;
    if (!take_word(p, "not"))
        return comparison(p);
    if (++p->depth > WEFT_EXPR_DEPTH)
        return fail_at(p, p->at, 1, "the expression is nested too deeply");
    int operand = truth(p, denial(p), at, 3);
    p->depth--;
    int node = operand < 0 ? -1 : add(p, WEFT_AST_UNARY, at, 3);
    if (node >= 0) {
        p->ast->node[node].name[0] = '!';
        p->ast->node[node].first = operand;
    }
    return node;
}

/* Loops, as for sums and products: a long chain does not deepen the stack. */
static int both(parser *p)
{
    int left = denial(p);
    for (;;) {
        peek(p);
        int at = p->at;
        if (left < 0 || !take_word(p, "and"))
            return left;
        left = truth(p, left, at, 3);
        left = binary(p, '&', at, 3, left, left < 0 ? -1 : truth(p, denial(p), at, 3));
    }
}

static int expression(parser *p)
{
    int left = both(p);
    for (;;) {
        peek(p);
        int at = p->at;
        if (left < 0 || !take_word(p, "or"))
            return left;
        left = truth(p, left, at, 2);
        left = binary(p, '|', at, 2, left, left < 0 ? -1 : truth(p, both(p), at, 2));
    }
}

/* ---- whole texts ---- */

/* The whole text must be used up; what is left over is told by what it is. */
static bool whole(parser *p, bool equation)
{
    p->ast->right = expression(p);
    if (p->ast->right >= 0 && equation && peek(p) == '=') {
        p->at++;
        p->ast->left = p->ast->right;
        p->ast->right = expression(p);
    }
    if (p->ast->right < 0)
        return false;
    if (peek(p))
        return expr_left_over(p->error, p->text, p->at, equation);
    if (equation && p->ast->left < 0)
        return weft_expr_fail(p->error, 0, 1,
                              "an equation needs a '=': dt(u) = ..., OPERATOR(psi) = ... or "
                              "name = ...");
    return true;
}

/* The tree is the caller's in either case, since a failed parse has made a part of it. */
bool weft_ast_parse(const char *text, bool equation, weft_ast *out, weft_expr_error *error)
{
    *out = (weft_ast){.left = -1, .right = -1};
    *error = (weft_expr_error){0};
    if (strlen(text) > WEFT_EXPR_TEXT)
        return weft_expr_fail(error, WEFT_EXPR_TEXT, 1, "the text is longer than %d signs",
                              WEFT_EXPR_TEXT);
    parser p = {.text = text, .ast = out, .error = error};
    return whole(&p, equation);
}

/* Comparisons, and what joins them. */
bool weft_ast_is_truth(const weft_ast *ast, int node)
{
    const weft_ast_node *x = &ast->node[node];
    return x->name[0] && ((x->kind == WEFT_AST_UNARY && x->name[0] == '!') ||
                          (x->kind == WEFT_AST_BINARY && strchr("<>legn&|", x->name[0])));
}

void weft_ast_free(weft_ast *ast)
{
    weft_free(ast->node);
    *ast = (weft_ast){.left = -1, .right = -1};
}
