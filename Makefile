# Every task of this project is one word: `make run` starts everything, `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

BIN := .venv/bin
PYTHON ?=

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/installed ## make .venv with everything `make run` needs (Python 3.11 to 3.13; about 2 GB)
	@echo "installed: .venv/bin/escucha (start with: make run)" >&2

run: .venv/installed ## start search engine, desk, portal and Airflow, read the sample, print the addresses; Ctrl-C stops all
	@exec env ESCUCHA_STOP_WITH=$$PPID $(BIN)/escucha up

demo: .venv/installed ## make run on the sample alone, in a new home that is removed at the end: ./var and real servers stay untouched
	@exec deploy/demo

dist: ## pack the committed tree, models and sample included, without history: dist/escucha-VERSION.tar.gz runs like a clone
	@deploy/dist

# A test starts many processes: without compiled files each would compile the application anew.
test test-fast check-slow: export PYTHONDONTWRITEBYTECODE =

# Many tests wait for a time limit or a server: two workers for each core, at most four.
WORKERS = $(shell n=$$(nproc 2> /dev/null || echo 2); [ $$n -lt 2 ] && echo 2 || echo 4)
# Unit tests hardly wait: a fourth worker costs them 10 s of CPU.
test-fast: WORKERS = $(shell n=$$(nproc 2> /dev/null || echo 2); [ $$n -lt 4 ] && echo $$((n + 1)) || echo 4)

dev: .venv/installed-dev ## install what tests, checks and CONTRIBUTING need too (pytest, ruff, mypy, pre-commit)
	@echo "installed: .venv/bin/python -m pytest -n 0 FILE -k WORDS runs one test" >&2

test: .venv/installed-dev ## the tests that need nothing else, on all cores
	$(BIN)/python -m pytest $(OPTIONS) -n $(WORKERS) --dist loadfile

test-fast: .venv/installed-dev ## the unit tests alone, in a minute
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile tests/unit

check: .venv/installed-dev docs-reference lint lint-tests test ## generated files, format, lint, types, the law of imports, and the tests: what CI runs first

lint: .venv/installed-dev ## check without the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ruff check dags --select AIR
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-tests: .venv/installed-dev ## check the types of the tests, as strictly as the product (after `make lint`: seconds, alone a minute)
	$(BIN)/mypy tests

check-slow: .venv/installed-dev ## the long tests (models, a real scheduler, servers named by ESCUCHA_TEST_*)
	$(BIN)/python -m pytest -m slow

perf: .venv/installed-dev ## the tests that measure time; run them on a quiet machine, or they fail without a fault
	$(BIN)/python -m pytest $(OPTIONS) -m perf tests/perf

test-bluesky: .venv/installed-dev ## Bluesky's own servers on loopback: the collector, a live post that becomes a case, the whole loop with Request Tracker (490 MB the first time)
	@.ci/bluesky-network with $(or $(DIR),/var/tmp/escucha-bluesky) \
	  $(BIN)/python -m pytest -m slow -rs --durations=5 tests/system/collectors/test_collectors_bluesky_network.py \
	    tests/system/collectors/test_replies_bluesky_network.py tests/system/pipeline/test_bluesky_journey.py tests/system/pipeline/test_whole_loop.py

fault: .venv/installed-dev ## kill Escucha at every step boundary and at 20 seeded times; nothing may be lost or doubled
	$(BIN)/python -m pytest -m slow tests/system/pipeline/test_fault.py

fault-collect: .venv/installed-dev ## every paging collector x every fault x SEEDS=20 x SIGKILL at random: 0 lost, 0 doubled, as a table
	@SEEDS=$(or $(SEEDS),20) $(BIN)/python tests/system/collectors/fault_collect.py

fault-cases: .venv/installed-dev ## SIGKILL deliver and answer at every boundary on Request Tracker, django-helpdesk, Open311, snac: 0 lost, 0 doubled (SEEDS=8, KILLS=8 a series, SYSTEMS="snac")
	@SEEDS=$(or $(SEEDS),8) KILLS=$(or $(KILLS),8) $(BIN)/python tests/system/pipeline/fault_cases.py $(SYSTEMS)

mutants: .venv/installed-dev ## break the rules in small ways and see that a test notices (ROOM=triage, FILE=..., SAMPLE=40, MINUTES=5)
	@$(BIN)/python -m tests.mutation $(if $(ROOM),--room $(ROOM)) $(if $(FILE),--file $(FILE)) \
	  $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(JOBS),--jobs $(JOBS))

