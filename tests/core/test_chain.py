"""The history only grows, and whoever rewrites it is found: each kind of forgery is planted as a superuser would."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pghistory
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from agencies.models import Agency
from core import chain
from core.dates import span
from core.models import Block, Link, Verification
from tests.cast import Cast
from tests.factories import AgencyFactory

pytestmark = pytest.mark.django_db

EVENTS = "agencies_agencyevent"


@pytest.fixture
def told(cast: Cast) -> list[int]:
    """Three versions of agency A, sealed one by one; the numbers of their events."""
    connection.check_constraints()
    for place in ("Vienna", "Geneva"):
        with pghistory.context(user=str(cast.ada.pk)):
            Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station=place)
        connection.check_constraints()
    assert chain.verify().flaws == []
    events = chain.histories()[EVENTS].objects.filter(pgh_obj=cast.agency_a)
    return list(events.order_by("pgh_id").values_list("pk", flat=True))


@contextmanager
def superuser() -> Iterator:
    """Past all triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def planted(statement: str, *values: object) -> None:
    with superuser() as cursor:
        cursor.execute(statement.format(events=EVENTS), values)
        assert cursor.rowcount > 0


def found() -> list[str]:
    return [str(flaw) for flaw in chain.verify().flaws]


# ---------------------------------------------------------------- it only grows


@pytest.mark.parametrize("table", [*chain.histories(), "core_link"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_nothing_written_is_changed(table: str, statement: str) -> None:
    column = "id" if table == "core_link" else "pgh_id"
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table).replace("id = id", f"{column} = {column}"))


@pytest.mark.parametrize("statement", ["UPDATE {} SET why = ''", "DELETE FROM {}", "TRUNCATE {}"])
def test_no_sealed_block_is_changed(told: list[int], statement: str) -> None:
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("core_block"))


def test_no_setting_of_the_session_opens_the_history(told: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{EVENTS}}}"])
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            cursor.execute("DELETE FROM agencies_agencyevent")


# ---------------------------------------------------------------- forgeries


def test_a_changed_row_is_found(told: list[int]) -> None:
    planted("UPDATE {events} SET duty_station = 'Rome' WHERE pgh_id = %s", told[1])
    assert found() == [f"{EVENTS} {told[1]} was changed"]


def test_another_name_for_who_did_it_is_found(told: list[int], cast: Cast) -> None:
    planted(
        "UPDATE {events} SET pgh_context = jsonb_set(pgh_context, '{{user}}', to_jsonb(%s::text)) WHERE pgh_id = %s",
        str(cast.sam.pk),
        told[1],
    )
    assert found() == [f"{EVENTS} {told[1]} was changed"]


def test_a_deleted_row_is_found(told: list[int]) -> None:
    planted("DELETE FROM {events} WHERE pgh_id = %s", told[1])
    assert found() == [f"{EVENTS} {told[1]} is missing"]


def test_an_inserted_row_is_found(told: list[int]) -> None:
    model = chain.histories()[EVENTS]
    row = model.objects.get(pk=told[0])
    row.pk = told[-1] + 1000
    with superuser():
        row.save(force_insert=True)
    assert found() == [f"{EVENTS} {row.pk} was slipped in"]


def test_two_swapped_rows_are_found(told: list[int]) -> None:
    one, other = told[1:]
    planted("UPDATE {events} SET pgh_id = -pgh_id WHERE pgh_id IN (%s, %s)", one, other)
    planted("UPDATE {events} SET pgh_id = CASE pgh_id WHEN %s THEN %s ELSE %s END WHERE pgh_id < 0", -one, other, one)
    assert found() == [f"{EVENTS} {one} was changed", f"{EVENTS} {other} was changed"]


def test_a_row_changed_together_with_its_link_is_found(told: list[int]) -> None:
    planted("UPDATE {events} SET duty_station = 'Rome' WHERE pgh_id = %s", told[1])
    forged = "UPDATE core_link SET row_hash = (SELECT {hash} FROM {{events}} written WHERE pgh_id = core_link.event)"
    planted(forged.format(hash=chain.ROW_HASH) + " WHERE history = %s AND event = %s", EVENTS, told[1])
    block = Link.objects.get(history=EVENTS, event=told[1]).block
    assert found() == [f"block {block.sequence} is not what was sealed"]


def sealed_anew(event: int, why: str) -> None:
    """As the portal's own functions would do it: a new link for the event as it stands, in a new block."""
    block = Block(why=why)
    again = "SELECT core_link_event(%s, %s, to_jsonb(written)) FROM {} written WHERE pgh_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(again.format(EVENTS), [block.pk, EVENTS, event])
    block.save(force_insert=True)
    connection.check_constraints()


@pytest.mark.parametrize("why", ["", f"{EVENTS}: begun", "accounts_userevent: other columns: +name"])
def test_a_changed_row_that_was_sealed_anew_at_the_end_is_found(told: list[int], why: str) -> None:
    head = chain.head()
    planted("UPDATE {events} SET duty_station = 'Rome' WHERE pgh_id = %s", told[1])
    sealed_anew(told[1], why)
    assert [str(flaw) for flaw in chain.verify(expected=[head]).flaws] == [
        f"{EVENTS} {told[1]} was sealed a second time, and by no upgrade"
    ]


def test_a_block_that_passes_for_an_upgrade_is_named(told: list[int]) -> None:
    planted("UPDATE {events} SET duty_station = 'Rome' WHERE pgh_id = %s", told[1])
    sealed_anew(told[1], f"{EVENTS}: other columns: +note")
    said = StringIO()
    call_command("verify_audit", stdout=said)
    number = chain.head().split(":")[0]
    assert f"Sealed again in block {number} on " in said.getvalue()
    assert "Was that an upgrade?" in said.getvalue()


