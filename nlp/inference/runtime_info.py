"""Describe engine, threads and vector unit for `escucha status`.

On a processor there is one engine, ONNX Runtime with fixed eight-bit scales, and no choice at start-up: of the lanes measured
(`make bench-reading`) it is the fastest that needs neither torch nor AMX and gives a post the same label in every batch and on
every machine. Under it the runtime picks the unit that the processor has. A graphics card is another engine: `torch_encoder.py`.
"""

from importlib.metadata import version
from pathlib import Path

FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
UNITS = (
    ("amx_int8", "AMX"),
    ("avx512_vnni", "AVX-512 VNNI"),
    ("avx_vnni", "AVX VNNI"),
    ("avx512f", "AVX-512 without VNNI, slower"),
    ("avx2", "AVX2 without VNNI, slower"),
)
"""Units for eight-bit products, fastest first."""


def describe_engine(threads: int) -> str:
    """Describe engine, number format, threads, vector unit and flags in one line."""
    _, flags = processor()
    unit = next((name for flag, name in UNITS if flag in flags), "no vector unit known, slow")
    relevant = " ".join(flags) or "none"
    return f"onnxruntime {version('onnxruntime')}, static int8, {threads} thread{'s' * (threads != 1)}; {unit} (processor: {relevant})"


def adds_exactly() -> bool:
    """Tell whether the processor accumulates eight-bit products in 32 bits.

    Unknown counts as no.
    """
    return not {"amx_int8", "avx512_vnni", "avx_vnni"}.isdisjoint(processor()[1])


def processor() -> tuple[str, list[str]]:
    """Return the processor's model and its relevant flags, from Linux.

    `("unknown", [])` on other systems.
    """
    fields = processor_fields()
    has = fields.get("flags", "").split()
    return fields.get("model name", "unknown"), [flag for flag in FLAGS if flag in has]


def processor_fields() -> dict[str, str]:
    """Return the fields of the last core in `/proc/cpuinfo`.

    Empty on systems without it.
    """
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return {}
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if ":" in line]
    return {line.split(":")[0].strip(): line.split(":", 1)[1].strip() for line in lines}
