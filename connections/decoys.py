"""Secrets that are wrong on purpose, to see whether an API notices."""

import secrets
import string

from connections.encryption import Secret

_KINDS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


def decoy(secret: Secret) -> Secret:
    """Return a secret of the same fields and shape in which every part is wrong.

    The user name too: an account whose name comes with wrong passwords may be locked.
    """
    return Secret({name: _another(text) for name, text in secret.items()})


def _another(text: str) -> str:
    """Return a random text with a digit for a digit, a letter for a letter, all else in its place;
    of a text without either, letters alone."""
    if not any(character.isalnum() for character in text):
        return "".join(secrets.choice(string.ascii_lowercase) for _ in text)
    wrong = text
    while wrong == text:
        wrong = "".join(_alike(character) for character in text)
    return wrong


def _alike(character: str) -> str:
    if not character.isalnum():
        return character
    kind = next((kind for kind in _KINDS if character in kind), string.ascii_lowercase)
    return secrets.choice(kind)
