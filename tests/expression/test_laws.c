/* SPDX-License-Identifier: MIT */
/*
 * What must be true of every expression. Random ones are built as trees over comparisons, written as
 * text in several ways, and compared with what the tree says; nothing is allocated while they run,
 * and what is lacking while they are made is said.
 */
#include "../check.h"
#include "records.h"

#include <stdlib.h>

#include "expression/expression.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

static unsigned allocations; /* and the one that fails, from 1; 0: none */
static unsigned failing;
static long held;

#if defined(__GLIBC__) && !defined(SANITIZED)
/* Every allocation of the program and its libraries comes through here. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void __libc_free(void *block);

static void *counted(void *block)
{
    held += block != NULL;
    return block;
}

static bool fails(void)
{
    return ++allocations == failing;
}

void *malloc(size_t size)
{
    return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    if (fails())
        return NULL;
    held -= block != NULL;
    return counted(__libc_realloc(block, size));
}

void free(void *block)
{
    held -= block != NULL;
    __libc_free(block);
}
#define COUNTED true
#else
#define COUNTED false
#endif

static const char *const atoms[] = {
    "tcp",
    "transport.dport == 80",
    "transport.dport != 80",
    "packet.src == 10.0.0.0/8",
    "packet.src in {10.1.2.3, 192.0.2.0/24, 2001:db8::/32, 172.16.0.0..172.16.0.9}",
    "eth.vlan == 200",
    "all eth.vlan < 200",
    "eth.vlan != 200",
    "transport.flags has syn",
    "transport.type in {TCP, OSPF}",
    "domains.dst contains \"xample\"",
    "domains.dst matches \"(?i)EXAMPLE|multi\"",
    "transport.data matches \"(*NO_JIT)^GET\"",
    "packet.df",
    "tags has alpha",
    "dyn.list.number > 20",
    "dyn.list.name == dyn.text2",
    "transport.sport > transport.dport",
    "number < 7",
    "len in {60..400, 1000, 1200..2000}",
    "packet.options has router_alert",
    "timestamp > 2015-05-27T01:17:07.5Z",
};

enum { ATOMS = sizeof atoms / sizeof *atoms, NODES = 40, TEXT = 16384, ROUNDS = 400 };

enum node_kind { NODE_ATOM, NODE_NOT, NODE_AND, NODE_OR };

struct node {
    enum node_kind kind;
    unsigned atom;
    const struct node *left, *right;
};

static uint64_t random_state = 0x9e3779b97f4a7c15;

static unsigned random_below(unsigned most)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % most;
}

/* A tree of random shape; its nodes in `nodes`, the root the last. */
static const struct node *random_tree(struct node *nodes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned kind = i == 0 ? 0 : random_below(4);
        nodes[i] = (struct node){ (enum node_kind)kind, random_below(ATOMS), NULL, NULL };
        if (kind != NODE_ATOM) /* mostly what was made last, so that trees grow deep */
            nodes[i].left = &nodes[i - 1 - random_below(i < 3 ? i : 3)];
        if (kind == NODE_AND || kind == NODE_OR)
            nodes[i].right = &nodes[random_below(i)];
    }
    return &nodes[count - 1];
}

/* Depth of the text in parentheses, and its size; a tree that shares nodes may grow large. */
static unsigned tree_size(const struct node *node)
{
    unsigned size = 1;
    if (node->left)
        size += tree_size(node->left);
    if (node->right && size < 100000)
        size += tree_size(node->right);
    return size;
}

static unsigned tree_depth(const struct node *node)
{
    unsigned left = node->left ? tree_depth(node->left) : 0;
    unsigned right = node->right ? tree_depth(node->right) : 0;
    return 1 + (left > right ? left : right);
}

static bool tree_holds(const struct node *node, const bool *truth)
{
    switch (node->kind) {
    case NODE_NOT:
        return !tree_holds(node->left, truth);
    case NODE_AND:
        return tree_holds(node->left, truth) && tree_holds(node->right, truth);
    case NODE_OR:
        return tree_holds(node->left, truth) || tree_holds(node->right, truth);
    case NODE_ATOM:
        break;
    }
    return truth[node->atom];
}

/* How a tree is written. */
enum style {
    STYLE_ALL,       /* every parenthesis */
    STYLE_FEW,       /* only those that precedence does not make needless */
    STYLE_DE_MORGAN, /* "and" as "not or" of "not"s, and the other way round */
    STYLE_NOT_NOT,   /* two "not"s in front of everything */
};

