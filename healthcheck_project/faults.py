"""What a person can cause and mend while starting Vitals."""


class StartFault(Exception):
    """Something keeps Vitals from starting; the text is one line that says what to do."""
