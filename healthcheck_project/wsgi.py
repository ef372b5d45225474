"""The web process's entry point, served by gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcheck_project.settings")

import healthcheck_project.celery  # noqa: F401 - checks by hand are sent through its broker
from api.bodies import with_length

application = with_length(get_wsgi_application())
