"""Sort tests into unit, component, system, perf and support; rewrite imports and paths."""
import re, subprocess, ast
from pathlib import Path
git = lambda *a: subprocess.run(["git", *a], check=True, capture_output=True, text=True).stdout
SUPPORT = {p.stem for p in Path("tests").glob("*.py") if not p.stem.startswith(("test_", "bench_")) and p.stem not in ("conftest", "fault_collect")} | {"stubs"}
ROOM = {"agent":"core","airflow_foreign_pages":"dags","alert":"pipeline","audit":"pipeline","bench_x_plans":"tools","bluesky_journey":"pipeline","budgets":"pipeline","calendar":"core","casebook":"pipeline","city":"core","cleaning":"escucha","command_source":"escucha","deploy":"deploy","deploy_nginx":"deploy","drift":"collectors","example_week":"collectors","exporting":"pipeline","fault":"pipeline","fault_collect":"collectors","forget":"pipeline","gaps":"pipeline","gate_agreement":"pipeline","gazetteer":"gazetteer","gazetteer_import":"gazetteer","heartbeat":"pipeline","hide":"core","inbox":"collectors","incident_matching":"triage","init":"escucha","install":"deploy","journey":"pipeline","keep":"escucha","kinds":"triage","label":"nlp","mail":"reports","mutation":"tools","parts":"core","pipeline":"pipeline","place_posts":"nlp","places":"nlp","privacy":"core","rests":"collectors","same_post":"pipeline","sample":"samples","secrecy":"core","silence":"pipeline","spam":"nlp","subject":"pipeline","suppressions":"ledger","suppressions_restore":"escucha","terminal":"core","thresholds":"triage","toxic_servers":"contact_centre","translations":"core","triage":"triage","triage_incidents":"triage","triage_people":"triage","up":"escucha","up_frozen":"escucha","up_real":"escucha","withdrawing":"pipeline","withdrawing_networks":"pipeline","dags":"dags","dags_real":"dags","docs":"docs","incident_readers":"triage","part_types":"core","source_options":"core","clock_readers":"core","snowballs":"triage"}
PREFIX = ("collectors","contact_centre","dashboards","desk","ledger","nlp","reports","search","redact","gazetteer","triage","up","dags")
SYSTEM = set("airflow_foreign_pages bluesky_journey dags_real deploy_nginx fault fault_collect install journey privacy up up_frozen up_real contact_centre_rt_journey contact_centre_rt_real collectors_bluesky_network collectors_mastodon_snac collectors_mailbox_dovecot nlp_scaling desk_browser reports_browser desk_server suppressions_restore".split())
HEAVY = {"stubs","worlds","house","seeded","played","played_fixtures","ledger_facts","ledger_fixtures","running","served","desk_client","engines","toxic","x_town","mail_server","request_tracker_server","feeds_web","report_facts","bluesky_world","nlp_facts","archive_files","collector_runs"}
def room(stem):
    name = stem.removeprefix("test_")
    if name in ROOM: return ROOM[name]
    for p in PREFIX:
        if name == p or name.startswith(p + "_"): return {"redact":"core","up":"escucha"}.get(p, p)
    raise SystemExit(name)
def kind(p):
    name = p.stem.removeprefix("test_")
    if name in SYSTEM: return "system"
    text = p.read_text()
    imported = set(re.findall(r"^\s*(?:from|import) (?:tests\.)?([a-z_]+)", text, re.M))
    if "from tests import" in text: imported |= set(re.findall(r"from tests import ([a-z_]+)", text))
    if imported & HEAVY or re.search(r"subprocess|sqlalchemy|socket|Annotator\(|Reader\(|TestClient|http\.server", text): return "component"
    return "unit"
moves = {}
for p in sorted(Path("tests").glob("*.py")):
    s = p.stem
    if s == "conftest": continue
    if s in SUPPORT: moves[s] = f"tests.support.{s}"
    elif s.startswith("bench_"): moves[s] = f"tests.perf.{s}"
    elif s == "fault_collect": moves[s] = "tests.system.collectors.fault_collect"
    else:
        k = kind(p); r = room(s)
        moves[s] = f"tests.{k}.{s}" if k == "system" and False else f"tests.{k}.{r}.{s}"
