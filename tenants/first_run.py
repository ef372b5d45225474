"""The first person of an empty system: a signed link lets them set it up, once."""

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.db import connection, transaction
from django.urls import reverse

from tenants.models import Membership, Role, Tenant
from tenants.people import find_or_create_user
from tenants.row_security import for_all_tenants

HOW_TO_BEGIN = "Open the link that bin/run printed, or print it again with bin/manage welcome_link."
_SALT = "tenants.first_run"


class IsSetUp(Exception):
    """There is somebody already."""


def is_set_up() -> bool:
    return User.objects.exists()


def link() -> str:
    """Return the address of the page. It opens it while nobody is there."""
    token = signing.dumps(_SALT, salt=_SALT)
    return f"{settings.PUBLIC_URL}{reverse('welcome', args=[token])}"


def opens(token: str) -> bool:
    """Return whether this is of a link that we made."""
    try:
        signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return False
    return True


def set_up(*, organisation: str, email: str, password: str) -> User:
    """Make a tenant and who administers it, and operates this installation. Raises IsSetUp."""
    with for_all_tenants(), transaction.atomic():
        with connection.cursor() as cursor:
            # Of two who do this at the same time one comes first.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_SALT])
        if is_set_up():
            raise IsSetUp
        user = find_or_create_user(email)
        user.is_staff = user.is_superuser = True
        user.set_password(password)
        user.save()
        tenant = Tenant.objects.create(name=organisation, slug=Tenant.free_slug(organisation))
        Membership.objects.create(tenant=tenant, user=user, role=Role.ADMIN)
        return user
