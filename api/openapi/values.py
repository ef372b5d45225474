"""What each value of an enumeration means, by the name of its schema."""

VALUES: dict[str, dict[str, str]] = {
    "HealthStatus": {
        "healthy": "Nothing is wrong.",
        "degraded": "It works, with something to look at.",
        "unhealthy": "It does not work.",
    },
    "Reason": {
        "credential_missing": "There is no credential.",
        "credential_expired": "The credential has expired.",
        "credential_needs_reauth": "The credential must be authorised again.",
        "credential_expiring": "The credential expires within an hour.",
        "test_action_failed": "The call failed.",
        "circuit_open": "No call was made: it failed too often lately.",
        "circuit_half_open": "One call was let through to try whether it works again.",
        "recent_failures": "Of the previous three conclusive checks some failed.",
        "slow": "The answer took longer than the integration's `degradedLatencyMs`.",
        "rate_limited": "The API asked for fewer calls.",
        "credential_limited": "The credential is alive, but may not do this call.",
        "internal_error": "Vitals itself failed; this says nothing about the connection.",
    },
    "Outcome": {
        "passed": "The connection works.",
        "failed": "The call failed, or was not made because it could not succeed.",
        "inconclusive": "Rate limited, or our own fault: it counts for nothing.",
    },
    "FailureCause": {
        "credential": "The API does not accept the credential.",
        "rate_limited": "The API asked for fewer calls.",
        "provider": "The API has trouble of its own, or did not answer in time.",
        "network": "The host could not be reached: name, connection or certificate.",
        "configuration": "The request is not right.",
        "contract": "The API answers, but not as the response rules expect.",
        "internal": "Vitals itself failed.",
    },
    "CredentialState": {
        "active": "It can be used, or none is needed.",
        "expiring": "It expires within an hour.",
        "expired": "It has expired.",
        "missing": "There is none.",
        "needs_reauth": "It must be authorised again.",
    },
    "ExpirySource": {
        "entered": "A person.",
        "token": "The token itself, such as a JWT.",
        "provider": "The provider, in an answer.",
    },
    "CircuitState": {
        "closed": "Calls are made.",
        "open": "Calls failed too often: for now none is made.",
        "half_open": "The next call is a trial.",
    },
    "CheckType": {
        "scheduled": "Made by the schedule.",
        "manual": "Asked for by a person or a program.",
    },
    "ConnectionStatus": {
        "active": "Checked.",
        "paused": "Not checked by the schedule until it is resumed.",
        "disabled": "Not checked at all.",
    },
    "GrantType": {
        "refresh_token": "A refresh token brings a new access token.",
        "client_credentials": "The client's own id and secret bring it.",
        "authorization_code": "A person consents at the provider's.",
    },
    "TokenEndpointAuthMethod": {
        "client_secret_post": "The client's id and secret stand in the form.",
        "client_secret_basic": "They are sent as Basic authentication.",
    },
    "IntegrationStatus": {
        "draft": "Not in use yet; its connections are not checked.",
        "active": "In use.",
        "disabled": "Not in use; its connections are not checked.",
    },
    "OlderStatus": {
        "online": "The latest conclusive check passed.",
        "degraded": "It passed, but slowly or limited; or connections differ.",
        "offline": "It failed.",
    },
    "Role": {
        "viewer": "Reads everything but secrets.",
        "operator": "Also runs checks, pauses, resumes, mutes and acknowledges.",
        "admin": "Does everything.",
    },
    "Op": {
        "equals": "What is found is `value`.",
        "not_equals": "Something else is found.",
        "in": "What is found is one of `value`, a list.",
        "contains": "The text, list or object that is found has `value` in it.",
        "exists": "Something is found, null included.",
        "not_null": "Something that is not null is found.",
        "not_empty": "Something that is not null, empty text, list or object is found.",
        "is_array": "A list is found.",
    },
    "BulkVerb": {
        "pause": "Stop checking.",
        "resume": "Check again, at once.",
        "check": "Check at once, at the pace of the integrations' budgets.",
    },
    "Theme": {
        "system": "As the reader's device has it.",
        "light": "Light.",
        "dark": "Dark.",
    },
    "CallResult": {
        "passed": "It succeeded.",
        "limited": "The credential is alive, but may not do this call.",
        "failed": "It failed.",
        "rate_limited": "The API asked for fewer calls.",
    },
    "ProofVerdict": {
        "tests_credential": "It passes with the credential and fails with a wrong one.",
        "does_not_test_credential": "It passes with a wrong credential too.",
        "fails_with_credential": "It fails with the connection's own credential.",
        "inconclusive": "The API asked for fewer calls, had trouble or did not answer.",
    },
}
