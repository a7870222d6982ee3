"""Who comes next."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.sender.lines import Command, Lines
from truesend.broker.consumer import Received
from truesend.contracts.events import DispatchMessage

SESSIONS = [UUID(int=number) for number in range(3)]
ORGANIZATION = UUID(int=99)


def command(session_id: UUID, gateway: str | None = "default") -> Command:
    """A command of this session."""
    return Received(
        DispatchMessage(
            message_id=uuid4(),
            session_id=session_id,
            organization_id=ORGANIZATION,
            lease_token=uuid4(),
            gateway=gateway,
        ),
        None,
    )


def test_a_session_gives_its_first_and_no_other_until_it_is_freed() -> None:
    lines, first, second = Lines(), command(SESSIONS[0]), command(SESSIONS[0])
    lines.add(first)
    lines.add(second)

    assert lines.take("default", 10) == [first]
    assert lines.take("default", 10) == []
    lines.free(SESSIONS[0])
    assert lines.take("default", 10) == [second]


def test_what_is_put_back_is_the_first_of_its_session_again() -> None:
    lines, first, second = Lines(), command(SESSIONS[0]), command(SESSIONS[0])
    lines.add(first)
    lines.add(second)
    lines.take("default", 1)

    lines.put_back(first)
    assert lines.take("default", 1) == []
    lines.free(SESSIONS[0])
    assert lines.take("default", 1) == [first]


def test_what_has_to_follow_another_of_its_session_lets_it_pass() -> None:
    lines, first, second = Lines(), command(SESSIONS[0]), command(SESSIONS[0])
    lines.add(second)
    lines.add(first)
    lines.take("default", 1)

    lines.put_last(second)
    lines.free(SESSIONS[0])
    assert lines.take("default", 1) == [first]
    lines.free(SESSIONS[0])
    assert lines.take("default", 1) == [second]


def test_a_gateways_sessions_never_stand_in_the_way_of_anothers() -> None:
    lines, mine = Lines(), command(SESSIONS[0], "mine")
    lines.add(command(SESSIONS[1], "theirs"))
    lines.add(mine)

    assert lines.ready() == {"theirs": 1, "mine": 1}
    assert lines.take("mine", 10) == [mine]
    assert (lines.waiting("mine"), lines.waiting("theirs")) == (0, 1)


def test_a_command_that_names_no_gateway_waits_with_its_like() -> None:
    lines, unnamed = Lines(), command(SESSIONS[0], None)
    lines.add(unnamed)

    assert lines.take("", 10) == [unnamed]


@given(st.lists(st.tuples(st.sampled_from(["add", "take", "free", "put back"]), st.sampled_from(SESSIONS))))
def test_whatever_happens_each_session_has_one_under_way_and_gives_its_commands_in_their_order(
    moves: list[tuple[str, UUID]],
) -> None:
    lines = Lines()
    added: dict[UUID, list[Command]] = {session: [] for session in SESSIONS}
    given_out: dict[UUID, list[Command]] = {session: [] for session in SESSIONS}
    under_way: dict[UUID, Command] = {}

    for move, session in moves:
        match move:
            case "add":
                added[session].append(command(session))
                lines.add(added[session][-1])
            case "take":
                for taken in lines.take("default", 2):
                    assert taken.body.session_id not in under_way
                    under_way[taken.body.session_id] = taken
            case "free" if session in under_way:
                given_out[session].append(under_way.pop(session))
                lines.free(session)
            case "put back" if session in under_way:
                lines.put_back(under_way.pop(session))
                lines.free(session)

    for session in SESSIONS:
        so_far = given_out[session] + ([under_way[session]] if session in under_way else [])
        assert so_far == added[session][: len(so_far)]
    waiting = sum(map(len, added.values())) - sum(map(len, given_out.values())) - len(under_way)
    assert len(lines) == lines.waiting("default") == len(lines.clear()) == waiting
    assert (len(lines), lines.ready()) == (0, {})
