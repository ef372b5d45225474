"""Users, who are known by their e-mail address: without case, in whichever tenants they are."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models.functions import Lower
from django.http import HttpRequest

from api.ids import new_id

_USERNAME_MAX = User._meta.get_field("username").max_length or 0


def find_user(address: str) -> User | None:
    """Return who has this e-mail address. One query."""
    known = User.objects.alias(address=Lower("email")).filter(address=address.lower())
    return known.order_by("pk").first()


@transaction.atomic
def find_or_create_user(address: str) -> User:
    """Return who has this e-mail address: if nobody yet, a new user without a password."""
    with connection.cursor() as cursor:
        # Two tenants that add a stranger at the same time mean the same person.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [address.lower()])
    return find_user(address) or User.objects.create_user(_free_username(address), address)


class ByEmail(ModelBackend):
    """Signs people in who give their e-mail address in place of their user name."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        user = find_user(username) if username else None
        # Somebody unknown takes as long as a wrong password.
        return super().authenticate(request, user.username if user else "", password, **kwargs)


def _free_username(address: str) -> str:
    taken = User.objects.filter(username__iexact=address).exists()
    return f"member-{new_id()}" if taken or len(address) > _USERNAME_MAX else address
