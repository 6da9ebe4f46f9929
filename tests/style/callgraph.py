#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""callgraph.py release|other BUILD SOURCE [show]: who calls whom, and how deep the stack gets.

gcc leaves a graph of calls with the bytes of each frame beside every object. Here the calls through
pointers are put in (a slot of a table of functions is whatever the sources put there), and then:

    recursion   there is no cycle but those of CYCLES, which say what limits them
    frames      none is of a size that is only known at run time, none larger than FRAME
    depth       the deepest way from each of ROOTS, every cycle as often as it says, is at most DEPTH

What the libraries underneath take is not in the graph: tests/stack measures it. Each rule is tried
on a small graph that breaks it first.
"""
import collections
import glob
import os
import re
import sys

DEPTH = 32 * 1024
FRAME = 10 * 1024
# The packet's way, and what is done before and behind it.
ROOTS = ("chains_parse_text", "chains_open", "chains_start", "chains_pull", "chains_step",
         "chains_reopen", "chains_free", "cares_run")

# Calls through pointers: the slots that the caller calls, or the functions it is given.
SLOTS = ("create", "check", "open", "start", "access", "memory", "next", "each", "many", "idle",
         "reopen", "finish", "close", "stats", "accepts", "dissect", "holds", "header", "header_at")
OUTSIDE = ()  # a function of the program that uses the library
INDIRECT = {
    # chain/
    "component_new": ("create",),
    "chains_new": ("create",),
    "open_check": ("check",),
    "open_pass": ("open",),
    "start_run": ("start",),
    "chains_accesses": ("access",),
    "budget_walk": ("budget_count", "budget_ask", "budget_give"),
    "budget_ask": ("memory",),
    "shares_fit": ("count_takes", "dns_sizes_pending", "hello_meta_takes", "packet_meta_bytes",
                   "sizes_table", "sizes_waiting", "tls_sizes_certificates",
                   "tls_sizes_secrets", "weird_takes"),
    "pull_batch": ("next", "many", "each", "idle"),
    "chain_reopen": ("reopen",),
    "chain_close": ("finish", "close"),
    "chains_stats": ("stats",),
    "parse_chain": ("accepts",),
    "chains_warn": OUTSIDE,
    "chains_thread_begun": OUTSIDE,
    "split_variable": OUTSIDE,
    # what a component reads, writes and runs, told to a program
    "exec_access": OUTSIDE,
    "expression_files": OUTSIDE,
    "output_slot_access": OUTSIDE,
    "packet_streamer_access": OUTSIDE,
    "pcap_writer_access": OUTSIDE,
    "reverse_dns_access": OUTSIDE,
    "tagger_access": OUTSIDE,
    "tls_meta_access": OUTSIDE,
    "tagger_many": OUTSIDE,
    "chains_interfaces": OUTSIDE,
    # the rest
    "visit_fields": ("same_path", "nearest_word", "nearest_path", "inside_path", "last_word"),
    "visit_layer": ("same_path", "nearest_word", "nearest_path", "inside_path", "last_word"),
    "output_take_back": ("pcapng_whole", "pcap_file_whole"),
    "live_packet": ("streamer_live_packet",),
    "walk_rare": ("dissect",),
    "chains_dissect": ("dissect",),
    "read_extensions": ("read_of_client", "read_of_server"),
    "second_chance_add": ("holds",),
    "chains_flow_done": ("dns_stream_release", "http_flow_release", "quic_flow_release",
                         "tls_dtls_release", "tls_flow_release"),
    "flow_slots_release": ("dns_stream_release", "http_flow_release", "quic_flow_release",
                         "tls_dtls_release", "tls_flow_release"),
    "http_asked_new": ("header", "header_at"),
    "http_message_add": ("header", "header_at"),
    "give_out": ("header", "header_at"),
    "note_head": ("header", "header_at"),
    "keyfile_read": ("keys_file_line",),
    "cares_run": ("rdns_begun",),
    "name_news_tell": ("rdns_news",),
    "names_new": ("cares_free",),
    "names_free": ("cares_free",),
    "names_open": ("cares_open",),
    "names_start": ("cares_start",),
    "names_find": ("cares_serves", "cares_submit"),
    "names_take": ("cares_poll",),
    "names_wait": ("cares_wait",),
}

# Cycles: some of their functions, how often one goes round at most, and why no more.
BRANCHES = 2  # branches and merges inside each other; words.c refuses more than 16 of them
CHAIN = 12  # components of a run
CYCLES = [
    (("pull_batch", "chain_step", "chains_pull_into", "flows_next", "dns_meta_next", "merge_next",
      "merge_finish", "merge_close", "tee_many", "tee_idle", "tee_finish", "tee_close",
      "chain_close"), CHAIN, "the components of the chain, one after the other"),
    (("chain_open", "open_pass", "merge_open"), BRANCHES, "branches"),
    (("parse_chain", "parse_branches"), 17, "WORDS_DEPTH brackets"),
    (("chain_unprepare",), BRANCHES, "branches"),
    (("component_failed",), BRANCHES, "branches"),
    (("component_stop",), BRANCHES, "branches"),
    (("component_run_types",), BRANCHES, "branches"),
    (("chain_free", "chains_free"), BRANCHES, "branches"),
    (("chain_reopen",), BRANCHES, "branches"),
    (("chains_stats", "tee_outlet_stats"), BRANCHES, "an outlet asks its tee"),
    (("link_reaches",), BRANCHES, "branches"),
    (("link_gives",), BRANCHES, "branches"),
    (("budget_walk",), BRANCHES, "branches"),
    (("open_check",), BRANCHES, "branches"),
    (("open_layers",), BRANCHES, "branches"),
    (("open_links",), BRANCHES, "branches"),
    (("open_log",), BRANCHES, "branches"),
    (("open_share",), BRANCHES, "branches"),
    (("start_run",), BRANCHES, "branches"),
    (("text_run",), BRANCHES, "branches"),
    (("writer_sum",), 9, "MERGES_MOST merges inside each other"),
    (("visit_fields",), 8, "PATH_STEPS words of a path"),
    (("json_table_new",), 4, "JSON_DEPTH tables of fields inside each other"),
    (("json_table_free",), 4, "what json_table_new() made"),
    (("json_other_value", "json_members_at"), 4, "what json_table_new() made"),
    (("schema_value", "schema_object"), 4, "the tables of fields, which are constant"),
    (("dict_struct", "dict_long_value"), 4, "the tables of fields, which are constant"),
    (("text_u64_large", "text_u64_huge"), 3, "eight digits of twenty each time"),
]


class Graph:
    def __init__(self):
        self.frames, self.calls = {}, collections.defaultdict(set)
        self.sizes = {}
        self.unresolved = set()

    def add(self, text):
        def short(title):  # "walk.c:walk_rare.part.0" is walk_rare() of walk.c
            path, _, name = title.rpartition(":")
            name = name.split(".")[0]
            return (os.path.basename(path) + ":" if path else "") + name

        for title, size, how in re.findall(
                r'node: \{ title: "([^"]+)" label: "[^"]*\\n(\d+) bytes \(([^)]*)\)', text):
            name = short(title)
            self.frames[name] = max(self.frames.get(name, 0), int(size))
            self.sizes[name] = how
        for caller, callee in re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"',
                                         text):
            if callee == "__indirect_call":
                self.unresolved.add(short(caller))
            elif short(callee) != short(caller) or ".constprop" not in callee + caller and \
                    ".part" not in callee + caller:
                self.calls[short(caller)].add(short(callee))

    def named(self, name):
        """The nodes of a function: a static one has its file in front."""
        return [node for node in self.frames if node.rpartition(":")[2] == name]

    def resolve(self, slots, indirect):
        for node in sorted(self.unresolved):
            name = node.rpartition(":")[2]
            if name not in indirect:
                yield "%s calls through a pointer: INDIRECT has to say whom" % node
                continue
            for target in indirect[name]:
                found = slots[target] if target in SLOTS else [target]
                nodes = [node for one in found for node in self.named(one)]
                if not nodes and target not in SLOTS:
                    yield "INDIRECT of %s: there is no %s()" % (name, target)
                self.calls[node].update(nodes)

    def cycles(self):
        """Sets of functions that call each other (Tarjan, without recursion)."""
        order, low, on, stack, found = {}, {}, set(), [], []
        for root in list(self.frames):
            if root in order:
                continue
            work = [(root, iter(sorted(self.calls[root])))]
            order[root] = low[root] = len(order)
            stack.append(root)
            on.add(root)
            while work:
                node, more = work[-1]
                for callee in more:
                    if callee not in order:
                        order[callee] = low[callee] = len(order)
                        stack.append(callee)
                        on.add(callee)
                        work.append((callee, iter(sorted(self.calls[callee]))))
                        break
                    if callee in on:
                        low[node] = min(low[node], order[callee])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[node])
                    if low[node] == order[node]:
                        one = set()
                        while node not in one:
                            one.add(stack[-1])
                            on.discard(stack.pop())
                        found.append(one)
        return found  # callees before their callers

    def deepest(self, times):
        """Bytes below each function, and the way there."""
        deep = {}
        for group in self.cycles():
            again = times(group)
            frame = sum(self.frames.get(node, 0) for node in group) * again
            below = max(((deep[callee][0], callee) for node in group for callee in self.calls[node]
                         if callee not in group), default=(0, None))
            for node in group:
                deep[node] = (frame + below[0], below[1], frame)
        return deep


def recursive(graph):
    return [group for group in graph.cycles()
            if len(group) > 1 or any(node in graph.calls[node] for node in group)]


def slots_of(source):
    slots = collections.defaultdict(set)
    for path in glob.glob(os.path.join(source, "src", "*", "*.c")):
        with open(path) as text:
            for slot, function in re.findall(r"\.(\w+) = (\w+)", text.read()):
                slots[slot].add(function)
    return slots


def check(graph, slots, indirect, cycles, roots, needed=True):
    bad = list(graph.resolve(slots, indirect))
    used = set()

    def times(group):
        names = {node.rpartition(":")[2] for node in group}
        for i, (functions, again, _) in enumerate(cycles):
            if names & set(functions):
                used.add(i)
                return again
        return 1

    for group in recursive(graph):
        names = {node.rpartition(":")[2] for node in group}
        limits = [limit for limit in cycles if names & set(limit[0])]
        if len(limits) != 1 or not names <= set(limits[0][0]):
            bad.append("recursion: " + ", ".join(sorted(group)))
    for node, frame in sorted(graph.frames.items()):
        if graph.sizes[node] not in ("static", "dynamic,bounded"):
            bad.append("%s: a frame whose size is known at run time" % node)
        if frame > FRAME:
            bad.append("%s: a frame of %d bytes" % (node, frame))
    deep = graph.deepest(times)
    for name in roots:
        for node in graph.named(name):
            if deep[node][0] > DEPTH:
                bad.append("%s: %d bytes deep: %s" % (name, deep[node][0], way(graph, deep, node)))
    if needed:
        bad += ["CYCLES: %s is not needed" % ", ".join(functions)
                for i, (functions, _, _) in enumerate(cycles) if i not in used]
        bad += ["INDIRECT: %s calls nobody through a pointer" % name for name in indirect
                if name not in {node.rpartition(":")[2] for node in graph.unresolved}]
        bad += ["there is no %s()" % name for name in roots if not graph.named(name)]
    return bad, deep


def way(graph, deep, node):
    steps = []
    while node:
        if deep[node][2]:
            steps.append("%s %d" % (node, deep[node][2]))
        node = deep[node][1]
    return " > ".join(steps)


def planted(frames, calls, indirect=()):
    graph = Graph()
    lines = ['node: { title: "%s" label: "%s\\n%s:1:1\\n%s" }' % (name, name, "a.c", frame)
             for name, frame in frames.items()]
    lines += ['edge: { sourcename: "%s" targetname: "%s" label: "a.c:1:1" }' % call
              for call in calls]
    lines += ['edge: { sourcename: "%s" targetname: "__indirect_call" }' % name
              for name in indirect]
    graph.add("\n".join(lines))
    return graph


def can_fail():
    small, roots = "64 bytes (static)", ("root",)
    cases = [
        ("recursion", {"root": small, "a": small}, [("root", "a"), ("a", "root")], (), {}),
        ("recursion", {"root": small}, [("root", "root")], (), {}),
        ("recursion", {"root": small, "a.c:x_many": small}, [("a.c:x_many", "root")], ("root",),
         {"root": ["many"]}),
        ("through a pointer", {"root": small}, [], ("root",), {}),
        ("at run time", {"root": "64 bytes (dynamic)"}, [], (), {}),
        ("a frame of", {"root": "10241 bytes (static)"}, [], (), {}),
        ("bytes deep", {"root": "10240 bytes (static)", "a": "10240 bytes (static)", "b": "10240 bytes (static)",
                        "c": "2049 bytes (static)"},
         [("root", "a"), ("a", "b"), ("b", "c")], (), {}),
        (None, {"root": "10240 bytes (static)", "a": "10240 bytes (static)",
                "b": "10240 bytes (static)", "c": "2048 bytes (static)"},
         [("root", "a"), ("a", "b"), ("b", "c")], (), {}),
    ]
    for fault, frames, calls, pointers, indirect in cases:
        bad, _ = check(planted(frames, calls, pointers), {"many": ["x_many"]}, indirect, [], roots,
                       False)
        if (fault is None) != (not bad) or fault and not any(fault in line for line in bad):
            sys.exit("planted %s: found %s" % (fault, bad))


def main():
    kind, build, source = sys.argv[1:4]
    if kind != "release":
        print("skipped: this build has sanitizers or no optimizer")
        sys.exit(77)
    can_fail()
    folder = os.path.join(build, "src", "libchains_private.a.p")
    graph = Graph()
    paths = [path[:-2] + ".ci" for path in glob.glob(os.path.join(folder, "*.o"))]
    if not any(os.path.exists(path) for path in paths):
        print("skipped: the compiler leaves no graph of calls, as gcc does")
        sys.exit(77)
    for path in paths:
        with open(path.replace(".o.ci", ".ci")) as text:
            graph.add(text.read())
    if len(graph.frames) < 1000:
        sys.exit("only %d functions" % len(graph.frames))
    bad, deep = check(graph, slots_of(source), INDIRECT, CYCLES, ROOTS)
    for name in ROOTS if "show" in sys.argv else ():
        for node in graph.named(name):
            print("%s: %d bytes: %s" % (name, deep[node][0], way(graph, deep, node)))
    sys.exit("\n".join(bad) if bad else 0)


main()
