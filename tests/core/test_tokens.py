"""A sealed link opens what it was made for and nothing else."""

import string
import uuid

from hypothesis import given
from hypothesis import strategies as st

from core.tokens import seal, unseal


@given(subject=st.uuids(), version=st.integers(0, 65535))
def test_a_token_gives_back_its_subject_and_version(subject: uuid.UUID, version: int) -> None:
    assert unseal("answer", seal("answer", subject, version)) == (subject, version)


def test_a_token_is_worth_nothing_for_another_purpose() -> None:
    assert unseal("calendar", seal("answer", uuid.uuid4())) is None


@given(token=st.text(max_size=80))
def test_anything_else_opens_nothing(token: str) -> None:
    assert unseal("answer", token) is None


@given(place=st.integers(0, 49), letter=st.sampled_from("ABCxyz019-_"))
def test_a_changed_character_opens_nothing(place: int, letter: str) -> None:
    token = seal("answer", uuid.UUID(int=7))
    changed = token[:place] + letter + token[place + 1 :]
    assert changed == token or unseal("answer", changed) is None


def test_a_token_depends_on_the_secret_key(settings) -> None:
    token = seal("answer", uuid.uuid4())
    settings.SECRET_KEY = "another key that is long enough to be one"
    assert unseal("answer", token) is None


def test_a_token_sealed_with_an_earlier_key_still_opens(settings) -> None:
    subject = uuid.uuid4()
    token = seal("answer", subject)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is long enough to be one"
    assert unseal("answer", token) == (subject, 1)


def test_only_one_spelling_of_a_token_counts() -> None:
    token = seal("answer", uuid.uuid4())
    letters = string.ascii_letters + string.digits + "-_"
    others = [token[:-1] + letter for letter in letters if letter != token[-1]]
    assert [other for other in others if unseal("answer", other)] == []
