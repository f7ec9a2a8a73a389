# Each target does all its own set-up (.ci/setup) on a Debian machine with Python 3.11 or 3.12.
#
#   make demo    segment a generated phantom CT: mask, report and picture in demo_out/
#                make demo VOLUME=scan.nii.gz POINT=R,A,S    the same on a scan of yours
#   make web     the tool in a browser, without 3D Slicer: opens the page
#                make web VOLUME=scan.nii.gz                 with a scan of yours
#   make test    ruff, mypy and all tests
#   make coverage   the tests once more, and which lines none of them reaches
#   make lint    ruff and mypy, and the git hook that runs them at every commit
#   make bench   one page of speed and memory, ratios and goals first, in ten minutes
#   make bench-quick   the same in one minute, for every day
#   make train-demo   train the embedded model from nothing (an hour of a GPU, days of two cores);
#                Ctrl+C and the same command again goes on where it was
#
# PYTHON=/path/to/python3.12 picks the interpreter, OUT=folder where the demo writes,
# WORK=folder where train-demo keeps what it has, PROCESSES=how many it runs; on a GPU: DEVICE=cuda
# PROCESSES=1 PAINTERS=processes that draw views meanwhile, MINUTES=when to stop with a checkpoint
# that any machine goes on from; SCANS=folder of the project's real scans, to measure on;
# TUMOURS=folder of the sarcoma scans, of which patients 1 to 30 teach the tumour expert.

BIN := .venv/bin
OUT ?= demo_out
VOLUME ?=
POINT ?=
WORK ?= train_demo
PROCESSES ?= 2
DEVICE ?= cpu
PAINTERS ?= 0
MINUTES ?=
SCANS ?=
THREADS ?= 1
TUMOURS ?=
SARCOMAS := The Cancer Imaging Archive's Soft-tissue-Sarcoma collection, Vallieres et al., doi 10.7937/K9/TCIA.2015.7GO2GSKS, CC BY 3.0

.DEFAULT_GOAL := help
.PHONY: help demo web test coverage lint bench bench-quick train-demo clean

help:
	@sed -n '2,19s/^# \{0,1\}//p' Makefile

demo: .venv/.ready-demo
	@$(BIN)/sammoe demo $(if $(VOLUME),"$(VOLUME)") $(if $(POINT),--point=$(POINT)) --out "$(OUT)"

web: .venv/.ready-web
	@$(BIN)/sammoe web $(if $(VOLUME),"$(VOLUME)")

test: .venv/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/pytest --durations=20 --numprocesses 3 --dist loadfile

coverage: .venv/.ready-test
	$(BIN)/pytest --cov --cov-report=term

lint: .venv/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@! git rev-parse --git-dir >/dev/null 2>&1 || $(BIN)/pre-commit install

bench: .venv/.ready-test
	@$(BIN)/python Testing/Benchmarks/page.py --threads $(THREADS)

bench-quick: .venv/.ready-test
	@$(BIN)/python Testing/Benchmarks/page.py --quick --threads $(THREADS)

# Memory that is not handed back to the kernel after every step, which would clear its pages again.
train-demo: .venv/.ready-train
	MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=20000000000 OMP_NUM_THREADS=1 \
	    $(BIN)/torchrun --standalone --nproc-per-node $(PROCESSES) \
	    -m sammoe.cli train-embedded --work "$(WORK)" --output Resources/Models/demo \
	    --device $(DEVICE) --painters $(PAINTERS) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SCANS),--scans "$(SCANS)" --scan 'ct_*' --scan 'mr_*' \
	    --structures docs/evaluation/structures.json) \
	    $(if $(TUMOURS),--tumours "$(TUMOURS)" --tumour-scan 'sts0[012]*' --tumour-scan 'sts030*' \
	    --tumour-source "$(SARCOMAS)" --structures docs/evaluation/structures.json)

clean:
	rm -rf .venv demo_out build

.venv/.ready-%: pyproject.toml constraints-dev.txt .ci/setup
	@echo "Setting up .venv for '$*' (the first time takes a few minutes) ..."
	@PYTHON="$(PYTHON)" .ci/setup $*
