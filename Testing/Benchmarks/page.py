"""One page: how fast, beside what it is compared with, and which goals are met.

python Testing/Benchmarks/page.py [--quick] [--out build/bench] [--threads 1]

Each part is a process of its own with a time limit; one that fails or lacks something is said to be
left out. Writes `figures.json` and `scaling.svg` beside it.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import checkout
from timing import RECORD

HERE = Path(__file__).parent
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
AVX2_TITLE = "the same, as on a processor without AVX-512 (imitated)"


def parts(quick):
    """Return title, command and environment of every part, and how long it may take."""
    if quick:
        return [
            ("embedded model", ["embedded.py", "--places", "2"], {}, 40),
            ("cost as work grows", ["scaling.py", "--quick"], {}, 60),
            ("worker", ["worker.py", "--clicks", "20"], {}, 60),
        ]
    embedded = ["embedded.py", "--places", "6"]
    return [
        ("embedded model", embedded, {}, 80),
        (AVX2_TITLE, embedded, AVX2, 110),
        ("whole predictions, beside the issue's commit", ["race.py", "--places", "5"], {}, 40),
        (AVX2_TITLE, ["race.py", "--places", "5"], AVX2, 90),
        ("cost as work grows", ["scaling.py"], {}, 120),
        ("evaluation by processes", ["scaling.py", "--evaluation"], {}, 90),
        ("worker", ["worker.py"], {}, 60),
        ("hand-over to Slicer", ["hand_over.py"], {}, 20),
        ("SAM-Med3D's encoder", ["encoder.py", "--rounds", "1"], {}, 90),
        ("SAM-Med3D's click", ["click.py", "--rounds", "5"], {}, 40),
        ("SAM-Med3D's memory", ["memory.py"], {}, 30),
        ("in a browser", ["web.py", "--clicks", "4"], {}, 60),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=checkout.REPOSITORY / "build" / "bench")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    machine = about_the_machine(options.threads)
    start = time.perf_counter()
    measured = []
    for title, command, environment, limit_s in parts(options.quick):
        print(f"... {title}", file=sys.stderr, flush=True)
        takes_none = command[0] in ("memory.py", "web.py")
        threads = [] if takes_none else ["--threads", str(options.threads)]
        figures = run([*command, *threads], environment, limit_s)
        measured.append({"title": title, "figures": figures})
        machine["minutes"] = round((time.perf_counter() - start) / 60, 1)
        write(machine, measured, options.out)
    print(as_page(machine, measured))
    return 0


def write(machine, measured, folder):
    """Write page, figures and curves as far as they are known: a run cut off leaves them."""
    (folder / "page.txt").write_text(as_page(machine, measured) + "\n", encoding="utf-8")
    record = json.dumps({"machine": machine, "parts": measured}, indent=1)
    (folder / "figures.json").write_text(record + "\n", encoding="utf-8")
    draw(measured, folder / "scaling.svg")


def run(command, environment, limit_s):
    """Return what a part recorded; what it could not is one of the figures."""
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as file:
        arguments = [sys.executable, str(HERE / command[0]), *command[1:]]
        environment = {**os.environ, **environment, RECORD: file.name}
        why = ""
        try:
            done = subprocess.run(
                arguments,
                env=environment,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=limit_s,
            )
            if done.returncode not in (0, 1):
                why = f"it ended with status {done.returncode}"
            elif "Traceback" in done.stderr:
                why = done.stderr.strip().splitlines()[-1]
        except subprocess.TimeoutExpired:
            why = f"it took more than {limit_s} s on this machine"
        figures = [json.loads(line) for line in file.read().splitlines()]
    return [*figures, {"what": "the rest", "left_out": why}] if why else figures


def about_the_machine(threads):
    """Return what the figures belong to."""
    import torch

    from sammoe.processor import why_no_bfloat16

    return {
        "processor": processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "bfloat16": why_no_bfloat16() or "native",
        "cores": os.cpu_count(),
        "threads": threads,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "system": platform.platform(terse=True),
        "torch": torch.__version__,
    }


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        return names[0]
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


def as_page(machine, measured):
    """Return the page: ratios and goals first, then the rest, then curves."""
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} thread(s), "
        f"{machine['instructions']}, bfloat16: {machine['bfloat16']}",
        f"torch {machine['torch']}, {machine['system']}, load {machine['load']}, "
        f"{machine['minutes']} minutes",
    ]
    for part in measured:
        figures = part["figures"]
        lines += ["", part["title"]]
        goals = sorted((f for f in figures if "met" in f), key=lambda f: f["goal"] or 99)
        lines += [f"  {goal(f)}" for f in goals]
        told = [f for f in figures if "value" in f and "met" not in f]
        lines += [f"  {f['what']}: {f['value']:.4g} {f['unit']}".rstrip() for f in told]
        lines += [f"  {curve(f)}" for f in figures if "places" in f]
        lines += [f"  {f['what']}: left out, {f['left_out']}" for f in figures if "left_out" in f]
    every = [f for part in measured for f in part["figures"] if "met" in f]
    met = sum(f["met"] for f in every)
    return "\n".join([*lines, "", f"{met} of {len(every)} goals met"])


def goal(figure):
    met = "met   " if figure["met"] else "MISSED"
    return f"{met} {figure['what']}: {figure['value']:.4g} (goal {figure['target']})"


def curve(figure):
    pairs = zip(figure["places"], figure["values"], strict=True)
    values = ", ".join(f"{at:g}: {value:.3g}" for at, value in pairs)
    return f"{figure['what']} [{figure['unit']}] by {figure['across']}: {values}"


def draw(measured, path):
    """Draw the curves; nothing without matplotlib."""
    curves = [f for part in measured for f in part["figures"] if "places" in f]
    try:
        import matplotlib

        matplotlib.use("svg")
        from matplotlib import pyplot
    except ImportError:
        return
    if not curves:
        return
    matplotlib.rcParams.update({"svg.hashsalt": "sammoe", "svg.fonttype": "none"})
    columns = 3
    rows = -(-len(curves) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(11, 2.6 * rows), squeeze=False)
    for axis, shown in zip(axes.flat, curves, strict=False):
        axis.plot(shown["places"], shown["values"], marker="o", color="#3b6ea8")
        axis.set_title(f"{shown['what']} [{shown['unit']}]".replace(" []", ""), fontsize=9)
        axis.set_xlabel(shown["across"], fontsize=8)
        axis.set_xscale("log", base=2)
        axis.set_ylim(bottom=0)
        axis.tick_params(labelsize=7)
        axis.grid(alpha=0.3)
    for axis in list(axes.flat)[len(curves) :]:
        axis.set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    sys.exit(main())
