"""How good the model is: scores by set, with intervals where the set is small."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nlp.encoded import Floats, softmax
from nlp.training.crossval import Stretches, Unseen, right_stretches
from nlp.training.dataset import Example
from nlp.training.fit import encode_answers
from nlp.training.honest import calibration_error, f1, gap, macro_f1
from nlp.weights import LABELS, Head

RESAMPLES = 1000
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """What the model said of some examples: calibrated probabilities by head, and the stretches it marked."""

    examples: Sequence[Example]
    probabilities: dict[str, Floats]
    stretches: Sequence[Stretches] = ()


@dataclass
class Table:
    """Rows of a markdown table."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def text(self) -> str:
        """The table in markdown."""
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def unseen_answers(examples: Sequence[Example], unseen: Unseen, heads: dict[str, Head], origin: str) -> Answers:
    """The cross-validated answers to one set."""
    chosen = [at for at, row in enumerate(unseen.rows) if examples[row].origin == origin]
    probable = {
        head: softmax(np.asarray(values[chosen] * heads[head].scale + np.array(heads[head].shift), np.float32))
        for head, values in unseen.logits.items()
    }
    return Answers([examples[unseen.rows[at]] for at in chosen], probable, [unseen.stretches[at] for at in chosen])


def score_heads(answers: Answers, actionable_from: float, intervals: bool) -> Table:
    """One row a head: macro-F1 and accuracy (for `actionable`: F1, precision, recall of true), and the calibration error."""
    right = encode_answers(answers.examples)
    table = Table(("head", "macro-F1", "accuracy", "F1 of true", "precision", "recall", "ECE", "posts"))
    for head in LABELS:
        probable, truth = answers.probabilities[head], right[head]
        if not (truth >= 0).any():
            continue
        said = probable.argmax(axis=1)
        if head == "actionable":
            said = (probable[:, 1] >= actionable_from).astype(np.int64)
        known = truth >= 0
        cells = [interval(macro_f1, said[known], truth[known], intervals)]
        cells.append(interval(accuracy, said[known], truth[known], intervals))
        if head == "actionable":
            cells.append(interval(f1_of_true, said, truth, intervals))
            cells += [f"{part(said, truth):.3f}" for part in (precision_of_true, recall_of_true)]
            error = gap(probable[:, 1], truth == 1)
        else:
            cells += ["", "", ""]
            error = calibration_error(probable[known], truth[known])
        table.rows.append((head, *cells, f"{error:.3f}", str(int(known.sum()))))
    return table


def score_places(answers: Answers) -> str:
    """Exact and overlapping agreement of the tagger alone with the labelled places."""
    exact = marked = labelled = touched = found = 0
    for example, stretches in zip(answers.examples, answers.stretches, strict=True):
        truth, said = right_stretches(example), {(start, end) for start, end, _ in stretches}
        exact, marked, labelled = exact + len(truth & said), marked + len(said), labelled + len(truth)
        touched += sum(any(a < d and c < b for c, d in truth) for a, b in said)
        found += sum(any(a < d and c < b for c, d in said) for a, b in truth)
    return (
        f"exact F1 {2 * exact / max(marked + labelled, 1):.3f}; overlapping: precision {touched / max(marked, 1):.3f}, "
        f"recall {found / max(labelled, 1):.3f} ({labelled} places)"
    )


def by_label(answers: Answers, head: str) -> Table:
    """F1 of each label of a head."""
    truth, said = encode_answers(answers.examples)[head], answers.probabilities[head].argmax(axis=1)
    table = Table((head, "F1", "posts"))
    for number, label in enumerate(LABELS[head]):
        table.rows.append((label, f"{f1(said == number, truth == number):.2f}", str(int((truth == number).sum()))))
    return table


def accuracy(said: Rows, truth: Rows) -> float:
    """Share of right answers."""
    return float((said == truth).mean())


def f1_of_true(said: Rows, truth: Rows) -> float:
    """F1 of the label `true`."""
    return f1(said == 1, truth == 1)


def precision_of_true(said: Rows, truth: Rows) -> float:
    """Of what was called true, the share that is."""
    return float(((said == 1) & (truth == 1)).sum() / max((said == 1).sum(), 1))


def recall_of_true(said: Rows, truth: Rows) -> float:
    """Of what is true, the share that was called so."""
    return float(((said == 1) & (truth == 1)).sum() / max((truth == 1).sum(), 1))


def interval(measure: Callable[[Rows, Rows], float], said: Rows, truth: Rows, wanted: bool) -> str:
    """The measure, with its 95 % bootstrap interval when the set is small."""
    value = f"{measure(said, truth):.3f}"
    if not wanted:
        return value
    rng = np.random.default_rng(0)
    drawn: Iterable[Rows] = (rng.integers(0, len(truth), len(truth)) for _ in range(RESAMPLES))
    low, high = np.percentile([measure(said[rows], truth[rows]) for rows in drawn], [2.5, 97.5])
    return f"{value} ({low:.2f}–{high:.2f})"
