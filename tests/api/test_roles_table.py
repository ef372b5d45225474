"""The table of roles that people read is the one that the code asks."""

from pathlib import Path

from tenants.permissions import role_table

PRINT = 'bin/manage shell -v0 -c "from tenants.permissions import *; print(role_table())"'
PAGE = Path(__file__).parents[2] / "docs" / "roles.md"


def test_the_documented_table_is_the_codes() -> None:
    _, _, rest = PAGE.read_text().partition("## Roles\n")
    documented = [line for line in rest.splitlines() if line.startswith("|")]
    assert documented == role_table().splitlines(), f"Take it from: {PRINT}"
