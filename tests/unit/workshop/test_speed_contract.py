"""What a step costs is held to the committed figure: noise does not fail it, 15 % more calls do, and another machine gives the same."""

import json

import numpy as np
import onnxruntime
import pytest

from workshop.bench import contract, reference
from workshop.bench.contract import (
    BATCH,
    BATCHES,
    BYTES,
    CALLS,
    CPU,
    FIGURES,
    HERE,
    PYTHON,
    STEPS,
    Round,
    figures_of,
    seconds_of,
    table,
    too_slow,
)


def a_round(slower: float = 1.0, machine: float = 1.0, noise: tuple[float, ...] = (1.0,) * (BATCHES - 1), size: float = 9_000.0) -> Round:
    """A round in which each batch of each step costs .1 s, as noisy, and on a machine as slow, as given."""
    return Round(
        {name: [0.1 * slower * machine * one for one in noise] for name in STEPS},
        {"python": [0.006 * machine, 0.009 * machine], "matrix": [0.014 * machine]},
        size,
    )


def test_a_figure_is_in_runs_of_its_reference_loop_for_a_thousand_posts() -> None:
    assert BATCH == 100
    assert figures_of([a_round()]) == {"collect CPU": 166.7, "read CPU": 71.4, "triage CPU": 166.7, "index CPU": 166.7, BYTES: 9_000.0}


def test_a_machine_half_as_fast_gives_the_same_figures() -> None:
    assert figures_of([a_round(machine=2.0)]) == figures_of([a_round()])


def test_of_each_batch_the_best_round_counts_so_that_noise_in_every_round_is_none() -> None:
    noisy = [a_round(noise=(1.0, 1.7, 1.0, 3.0, 1.0)), a_round(noise=(2.0, 1.0, 1.5, 1.0, 1.4))]
    assert figures_of(noisy) == figures_of([a_round()])
    assert seconds_of(noisy)["read"] == pytest.approx(1.0)


@pytest.mark.parametrize(("slower", "failing"), [(1.4, []), (1.61, [CPU.format(step) for step in STEPS]), (0.5, [])])
def test_the_time_of_a_step_may_rise_by_what_busy_neighbours_cost_and_no_more(slower: float, failing: list[str]) -> None:
    assert too_slow(figures_of([a_round(slower)]), figures_of([a_round()])) == failing


@pytest.mark.parametrize(("more", "python", "failing"), [(1.14, HERE, []), (1.16, HERE, ["read calls a post"]), (1.16, 3.99, [])])
def test_the_calls_of_a_step_may_rise_by_fifteen_percent_on_the_python_that_counted_them(
    more: float, python: float, failing: list[str]
) -> None:
    committed = {PYTHON: python, **{CALLS.format(step): 1_000.0 for step in STEPS}}
    assert too_slow({**committed, PYTHON: HERE, "read calls a post": 1_000.0 * more}, committed) == failing


def test_bytes_a_post_may_not_rise_either() -> None:
    assert too_slow(figures_of([a_round(size=10_400.0)]), figures_of([a_round()])) == [BYTES]


def test_a_step_that_is_measured_no_more_is_no_success() -> None:
    with pytest.raises(KeyError, match="read"):
        too_slow({"collect CPU": 1.0}, {"collect CPU": 1.0, "read CPU": 1.0})


def test_the_table_has_each_figure_beside_the_committed_one() -> None:
    lines = table({PYTHON: 3.11, "read CPU": 80.0, BYTES: 9_000.0}, {"read CPU": 100.0, BYTES: 9_000.0}, {"read": 9.4})
    assert [" ".join(line.split()) for line in lines] == [
        "read CPU 80.0 -20.0% of 100.0 9.40 CPU-s per 1,000 posts here",
        "ledger bytes a post 9,000.0 +0.0% of 9,000.0",
    ]


def test_a_step_above_its_figure_gets_more_rounds_before_it_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    committed = json.loads(FIGURES.read_text(encoding="utf-8"))
    dear = {
        "steps": {name: [1e3] * (BATCHES - 1) for name in STEPS},
        "references": {"python": [1.0], "matrix": [1.0]},
        "ledger_bytes": committed[BYTES],
    }
    made: list[str] = []

    def another(option: str) -> dict[str, object]:
        made.append(option)
        return dear if option == "--round" else {name: committed[CALLS.format(name)] for name in STEPS}

    monkeypatch.setattr(contract, "_in_a_process", another)
    monkeypatch.setattr("sys.argv", ["contract"])
    assert contract.main() == 1
    assert made == ["--calls"] + ["--round"] * contract.MOST_ROUNDS
    assert "index CPU: more than 60% above the committed figure" in capsys.readouterr().out


def test_every_step_has_a_committed_figure() -> None:
    committed = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert list(committed) == [PYTHON, *map(CALLS.format, STEPS), *map(CPU.format, STEPS), BYTES]
    assert min(committed.values()) > 0


def test_the_graph_of_the_reference_multiplies_as_it_should() -> None:
    shape, given_shape = (reference.INNER, reference.COLUMNS), (reference.ROWS, reference.INNER)
    weights = (np.arange(np.prod(shape)) % 7 - 3).astype(np.int8).reshape(shape)
    given = (np.arange(np.prod(given_shape)) % 251).astype(np.uint8).reshape(given_shape)
    session = onnxruntime.InferenceSession(reference._product_graph(weights), providers=["CPUExecutionProvider"])
    (made,) = session.run(None, {"a": given})
    assert np.array_equal(made, given.astype(np.int32) @ weights.astype(np.int32))
