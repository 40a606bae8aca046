"""The database: built by its migrations alone, safe when several start at once, lasting in its numbers."""

import importlib
import multiprocessing
import pkgutil

import pytest
from sqlalchemy import insert, inspect, text

import config
from config import overrides
from config.clock import SECOND, ManualClock
from config.database import database_url, metadata, open_engine, upgrade
from config.heartbeat import beat, part_health, read_all
from config.mistakes import RefusedError
from config.point_numbers import MemoryNumbers, StoredNumbers
from tests import postgresql

OWN_TABLES = ("point_number", "part_health", "setting_override")


@pytest.fixture(scope="module")
def server():
    with postgresql.running() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=postgresql.needs_postgresql)])
def empty_url(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/caretaker.db"
    url = request.getfixturevalue("server")
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url


@pytest.fixture
def engine(empty_url):
    engine = open_engine(empty_url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/caretaker.db")
    yield engine
    engine.dispose()


def test_the_migrated_schema_is_the_one_the_rooms_declare(engine):
    for module in pkgutil.iter_modules(config.__path__, "config."):
        importlib.import_module(module.name)
    inspector = inspect(engine)
    for name in OWN_TABLES:
        declared = metadata.tables[name]
        migrated = {column["name"]: column for column in inspector.get_columns(name)}
        assert set(migrated) == {column.name for column in declared.columns}
        for column in declared.columns:
            assert str(migrated[column.name]["type"]) == str(column.type), f"{name}.{column.name}"
            assert migrated[column.name]["nullable"] == column.nullable, f"{name}.{column.name}"
        keys = [column.name for column in declared.primary_key]
        assert inspector.get_pk_constraint(name)["constrained_columns"] == keys


def test_a_second_upgrade_changes_nothing(engine):
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO point_number (id) VALUES ('north/boiler-1/supply_temp')"))
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM point_number")) == 1


def _upgrade_and_number(url: str, points: list[str], barrier, answers) -> None:
    engine = open_engine(url)
    barrier.wait()
    upgrade(engine)
    answers.put(StoredNumbers(engine).numbers(points))
    engine.dispose()


def test_processes_that_start_together_upgrade_once_and_agree_on_numbers(empty_url):
    context = multiprocessing.get_context("spawn")
    points = [f"north/boiler-1/point_{n}" for n in range(200)]
    barrier, answers = context.Barrier(3), context.Queue()
    arguments = (empty_url, points, barrier, answers)
    children = [context.Process(target=_upgrade_and_number, args=arguments) for _ in range(3)]
    for child in children:
        child.start()
    numbers = [answers.get(timeout=30) for _ in children]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert numbers[0] == numbers[1] == numbers[2]
    assert len(set(numbers[0].values())) == 200


def test_a_number_outlives_its_point_and_is_never_given_again(engine):
    first = StoredNumbers(engine).numbers(["a/b/c", "a/b/d"])
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM point_number WHERE id = 'a/b/d'"))
    later = StoredNumbers(engine).numbers(["a/b/e", "a/b/c"])
    assert later["a/b/c"] == first["a/b/c"]
    assert later["a/b/e"] > first["a/b/d"]


def test_memory_numbers_count_from_one_in_the_order_asked():
    numbers = MemoryNumbers()
    assert numbers.numbers(["x", "y"]) == {"x": 1, "y": 2}
    assert numbers.numbers(["z", "x"]) == {"z": 3, "x": 1}


def test_a_writer_that_reads_first_waits_for_another_writer_instead_of_failing(sqlite):
    upgrade(sqlite)
    engine = sqlite
    with engine.begin() as writer:
        writer.execute(text("INSERT INTO point_number (id) VALUES ('a/b/c')"))
        with engine.connect() as reader:
            reader.exec_driver_sql("PRAGMA busy_timeout=0")
            assert reader.scalar(text("SELECT count(*) FROM point_number")) == 0
            with pytest.raises(Exception, match="locked"):
                reader.execute(
                    insert(part_health).values(part="x", pid=1, state="", reason="", at_ns=0, details={})
                )
    with engine.begin() as second:
        assert second.scalar(text("SELECT count(*) FROM point_number")) == 1
        second.execute(text("INSERT INTO point_number (id) VALUES ('a/b/d')"))


def test_sqlite_keeps_what_it_commits_and_checks_references(sqlite):
    with sqlite.connect() as connection:
        answers = [
            connection.scalar(text(f"PRAGMA {p}")) for p in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert answers == ["wal", 2, 1]


def test_an_upgrade_that_fails_leaves_nothing_half_done(empty_url):
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE setting_override (x INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["setting_override"]
    engine.dispose()


@pytest.mark.parametrize("url", ["postgres://u:p@h/db", "postgresql://u:p@h/db"])
def test_postgresql_is_spoken_with_its_own_driver(url):
    assert database_url(url).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["mysql://h/db", "caretaker.db"])
def test_other_databases_are_refused_with_a_remedy(url):
    with pytest.raises(RefusedError) as refused:
        database_url(url)
    assert refused.value.remedy.startswith("Write sqlite:")


def test_a_part_says_that_it_lives_and_its_silence_grows_old(engine):
    clock = ManualClock(5 * SECOND)
    beat(engine, "collector", clock, details={"lag": 3})
    clock.wind(1)
    beat(engine, "collector", clock, "deaf", "broker refused the connection")
    clock.wind(60)
    health = read_all(engine)
    assert list(health) == ["collector"]
    assert (health["collector"].state, health["collector"].reason) == (
        "deaf",
        "broker refused the connection",
    )
    assert health["collector"].age_ns(clock.now_ns()) == 60 * SECOND


def test_an_override_keeps_its_history_and_the_file_holds_again_when_it_is_taken_back(engine):
    clock = ManualClock(7)
    first = overrides.put(
        engine, clock, "schedule", "north/zone-1", {"day": 20}, seen=0, reason="cold", who="li"
    )
    overrides.put(engine, clock, "schedule", "north/zone-2", {"day": 19}, seen=0, reason="warm", who="li")
    second = overrides.put(
        engine, clock, "schedule", "north/zone-1", {"day": 21}, seen=1, reason="cold", who="wu"
    )
    assert overrides.current(engine, "schedule")["north/zone-1"] == second
    with pytest.raises(overrides.OverrideConflictError):
        overrides.put(engine, clock, "schedule", "north/zone-1", {"day": 18}, seen=1, reason="late", who="li")
    overrides.put(engine, clock, "schedule", "north/zone-1", None, seen=2, reason="season over", who="wu")
    assert list(overrides.current(engine, "schedule")) == ["north/zone-2"]
    assert overrides.history(engine, "schedule", "north/zone-1")[:2] == [first, second]
