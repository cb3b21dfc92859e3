"""Know how rare a word is, and which words say that something was mended or goes on."""

import re
from dataclasses import dataclass
from functools import cached_property
from math import log
from zlib import crc32

import numpy as np
import numpy.typing as npt

STOP_WORDS = frozenset(
    """
    de la el que y a en un una los las del al por para con no se es lo me mi su te ya si pero como mas muy esta este esto hay ha he han
    son fue ser va le les nos o u ni sin sobre desde hasta entre cuando donde porque pues asi tan solo hoy ayer user http number email
    name aqui alli ahi eso esa ese todo toda todos todas otra otro vez sigue siguen ayuntamiento calle plaza avenida barrio dia dias
    els les amb que per una uns unes dels als aixo aquest aquesta carrer avui dels molt tot tots tota
    hai unha uns unhas polo pola rua hoxe moi todo cando onde
    eta ere bat ez da dira dago kalea gaur oso hau hori
    the and for with this that are was not you have from they street road
    """.split()
)
NO_HOUSE_NUMBER = frozenset(
    """
    h horas hora minutos minuto min euros euro dias dia anos metros m km veces semanas semana meses mes am pm grados vecinos personas
    de enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre coches veces patinetes bolsas mil
    hores minuts dies anys setmanes egun ordu minutu dias hours minutes days
    """.split()
)
CLOSING = re.compile(
    r"(?<!\S)(?:arregla(?:d\w+|ron)|ya (?:esta|han|hay|funciona\w*|va|ha|no) |por fin|solucionad\w+|resuelt\w+|reparad\w+|volvio|ha vuelto"
    r"|retirad\w+|limpiad\w+|recogid\w+|han (?:venido|quitado|puesto|arreglado|recogido|limpiado)"
    r"|arreglat\w*|ja (?:esta|han|hi ha|funciona)|per fi|arranxad\w+|xa (?:esta|funciona|hai)|konpondu\w*|azkenean)(?!\S)"
)
ONGOING = re.compile(
    r"(?<!\S)(?:sigue\w*|otra vez|todavia|aun|igual|tampoco|tambien|lo mismo|van \w+ (?:dias|semanas)|ya van|llevamos|dia \d+"
    r"|continua\w*|segueix\w*|encara|tambe|tampoc|segue\w*|ainda|tamen|oraindik|ere|still|again)(?!\S)"
)
"""Both read folded words: no accents, no capitals, a space between."""


@dataclass(frozen=True)
class Vocabulary:
    """Document frequencies of stems, kept as hashes: no word can be read from them."""

    documents: int
    hashes: npt.NDArray[np.uint32]
    """Sorted CRC-32 of each stem."""
    counts: npt.NDArray[np.uint32]
    mean: npt.NDArray[np.float32]
    """Mean embedding of the training posts."""
    map: npt.NDArray[np.float32]
    """[embedding, taught space]: learned from incidents, so that posts of one lie closer together."""
    model: str
    """The reader whose embeddings these are: `name@revision`."""

    def knows(self, model: str, size: int) -> bool:
        """Tell whether embeddings of this reader can be compared as in training; another encoder's cannot."""
        return model.partition("@")[0] == self.model.partition("@")[0] and size == len(self.mean)

    def weight(self, stem: str) -> float:
        """Return the inverse document frequency of a stem; unknown stems are the rarest."""
        return log((self.documents + 1) / (self._counted.get(crc32(stem.encode()), 0) + 1))

    @cached_property
    def _counted(self) -> dict[int, int]:
        """The counts by hash."""
        return dict(zip(self.hashes.tolist(), self.counts.tolist(), strict=True))
