"""The socket that the web gets."""

import socket
from dataclasses import replace

import pytest

from healthcheck_project import listening
from healthcheck_project.listening import listen_for_web
from tests.project.test_formation import LAUNCH


def test_a_client_that_says_nothing_and_reads_nothing_is_given_up_on(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setattr(listening, "MOST_SILENCE", 1)
    monkeypatch.setattr(listening, "MOST_UNREAD", 1)
    with (
        listen_for_web(replace(LAUNCH, port=free_port)) as listener,
        socket.create_connection(("127.0.0.1", free_port)),
    ):
        connection, _ = listener.accept()
        with connection:
            with pytest.raises(BlockingIOError):
                connection.recv(1)
            with pytest.raises(BlockingIOError):
                connection.sendall(b" " * 100_000_000)