for old, new in moves.items():
    dst = Path(new.replace(".", "/") + ".py"); dst.parent.mkdir(parents=True, exist_ok=True)
    git("mv", f"tests/{old}.py", str(dst))
if Path("tests/stubs").exists(): git("mv", "tests/stubs", "tests/support/stubs")
moves["stubs"] = "tests.support.stubs"
names = "|".join(sorted(moves, key=len, reverse=True))
files = [f for f in git("ls-files", "tests/*.py").split("\n") if f and Path(f).exists()]
for f in files:
    p = Path(f); s = o = p.read_text()
    # from X import / from tests.X import / from X.sub import
    s = re.sub(rf"(?m)^(\s*)from (?:tests\.)?({names})((?:\.[a-z_]+)*) import ", lambda m: f"{m[1]}from {moves[m[2]]}{m[3]} import ", s)
    def imp(m):
        items = [i.strip() for i in m[2].split(",")]
        out = []
        for i in items:
            n, _, a = i.partition(" as ")
            if n in moves:
                pkg, base = moves[n].rsplit(".", 1)
                out.append(f"{m[1]}from {pkg} import {base}" + (f" as {a}" if a else ""))
            elif n == "mutation": out.append(f"{m[1]}from tests import {i}")
            else: out.append(f"{m[1]}from tests import {i}")
        return "\n".join(out)
    s = re.sub(r"(?m)^(\s*)from tests import ([^\n(]+)$", imp, s)
    s = re.sub(rf"(?m)^(\s*)import ({names})$", lambda m: f"{m[1]}from {moves[m[2]].rsplit('.',1)[0]} import {m[2]}", s)
    s = re.sub(r'pytest_plugins = \(([^)]*)\)', lambda m: "pytest_plugins = (" + re.sub(r'"([a-z_]+)"', lambda q: '"' + moves.get(q[1], q[1]) + '"', m[1]) + ")", s)
    depth = len(p.parts) - 1  # tests/x.py -> 1
    old_depth = 1 if "mutation" not in f and "stubs" not in f else 2
    if f.startswith(("tests/mutation",)): extra = 0
    else: extra = depth - (2 if "stubs" in f else 1)
    if extra and "__file__" in s:
        s = re.sub(r"Path\(__file__\)\.resolve\(\)\.parents\[(\d+)\]", lambda m: f"Path(__file__).resolve().parents[{int(m[1])+extra}]", s)
        s = re.sub(r"Path\(__file__\)\.parents\[(\d+)\]", lambda m: f"Path(__file__).parents[{int(m[1])+extra}]", s)
        s = re.sub(r"Path\(__file__\)\.resolve\(\)\.parent(?!s)", lambda m: f"Path(__file__).resolve().parents[{extra}]", s)
        s = re.sub(r"Path\(__file__\)\.parent\.parent(?!s)", lambda m: f"Path(__file__).parents[{extra+1}]", s)
        s = re.sub(r"Path\(__file__\)\.parent(?!s)", lambda m: f"Path(__file__).parents[{extra}]", s)
    if s != o: p.write_text(s)
paths = {f"tests/{o}.py": n.replace(".", "/") + ".py" for o, n in moves.items() if o != "stubs"}
rx = re.compile("(?<![\\w/-])(" + "|".join(re.escape(k) for k in sorted(paths, key=len, reverse=True)) + ")")
for f in git("ls-files").split("\n"):
    if not f or not Path(f).exists() or f.endswith((".onnx",".npz",".gz",".safetensors",".png",".jsonl")): continue
    try: t = Path(f).read_text()
    except UnicodeDecodeError: continue
    n = rx.sub(lambda m: paths[m[1]], t).replace("tests/stubs/", "tests/support/stubs/")
    if n != t: Path(f).write_text(n)
import collections
print(collections.Counter(v.split(".")[1] for v in moves.values()))
