"""What `escucha status` says of the engine: which it is, on how many threads, with which unit of the processor."""

import re
from importlib.metadata import version

import pytest

from nlp import engine
from nlp.engine import describe_engine


@pytest.mark.parametrize(
    ("flags", "unit"),
    [
        (
            "fpu avx2 avx512f avx512_vnni amx_bf16 amx_int8",
            "AMX (processor: avx2 avx512f avx512_vnni amx_bf16 amx_int8)",
        ),
        ("fpu avx2 avx512f avx512_vnni", "AVX-512 VNNI (processor: avx2 avx512f avx512_vnni)"),
        ("fpu avx2", "AVX2 without VNNI, slower (processor: avx2)"),
        ("fpu", "no vector unit known, slow (processor: none)"),
    ],
    ids=["AMX", "VNNI", "AVX2", "nothing"],
)
def test_the_best_unit_of_the_processor_is_named(monkeypatch: pytest.MonkeyPatch, flags: str, unit: str) -> None:
    monkeypatch.setattr(engine, "processor_fields", lambda: {"flags": flags})
    assert describe_engine(2) == f"onnxruntime {version('onnxruntime')}, static int8, 2 threads; {unit}"


def test_this_machine_is_described_without_loading_the_engine() -> None:
    assert re.fullmatch(r"onnxruntime [\d.]+, static int8, 1 thread; .* \(processor: .*\)", describe_engine(1))
