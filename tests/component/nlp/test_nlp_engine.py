"""What `escucha status` says of the engine: which it is, on how many threads, with which unit of the processor."""

import re
import sys
from importlib.metadata import version

import numpy as np
import pytest

from core.config.settings import load_settings
from core.errors import ConfigurationError
from nlp.annotator import Annotator
from nlp.inference import runtime_info
from nlp.inference.encoder import Encoder
from nlp.inference.model_files import DEFAULT, MODELS
from nlp.inference.runtime_info import adds_exactly, describe_engine
from tests.support.nlp_facts import TEXTS, madrid

DEVICE = "ESCUCHA_READER_DEVICE"


@pytest.mark.parametrize(
    ("flags", "unit"),
    [
        ("fpu avx2 avx512f avx512_vnni amx_bf16 amx_int8", "AMX (processor: avx2 avx512f avx512_vnni amx_bf16 amx_int8)"),
        ("fpu avx2 avx512f avx512_vnni", "AVX-512 VNNI (processor: avx2 avx512f avx512_vnni)"),
        ("fpu avx2", "AVX2 without VNNI, slower (processor: avx2)"),
        ("fpu", "no vector unit known, slow (processor: none)"),
    ],
    ids=["AMX", "VNNI", "AVX2", "nothing"],
)
def test_the_best_unit_of_the_processor_is_named(monkeypatch: pytest.MonkeyPatch, flags: str, unit: str) -> None:
    monkeypatch.setattr(runtime_info, "processor_fields", lambda: {"flags": flags})
    assert describe_engine(2) == f"onnxruntime {version('onnxruntime')}, static int8, 2 threads; {unit}"


def test_a_processor_without_vnni_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slower, exact way of older processors, against the fast one; equal only where this machine's own is exact."""
    if not adds_exactly():
        pytest.skip("this processor has no VNNI: its fast way is not exact")
    found = []
    for flags in ("fpu avx2", "fpu avx2 avx512_vnni"):
        monkeypatch.setattr(runtime_info, "processor_fields", lambda flags=flags: {"flags": flags})
        encoder = Encoder(MODELS / DEFAULT, threads=1)
        assert adds_exactly() == ("vnni" in flags)
        found.append(list(encoder.encode(TEXTS)))
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one.pooled, other.pooled)
        assert np.array_equal(one.states, other.states)


def test_this_machine_is_described_without_loading_the_engine() -> None:
    assert re.fullmatch(r"onnxruntime [\d.]+, static int8, 1 thread; .* \(processor: .*\)", describe_engine(1))


@pytest.mark.parametrize("asked", ["gpu", "cuda:", "CUDA", "mps", "torch:cuda", ""])
def test_a_device_that_is_none_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setenv(DEVICE, asked)
    with pytest.raises(ConfigurationError, match=rf"{DEVICE}: .*cpu\|cuda"):
        load_settings()


def test_without_torch_a_card_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "nlp.inference.torch_encoder", raising=False)
    monkeypatch.setenv(DEVICE, "cuda")
    with pytest.raises(ConfigurationError, match=r"=cuda: torch cannot be used.*pip install -r requirements-torch\.txt"):
        Annotator(madrid())


def test_without_the_setting_the_shipped_graph_reads_and_the_model_has_its_plain_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DEVICE, raising=False)
    annotator = Annotator(madrid(), threads=1)
    assert type(annotator.inference.encoder) is Encoder
    assert annotator.inference.encoder.describe().startswith("onnxruntime ")
    assert "fp32" not in annotator.model
