"""The identity provider of agency A, and somebody who speaks for that agency."""

from collections.abc import Iterator

import pytest

from accounts.models import User
from agencies.identity.models import IdentityProvider
from tests.accounts.signing_in import member
from tests.cast import Cast
from tests.identity_provider import Issuer, identity_provider


@pytest.fixture(scope="package")
def issuer() -> Iterator[Issuer]:
    """The provider, a process of its own."""
    with identity_provider() as running:
        yield running


@pytest.fixture
def provider(cast: Cast, issuer: Issuer) -> IdentityProvider:
    """Agency A's people may sign in with it."""
    return issuer.serve(cast.agency_a)


@pytest.fixture
def alice(cast: Cast) -> User:
    """Alice speaks for agency A; she has a second factor to set up, like everyone."""
    return member(cast.alice)


@pytest.fixture(autouse=True)
def _on_this_machine(settings) -> None:
    """The provider of the tests is no public one."""
    settings.PRIVATE_ISSUERS = True
