"""Serve the notice to citizens (GDPR, Articles 13 and 14)."""

from starlette.requests import Request
from starlette.responses import Response

from core.i18n.display_names import display_name
from core.privacy.redaction.figures import load_figures
from core.records.post import is_example
from portal.rendering import kept_page, language_of, site_of


def notice(request: Request) -> Response:
    """Show the notice, filled from the profile."""
    site = site_of(request)
    context = site.context
    return kept_page(
        request,
        "notice.html",
        sources=sorted(display_name("source", name, language_of(request)) for name in context.sources if not is_example(name)),
        days=context.city.retention.days,
        measured=load_figures,
        contact=site.context.takes_contacts,
    )
