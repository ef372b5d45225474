"""The pages: shells that read the REST API in the browser. No rules and no figures live here."""
