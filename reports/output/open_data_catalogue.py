"""Describe the open data as a DCAT-AP-ES 1.0 catalogue, in JSON-LD.

Source: https://datosgobes.github.io/DCAT-AP-ES/. The publisher is named by its DIR3 code; without one in the profile the catalogue is
DCAT-AP only. Every text is in Spanish, as the standard demands, and in the other languages of the interface.
"""

from typing import Any

from core.config.city import City
from core.i18n.translate import LANGUAGES, translator
from reports.output.open_data import ResponseTimes
from reports.output.open_data_changes import CHANGES
from reports.output.spanish_territory import province_of

AUTHORITY = "http://publications.europa.eu/resource/authority"
LICENCE = f"{AUTHORITY}/licence/CC_BY_4_0"
SECTORS = "http://datos.gob.es/kos/sector-publico/sector"
ORGANISM = "http://datos.gob.es/recurso/sector-publico/org/Organismo"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
REUSE_LAW = "https://www.boe.es/eli/es/l/2007/11/16/37"
"""Ley 37/2007, under which Spanish councils publish for reuse."""
LANGUAGE_CODES = {"ca": "CAT", "de": "DEU", "en": "ENG", "es": "SPA", "eu": "EUS", "fr": "FRA", "gl": "GLG", "it": "ITA", "pt": "POR"}
"""Codes of the European list of languages; another language is not named."""
FORMS = {"CSV": "text/csv", "JSON": "application/json", "PARQUET": "application/vnd.apache.parquet"}
"""Code of the European list of file types, and media type; the name of the file ends with the code."""
CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "dcatap": "http://data.europa.eu/r5r/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Json = dict[str, Any]


def dcat_catalogue(city: City, root: str, times: ResponseTimes) -> Json:
    """Return the catalogue.

    Args:
        city: the publisher.
        root: address of the folder of the files.
        times: the data, for its dates.
    """
    publisher = f"{ORGANISM}/{city.portal.dir3}" if city.portal.dir3 else f"{root}/publisher"
    issued, modified = _day(CHANGES[-1].day.isoformat()), _day(times.made_at.date().isoformat())
    dates = {"dct:issued": issued, "dct:modified": modified}
    languages = [{"@id": f"{AUTHORITY}/language/{LANGUAGE_CODES[one]}"} for one in sorted(LANGUAGES) if one in LANGUAGE_CODES]
    catalogue = {
        "@id": f"{root}/catalog",
        "@type": "dcat:Catalog",
        **dates,
        "dct:title": _said("Open data of {city}: answers to citizens", city),
        "dct:description": _said("Data about how the council of {city} answers what people report in public.", city),
        "dct:publisher": {"@id": publisher},
        "foaf:homepage": {"@id": root},
        "dct:license": {"@id": LICENCE},
        "dcat:themeTaxonomy": [{"@id": SECTORS}, {"@id": f"{AUTHORITY}/data-theme"}],
        "dct:language": languages,
        "dcat:dataset": {"@id": f"{root}/response-times"},
        **_where(city),
    }
    agent = {
        "@id": publisher,
        "@type": "foaf:Agent",
        "foaf:name": _spanish(city.notice.controller),
        "dct:type": {"@id": "http://purl.org/adms/publishertype/LocalAuthority"},
    }
    distributions = [_distribution(city, root, form) for form in FORMS]
    graph = [catalogue, _dataset(city, root, times, publisher) | dates, *distributions]
    # A body with a DIR3 code is described by the directory, and must not be described again.
    return {"@context": CONTEXT, "@graph": graph if city.portal.dir3 else [*graph, agent]}


def _dataset(city: City, root: str, times: ResponseTimes, publisher: str) -> Json:
    return {
        "@id": f"{root}/response-times",
        "@type": "dcat:Dataset",
        "dct:title": _said("Response times to citizens' reports, {city}", city),
        "dct:description": _said(
            "Elapsed hours from a citizen's report to the first answer, over the last 12 months, by month, service, district and channel. "
            "Numbers of fewer than five cases are hidden.",
            city,
        ),
        "dct:identifier": f"{root}/response-times",
        "dct:publisher": {"@id": publisher},
        "dcat:keyword": [one for word in ("response times", "complaints", "transparency") for one in _said(word, city)],
        "dcat:theme": [{"@id": f"{SECTORS}/sector-publico"}, {"@id": f"{AUTHORITY}/data-theme/GOVE"}],
        "dct:accrualPeriodicity": {"@id": f"{AUTHORITY}/frequency/UPDATE_CONT"},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _day(times.since.date().isoformat()),
            "dcat:endDate": _day(times.made_at.date().isoformat()),
        },
        "dcat:contactPoint": {
            "@type": "vcard:Organization",
            "vcard:fn": _spanish(city.notice.controller),
            "vcard:organization-name": _spanish(city.notice.controller),
            "vcard:hasUID": {"@id": publisher},
            "vcard:hasEmail": {"@id": f"mailto:{city.notice.contact}"},
            "vcard:hasURL": {"@id": city.notice.url or root},
        },
        "dct:accessRights": {"@id": f"{AUTHORITY}/access-right/PUBLIC"},
        **_where(city),
        "dcat:version": CHANGES[0].version,
        "adms:versionNotes": _said(CHANGES[0].what, city),
        "dcat:landingPage": {"@id": root},
        "dcat:distribution": [{"@id": f"{root}/response-times.{form.lower()}"} for form in FORMS],
    }


def _where(city: City) -> Json:
    """Return the area as the standard's lists of places name it.

    Their finest one is the province.
    """
    province = province_of(city.portal.dir3)
    return {} if province is None else {"dct:spatial": {"@id": province}}


def _distribution(city: City, root: str, form: str) -> Json:
    address = {"@id": f"{root}/response-times.{form.lower()}"}
    law = {"dcatap:applicableLegislation": {"@id": REUSE_LAW}} if city.portal.dir3 else {}
    return {
        **address,
        "@type": "dcat:Distribution",
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
        "dct:title": _said("Response times to citizens' reports, {city}", city),
        "dct:license": {"@id": LICENCE},
        "dct:description": _said("The whole table as one {form} file; its address does not change.", city, form),
        "dcatap:availability": {"@id": f"{AUTHORITY}/planned-availability/AVAILABLE"},
        **law,
        "dct:format": {"@id": f"{AUTHORITY}/file-type/{form}"},
        "dcat:mediaType": {"@id": f"{MEDIA_TYPES}/{FORMS[form]}"},
    }


def _said(text: str, city: City, form: str = "") -> list[Json]:
    """Return the text in each language of the interface."""
    return [{"@value": translator(one, "reports")(text).format(city=city.name, form=form), "@language": one} for one in sorted(LANGUAGES)]


def _spanish(name: str) -> Json:
    return {"@value": name, "@language": "es"}


def _day(day: str) -> Json:
    return {"@value": day, "@type": "xsd:date"}