def test_a_row_taken_out_with_its_link_and_block_is_found(told: list[int]) -> None:
    block = Link.objects.get(history=EVENTS, event=told[1]).block
    planted("DELETE FROM {events} WHERE pgh_id = %s", told[1])
    planted("DELETE FROM core_link WHERE block_id = %s", block.pk)
    planted("DELETE FROM core_block WHERE id = %s", block.pk)
    assert found() == [f"block {block.sequence} is missing"]


def test_a_tail_cut_off_is_found_by_the_head_that_was_written_down(told: list[int]) -> None:
    head = chain.head()
    block = Link.objects.get(history=EVENTS, event=told[-1]).block
    planted("DELETE FROM {events} WHERE pgh_id = %s", told[-1])
    planted("DELETE FROM core_link WHERE block_id = %s", block.pk)
    planted("DELETE FROM core_block WHERE id = %s", block.pk)
    assert found() == []
    [flaw] = chain.verify(expected=[head]).flaws
    assert (flaw.kind, flaw.event) == ("cut", block.sequence)


def test_a_chain_rewritten_from_the_forgery_on_is_found_by_the_head(told: list[int]) -> None:
    head = chain.head()
    planted("UPDATE core_block SET hash = %s WHERE sequence = %s", "0" * 64, int(head.split(":")[0]))
    assert [flaw.kind for flaw in chain.verify(expected=[head]).flaws] == ["block", "cut"]


def test_a_trigger_taken_away_is_found(told: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {EVENTS} DISABLE TRIGGER history_chained")
    AgencyFactory()
    assert f"{EVENTS} is not guarded by its triggers" in found()
    assert any("was slipped in" in flaw for flaw in found())


def test_what_is_older_than_asked_for_is_not_looked_at_again(told: list[int]) -> None:
    block = Link.objects.get(history=EVENTS, event=told[1]).block
    planted("UPDATE {events} SET duty_station = 'Rome' WHERE pgh_id = %s", told[1])
    assert chain.verify(since=block.sequence + 1).flaws == []
    assert len(chain.verify(since=block.sequence).flaws) == 1


# ---------------------------------------------------------------- the command


def test_the_command_names_the_first_broken_row_and_fails(told: list[int], tmp_path) -> None:
    file, said = tmp_path / "audit.json", StringIO()
    call_command("verify_audit", json=file, stdout=said)
    assert f" 0 flaws; head {chain.head()}" in said.getvalue()
    planted("DELETE FROM {events} WHERE pgh_id = %s", told[1])
    with pytest.raises(CommandError):
        call_command("verify_audit", json=file, stdout=said)
    assert f"{EVENTS} {told[1]} is missing" in said.getvalue()
    figures = json.loads(file.read_text())
    assert (figures["broken"], figures["flaws"][0]["kind"]) == (1, "missing")
    assert [kept.flaws for kept in Verification.objects.order_by("pk")] == [0, 1]


def test_the_head_it_prints_is_the_head_it_expects(told: list[int]) -> None:
    said = StringIO()
    call_command("verify_audit", "--head", stdout=said)
    call_command("verify_audit", "--expect", said.getvalue().strip(), stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("verify_audit", "--expect", f"1:{'0' * 64}", stdout=StringIO())


# ---------------------------------------------------------------- how it grows


def test_what_is_rolled_back_leaves_nothing(told: list[int], cast: Cast) -> None:
    links = Link.objects.count()
    with transaction.atomic():
        Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station="Rome")
        transaction.set_rollback(True)
    Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station="Rome")
    connection.check_constraints()
    assert Link.objects.count() == links + 1
    assert found() == []


def test_written_with_constraints_checked_at_once_it_is_whole_too(told: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    AgencyFactory()
    assert found() == []


def test_a_history_with_other_columns_is_sealed_again(told: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {EVENTS} DROP COLUMN duty_station")
    assert found() != []
    chain.guard()
    connection.check_constraints()
    assert found() == []
    assert Block.objects.get(why__startswith=EVENTS, why__contains="-duty_station")


def test_guarding_twice_seals_nothing_again(told: list[int]) -> None:
    blocks = Block.objects.count()
    chain.guard()
    assert Block.objects.count() == blocks


@pytest.mark.django_db(transaction=True)
def test_writers_beside_each_other_make_one_chain(cast: Cast) -> None:
    def write() -> None:
        for _each in range(20):
            with transaction.atomic():
                AgencyFactory()
                AgencyFactory()
        connection.close()

    threads = [threading.Thread(target=write) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = chain.verify()
    assert report.flaws == []
    assert report.blocks >= 80
    assert report.head == f"{report.blocks}:{Block.objects.get(sequence=report.blocks).hash}"


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_a_row_does_not_hold_up_the_chain(cast: Cast) -> None:
    """The check of a foreign key waits for who holds the row; that one commits meanwhile, and neither is refused."""
    waiting, problems = threading.Event(), []

    def add() -> None:
        try:
            with transaction.atomic():
                AgencyFactory()
                cast.agency_a.names.create(name="Another", acronym="ANO", language="fr", valid=span(None, None))
                waiting.set()
        except DatabaseError as error:
            problems.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=add)
    with transaction.atomic():
        Agency.objects.select_for_update().get(pk=cast.agency_a.pk)
        thread.start()
        waiting.wait(10)
        thread.join(0.5)
        Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station="Rome")
    thread.join()
    assert problems == []
    assert found() == []