bench-collect: .venv/installed ## how fast posts are parsed, redacted and stored, and where the time goes
	@$(BIN)/python -m workshop.bench.collect

bench-cases: .venv/installed-dev ## how long opening, listing and merging cases of POSTS=5000 posts take, on SQLite and on PostgreSQL where ESCUCHA_TEST_POSTGRES names a server
	@$(BIN)/python -m workshop.bench.cases --posts $(or $(POSTS),5000) --rounds $(or $(ROUNDS),21)

bench-desk: .venv/installed-dev ## p50 and p95 of the desk's pages at POSTS=200000 posts, and their size, on SQLite and on PostgreSQL where ESCUCHA_TEST_POSTGRES names a server (KEEP=DIR keeps the filled ledgers; ON=PostgreSQL, PAGES=search: only these)
	@$(BIN)/python -m workshop.bench.desk --posts $(or $(POSTS),200000) --rounds $(or $(ROUNDS),21) $(if $(KEEP),--keep $(KEEP)) $(if $(ON),--on $(ON)) $(if $(PAGES),--pages "$(PAGES)")

bench-portal: .venv/installed-dev ## requests/s and p95 of static files, open data and a case page behind nginx, and the desk's p95 meanwhile (CASES=300, SECONDS=5)
	@$(BIN)/python -m workshop.bench.portal --cases $(or $(CASES),300) --seconds $(or $(SECONDS),5)

bench-search: .venv/installed-dev ## p95 of the desk's ten queries at POSTS=20000 posts on the embedded engine, or on the empty one that ESCUCHA_BENCH_ENGINE names (KEEP=1: on the posts of an earlier run)
	@$(BIN)/python -m workshop.bench.search --posts $(or $(POSTS),20000) --rounds $(or $(ROUNDS),21) $(if $(KEEP),--keep)

bench-freshness: .venv/installed-dev ## how old a complaint is when it becomes a case: a post a second, then BURST=2000 within a minute
	@BURST=$(or $(BURST),2000) $(BIN)/python tests/perf/bench_freshness.py

bench-triage: .venv/installed-dev ## what deciding costs a post while more and more are known (WINDOWS="1000 10000 100000"), beside another revision (AGAINST=main)
	@$(BIN)/python tests/perf/bench_triage.py $(or $(WINDOWS),1000 10000 100000) $(if $(AGAINST),--against $(AGAINST))

bench-towns: .venv/installed-dev ## memory, disk and CPU a day of 1, 10 and 50 towns of 50 posts a day in one installation (TOWNS="1 10 50")
	@$(BIN)/python -m workshop.bench.towns $(TOWNS)

bench-x-plans: .venv/installed-dev ## what 1,000 useful posts cost on X for three ways of asking: real posts of ../shared/data, real reader, scripted X
	@$(BIN)/python tests/perf/bench_x_plans.py

speed-contract: .venv/installed ## CPU time of collect, read, triage and index, and bytes a post, beside the committed figures: fails 15 % above (two minutes; WRITE=1 renews them)
	@$(BIN)/python -m workshop.bench.contract $(if $(WRITE),--write)

bench: .venv/installed ## measure speed and memory on this machine and print them
	$(BIN)/python -m workshop.bench.run
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m workshop.bench_reading --posts 600 --rounds 1

bench-reading: .venv/installed ## benchmark the annotator against common pipelines, and check that labels stay the same (`make torch` first)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m workshop.bench_reading

score-robustness: .venv/installed ## metrics on misspelt, mixed-language and ironic posts, and on prompt injections
	@$(BIN)/python -m workshop.evaluation.robustness.score

train: .venv/installed-workshop ## train the model (encoder and heads) with data/training and ../shared/data, print its metrics
	$(BIN)/python -m workshop.training

train-heads: .venv/installed-workshop ## fit the corrections for short posts on the frozen encoder
	$(BIN)/python -m workshop.training.heads.train

score: .venv/installed ## measure the annotator on posts you labelled: GOLD=file.jsonl (CITY=cities/yours.toml)
	@$(BIN)/python -m nlp.evaluation.score "$(or $(GOLD),$(error GOLD=file.jsonl: name the labelled file))" $(if $(CITY),--city "$(CITY)")

score-redaction: .venv/installed ## recall and false positives of redaction on labelled posts, by kind and author
	@$(BIN)/python -m workshop.redaction.score
