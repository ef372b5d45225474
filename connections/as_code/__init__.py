"""A tenant's configuration as one file: integrations, actions, connections and settings.

An import is validated by the API's own serializers and made by its own edits. What changed is
found by comparing what an export would say before and after, so the two cannot drift apart.
"""
