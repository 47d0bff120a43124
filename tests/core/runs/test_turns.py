import threading

from hypothesis import given
from hypothesis import strategies as st

from mnist_core.runs.turns import Turns


def served(turns: Turns) -> list[str]:
    """Let the runs train one after another until none waits; returns their names in the order of their turns."""
    names = []
    while waiting := turns.order():
        (name,) = [name for name in waiting if turns.take(name, "whoever joined", 0)]
        names.append(name)
        turns.leave(name)
    return names


def test_owners_take_turns_however_many_runs_one_of_them_has() -> None:
    turns = Turns(at_once=1)
    for number in range(200):
        turns.join(f"a{number}", "a")
    turns.join("b0", "b")
    turns.join("c0", "c")
    turns.join("b1", "b")
    assert turns.order()[:6] == ["a0", "b0", "c0", "a1", "b1", "a2"]
    assert served(turns)[:6] == ["a0", "b0", "c0", "a1", "b1", "a2"]


def test_an_owner_who_has_just_had_a_turn_comes_after_those_who_have_not() -> None:
    turns = Turns(at_once=1)
    assert turns.take("a0", "a", 0)
    turns.join("a1", "a")
    turns.join("b0", "b")
    assert turns.order() == ["b0", "a1"]


def test_one_owner_has_no_second_turn_at_a_time_while_there_is_room_for_another() -> None:
    turns = Turns(at_once=2)
    assert turns.take("a0", "a", 0) and not turns.take("a1", "a", 0)
    assert turns.take("b0", "b", 0) and not turns.take("c0", "c", 0)
    turns.leave("a0")
    assert not turns.take("a1", "a", 0)  # c has had no turn at all yet
    assert turns.take("c0", "c", 0)
    turns.leave("b0")
    assert turns.take("a1", "a", 0)


def test_a_turn_that_is_given_up_passes_to_whoever_waits() -> None:
    turns = Turns(at_once=1)
    assert turns.take("a0", "a", 0)
    got: list[bool] = []
    waiter = threading.Thread(target=lambda: got.append(turns.take("b0", "b", 60)))
    waiter.start()
    turns.leave("a0")
    waiter.join(10)
    assert got == [True]


def test_a_run_can_be_moved_before_and_behind_all_others() -> None:
    turns = Turns(at_once=1)
    for name in "abcd":
        turns.join(name, name)
    turns.move("c", first=True)
    turns.move("d", first=True)
    turns.move("a", first=False)
    turns.move("unknown", first=True)
    assert turns.order() == served(turns) == ["d", "c", "b", "a"]


@given(st.lists(st.integers(0, 4), max_size=30), st.integers(1, 3), st.integers(1, 3))
def test_everyone_is_served_within_the_limits(owners: list[int], at_once: int, per_owner: int) -> None:
    turns = Turns(at_once, per_owner)
    for number, owner in enumerate(owners):
        turns.join(f"{owner}-{number}", str(owner))
    training: list[str] = []
    done: list[str] = []
    while turns.order() or training:
        for name in turns.order():
            if turns.take(name, name.split("-")[0], 0):
                training.append(name)
        assert 0 < len(training) <= at_once  # while anyone waits, someone trains
        assert all(sum(name.startswith(f"{owner}-") for name in training) <= per_owner for owner in range(5))
        done.append(training.pop(0))
        turns.leave(done[-1])
    assert sorted(done) == sorted(f"{owner}-{number}" for number, owner in enumerate(owners))
