"""Redact handles, links and e-mail addresses by each network's grammar.

Bluesky: a domain (`@ana-garcia.bsky.social`, punycode too) or a DID. Mastodon: `@luis-perez@server`. Discourse and YouTube:
letters, digits, dots, hyphens, underscores. X, Instagram, TikTok, Telegram: letters, digits, underscores, dots. Reddit: `u/name`.
One pattern covers the widest of them: the network of a text is not available here, and a word lost after a hyphen does no harm.
"""

import re
from functools import partial

from core.privacy.redaction.glance import Glance
from core.privacy.redaction.mail_addresses import without_mails
from core.privacy.redaction.own_words import NO_WORDS, OwnWords
from core.privacy.redaction.words import word_set

_SOCIAL = (
    r"(?:facebook|fb|instagram|twitter|x|tiktok|linkedin|threads|telegram|t|youtube|twitch|reddit"
    r"|snapchat|pinterest|wa|soundcloud|bandcamp|vimeo|tumblr|flickr|patreon|medium|github|strava|wattpad|vinted|wallapop"
    r"|milanuncios|idealista|airbnb|onlyfans|substack|ko-fi|paypal|behance|goodreads|change|open\.spotify|spotify)"
    r"\.(?:com|net|me|co|tv|es|org)|bsky\.app|bit\.ly|youtu\.be|linktr\.ee"
)
_END = r"[^\s<>\"]*[^\s<>\".,;:!?)\]»]"
_LINK = re.compile(rf"(?<![\w@])(?:https?://|at://|www\.|(?:[\w\-]{{1,20}}\.)?(?:{_SOCIAL})/){_END}", re.IGNORECASE)
_PROFILE = re.compile(rf"(?<![\w@.\-/])[\w\-]{{1,63}}(?:\.[\w\-]{{1,63}}){{1,4}}/(?:@|user/|users/|u/){_END}", re.IGNORECASE)
"""A profile's page on any server: `mastodon.social/@luis`, `youtube.com/@ana-garcia`."""
_PART = r"\w++(?:(?:[.·]|-++)\w++)*+"
_HOST_PORT = r"(?::\d{2,5}(?!\w))?"
HANDLE = re.compile(rf"(?<![\w/@])@{_PART}(?:@{_PART}{_HOST_PORT})*+")
_BLUESKY = re.compile(r"(?<![\w.\-@])[a-z0-9][a-z0-9\-]{1,62}\.bsky\.social(?![\w\-])", re.IGNORECASE)
_REDDIT = re.compile(r"(?<![\w/.])/?u/[\w\-]{3,24}(?![\w\-])", re.IGNORECASE)
_DISCORD = re.compile(r"(?<![\w#@/.])\w[\w.]{1,31}#(?!19\d\d|20\d\d)\d{4}(?!\w)")
_DID = re.compile(r"(?<!\w)did:[a-z0-9]{1,20}:[\w.:%\-]*[\w%\-]|(?<!\w)did:[a-z0-9]{1,20}:[.:_\-]++", re.IGNORECASE)
_NETWORK = (
    r"(?:insta(?:gram)?|ig|tw(?:itter)?|tik ?tok|telegram|tg|facebook|fb|face|snap(?:chat)?|discord|twitch|youtube|yt"
    r"|threads|bluesky|mastodon|linkedin|wallapop|skype|reddit)"
)
_NAME = r"@?(?P<name>[\w](?:[.\-]?\w){2,39})(?![\w@])"
_MINE = r"(?:mi|nuestr[oa]|el meu|o meu|meu|nire|my|mon|il mio|mein|tu|su)"
_NAMED = re.compile(
    rf"(?<!\w)(?P<mine>{_MINE}\s{{1,2}}(?:(?:usuario|cuenta|perfil|canal|user|nick|account|compte"
    rf"|conta)\s{{1,2}}(?:en|de|del|on|a|no)?\s{{0,2}}(?:el\s)?)?)?"
    rf"(?P<network>{_NETWORK})(?P<link>\s{{0,2}}[:=]\s{{0,2}}|\s{{1,2}}(?:es|és|é|is|da|ist|est"
    rf"|soy|sóc|como|com|as)\s{{1,2}}|\s{{1,2}})"
    rf"{_NAME}",
    re.IGNORECASE,
)
_ON = re.compile(
    rf"(?<![\w@.])(?P<name>\w(?:[.\-]?\w){{2,39}})(?P<on>\s{{1,2}}(?:en|on|a|no|su|auf|sur)\s{{1,2}}(?:el\s)?{_NETWORK})(?!\w)",
    re.IGNORECASE,
)
_NICK = re.compile(
    r"(?<!\w)(?P<say>(?:mi|my|meu)\s{1,2}(?:usuario|user(?:name)?|nick|alias|handle)(?:\s{1,2}(?:es"
    r"|is|és|é)\s{1,2}|\s{0,2}:\s{0,2}))" + _NAME,
    re.IGNORECASE,
)
_SOUGHT = re.compile(
    r"(?<!\w)(?P<say>(?:busc\w{1,6}|encontr\w{1,6}|sig\w{1,6}|segu\w{1,5}|aparezco|salgo|estoy|soy|sóc|find|follow)\s(?:\w{1,10}\s){0,3}?"
    r"(?:como|com|por|as|en|soy)\s|(?:soy|sóc|nick|user)\s)@?(?P<name>[a-z](?:[._]?\w){2,30})(?![\w@])",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"(?<![\w@])@\s(?=\w*[_\d])[a-z]\w{3,39}(?![\w@.])", re.IGNORECASE)