static char *write_tree(char *out, const struct node *node, enum style style)
{
    bool few = style == STYLE_FEW, and_node = node->kind == NODE_AND;
    const char *sign = and_node ? " and " : " or ";
    if (style == STYLE_NOT_NOT)
        out = stpcpy(out, random_below(2) ? "!!" : "not not ");
    switch (node->kind) {
    case NODE_ATOM:
        return stpcpy(out, atoms[node->atom]);
    case NODE_NOT:
        out = stpcpy(out, few && node->left->kind == NODE_ATOM ? "not " : "not (");
        out = write_tree(out, node->left, style);
        return stpcpy(out, few && node->left->kind == NODE_ATOM ? "" : ")");
    case NODE_AND:
    case NODE_OR:
        break;
    }
    if (style == STYLE_DE_MORGAN) {
        out = stpcpy(out, "not (not (");
        out = write_tree(out, node->left, style);
        out = stpcpy(out, and_node ? ") or not (" : ") and not (");
        out = write_tree(out, node->right, style);
        return stpcpy(out, "))");
    }
    for (int side = 0; side < 2; side++) {
        const struct node *child = side ? node->right : node->left;
        bool bare = few && (child->kind < NODE_AND || child->kind == node->kind || !and_node);
        out = stpcpy(out, side ? sign : "");
        out = stpcpy(out, bare ? "" : "(");
        out = write_tree(out, child, style);
        out = stpcpy(out, bare ? "" : ")");
    }
    return out;
}

static struct expression *compiled(chains_component *self, const char *text)
{
    char error[EXPRESSION_ERROR] = "";
    int status = CHAINS_OK;
    struct expression *expression =
        expression_new(self, text, true, &status, error, sizeof error);
    if (!expression) {
        check_that_(false, text, __FILE__, __LINE__);
        printf("# %s\n", error);
    }
    return expression;
}

static void test_tree(chains_component *self, struct chains_record *const records[REC_COUNT],
                      const struct node *tree, bool truth[REC_COUNT][ATOMS])
{
    static char text[8 * TEXT];
    for (unsigned style = STYLE_ALL; style <= STYLE_NOT_NOT; style++) {
        *write_tree(text, tree, (enum style)style) = '\0';
        struct expression *expression = compiled(self, text);
        bool same = expression != NULL;
        unsigned before = allocations;
        for (unsigned i = 0; i < REC_COUNT && same; i++)
            same = expression_holds(expression, records[i]) == tree_holds(tree, truth[i]);
        check_eq_u64(allocations - before, 0);
        check_that_(same, text, __FILE__, __LINE__);
        expression_free(expression);
    }
}

static void test_trees(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    static bool truth[REC_COUNT][ATOMS];
    struct node nodes[NODES];
    unsigned tried = 0;
    for (unsigned atom = 0; atom < ATOMS; atom++) {
        struct expression *expression = compiled(self, atoms[atom]);
        unsigned holds = 0;
        for (unsigned i = 0; i < REC_COUNT; i++) {
            truth[i][atom] = expression_holds(expression, records[i]);
            holds += truth[i][atom];
        }
        check(holds > 0 && holds < REC_COUNT); /* an atom that says nothing tests nothing */
        expression_free(expression);
    }
    while (tried < ROUNDS) {
        const struct node *tree = random_tree(nodes, 2 + random_below(NODES - 2));
        if (tree_depth(tree) > 15 || tree_size(tree) > 60)
            continue;
        test_tree(self, records, tree, truth);
        tried++;
    }
}

/* Each atom alone, on every record. */
static void test_no_allocation(chains_component *self,
                               struct chains_record *const records[REC_COUNT])
{
    check(!COUNTED || allocations > 0); /* the count counts */
    for (unsigned atom = 0; atom < ATOMS; atom++) {
        struct expression *expression = compiled(self, atoms[atom]);
        unsigned before = allocations, holds = 0;
        for (unsigned i = 0; i < REC_COUNT; i++)
            holds += expression_holds(expression, records[i]);
        check_eq_u64(allocations - before, 0);
        check(holds > 0);
        expression_free(expression);
    }
}

/* Each allocation fails once: a sentence, and nothing is held; in the end there is an expression. */
static void test_no_memory(chains_component *self)
{
    static const char text[] =
        "packet.src in {10.1.2.3, 192.0.2.0/24, 2001:db8::1, ::2, ::3, 1.1.1.1} and "
        "domains.dst matches \"a.c\" and transport.data matches \"(*NO_JIT)x\" and not "
        "transport.dport in {1, 3, 5, 7, 9} and dyn.list.name == dyn.text2 and tcp and udp and "
        "ip and eth.vlan has {1, 2} and dyn.text in {\"a\", \"b\"} and tags has alpha";
    char error[EXPRESSION_ERROR] = "";
    bool made = false;
    for (unsigned at = 1; COUNTED && !made && check(at < 1000); at++) {
        int status = 1;
        long before = held;
        allocations = 0;
        failing = at;
        struct expression *expression =
            expression_new(self, text, true, &status, error, sizeof error);
        failing = 0;
        made = allocations < at;
        check(expression ? status == CHAINS_OK
                         : status == CHAINS_EMEM && strstr(error, "memory"));
        check(!made || (expression && at > 8));
        expression_free(expression);
        check(held == before);
    }
}

static void test_all(chains_component *self, struct chains_record *const records[REC_COUNT])
{
    test_trees(self, records);
    test_no_allocation(self, records);
    test_no_memory(self);
}

int main(void)
{
    check_eq_u64(records_run(test_all), CHAINS_OK);
    return check_done();
}
