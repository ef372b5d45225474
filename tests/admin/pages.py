"""Addresses and contents of the admin's pages."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse


def page(model: type[Model] | Model, view: str, *args: Any) -> str:
    """Return the address of a model's list, its form to add, or a row's page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)


def row(found: Model, view: str = "change") -> str:
    return page(type(found), view, found.pk)


def text(answer: Any) -> str:
    assert answer.status_code == 200
    content: bytes = answer.content
    return content.decode()


def messages(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def log_entries() -> str:
    return " ".join(f"{entry} {entry.change_message}" for entry in LogEntry.objects.all())


def fields_of(client: Client, address: str) -> dict[str, Any]:
    """Return what a browser would send back if nothing were changed."""
    answer: Any = client.get(address)
    sent: dict[str, Any] = {}
    forms = [answer.context["adminform"].form]
    for formset in answer.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    for form in forms:
        for bound in form:
            sent |= _as_sent(bound, bound.value())
    return sent


def _as_sent(bound: Any, value: Any) -> dict[str, Any]:
    widget = bound.field.widget
    if hasattr(widget, "decompress") and hasattr(widget, "widgets"):
        parts = widget.decompress(value)
        return {f"{bound.html_name}_{n}": part or "" for n, part in enumerate(parts)}
    if value is False or value is None:
        return {}
    return {bound.html_name: value}
