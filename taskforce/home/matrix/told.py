"""What a request tells somebody later: mail that it queues, and tasks that it notes."""

from collections.abc import Iterator

from agencies.models import Agency, Obligation
from core.models import OutgoingMessage
from taskforce.home.matrix.world import A_TEAM, B_TEAM, HOUSE, MEMBERS, World, group

MAIL, TASKS = OutgoingMessage._meta.db_table, Obligation._meta.db_table


class Watch:
    """Mail and tasks of the world as they were; `since` looks at those that are new."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.names = {person.email: name for name, person in world.people.items() if person}
        self.mails = set(OutgoingMessage.objects.values_list("pk", flat=True))
        self.tasks = {(one.pk, one.what) for one in Obligation.objects.all()}
        self.teams = {_agency("A"): A_TEAM, _agency("B"): B_TEAM}

    def since(self, touched: set[str]) -> Iterator[str]:
        """Marks in new mail or tasks whose reader may not see them, in words."""
        if MAIL in touched:
            for mail in OutgoingMessage.objects.exclude(pk__in=self.mails):
                yield from self._mailed(mail)
        if TASKS in touched:
            for task in Obligation.objects.all():
                if (task.pk, task.what) not in self.tasks:
                    readers = self.teams.get(task.agency_id, set()) if task.agency_id else HOUSE
                    yield from (f"task: {mark}" for mark in self._unlawful(task.what, readers))

    def _mailed(self, mail: OutgoingMessage) -> Iterator[str]:
        """Mail to somebody without an account may name what is open to every member, and their own address."""
        readers = {self.names[mail.to]} if mail.to in self.names else MEMBERS
        for mark in self._unlawful(f"{mail.subject}\n{mail.text}\n{mail.html}", readers):
            if mark not in mail.to:
                yield f"mail to {mail.to}: {mark}"

    def _unlawful(self, text: str, readers: set[str]) -> list[str]:
        return [mark for mark, lawful in self.world.marks.items() if mark in text and not readers <= lawful]


def _agency(letter: str) -> object:
    found: Agency = group(letter).agency
    return found.pk
