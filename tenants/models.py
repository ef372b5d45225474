"""Who owns data: tenants, the people in them, and the API keys that act for them."""

import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.text import slugify

from api.ids import new_id
from api.names import validate_name

KEY_PREFIX = "vitals_"  # lets secret scanners recognise a leaked key
VISIBLE_CHARACTERS = 12  # of a key: enough to tell keys apart, far too few to guess the rest
LAST_USE_PRECISION = dt.timedelta(minutes=1)  # a key's last use is written at most this often


class TenantStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"


class Theme(models.TextChoices):
    """Which colours the tenant's pages have; `system`: those of the reader's machine."""

    SYSTEM = "system", "System"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class Role(models.TextChoices):
    """What its holder may do; each role includes those before it."""

    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    ADMIN = "admin", "Admin"

    def includes(self, other: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


class Tenant(models.Model):
    """An organisation whose data nobody else may see."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200, validators=[validate_name])
    slug = models.SlugField(max_length=80, unique=True, allow_unicode=True)
    status = models.CharField(
        max_length=12, choices=TenantStatus.choices, default=TenantStatus.ACTIVE
    )
    default_interval_minutes = models.PositiveIntegerField(
        default=15, validators=[MinValueValidator(1), MaxValueValidator(44_640)]
    )
    retention_days = models.PositiveIntegerField(
        default=7, validators=[MinValueValidator(1), MaxValueValidator(400)]
    )
    notification_defaults = models.JSONField(default=dict, blank=True)
    theme = models.CharField(
        max_length=12, choices=Theme.choices, default=Theme.SYSTEM, db_default=Theme.SYSTEM
    )
    # Blank: the product's own.
    accent_color = models.CharField(
        max_length=7,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", "A colour looks like #1a2b3c.")],
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "tenants"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def free_slug(cls, name: str) -> str:
        """Return a slug for `name` that no tenant has yet."""
        stem = slugify(name, allow_unicode=True)[:70] or "tenant"
        taken = set(cls.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
        if stem not in taken:
            return stem
        return next(s for n in range(2, len(taken) + 3) if (s := f"{stem}-{n}") not in taken)


class Membership(models.Model):
    """A user's role in a tenant, and what the tenant knows of them.

    That is no more than it was told and saw itself: another tenant may know the same user by
    another name, and see them at other times.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    name = models.CharField(
        max_length=200, blank=True, default="", db_default="", validators=[validate_name]
    )
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.VIEWER)
    last_sign_in_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "memberships"
        constraints = (
            models.UniqueConstraint(fields=("tenant", "user"), name="one_membership_per_user"),
        )

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant}"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> "ApiKeyQuerySet":
        """Keys that are neither revoked nor expired, of tenants that are active."""
        return self.filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=Now()),
            revoked_at=None,
            tenant__status=TenantStatus.ACTIVE,
        )

    def presented(self, key: str) -> "ApiKey | None":
        """Return the usable key that `key` is, or None. One query."""
        digest = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
        return self.usable().select_related("tenant").filter(key_hash=digest).first()


class ApiKey(models.Model):
    """A secret that acts for one tenant with one role.

    Only a hash is stored. SHA-256 without salt is enough for 256 random bits, and lets the
    look-up be an index scan.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=200, validators=[validate_name])
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.VIEWER)
    prefix = models.CharField(max_length=24, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    rotated_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        db_table = "api_keys"
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def mint(self) -> str:
        """Give this key its secret and return it: it cannot be read again. Does not save."""
        key = KEY_PREFIX + secrets.token_urlsafe(32)
        self.prefix = key[:VISIBLE_CHARACTERS]
        self.key_hash = hashlib.sha256(key.encode()).hexdigest()
        return key

    def touch(self) -> None:
        """Note that the key was used, to the minute, so that reads do not become writes."""
        now = timezone.now()
        if self.last_used_at is None or now - self.last_used_at > LAST_USE_PRECISION:
            type(self).objects.filter(pk=self.pk).update(last_used_at=now)


def create_tenant(name: str, *, key_name: str = "First key") -> tuple[Tenant, str]:
    """Create a tenant with an admin key; return both. The key cannot be read again."""
    tenant = Tenant.objects.create(name=name, slug=Tenant.free_slug(name))
    api_key = ApiKey(tenant=tenant, name=key_name, role=Role.ADMIN)
    secret = api_key.mint()
    api_key.save()
    return tenant, secret
