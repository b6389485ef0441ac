"""Ports that two launchers want at the same moment."""

from taskforce.local.ports import claimed_port, free_port


def test_a_port_that_nobody_listens_at_yet_is_claimed_once() -> None:
    wanted = free_port(0)
    found = [claimed_port(wanted) for _launcher in range(3)]
    assert found[0] == wanted
    assert len(set(found)) == 3
