"""Rename top-level names of modules and every reference, scope-aware: `rename.py LIST`; lines `module old new` or `attr old new [only path prefix]`."""
import ast, re, subprocess, sys, symtable, collections
from pathlib import Path
SPECS, ATTRS, WORDS = [], [], []
for line in Path(sys.argv[1]).read_text().splitlines():
    line = line.split("#")[0].split()
    if not line: continue
    if line[0] == "attr": ATTRS.append(tuple(line[1:3]))
    elif line[0] == "var": WORDS.append(tuple(line[1:3]) + (line[3:],))
    else: SPECS.append(tuple(line))
files = [f for f in subprocess.check_output(["git","ls-files","*.py"],text=True).split() if Path(f).exists()]
def mod(f): return f[:-3].replace("/",".").removesuffix(".__init__")
MODS = {mod(f): f for f in files}
trees = {}; srcs = {}
for f in files:
    srcs[f] = Path(f).read_text(encoding="utf-8"); trees[f] = ast.parse(srcs[f])
NEW = {(m, o): n for m, o, n in SPECS}
# re-exports: from M import n at top level makes (R, n) the same
changed = True
while changed:
    changed = False
    for f, t in trees.items():
        for n in t.body:
            if isinstance(n, ast.ImportFrom) and n.module and not n.level:
                for a in n.names:
                    k = (n.module, a.name)
                    if k in NEW and a.asname is None and (mod(f), a.name) not in NEW:
                        NEW[(mod(f), a.name)] = NEW[k]; changed = True
DOT = re.compile(r'(?<![\w.])(' + '|'.join(sorted({re.escape(m) for m, _ in NEW}, key=len, reverse=True)) + r')\.(' + '|'.join(sorted({o for _, o in NEW}, key=len, reverse=True)) + r')\b') if NEW else re.compile('(?!)')
_sub = DOT.sub
class _D:
    search = staticmethod(DOT.search)
    sub = staticmethod(lambda f, t: _sub(lambda k: f(k) if (k[1], k[2]) in NEW else k[0], t))
DOT = _D
problems = []
for m, o, _ in SPECS:
    f = MODS.get(m)
    names = set()
    for n in (trees[f].body if f else []):
        if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)): names.add(n.name)
        elif isinstance(n, ast.Assign): names |= {t.id for t in n.targets if isinstance(t, ast.Name)}
        elif isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name): names.add(n.target.id)
    if o not in names: print('MISSING', m, o)
