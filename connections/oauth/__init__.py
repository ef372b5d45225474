"""OAuth 2: access tokens that are fetched, renewed ahead of their end, and consented to."""
