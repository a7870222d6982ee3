"""The benchmarks' own arithmetic."""

from uuid import UUID

from aiokafka.partitioner import DefaultPartitioner

from tests.bench.guard import Bound
from tests.bench.messages import id_on_partition
from tests.bench.statement_counts import Statement, Statements


def test_a_bound_holds_up_to_its_very_value_and_is_broken_beyond() -> None:
    assert Bound("statements", 0.6, most=0.6).holds
    assert not Bound("statements", 0.61, most=0.6).holds
    assert Bound("batch", 12, least=12).holds
    assert not Bound("batch", 11.9, least=12).holds


def test_a_broken_bound_says_so() -> None:
    assert str(Bound("messages in the smallest batch", 1, least=12)).endswith("[≥ 12: BROKEN]")


def test_the_smallest_batch_is_that_of_a_statement_that_touches_most_messages() -> None:
    found = Statements(
        [
            Statement("SELECT one_by_one", calls=5, rows=5, wal_bytes=0),
            Statement("UPDATE claimed", calls=10, rows=1_000, wal_bytes=7),
            Statement("UPDATE finished", calls=50, rows=1_000, wal_bytes=3),
        ]
    )
    assert found.smallest_batch(1_000) == 20
    assert (found.calls, found.wal_bytes) == (65, 10)


def test_without_a_statement_for_most_messages_no_batch_is_large_enough() -> None:
    assert Statements([]).smallest_batch(1_000) == 0


def test_an_id_for_a_partition_is_put_there_by_kafkas_own_partitioner() -> None:
    partitions = list(range(4))
    for wanted in partitions:
        found = id_on_partition(wanted, len(partitions))
        assert isinstance(found, UUID)
        assert DefaultPartitioner()(str(found).encode(), partitions, partitions) == wanted
