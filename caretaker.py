"""The command line: every part of a node is a command, and `run` supervises them all. Wiring only."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from config.clock import Clock
    from config.plant import Plant
    from config.settings_model import Settings

PARTS = {
    "broker": ("collector.broker:broker", "The embedded MQTT broker."),
    "collect": ("collector.service:collect", "Broker to journal."),
    "store": ("collector.stores.service:store", "Journal to store."),
    "analyse": ("analytics.service:analyse", "Journal to derived points and alarms."),
    "notify": ("api.notify.service:notify", "Outbox to people."),
    "serve": ("api.serve:serve", "REST, live stream and web pages."),
}
"""The processes of a node: `body(settings, clock, stop)`."""

COMMANDS = {
    "simulate": ("device_sim.cli:simulate", "Publish the facility's devices, or many, as a simulation."),
    "check": ("config.cli:check", "List every mistake of the configuration."),
    "migrate": ("config.cli:migrate", "Bring the database up to date."),
    "journal": ("collector.cli:journal", "How the journals and their readers stand."),
    "export": ("api.cli:export", "Readings as CSV or Parquet, alarms as JSON lines."),
    "user": ("api.cli:user", "Add, list and disable accounts."),
    "token": ("api.cli:token", "Make an API token."),
    "certificate": ("api.cli:certificate", "A small certificate authority for a LAN."),
    "benchmark": ("analytics.benchmarks.cli:benchmark", "Measure detectors and models on public data."),
    "winter": ("analytics.heating.cli:winter", "Play a winter: control against fixed schedules."),
    "judge": ("device_sim.suites.cli:judge", "Judge alarms and diagnosis on a campus of known faults."),
}
"""Other commands, loaded when they are called: starting one part must not load the libraries of all."""

HISTORY_DONE = "history.done"


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


class Commands(click.Group):
    """Finds a command when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*PARTS, *COMMANDS, *super().list_commands(ctx)])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        words = {name: text for name, (_, text) in (*PARTS.items(), *COMMANDS.items())}
        with formatter.section("Commands"):
            formatter.write_dl([(n, words.get(n, "Run every part of a node.")) for n in self._shown(ctx)])

    def _shown(self, ctx: click.Context) -> list[str]:
        own = {name for name in super().list_commands(ctx) if self.commands[name].hidden}
        return [name for name in self.list_commands(ctx) if name not in own]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            command: click.Command = _load(COMMANDS[cmd_name][0])
            return command
        if cmd_name in PARTS:
            return _part(cmd_name)
        return super().get_command(ctx, cmd_name)


def _part(name: str) -> click.Command:
    place, words = PARTS[name]

    def body() -> None:
        from config.process import run_process

        run_process(name, _load(place))

    return click.Command(name, callback=body, help=words, short_help=words)


@click.group(cls=Commands)
@click.version_option(package_name="caretaker")
@click.pass_context
def cli(context: click.Context) -> None:
    """Looks after the plant of a campus: boilers, heating zones, fire protection, canteen."""
    if context.invoked_subcommand == "check":
        from analytics.detectors.registry import detectors
        from config.cli import DETECTOR_NAMES

        context.obj = {DETECTOR_NAMES: frozenset(detectors())}


@cli.command()
@click.option("--demo", is_flag=True, help="The shipped campus, simulated, with 60 days of history.")
def run(demo: bool) -> None:
    """Run every part of a node; Ctrl-C stops them all."""
    from config.database import open_engine, upgrade
    from config.loading import load_plant
    from config.logs import set_up_logs
    from config.point_numbers import StoredNumbers
    from config.settings import load_settings

    settings = load_settings()
    set_up_logs("run", settings.log_level, settings.log_format)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _hold(settings.data_dir)
    engine = open_engine(settings)
    upgrade(engine)
    plant = load_plant(settings, StoredNumbers(engine))
    _supervise(settings, engine, demo=demo, greet=lambda: _greet(settings, engine, plant, demo=demo))


def _hold(data_dir: Path) -> None:
    """One node in one data directory; the lock ends with this process."""
    from collector.journal.lock import FolderLock

    lock = FolderLock(data_dir / "node.lock")
    holder = lock.take()
    if holder is not None:
        raise click.ClickException(
            f"{data_dir} is in use by process {holder}: stop it, or set CARETAKER_DATA_DIR to another folder"
        )
    click.get_current_context().call_on_close(lock.release)


def _greet(settings: Settings, engine: Engine, plant: Plant, *, demo: bool) -> None:
    from api.welcome import welcome

    for line in welcome(settings, engine, _clock(), demo=demo):
        click.echo(line)
    click.echo(f"{len(plant.assets)} assets, {len(plant.points)} points. Ctrl-C stops every part.")


def _clock() -> Clock:
    from config.clock import clock_from

    return clock_from(os.environ.get("CARETAKER_CLOCK"))


def _supervise(settings: Settings, engine: Engine, *, demo: bool, greet: Callable[[], None]) -> None:
    from config.heartbeat import beat
    from config.supervisor import Part, Supervisor

    clock, deaths = _clock(), dict[str, int]()

    def tell() -> None:
        beat(engine, "supervisor", clock, details={"deaths": dict(deaths)})

    def on_death(part: str, code: int, count: int) -> None:
        deaths[part] = count
        beat(engine, part, clock, "down", f"ended with {code}, restart {count} follows")
        tell()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    names = ["serve", "store", "analyse"]
    if settings.mqtt.url is None:
        names.insert(1, "broker")
    supervisor = Supervisor([Part(n, (n,)) for n in names], on_death)
    fresh = demo and not (settings.data_dir / HISTORY_DONE).exists()
    if fresh:
        beat(engine, "history", clock, "loading", "the demo's past has not begun to load")
    try:
        supervisor.start()
        greet()
        if fresh:
            supervisor.tend_until(Part("history", ("history",)), stop)
        later = ["collect", "notify"] + (["simulate"] if demo else [])
        supervisor.add([Part(n, (n,)) for n in later if not stop.is_set()])
        supervisor.watch(stop, each_second=tell)
    finally:
        supervisor.stop()


@cli.command(hidden=True)
def history() -> None:
    """Load the demo's past: simulated days through intake and journal, until every reader has read them."""
    from config.process import run_process

    run_process("history", _history)


def _history(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    from analytics.alarms.past import acknowledge_past
    from analytics.alarms.service import AlarmService
    from collector.history import catch_up, keep_books, take_history
    from config.clock import HOUR
    from config.database import open_engine
    from config.heartbeat import passing_part
    from config.loading import load_plant
    from config.point_numbers import StoredNumbers
    from device_sim.history import demo_history

    engine = open_engine(settings)
    plant = load_plant(settings, StoredNumbers(engine))
    with passing_part(engine, "history", clock, "loading", "the demo's 60 days are being simulated"):
        past = demo_history(plant, clock.now_ns(), settings.data_dir)
        with click.progressbar(length=past.steps, label="History", file=sys.stderr) as bar:
            done = take_history(settings, plant, clock, past.batches(bar.update), stop)
        if not done or not catch_up(settings, clock, ("analytics",), stop):
            return
        keep_books(settings, engine, clock)
        acknowledge_past(AlarmService(engine, plant, clock), past.end_ns - HOUR, "demo crew")
        (settings.data_dir / HISTORY_DONE).touch()


def main() -> None:
    """Entry point: mistakes in the configuration are listed, never a traceback."""
    from config.mistakes import ConfigurationErrors

    run_cli: Callable[[], None] = cli
    try:
        run_cli()
    except ConfigurationErrors as errors:
        click.echo(str(errors), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
