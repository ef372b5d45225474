"""The window of a worker: the back-pressure."""

import threading

from healthchecks.stream import Window


def test_a_batch_takes_all_its_places_or_waits() -> None:
    window = Window(10)
    window.acquire(8)
    taken = threading.Event()

    def take() -> None:
        window.acquire(4)
        taken.set()

    thread = threading.Thread(target=take)
    thread.start()
    assert not taken.wait(0.1)
    window.release(2)
    assert taken.wait(2)
    thread.join()


def test_a_batch_larger_than_the_window_gets_in_when_it_is_empty() -> None:
    window = Window(10)
    window.acquire(50)
    assert not window.drained(0.01)
    window.release(50)
    assert window.drained(0.01)


def test_many_batches_at_once_end() -> None:
    window = Window(10)

    def work() -> None:
        for _ in range(200):
            window.acquire(7)
            window.release(3)
            window.release(4)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert window.drained(1)
