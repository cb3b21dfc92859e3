"""What each network is asked for a city: written out in `tests/examples/queries/NETWORK.json`, in the network's own language."""

import json
from pathlib import Path
from typing import Any

import pytest

from collectors.search_terms import alternatives, matcher, phrase, terms
from core.config import plugins
from core.config.city import City, load_city
from core.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(__file__).parents[2] / "examples" / "queries"
MADRID = load_city(ROOT / "cities" / "madrid.toml")
ASKING = [name for name in plugins.plugin_names("collectors") if hasattr(plugins.load_plugin("collectors", name, "test"), "query")]
"""The others are read whole: `[reads]` of the manifest says what."""
BARRIOS = [f"Barrio número {n} de la ciudad" for n in range(60)]
TOWNS: dict[str, dict[str, Any]] = {
    "madrid": {"names": ["Madrid"], "handles": ["@MADRID", "@Lineamadrid"]},
    "one language": {"names": ["Granada"], "handles": ["@aytogranada"], "languages": ["es"]},
    "phrases and accents": {"names": ["A Coruña", "La Coruña"], "handles": ["@ConcelloCoruna"]},
    "an apostrophe and a domain": {"names": ["L'Hospitalet de Llobregat"], "handles": ["@l-h.cat"]},
    "words of the query language": {"names": ["Or", "NOT"], "handles": []},
    "quotation marks": {"names": ['El "Foro"'], "handles": []},
    "a name twice": {"names": ["Getafe", "getafe", "Getafe"], "handles": ["@Getafe"]},
    "too much for one query": {"names": BARRIOS, "handles": ["@MADRID"]},
}


def town(name: str) -> City:
    told = TOWNS[name]
    return MADRID.model_copy(
        update={
            "questions": {"relevance": {"names": told["names"]}},
            "handles": tuple(told["handles"]),
            "languages": tuple(told.get("languages", ("es", "en"))),
        }
    )


def asked(network: str, name: str) -> list[str]:
    module = plugins.load_plugin("collectors", network, "test")
    queries: list[str] = module.query(town(name), module.Options())
    return queries


def test_the_networks_that_are_searched_are_asked_by_queries() -> None:
    assert {"bluesky", "mastodon", "reddit", "x"} <= set(ASKING)


@pytest.mark.parametrize("network", ASKING)
def test_each_town_is_asked_for_as_written_down(network: str) -> None:
    """Without its file the test writes it, and asks for a review."""
    path = FOLDER / f"{network}.json"
    made = {name: asked(network, name) for name in TOWNS}
    if not path.exists():
        path.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        pytest.fail(f"review me: I wrote what {network} is asked to {path.relative_to(ROOT)}")
    assert made == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("network", ASKING)
@pytest.mark.parametrize("name", TOWNS)
def test_no_query_is_longer_than_its_network_allows_and_no_name_is_left_out(network: str, name: str) -> None:
    queries = asked(network, name)
    limit = getattr(plugins.load_plugin("collectors", network, "test"), "QUERY_LIMIT", 512)
    assert queries
    assert max(map(len, queries)) <= limit
    assert len(set(queries)) == len(queries)
    together = "".join(filter(str.isalnum, " ".join(queries).casefold()))
    left_out = [one for one in TOWNS[name]["names"] if "".join(filter(str.isalnum, one.casefold())) not in together]
    assert left_out == []


@pytest.mark.parametrize("network", ASKING)
def test_a_query_of_ones_own_is_asked_as_it_stands(network: str) -> None:
    module = plugins.load_plugin("collectors", network, "test")
    own: dict[str, dict[str, str | list[str]]] = {
        "x": {"query": "(a OR b) lang:es"},
        "reddit": {"query": "title:madrid"},
        "mastodon": {"hashtags": ["LasRozas"]},
    }
    table = own.get(network, {"queries": ["bache Madrid"]})
    (value,) = table.values()
    assert module.query(MADRID, module.Options.model_validate(table)) == ([value] if isinstance(value, str) else value)


def test_a_name_alone_too_long_for_a_query_is_refused_with_its_beginning() -> None:
    with pytest.raises(ConfigurationError, match=r"'Llanfairpwll.*at most 20 characters"):
        alternatives(["Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"], 20)


def test_what_is_chosen_here_is_chosen_by_the_same_words_as_the_networks_search_for() -> None:
    is_ours = matcher([terms(phrase(name)) for name in ("L'Hospitalet de Llobregat", "A Coruña", "Or")])
    told = ["Bache en L'Hospitalet de Llobregat", "Praza de Pontevedra, A CORUNA", "d'Or i de plata", "Oro", "hospitalet"]
    assert [is_ours(text) for text in told] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("Otro bache en Madrid", True),
        ("MADRID, otra vez", True),
        ("#Madrid huele mal", True),
        ("Los madrileños cansados", False),
        ("Móstoles también", True),
        ("mostoles sin luz", True),
        ("Las  Rozas", False),
        ("vivo en las rozas", True),
        ("gracias @madrid.es", True),
        ("un bache enorme", False),
        ("un bache, Getafe", True),
        ("", False),
        ("🙂🙂", False),
    ],
)
def test_a_text_is_ours_when_it_holds_all_words_of_one_query(text: str, ours: bool) -> None:
    queries = ["Madrid", "Móstoles", '"Las Rozas"', '"madrid.es"', "bache Getafe"]
    assert matcher([terms(query) for query in queries])(text) is ours
