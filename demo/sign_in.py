"""How people get into the demo: an admin user, and an API key."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.utils.crypto import salted_hmac

from tenants.models import ApiKey, Membership, Role, Tenant

USER_NAME = "demo"
_KEY_NAME = "Demo"
_PASSWORD_LENGTH = 16  # hexadecimal digits, 64 bits


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """What to tell the person who started the demo."""

    url: str
    user_name: str
    password: str
    api_key: str


def sign_in(tenant: Tenant) -> SignIn:
    """Make the demo's user and key, or bring them back, and return them.

    The password stays the same while SECRET_KEY does, so a restart signs nobody out. The key is
    new each time: only its hash was stored. Raises CommandError where the user's name is taken.
    """
    return SignIn(
        url=settings.PUBLIC_URL,
        user_name=USER_NAME,
        password=_user_password(tenant),
        api_key=_key(tenant),
    )


def _user_password(tenant: Tenant) -> str:
    users = get_user_model().objects
    user = users.filter(username=USER_NAME).first()
    if user is None:
        user = users.create_superuser(username=USER_NAME)
        Membership.objects.create(tenant=tenant, user=user, role=Role.ADMIN)
    elif not user.memberships.filter(tenant=tenant).exists():
        raise CommandError(
            f"A user named {USER_NAME} exists and is not the demo's. Rename that user, or use"
            " another database."
        )
    password = salted_hmac(__name__, USER_NAME, algorithm="sha256").hexdigest()[:_PASSWORD_LENGTH]
    if not user.check_password(password):
        user.set_password(password)
    user.is_active = user.is_staff = user.is_superuser = True
    user.save()
    return password


def _key(tenant: Tenant) -> str:
    api_key = ApiKey.objects.filter(tenant=tenant, name=_KEY_NAME).first()
    api_key = api_key or ApiKey(tenant=tenant, name=_KEY_NAME)
    api_key.role, api_key.expires_at, api_key.revoked_at = Role.ADMIN, None, None
    secret = api_key.mint()
    api_key.save()
    return secret
