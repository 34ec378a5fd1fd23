"""Hosts on a real pseudo-terminal: the vendor's own software, and ours when the cable is pulled."""

from collections.abc import Iterator
from typing import Any

import dynamixel_sdk as sdk
import numpy as np
import pytest

from hardware.dynamixel.table import PH54_200_S500_R as TABLE
from hardware.plant import SerialPlant
from robot.description import RobotDescription
from robot.errors import DeviceError
from robot.tick import Row, TickLayout
from tests.hardware.rigs import knee, many
from tests.hardware.served import INERTIA, served

IDS = (1, 2, 3)


def patient(description: RobotDescription) -> RobotDescription:
    """The same robot, whose drives bear half a second of silence: a busy machine may look away for long."""
    buses = {name: bus.model_copy(update={"silence_ms": 500.0}) for name, bus in description.bus.items()}
    return description.model_copy(update={"bus": buses})


@pytest.fixture(scope="module")
def vendor() -> Iterator[tuple[Any, Any]]:
    """The vendor's port and packet handlers on three emulated drives."""
    sdk.port_handler.LATENCY_TIMER = 500  # ms that it waits more; on a busy machine its 34 ms are too few
    with served(many(3)) as (ports, _):
        port = sdk.PortHandler(ports["bus0"])
        assert port.setBaudRate(4_000_000)
        yield port, sdk.PacketHandler(2.0)
        port.closePort()


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, str]]:
    """The ports of an emulated knee."""
    with served(knee()) as (ports, _):
        yield ports


def test_vendor_sdk_pings_one_and_all(vendor: tuple[Any, Any]) -> None:
    port, packets = vendor
    assert packets.ping(port, 2) == (2020, sdk.COMM_SUCCESS, 0)
    found, result = packets.broadcastPing(port)
    assert result == sdk.COMM_SUCCESS
    assert {id_: model for id_, (model, _) in found.items()} == dict.fromkeys(IDS, 2020)


def test_vendor_sdk_reads_what_it_wrote(vendor: tuple[Any, Any]) -> None:
    port, packets = vendor
    goal = TABLE["goal_current"].address
    assert packets.write2ByteTxRx(port, 1, goal, 321) == (sdk.COMM_SUCCESS, 0)
    assert packets.read2ByteTxRx(port, 1, goal) == (321, sdk.COMM_SUCCESS, 0)
    assert packets.read4ByteTxRx(port, 3, TABLE["max_position_limit"].address) == (501433, sdk.COMM_SUCCESS, 0)


def test_vendor_sdk_is_told_of_a_refused_write(vendor: tuple[Any, Any]) -> None:
    port, packets = vendor
    _, error = packets.write2ByteTxRx(port, 1, TABLE["goal_current"].address, 30000)
    assert packets.getRxPacketError(error) == packets.getRxPacketError(sdk.ERRNUM_DATA_RANGE)


def test_vendor_sdk_reads_in_a_group_what_it_wrote_in_a_group(vendor: tuple[Any, Any]) -> None:
    port, packets = vendor
    goal = TABLE["goal_current"].address
    writer, reader = sdk.GroupSyncWrite(port, packets, goal, 2), sdk.GroupSyncRead(port, packets, goal, 2)
    for id_ in IDS:
        assert writer.addParam(id_, [50 * id_, 0])
        assert reader.addParam(id_)
    assert writer.txPacket() == sdk.COMM_SUCCESS
    assert reader.txRxPacket() == sdk.COMM_SUCCESS
    assert [reader.getData(id_, goal, 2) for id_ in IDS] == [50, 100, 150]


def test_vendor_sdk_reads_fast_in_a_group(vendor: tuple[Any, Any]) -> None:
    port, packets = vendor
    reader = sdk.GroupSyncRead(port, packets, TABLE["operating_mode"].address, 1)
    for id_ in IDS:
        reader.addParam(id_)
    assert reader.fastSyncRead() == sdk.COMM_SUCCESS
    assert [reader.getData(id_, TABLE["operating_mode"].address, 1) for id_ in IDS] == [3, 3, 3]


