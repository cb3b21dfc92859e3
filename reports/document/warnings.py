"""Write the section about early warnings."""

from core.config.city import City
from core.i18n.translate import translator
from reports.build.statistics import Numbers
from reports.document.document import Link, Section, Sentence
from reports.document.warning_words import course, reason, title

MOST_SHOWN = 8


def warnings_section(city: City, n: Numbers, language: str, most: int = MOST_SHOWN) -> Section | None:
    """Return the warnings of the interval; None without any."""
    if not n.warnings:
        return None
    _ = translator(language, "reports")
    sentences = []
    for one in n.warnings[:most]:
        name = title(one, language)
        example = f" ({_('example')})" if one.example else ""
        text = f"{name[:1].upper()}{name[1:]}{example}: {reason(one, language)} {course(one, city, language)}"
        sentences.append(Sentence(text=text, links=(Link(label=_("Show the warning"), path=f"/warnings/{one.number}"),)))
    if len(n.warnings) > most:
        more = _("More warnings of this interval are on the desk: {n}.").format(n=len(n.warnings) - most)
        sentences.append(Sentence(text=more, links=(Link(label=_("Show all warnings"), path="/warnings"),)))
    return Section(title=_("Early warnings"), sentences=tuple(sentences))
