"""Encrypt and decrypt a file in authenticated chunks.

A changed, truncated or extended file is refused.

    ESCUCHA-BACKUP-2\\n   {"kdf_salt": hex, "key_check": hex, ...}\\n   chunk chunk ... chunk

The key is scrypt(passphrase, kdf_salt; N=32768, r=8, p=1), 64 bytes: the first 32 encrypt, SHA-256 of the others is `key_check`. A chunk
is AES-256-GCM of 1 MiB (the last: the remainder), its nonce the chunk's number (11 bytes, big-endian) and 1 for the last chunk, else 0;
the two lines before are authenticated with each chunk. This is the STREAM construction, as in age. The content is compressed with zlib.
"""

import hashlib
import hmac
import json
import secrets
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import ConfigurationError

MAGIC = b"ESCUCHA-BACKUP-2\n"
CHUNK = 1 << 20
TAG = 16
HEADER_BYTES = 16_384
"""Longer than any header Escucha writes."""


class EncryptedFileError(ConfigurationError):
    """Report a file that cannot be decrypted.

    It has another format, needs another passphrase, or is damaged.
    """


def encrypt(source: BinaryIO, target: BinaryIO, about: dict[str, str], passphrase: bytes) -> None:
    """Encrypt `source` into `target`.

    `about` is readable in the header, and protected against change.
    """
    kdf_salt = secrets.token_bytes(16)
    key, check = _keys(passphrase, kdf_salt)
    header = MAGIC + json.dumps({**about, "kdf_salt": kdf_salt.hex(), "key_check": check}).encode() + b"\n"
    target.write(header)
    cipher, number, waiting = AESGCM(key), 0, bytearray()
    for piece in _compressed(source):
        waiting += piece
        while len(waiting) > CHUNK:  # the last chunk, full or not, is marked: so keep it until more follows
            target.write(cipher.encrypt(_nonce(number, last=False), bytes(waiting[:CHUNK]), header))
            del waiting[:CHUNK]
            number += 1
    target.write(cipher.encrypt(_nonce(number, last=True), bytes(waiting), header))


def decrypt(source: BinaryIO, target: BinaryIO, passphrase: bytes) -> dict[str, str]:
    """Decrypt `source` into `target` and return its `about`.

    Use the output only after this returns: a damaged file is detected at its damaged chunk.

    Raises:
        EncryptedFileError: not such a file, another passphrase, or damaged.
    """
    header, about = _header(source)
    key, check = _keys(passphrase, bytes.fromhex(about.pop("kdf_salt")))
    if not hmac.compare_digest(about.pop("key_check"), check):
        raise EncryptedFileError("it was encrypted with another key (ESCUCHA_BACKUP_KEY, ESCUCHA_BACKUP_KEY_FILE)")
    expand = zlib.decompressobj()
    try:
        for piece in _decrypted(source, AESGCM(key), header):
            while piece:
                target.write(expand.decompress(piece, CHUNK))
                piece = expand.unconsumed_tail
        while more := expand.decompress(expand.unconsumed_tail, CHUNK):
            target.write(more)
    except zlib.error as error:
        raise EncryptedFileError(f"its content is damaged: {error}") from None
    if not expand.eof:
        raise EncryptedFileError("it ends too early")
    return about


def is_encrypted(source: BinaryIO) -> bool:
    """Return whether the file is an encrypted one; rewind it."""
    start = source.read(len(MAGIC))
    source.seek(0)
    return start == MAGIC


def read_about(source: BinaryIO) -> dict[str, str]:
    """Read the header alone, without the key: nothing vouches for it.

    Raises:
        EncryptedFileError: not such a file.
    """
    return _header(source)[1]


def _header(source: BinaryIO) -> tuple[bytes, dict[str, str]]:
    magic, line = source.read(len(MAGIC)), source.readline(HEADER_BYTES)
    try:
        if magic != MAGIC or not line.endswith(b"\n"):
            raise ValueError
        about = {str(name): str(value) for name, value in json.loads(line).items()}
        bytes.fromhex(about["kdf_salt"] + about["key_check"])
    except (ValueError, KeyError, AttributeError):
        raise EncryptedFileError("this is no backup of Escucha, or its beginning is damaged") from None
    return magic + line, about


def _decrypted(source: BinaryIO, cipher: AESGCM, header: bytes) -> Iterator[bytes]:
    """Yield the content of each chunk.

    The chunk marked as the last must be at the end of the file, and no other may be.
    """
    number, chunk = 0, source.read(CHUNK + TAG)
    while True:
        following = source.read(CHUNK + TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), chunk, header)
        except (InvalidTag, ValueError):
            raise EncryptedFileError(f"it was cut short or changed in or after its megabyte {number + 1}") from None
        if not following:
            return
        number, chunk = number + 1, following


def _keys(passphrase: bytes, kdf_salt: bytes) -> tuple[bytes, str]:
    both = hashlib.scrypt(passphrase, salt=kdf_salt, n=1 << 15, r=8, p=1, maxmem=1 << 26, dklen=64)
    return both[:32], hashlib.sha256(both[32:]).hexdigest()


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _compressed(source: BinaryIO) -> Iterator[bytes]:
    compress = zlib.compressobj(6)
    while piece := source.read(CHUNK):
        yield compress.compress(piece)
    yield compress.flush()