"""`@ la_mala` with a space that hides it."""
_SPOKEN = re.compile(
    r"(?<!\w)(?:arroba|arrova)\s\w{1,30}(?:\s(?:gui[oó]n?(?:\s(?:bajo|baix|baixo))?|barra\s(?:baja|baixa)|underscore|subrayado)\s\w{1,30}){1,5}"
    r"(?!\w|\s(?:punto?|dot|ponto)\s)",
    re.IGNORECASE,
)
_LINED = re.compile(r"(?<![\w@/.#:=\-])(?=\w{0,38}[^\W_]_[^\W_])[a-z]\w{3,39}(?![\w@/.=])", re.IGNORECASE)
"""A word with an underscore is an account where a network is named."""
_NO_WORD = re.compile(r"[\d_.]|[a-z][A-Z]")
_NETWORKS = word_set("handles", "networks")
"""An account is announced only by one of these words."""
_OTHER_NETWORKS = _NETWORKS - {"user", "x"}
"""Without `user`, because redaction writes `@user`."""


def without_accounts(text: str, kept: frozenset[str], seen: Glance, own: OwnWords = NO_WORDS) -> str:
    """Return the text without accounts, links and e-mail addresses.

    Each pattern runs only when a character or word it requires is in the text.
    """
    small = seen.small if seen.small.isascii() else text.casefold()
    if "/" in small or "www." in small:
        text = _LINK.sub(partial(_link, own), text)
        if "/@" in small or "/u" in small:
            text = _PROFILE.sub("http", text)
    if "did:" in small:
        text = _DID.sub("@user", text)
    text = without_mails(text, small, seen)
    if "#" in small:
        text = _DISCORD.sub("@user", text)
    if "@ " in small:
        text = _BEHIND.sub("@user", text)
    if "arroba" in small or "arrova" in small:
        text = _SPOKEN.sub("@user", text)
    if "@" in small:
        text = HANDLE.sub(partial(_handle, kept), text)
    if ".bsky.social" in small:
        text = _BLUESKY.sub(partial(_handle, kept), text)
    if "u/" in small:
        text = _REDDIT.sub("@user", text)
    if seen.has(_NETWORKS):
        if "_" in small and seen.has(_OTHER_NETWORKS):
            text = _LINED.sub(partial(_handle, kept), text)
        words = kept | own.no_names
        text = _NAMED.sub(partial(_announced_account, words), text)
        text = _ON.sub(partial(_on, words), text)
        text = _NICK.sub(partial(_nick, words), text)
        text = _SOUGHT.sub(partial(_sought, words), text)
    return text


def _link(own: OwnWords, match: re.Match[str]) -> str:
    """Return `http`; keep a public body's page, which identifies no person."""
    found = match.group()
    return found if own.official.match(found) and "@" not in found else "http"


def _handle(kept: frozenset[str], match: re.Match[str]) -> str:
    """Return `@user`; keep the city's own handles.

    Also as `@MADRID@mastodon.social` and, with a forgotten space, `@MADRID.Gracias`.
    """
    found = match.group()
    name = found.lower().removeprefix("@")
    if name == "user" or name in kept or name.split("@")[0] in kept:
        return found
    stem, _, rest = found.removeprefix("@").partition(".")
    return found if stem.lower() in kept and rest[:1].isupper() else "@user"


def _announced_account(kept: frozenset[str], match: re.Match[str]) -> str:
    """Redact an account announced by a network: `mi insta es pepito_vk`.

    Also `IG: pepito_vk`; not `Twitter es útil`.
    """
    name, link = match["name"], match["link"].strip()
    if not _is_account(name, kept):
        return match.group()
    sure = bool(_NO_WORD.search(name)) or (match["mine"] and link) or (link in (":", "=") and name.islower())
    return match.group()[: match.start("name") - match.start()].removesuffix("@") + "@user" if sure else match.group()


def _on(kept: frozenset[str], match: re.Match[str]) -> str:
    name = match["name"]
    sure = re.search(r"_|[a-z]\d|\.", name) and _is_account(name, kept)
    return "@user" + match["on"] if sure else match.group()


def _nick(kept: frozenset[str], match: re.Match[str]) -> str:
    return match["say"] + "@user" if _is_account(match["name"], kept) else match.group()


def _sought(kept: frozenset[str], match: re.Match[str]) -> str:
    """Redact an account to search for: `en tiktok me buscáis como sara23`."""
    name = match["name"]
    sure = re.search(r"_|[a-z]\d{2}|[a-z]\.[a-z]", name) and _is_account(name, kept)
    return match["say"] + "@user" if sure else match.group()


def _is_account(name: str, kept: frozenset[str]) -> bool:
    small = name.lower()
    return small not in kept and small != "user" and small not in _ORDINARY and not small.isdigit()


_ORDINARY = word_set("handles", "ordinary")