def run(f):
    src, tree, me = srcs[f], trees[f], mod(f)
    lines = src.splitlines(keepends=True); starts = [0]
    for l in lines: starts.append(starts[-1] + len(l.encode()))
    data = src.encode(); edits = {}
    pos = lambda line, col: starts[line-1] + col
    local, alias = {}, {}   # name -> new ; module alias -> module
    for n in tree.body:
        if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)) and (me, n.name) in NEW: local[n.name] = NEW[(me, n.name)]
        if isinstance(n, (ast.Assign, ast.AnnAssign)):
            for t in (n.targets if isinstance(n, ast.Assign) else [n.target]):
                if isinstance(t, ast.Name) and (me, t.id) in NEW: local[t.id] = NEW[(me, t.id)]
    for n in ast.walk(tree):
        if isinstance(n, ast.ImportFrom) and n.module and not n.level:
            for a in n.names:
                k = (n.module, a.name); full = f"{n.module}.{a.name}"
                if k in NEW:
                    s = pos(a.lineno, a.col_offset); e = pos(a.end_lineno, a.end_col_offset)
                    new = NEW[k]
                    if a.asname is None: local[a.name] = new; edits[(s, e)] = new.encode()
                    else: edits[(s, e)] = (f"{new} as {a.asname}" if a.asname != new else new).encode()
                elif full in MODS: alias[a.asname or a.name] = full
        elif isinstance(n, ast.Import):
            for a in n.names:
                if a.name in MODS and (a.asname or "." not in a.name): alias[a.asname or a.name] = a.name
    bound = collections.Counter()
    for n in ast.walk(tree):
        if isinstance(n, ast.arg): bound[n.arg] += 1
        elif isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store): bound[n.id] += 1
        elif isinstance(n, (ast.FunctionDef, ast.ClassDef)): bound[n.name] += 1
    for o, nw in list(local.items()):
        if bound[nw] or any(isinstance(n, ast.ImportFrom) and any((a.asname or a.name) == nw for a in n.names) for n in ast.walk(tree)):
            problems.append(f"{f}: {nw} is bound already ({o})")
    # functions in which the name is local
    table = symtable.symtable(src, f, "exec"); shadow = {}
    def walk(t):
        for c in t.get_children():
            for name in local:
                try: sym = c.lookup(name)
                except KeyError: continue
                if c.get_type() == "function" and (sym.is_parameter() or (sym.is_local() and not sym.is_imported())): shadow.setdefault((c.get_name(), c.get_lineno()), set()).add(name)
            walk(c)
    walk(table)
    fields = set()
    for c in ast.walk(tree):
        if isinstance(c, ast.ClassDef):
            for b in c.body:
                for t in ([b.target] if isinstance(b, ast.AnnAssign) else b.targets if isinstance(b, ast.Assign) else []):
                    if isinstance(t, ast.Name): fields.add(id(t))
    def visit(n, hidden):
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            name = getattr(n, "name", "lambda"); line = n.lineno
            if getattr(n, "decorator_list", None): line = n.decorator_list[0].lineno
            own = shadow.get((name, n.lineno), set()) | shadow.get((name, line), set())
            for d in getattr(n, "decorator_list", []): visit(d, hidden)
            for c in ast.iter_child_nodes(n):
                if c in getattr(n, "decorator_list", []): continue
                visit(c, hidden | own)
            return
        if isinstance(n, ast.Name) and n.id in local and n.id not in hidden and id(n) not in fields:
            s = pos(n.lineno, n.col_offset); edits[(s, s+len(n.id.encode()))] = local[n.id].encode()
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in alias and (alias[n.value.id], n.attr) in NEW:
            e = pos(n.end_lineno, n.end_col_offset); edits[(e-len(n.attr.encode()), e)] = NEW[(alias[n.value.id], n.attr)].encode()
        for c in ast.iter_child_nodes(n): visit(c, hidden)
    visit(tree, frozenset())
    for n in tree.body:
        if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)) and n.name in local:
            m = re.compile(rb"(?:async\s+)?(?:def|class)\s+").match(data, pos(n.lineno, n.col_offset))
            s = m.end(); edits[(s, s+len(n.name.encode()))] = local[n.name].encode()
        if isinstance(n, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in n.targets):
            for c in ast.walk(n.value):
                if isinstance(c, ast.Constant) and c.value in local:
                    s = pos(c.lineno, c.col_offset); e = pos(c.end_lineno, c.end_col_offset); edits[(s, e)] = f'"{local[c.value]}"'.encode()
    # quoted annotations, docstrings with `Name` or dotted names: by word for capitalised names
    for n in ast.walk(tree):
        if isinstance(n, ast.Constant) and isinstance(n.value, str):
            s = pos(n.lineno, n.col_offset); e = pos(n.end_lineno, n.end_col_offset)
            if any(a < e and s < b for a, b in edits): continue
            old = data[s:e].decode(); new = old
            if DOT.search(new): new = DOT.sub(lambda k: f"{k[1]}.{NEW[(k[1], k[2])]}", new)
            for o, nw in local.items():
                if o[0].isupper() and o in old: new = re.sub(rf"(?<![\w.]){o}(?!\w)", nw, new) if f"`{o}`" in new or old.strip("\"'").startswith((o, "Iterator", "Callable", "Sequence")) else new
            if new != old and not any(isinstance(p, ast.JoinedStr) for p in []): edits[(s, e)] = new.encode()
    if not edits: return False
    for (s, e), new in sorted(edits.items(), reverse=True): data = data[:s] + new + data[e:]
    try: ast.parse(data)
    except SyntaxError as error: problems.append(f"{f}: {error}"); return False
    Path(f).write_bytes(data); return True
count = sum(run(f) for f in files)
print("files", count, "names", len(NEW)); print(*problems, sep="\n")
# docs
for f in subprocess.check_output(["git","ls-files","*.md","*.toml","*.po","Makefile"],text=True).split():
    t = Path(f).read_text(); n = t
    n = DOT.sub(lambda k: f"{k[1]}.{NEW[(k[1], k[2])]}", n)
    if n != t: Path(f).write_text(n)
# whole-word variables or attributes in files that match
import io, tokenize
for old, new, where in WORDS:
    k = 0
    for f in subprocess.check_output(["git","ls-files","*.py"],text=True).split():
        s = Path(f).read_text()
        if where and not any(re.search(w, f) for w in where): continue
        if not re.search(rf"\b{old}\b", s): continue
        toks = list(tokenize.generate_tokens(io.StringIO(s).readline)); ls = s.splitlines(keepends=True); ed = []
        if any(t.type == tokenize.NAME and t.string == new and (i == 0 or toks[i-1].string not in ('.', 'import', 'from')) for i, t in enumerate(toks)): print('VAR CLASH', f, new)
        for i, t in enumerate(toks):
            if t.type == tokenize.NAME and t.string == old: ed.append(t.start)
            elif t.type == tokenize.STRING and re.match(r"[rb]*f", t.string.lower()) and re.search(rf"\{{[^}}]*\b{old}\b", t.string): ed.append((t.start, t.string))
        for one in sorted(ed, key=lambda x: x if isinstance(x[0], int) else x[0], reverse=True):
            if isinstance(one[0], int):
                l, c = one; ls[l-1] = ls[l-1][:c] + new + ls[l-1][c+len(old):]
            else:
                (l, c), text = one
                if "\n" in text: print("MULTILINE F", f, l); continue
                ls[l-1] = ls[l-1][:c] + re.sub(rf"\{{[^{{}}]*\}}", lambda m: re.sub(rf"(?<![\w.'\"]){old}\b|(?<=desk\.){old}\b", new, m[0]), text) + ls[l-1][c+len(text):]
        if ed: Path(f).write_text("".join(ls)); k += 1
    print("var", old, new, k)
