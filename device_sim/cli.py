"""The command `simulate`."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from config.clock import Clock
    from config.plant import Plant
    from config.settings_model import Settings
    from device_sim.publisher import Broker


@click.command()
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same plant and faults.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0.1, max=600),
    default=1.0,
    show_default=True,
    help="Simulated seconds a second; without effect where CARETAKER_CLOCK winds the clock.",
)
@click.option(
    "--devices", type=click.IntRange(1, 100_000), help="So many small devices instead of the plant."
)
@click.option(
    "--write-facility",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --devices: write their facility into this folder, for CARETAKER_FACILITY, and end.",
)
@click.option("--faults/--no-faults", default=True, show_default=True, help="Let things break.")
@click.option("--broker", metavar="URL", help="mqtt://host:port; default: the broker of the settings.")
def simulate(
    *,
    seed: int,
    speed: float,
    devices: int | None,
    write_facility: Path | None,
    faults: bool,
    broker: str | None,
) -> None:
    """Simulate the facility's equipment and publish its readings over MQTT."""
    from config.process import run_process
    from device_sim.load import write_load_facility

    if write_facility is not None:
        if devices is None:
            raise click.UsageError("--write-facility needs --devices")
        write_load_facility(write_facility, devices)
        click.echo(f"{devices} devices written: start the node with CARETAKER_FACILITY={write_facility}")
        return

    def body(settings: Settings, clock: Clock, stop: threading.Event) -> None:
        from device_sim import service

        own, pace = _clock(clock, speed)
        plant = _plant(settings, devices)
        data_dir = None if devices else settings.data_dir
        orders = service.Orders(seed, faults and not devices, data_dir, pace)
        service.simulate(plant, own, stop, _broker(settings, broker), orders)

    run_process("simulate", body)


def _clock(clock: Clock, speed: float) -> tuple[Clock, float]:
    """The clock handed in, if it is wound; else one that runs at the speed asked for, and the speed."""
    from config.clock import WoundClock

    if isinstance(clock, WoundClock):
        return clock, clock.speed
    now = time.time_ns()
    return (WoundClock(now, now, speed), speed) if speed != 1.0 else (clock, 1.0)


def _plant(settings: Settings, devices: int | None) -> Plant:
    from config.loading import load_plant
    from config.point_numbers import MemoryNumbers
    from device_sim.load import load_plant_of

    return load_plant_of(devices) if devices else load_plant(settings, MemoryNumbers())


def _broker(settings: Settings, url: str | None) -> Broker:
    from device_sim.publisher import Broker

    mqtt = settings.mqtt
    secret = mqtt.password.get_secret_value() if mqtt.password else None
    host = "127.0.0.1" if mqtt.bind in ("0.0.0.0", "::") else mqtt.bind  # noqa: S104 - compared, not bound
    own = f"mqtt://{host}:{settings.mqtt_port}"
    version = mqtt.version if mqtt.url and not url else "3.1.1"
    return Broker(url or mqtt.url or own, mqtt.username, secret, mqtt.ca_file, version)
