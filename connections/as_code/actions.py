"""The actions of an integration, as a file has them, and which of them is its test action."""

from collections.abc import Iterable
from typing import Any

from api.views import validated
from connections.as_code.entries import Entry, IntegrationEntry
from connections.as_code.faults import Faults, below
from integrations import edits
from integrations.models import Action, Integration
from integrations.serializers import ActionSerializer, IntegrationSerializer

NO_SUCH_ACTION = "This integration has no action of this name."


class Actions:
    """The actions of one integration on their way in. `integration` is the row as it is now."""

    def __init__(self, integration: Integration, entry: IntegrationEntry, faults: Faults) -> None:
        self.integration = integration
        self._entry = entry
        self._faults = faults

    def bring(self) -> None:
        chosen = self._entry.test_action
        if self._entry.has_test_action and self._chosen_now() != chosen:
            # First let go of the one that was chosen: it may change its method now.
            self.integration = edits.update(self.integration, {"test_action": None})
        known = {action.name: action for action in self.integration.actions.all()}
        for entry in self._entry.actions or ():
            with self._faults.at(entry.place):
                self._bring_one(entry, known.get(entry.identity))
        if self._entry.has_test_action and self._chosen_now() != chosen:
            self._choose(chosen)

    def unlisted(self) -> Iterable[Action]:
        """Return the actions that the file's list does not have; none where it has no list."""
        if self._entry.actions is None:
            return []
        listed = [entry.identity for entry in self._entry.actions]
        return self.integration.actions.exclude(name__in=listed)

    def _bring_one(self, entry: Entry, known: Action | None) -> None:
        context = {"integration": self.integration}
        form = ActionSerializer(
            known, data=entry.fields, partial=known is not None, context=context
        )
        fields = validated(form)
        if known is None:
            edits.create_action(self.integration, fields)
        elif changes := {k: v for k, v in fields.items() if getattr(known, k) != v}:
            edits.update_action(known, changes)

    def _choose(self, name: Any) -> None:
        place = below(self._entry.place, "healthCheckConfig")
        action = self.integration.actions.filter(name=str(name)).first()
        if action is None:
            if not self._entry.lists_action(name):
                self._faults.add(below(place, "testAction"), NO_SUCH_ACTION)
            return
        with self._faults.at(self._entry.place):
            config = {"healthCheckConfig": {"testActionId": str(action.pk)}}
            context = {"tenant": self.integration.tenant}
            form = IntegrationSerializer(
                self.integration, data=config, partial=True, context=context
            )
            self.integration = edits.update(self.integration, validated(form))

    def _chosen_now(self) -> str | None:
        chosen = self.integration.test_action
        return chosen.name if chosen else None