score-places: .venv/installed ## precision and recall of places by author, and of gazetteer resolution
	@$(BIN)/python -m workshop.evaluation.places

score-streams: .venv/installed-dev ## joining on whole streams, over all posts: written ones, and real notices where ../shared is there (STREAMS="mentions form", WRONG=1)
	@$(BIN)/python -m workshop.incidents.streams $(STREAMS) $(if $(WRONG),--wrong)

score-casework: .venv/installed-dev ## 60 cases of the demonstration and 60 of a month of real notices, to be read, and the share that readers accepted (ROUND=2 draws others; JUDGED=1: the shares alone)
	@$(BIN)/python -m workshop.casework.score --round $(or $(ROUND),1) $(if $(JUDGED),--judged)

score-snowballs: .venv/installed ## size of this ledger's cases, joined threads, posts in review (after make run: the sample)
	@$(BIN)/python -m workshop.incidents.snowballs

score-coordinates: .venv/installed-dev ## share of cases with coordinates where a text names a place: authors of incidents_es, and this ledger (after make run)
	@$(BIN)/python -m workshop.incidents.coordinates

score-gate: .venv/installed-dev ## share of actionable held-out posts that reach a case or a person, and the reviews needed (needs ../shared)
	@$(BIN)/python -m workshop.gate.score

score-warnings: .venv/installed ## back-test early warning: planted events, and real months with a reader's verdicts (SEEDS=2, UNSEEN=1, MARGIN=)
	@$(BIN)/python -m workshop.trends.score_warnings --seeds $(or $(SEEDS),2) $(if $(UNSEEN),--unseen) $(if $(MARGIN),--margin "$(MARGIN)")
	@$(BIN)/python -m workshop.trends.real_months

score-forecast: .venv/installed ## back-test the forecast on Decide Madrid and AVISA, or on CSV=file.csv (DATE=column SERVICE=column; CALENDAR=file; LEARNED=1: the weeks in which methods were chosen)
	@$(BIN)/python -m workshop.trends.score_forecast $(if $(LEARNED),--learned) $(if $(CALENDAR),--calendar "$(CALENDAR)") $(if $(CSV),--csv "$(CSV)" --date "$(or $(DATE),date)" --service "$(or $(SERVICE),service)")

score-answers: .venv/installed ## how many questions get their known answer, and how many a wrong one, on questions held out (ERRORS=1 prints them)
	@$(BIN)/python -m workshop.answers.score $(if $(ERRORS),--errors)

train-answers: .venv/installed ## train the matcher of known answers and its threshold from tests/gold/answers (after the encoder's embedding changed)
	@$(BIN)/python -m workshop.answers.train
	@$(BIN)/python -m workshop.answers.offers

derive-thresholds: .venv/installed-dev ## derive core/config/thresholds.json from ../shared/data (after training the model)
	@$(BIN)/python -m workshop.gate.score --write core/config/thresholds.json

train-incidents: .venv/installed-dev ## train incident matching on whole streams (needs ../shared; ten minutes), and the weights without each fold
	$(BIN)/python -m workshop.incidents.train

score-incidents: .venv/installed-dev ## joining on streams that the weights have not seen (`make train-incidents` first; WRITE=1: docs/models/streams.md)
	@$(BIN)/python -m workshop.incidents.score $(if $(WRITE),--write)

score-splits: .venv/installed-dev ## proposals to split cases, on streams that the weights have not seen (`make train-incidents` first)
	@$(BIN)/python -m workshop.incidents.splits

servers: .venv/installed-servers ## install what a house of several machines adds: Celery, accounts of Airflow's pages, its connections to PostgreSQL
	@echo "installed: Airflow's Celery executor, FAB accounts and PostgreSQL provider" >&2

torch: .venv/installed-torch ## install what external models and a graphics card need (large)

workshop: .venv/installed-workshop ## install what training and its scores add to that

docs: .venv/installed-docs ## build the documentation site, English and Spanish, into build/docs; a warning is an error
	@$(BIN)/sphinx-build -qnW --keep-going -b html docs build/docs/en
	@$(BIN)/sphinx-build -qnW --keep-going -b gettext docs build/docs/gettext
	@$(BIN)/python -m workshop.docs_translations --check
	@$(BIN)/sphinx-build -qnW --keep-going -b html -D language=es docs build/docs/es
	@echo "written: build/docs/en/index.html and build/docs/es/index.html" >&2

