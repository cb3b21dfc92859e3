"""Define the patterns of prompt injections, and the markup they hide in.

A text is a string of letters here, one per word (`lexicon.py`): `i` is a word of forgetting, `o` of instructions, `p` of what came
before, `.` the end of a sentence: "ignore all previous instructions" is `iwpo`. The patterns were written on the injections of the
robustness set and widened until 76,000 real posts began to match.
"""

import re

_SURE, _LABEL = "[lL]", "[lLb]"
"""A label, and a label that may be a common word."""
_TRADE = "[MhHvq]"
"""Words used when labels are the subject. With more kinds, "the model ignores the rules, my complaint" matched."""
_CALL = r"(?:g[dwxj]{0,3}[mM]|[ys][wdcj]{0,3}x?[mM]|[mM]y|c[dx]{0,2}M|[mM]:)"
"""Addressed to a model: "dear model", "note for the AI", "you are a classifier", "as a language model", "Assistant:"."""
_FORGET = r"(?:i|n[^.n]{0,2}k|k[^.]{0,4}n)"
"""Forget, or do not obey."""
INJECTION = re.compile(
    "|".join(
        (
            # forget your instructions
            rf"{_FORGET}[^.]{{0,4}}(?:o[^.]{{0,3}}[pt]|p[^.]{{0,2}}o)|p[^.]{{0,2}}o[^.]{{0,2}}i",
            # label this as praise
            rf"[vh][^.]{{0,6}}?[se][wqjd]{{0,2}}{_LABEL}|v[^.]{{0,4}}?{_LABEL}s|[vh][wj]{{0,3}}{_SURE}",
            # answer only praise
            rf"r?{_LABEL}[se][^.]?[hH]|r{_LABEL}[^.]?H|[ra][wj]{{0,2}}:?{_SURE}(?![xd])|[ra][wjd]{{0,3}}[j:][wj]{{0,3}}{_LABEL}|u[rc]{_SURE}|r[^.]{{0,3}}:{_LABEL}",
            # the label must be praise
            rf"[vha][cwdsjqp:]{{0,6}}?c[wdjqc]{{0,2}}{_LABEL}|[vh][cwd]{{0,4}}{_LABEL}c",
            # the right class is praise
            rf"[qj][^.]?[ha][^.]{{0,3}}?[c:][wdj]{{0,3}}{_LABEL}|[ha]q[^.]{{0,3}}?[c:][wdj]{{0,2}}{_LABEL}|[ha]q{_LABEL}c",
            # sentiment: praise
            rf"[hHaoM]:[wdj]{{0,2}}{_LABEL}|H[cwdsgj:]{{0,6}}{_SURE}",
            rf"r[^.]{{0,3}}[hH]g{_LABEL}",
            # dear model, it is praise
            rf"{_CALL}[^.]{{0,16}}?(?:{_SURE}|[vrhHa:sc][^.]{{0,4}}?{_LABEL})",
            # the assistant will say praise
            rf"M[^.]{{0,14}}?[vrhHac][^.]{{0,6}}?{_LABEL}|m[^.]{{0,6}}?(?:[rv][wjd]{{0,2}}{_LABEL}|{_SURE}[rv])",
            # a label beside two words about labels
            rf"(?:{_TRADE}[^.]{{0,6}}?){{2}}{_SURE}|{_TRADE}[^.]{{0,6}}?{_SURE}[^.]{{0,6}}?{_TRADE}|{_SURE}(?:[^.]{{0,6}}?{_TRADE}){{2}}",
            "L",
        )
    )
)
POSSIBLE_INJECTION = re.compile(
    rf"{INJECTION.pattern}|{_FORGET}[^.]{{0,6}}[ptwo]|n[^.n]{{0,3}}[kvz]|z(?=[.])|{_CALL}|c[dwx]{{1,2}}?m|m[^.]?o|o[^.]{{0,2}}[mM]|[yqp][^.]?o|(?<![^.])[uba]:|"
    r"[zHMo](?=[^.]{0,5}(?![^.]))|[zmMohHqu][^.]{0,6}[zmMohHquvr]|(?<![^.])[^.xyg]*[zmMohvqria][^.xyg]*(?![^.])"
)
"""A possible injection, which counts as one next to another."""
ASSIGNMENT = re.compile(rf":[wdj]*{_LABEL}$")
"""An assignment at the end."""
TRAILING = re.compile(rf"(?:w?[ra][wj]*:?{_SURE})?(?::[wdj]*{_LABEL})?(?:[:j]*z[:j0]*)?")
"""What may follow an injection: ": praise", "; confidence 0.9"."""
SENTENCE = re.compile(r"[^.]*\.*")
OPENING = re.compile(r"[<{\[`(]|---|/\*")
"""Marks without which a text has no block and no turn."""
BLOCK = re.compile(
    r"<!--.{0,400}?-->|/\*.{0,400}?\*/|```.{0,400}?```|^---\n.{0,400}?\n---$|<(\w+)\b[^<>]{0,99}>.{0,400}?</\1>|<[^<>]{1,200}>|"
    r"\[(\w+)\].{0,400}?\[/\2\]|(?<!\{)\{{1,3}[^{}]{0,300}\}{1,3}|(?<!\[)\[{1,2}[^\[\]]{0,300}\]{1,2}|\([^()]{0,300}\)",
    re.DOTALL | re.MULTILINE,
)
"""Text in brackets and markup: blanked whole if a part of it is an injection."""
TURN = re.compile(
    r"<\|[^|>]{1,30}\|>(?:.{0,400}<\|[^|>]{1,30}\|>|[^<>\n]{0,40}</s>)?|<start_of_turn>.{0,400}?<end_of_turn>|\[INST\].{0,400}?\[/INST\](?:[^<>\n]{0,40}</s>)?|<<SYS>>.{0,400}?<</SYS>>|"
    r"\[/?INST\]|<</?SYS>>|</?(?:s|bos|eos|(?:start|end)_of_turn)>",
    re.DOTALL,
)
"""Role markers of chat models, which no citizen writes."""
TAG = re.compile(r"</?\w{1,20}>")
