"""A gateway that hangs holds what it is asked, and answers it when it hangs no more."""

from tests.bench.watched_gateway import World

PORT, OTHER = 7001, 7002


def test_a_hanging_gateway_answers_nothing_until_it_hangs_no_more() -> None:
    world, answered = World(), list[int]()
    world.become({"hanging": [PORT]})

    world.when_awake(PORT, lambda: answered.append(PORT))
    world.when_awake(OTHER, lambda: answered.append(OTHER))
    assert answered == [OTHER]

    world.become({"hanging": []})
    assert answered == [OTHER, PORT]


def test_what_a_gateway_holds_stays_held_while_another_one_changes() -> None:
    world, answered = World(), list[int]()
    world.become({"hanging": [PORT]})
    world.when_awake(PORT, lambda: answered.append(PORT))

    world.become({"down": ["wa_1"]})

    assert answered == []
    assert world.down == {"wa_1"}