docs-reference: .venv/installed-dev ## write what is generated from code and manifests (pages, drawings, lists of parts), and say what changed
	@$(BIN)/python -m workshop.reference

docs-translations: .venv/installed-docs ## bring docs/locale/es up to the English pages: new sentences are added empty
	@$(BIN)/sphinx-build -qnW --keep-going -b gettext docs build/docs/gettext
	@$(BIN)/python -m workshop.docs_translations

translations: .venv/installed-dev ## say how much of locale/ each language has, and what is wrong (python -m workshop.translations ca lists what is missing)
	@$(BIN)/python -m workshop.translations

exercise-cases: .venv/installed-dev ## work 50 cases in a browser, on the desk and by hand with copy and paste: clicks, keys and seconds (needs chromium)
	@$(BIN)/python -m workshop.exercise_cases $(if $(CASES),--cases $(CASES))

screenshots: .venv/installed-dev ## take the pictures of docs/img from the state of an earlier `make run` (needs chromium)
	@$(BIN)/python -m workshop.screenshots

backup: .venv/installed ## copy the ledger, encrypted, to FILE=..., while everything runs (needs ESCUCHA_BACKUP_KEY_FILE; docs/how-to/backup-and-restore.md)
	@$(BIN)/python -m escucha.backup backup "$(FILE)" $(if $(TOWN),--town $(TOWN))

backup-salt: .venv/installed ## copy the salt to FILE=..., once: keep it apart from the backups
	@$(BIN)/python -m escucha.backup backup-salt "$(FILE)" $(if $(TOWN),--town $(TOWN))

restore: .venv/installed ## put the ledger of FILE=... back (SALT_FILE=... where there is no salt) and erase again what was erased since
	@$(BIN)/python -m escucha.backup restore "$(FILE)" $(if $(SALT_FILE),--salt "$(SALT_FILE)") $(if $(WITHOUT_JOURNAL),--without-journal) $(if $(TOWN),--town $(TOWN))

lock: .venv/installed ## resolve requirements*.in anew into the pinned and hashed requirements*.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements-docs.in -o requirements-docs.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements-servers.in -o requirements-servers.txt

clean: ## remove the environment and the caches; the state under ESCUCHA_HOME stays
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache

.PHONY: help install run demo dist dev test test-fast check lint lint-tests check-slow perf test-bluesky fault fault-collect fault-cases mutants bench-collect bench-cases bench-desk bench-portal bench-search bench-freshness bench-triage bench-towns bench-x-plans speed-contract bench bench-reading score-robustness train train-heads score score-redaction score-places score-incidents score-splits score-streams score-snowballs score-coordinates score-gate score-warnings score-forecast score-answers train-answers derive-thresholds train-incidents servers torch workshop docs docs-reference docs-translations translations exercise-cases screenshots backup backup-salt restore lock clean

# uv reads neither pip's settings nor the machine's certificates by itself: councils have a mirror and a CA of their own.
UV = UV_SYSTEM_CERTS=1 UV_LINK_MODE=copy \
  UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$($(BIN)/python -m pip config get global.index-url 2>/dev/null)}" \
  $(BIN)/uv pip install --python $(BIN)/python --compile-bytecode $$([ -t 2 ] || echo -q)

# A checkout that was moved or copied has an environment that still points to the old folder: make-venv makes it anew.
ifneq ($(file <.venv/made-in),$(CURDIR))
.PHONY: .venv/installed
endif

.venv/installed: requirements.txt pyproject.toml
	@deploy/make-venv "$(PYTHON)"
	@echo "installing the packages of requirements.txt, each checked by its hash (about a minute) ..." >&2
	@$(UV) --require-hashes -r requirements.txt
	@$(UV) --no-deps -e .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@$(UV) --require-hashes -r requirements-dev.txt
	@touch $@

.venv/installed-docs: .venv/installed-dev requirements-docs.txt
	@$(UV) --require-hashes -r requirements-docs.txt
	@touch $@

.venv/installed-servers: .venv/installed requirements-servers.txt
	@$(UV) --require-hashes -r requirements-servers.txt
	@touch $@

.venv/installed-torch: .venv/installed requirements-torch.txt
	$(BIN)/python -m pip install -r requirements-torch.txt
	@touch $@

.venv/installed-workshop: .venv/installed-torch workshop/requirements.txt
	$(BIN)/python -m pip install -r workshop/requirements.txt
	@touch $@
