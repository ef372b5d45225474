#!/usr/bin/env python
"""Django's command line. `bin/manage` runs it with this checkout's environment and servers."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from tenants.row_security import act_for_all_tenants

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcheck_project.settings")
    act_for_all_tenants()  # whoever has this command line runs the installation
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        sys.exit(f"vitals: The database cannot be used: {reason}")
