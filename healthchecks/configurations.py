"""The integrations that a process met lately, each with its actions and their parsed rules."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from integrations.models import Action, Integration
from integrations.response_rules import ResponseRules

_MOST_KEPT = 2_000  # each is a few kilobytes


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """An integration with its actions, as of one version."""

    integration: Integration
    actions: tuple[Action, ...]
    _rules: dict[UUID, ResponseRules] = field(default_factory=dict)

    def rules_of(self, action: Action) -> ResponseRules:
        """Return an action's rules, parsed when first asked for: those of one that cannot be
        read are its own connections' trouble, and nobody else's."""
        if action.pk not in self._rules:
            self._rules[action.pk] = action.rules
        return self._rules[action.pk]


class Configurations:
    """The integrations that this process met lately, by id, each in the version asked for."""

    def __init__(self) -> None:
        self._known: OrderedDict[UUID, Configuration] = OrderedDict()
        self._lock = threading.Lock()  # Celery's threads share one cache

    def of(self, wanted: Mapping[UUID, int]) -> Mapping[UUID, Configuration]:
        """Return the configurations of these integrations; `wanted` maps an id to its version.

        No query where all are known.
        """
        with self._lock:
            missing = [
                pk
                for pk, version in wanted.items()
                if pk not in self._known or self._known[pk].integration.config_version != version
            ]
            if missing:
                self._load(missing)
            found = {pk: self._known[pk] for pk in wanted if pk in self._known}
            while len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)
            return found

    def _load(self, integration_ids: Sequence[UUID]) -> None:
        integrations = Integration.objects.filter(pk__in=integration_ids)
        for integration in integrations.prefetch_related("actions"):
            self._known[integration.pk] = Configuration(
                integration=integration, actions=tuple(integration.actions.all())
            )
