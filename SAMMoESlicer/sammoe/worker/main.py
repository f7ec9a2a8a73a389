"""The worker: `python -m sammoe.worker.main`, or `sammoe-worker` on another host."""

import argparse
import logging
from collections.abc import Sequence
from functools import partial

from ..options import PRECISIONS
from .handler import LoadPredictor, Predictor
from .server import Server
from .stdio import claim_stdio, leave


def load_predictor(
    bundle: str | None,
    *,
    device: str = "auto",
    threads: int | None = None,
    precision: str = "auto",
) -> Predictor:
    """Return a predictor; torch is imported here, after the client has been greeted."""
    import torch

    from ..engine import Predictor

    if threads is not None:
        torch.set_num_threads(threads)
    return Predictor.from_bundle(bundle, device=device, precision=precision)


def main(
    arguments: Sequence[str] | None = None, *, load_predictor: LoadPredictor = load_predictor
) -> None:
    """Serve the client at the other end of standard input and output; does not return."""
    options = _parse(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    server = Server(
        *claim_stdio(),
        load_predictor=partial(_load_with_defaults, load_predictor, options),
        share=options.shared_memory,
    )
    leave(server.run())


def _load_with_defaults(
    load_predictor: LoadPredictor,
    options: argparse.Namespace,
    bundle: str | None,
    *,
    device: str,
    threads: int | None,
    precision: str,
) -> Predictor:
    return load_predictor(
        bundle or options.bundle,
        device=options.device if device == "auto" else device,
        threads=threads or options.threads,
        precision=options.precision if precision == "auto" else precision,
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sammoe-worker",
        description="Segments for a SAMMoESlicer client over standard input and output; started "
        "by Slicer or `sammoe`, here or through ssh, not by hand. What the client asks for goes "
        "before these options.",
    )
    parser.add_argument("--bundle", help="folder of the model; default: the embedded one")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--threads", type=_positive, help="threads the model may use on a CPU")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="of a CPU")
    parser.add_argument(
        "--no-shared-memory",
        dest="shared_memory",
        action="store_false",
        help="receive volumes through the pipe even from a client on this machine",
    )
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


if __name__ == "__main__":
    main()
