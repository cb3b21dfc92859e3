"""Move modules by map.txt and rewrite every reference. Idempotent: what moved already is only rewritten."""
import ast, io, re, subprocess, sys, tokenize, collections
from pathlib import Path
ROOT = Path.cwd()
MAP, PKG = {}, set()
for line in (Path(__file__).parent / "map.txt").read_text().splitlines():
    line = line.split("#")[0].strip()
    if not line: continue
    old, new = line.split()
    if new.endswith(".+"):
        new = new[:-2]; PKG.add(new)
    MAP[old] = new
git = lambda *a: subprocess.run(["git", *a], check=True, capture_output=True, text=True).stdout
def tracked(): return [f for f in git("ls-files").split("\n") if f and Path(f).exists()]
def path(mod, pkg): p = mod.replace(".", "/"); return p + "/__init__.py" if pkg else p + ".py"
files = set(tracked())
moved = 0
for old, new in MAP.items():
    src = path(old, False)
    was_pkg = False
    if src not in files:
        src = path(old, True); was_pkg = True
        if src not in files: continue
    dst = path(new, new in PKG or was_pkg)
    if src == dst: continue
    if Path(dst).exists(): print("EXISTS", src, dst); continue
    Path(dst).parent.mkdir(parents=True, exist_ok=True)
    git("mv", src, dst); moved += 1
# modules all know: packages need __init__
EXTRA = [("core/gazetteer/towns.txt","gazetteer/towns.txt"),("core/thresholds.json","core/config/thresholds.json")]
for s, d in EXTRA:
    if Path(s).exists(): git("mv", s, d)
print("moved", moved)
py = [f for f in tracked() if f.endswith(".py")]
for f in list(py):
    parent = Path(f).parent
    while parent != Path(".") and parent.parts[0] not in ("tests", "dags", "samples") :
        init = parent / "__init__.py"
        if not init.exists() and parent.parts[0] != "ledger" or (not init.exists() and parent.parts[:2] != ("ledger","migrations")):
            init.write_text(""); git("add", "-f", str(init)); print("init", init)
        parent = parent.parent
OLD = {o for o in MAP if MAP[o] != o}
ROOMS = {o.split(".")[0] for o in MAP}
DOTTED = re.compile(r"(?<![\w./@-])(" + "|".join(re.escape(o) for o in sorted(OLD, key=len, reverse=True)) + r")(?![\w])(?!\.(?:toml|json|jsonl|txt|md|csv|po|html)\b)")
SLASHED = {path(o, False): path(MAP[o], MAP[o] in PKG) for o in OLD | {o for o in MAP if MAP[o] in PKG}}
SLASH = re.compile(r"(?<![\w-])(" + "|".join(re.escape(o) for o in sorted(SLASHED, key=len, reverse=True)) + r")(?![\w])")
def in_text(text):
    text = SLASH.sub(lambda m: SLASHED[m[1]], text)
    return DOTTED.sub(lambda m: MAP[m[1]], text)

def rewrite_py(f, names):
    src = Path(f).read_text(encoding="utf-8")
    tree = ast.parse(src)
    lines = src.splitlines(keepends=True)
    starts = [0]
    for l in lines: starts.append(starts[-1] + len(l.encode()))
    data = src.encode()
    edits = []  # (start, end, bytes)
    bound = collections.Counter()
    for n in ast.walk(tree):
        if isinstance(n, ast.Name) and isinstance(n.ctx, (ast.Store, ast.Del)): bound[n.id] += 1
        elif isinstance(n, ast.arg): bound[n.arg] += 1
        elif isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)): bound[n.name] += 1
        elif isinstance(n, (ast.ImportFrom, ast.Import)):
            for a in n.names: bound[a.asname or a.name.split(".")[0]] += 1
        elif isinstance(n, ast.ExceptHandler) and n.name: bound[n.name] += 1
        elif isinstance(n, (ast.MatchAs, ast.MatchStar)) and n.name: bound[n.name] += 1
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    renames = {}
    for n in ast.walk(tree):
        if not names or not isinstance(n, ast.ImportFrom) or n.level or not n.module: continue
        groups = collections.OrderedDict(); changed = False
        for a in n.names:
            full = f"{n.module}.{a.name}"
            if full in MAP and (MAP[full] != full):
                new = MAP[full]; pkg, base = new.rsplit(".", 1) if "." in new else (None, new)
                changed = True
                if a.asname and a.asname != base: item = f"{base} as {a.asname}"
                elif base == a.name or a.asname == base: item = base
                else:
                    # rename usages when the new name is free
                    key = base
                    taken = bound[key] or key in used or key in renames.values()
                    local_shadow = bound[a.name] > 1
                    if taken or local_shadow: item = f"{base} as {a.name}"
                    else: item = base; renames[a.name] = base
                groups.setdefault(pkg, []).append(item)
            elif n.module in MAP and MAP[n.module] != n.module:
                changed = True
                groups.setdefault(MAP[n.module], []).append(a.name + (f" as {a.asname}" if a.asname else ""))
            else:
                groups.setdefault(n.module, []).append(a.name + (f" as {a.asname}" if a.asname else ""))
        if not changed: continue
        indent = " " * n.col_offset
        out = []
        for pkg, items in groups.items():
            if pkg is None: out += [f"import {i}" for i in items]
            else:
                one = f"from {pkg} import {', '.join(items)}"
                if len(one) + n.col_offset > 118: one = f"from {pkg} import (\n" + "".join(f"{indent}    {i},\n" for i in items) + indent + ")"
                out.append(one)
        s = starts[n.lineno-1] + n.col_offset; e = starts[n.end_lineno-1] + n.end_col_offset
        edits.append((s, e, ("\n"+indent).join(out).encode()))
    if renames:
        for n in ast.walk(tree):
            if isinstance(n, ast.Name) and n.id in renames and isinstance(n.ctx, ast.Load):
                s = starts[n.lineno-1] + n.col_offset
                edits.append((s, s+len(n.id.encode()), renames[n.id].encode()))
    imports = [(a,b) for a,b,_ in edits]
    for tok in tokenize.tokenize(io.BytesIO(data).readline):
        if tok.type in (tokenize.STRING, tokenize.COMMENT):
            new = in_text(tok.string)
            if new != tok.string:
                s = starts[tok.start[0]-1] + len(lines[tok.start[0]-1][:tok.start[1]].encode())
                e = starts[tok.end[0]-1] + len(lines[tok.end[0]-1][:tok.end[1]].encode())
                if any(a < e and s < b for a,b in imports):  # a name inside an f-string: names first, text next run
                    continue
                edits.append((s, e, new.encode()))
    if not edits: return False
    # a name can be reported twice (f-strings on 3.11 give odd offsets): check each
    for s, e, new in sorted(edits, key=lambda x: -x[0]):
        data = data[:s] + new + data[e:]
    Path(f).write_bytes(data)
    try: ast.parse(data)
    except SyntaxError as error: print("SYNTAX", f, error)
    return True
n = 0
for f in [f for f in tracked() if f.endswith(".py")]:
    n += rewrite_py(f, True); n += rewrite_py(f, False)
print("py rewritten", n)
TEXTS = [f for f in tracked() if not f.endswith((".py",".onnx",".npz",".gz",".safetensors",".png",".jsonl",".csv")) and not f.startswith(("cities/","nlp/models","requirements"))]
n = 0
for f in TEXTS:
    try: t = Path(f).read_text(encoding="utf-8")
    except UnicodeDecodeError: continue
    new = in_text(t)
    if new != t: Path(f).write_text(new, encoding="utf-8"); n += 1
print("texts", n)