def test_vendor_sdk_reads_and_writes_in_bulk(vendor: tuple[Any, Any]) -> None:
    port, packets = vendor
    writer, reader = sdk.GroupBulkWrite(port, packets), sdk.GroupBulkRead(port, packets)
    goal, limit = TABLE["goal_current"].address, TABLE["temperature_limit"].address
    writer.addParam(1, goal, 2, [77, 0])
    writer.addParam(2, limit, 1, [70])
    assert writer.txPacket() == sdk.COMM_SUCCESS
    reader.addParam(1, goal, 2)
    reader.addParam(2, limit, 1)
    assert reader.txRxPacket() == sdk.COMM_SUCCESS
    assert (reader.getData(1, goal, 2), reader.getData(2, limit, 1)) == (77, 70)


def test_vendor_sdk_registers_acts_and_reboots(vendor: tuple[Any, Any]) -> None:
    port, packets = vendor
    goal = TABLE["goal_current"].address
    assert packets.regWriteTxRx(port, 3, goal, 2, [9, 0]) == (sdk.COMM_SUCCESS, 0)
    assert packets.action(port, sdk.BROADCAST_ID) == sdk.COMM_SUCCESS
    assert packets.read2ByteTxRx(port, 3, goal) == (9, sdk.COMM_SUCCESS, 0)
    assert packets.reboot(port, 3) == (sdk.COMM_SUCCESS, 0)
    assert packets.read2ByteTxRx(port, 3, goal) == (0, sdk.COMM_SUCCESS, 0)


def test_plant_turns_the_emulated_robot_over_a_terminal() -> None:
    """From rest under a constant torque dq² = 2·(τ/J)·q, however unevenly the machine lets time pass."""
    description = patient(many(2, rate_hz=50))
    row = Row(TickLayout(description.joint_names))
    with served(description) as (ports, _), SerialPlant(description, ports) as plant:
        while np.isnan(row.dq).any() or (np.abs(row.dq) < 0.5).any():
            plant.read(row)
            row.tau_command[:] = 2.0
            plant.write(row)
        given = abs(description.drives[0].torque_of_counts(description.drives[0].counts_of_torque(2.0)))
        np.testing.assert_allclose(row.dq**2, 2.0 * given / INERTIA * row.q, rtol=0.01)
        np.testing.assert_allclose(row.tau_measured, given, rtol=1e-9)


def test_pulled_cable_ages_for_ever_without_an_exception() -> None:
    description = knee()
    row = Row(TickLayout(description.joint_names))
    with served(description) as (ports, process):
        plant = SerialPlant(description, ports)
        plant.open()
        plant.read(row)
        process.kill()
        process.join()
        ages = []
        while not ages or ages[-1] <= description.silence_s:
            plant.read(row)
            plant.write(row)
            assert np.isnan(row.q).all()
            ages.append(float(row.age[0]))
        assert ages == sorted(ages)
        plant.stop()
        plant.close()
        with pytest.raises(DeviceError) as caught:
            SerialPlant(description, ports).open()
        assert caught.value.code == "port-missing"


def test_second_host_finds_the_port_busy(ports: dict[str, str]) -> None:
    with SerialPlant(knee(), ports), pytest.raises(DeviceError) as caught:
        SerialPlant(knee(), ports).open()
    assert (caught.value.code, caught.value.values["port"]) == ("port-busy", ports["main"])


def test_host_at_another_baud_rate_finds_no_motor(ports: dict[str, str]) -> None:
    description = knee()
    slower = description.model_copy(
        update={"bus": {"main": description.bus["main"].model_copy(update={"baud": 1000000})}}
    )
    with pytest.raises(DeviceError) as caught:
        SerialPlant(slower, ports).open()
    assert caught.value.code == "no-motor-bus"
    with SerialPlant(description, ports) as plant:
        assert plant.identities[0].model == "ph54-200-s500-r"
