"""Letters that were cleared before signatures were kept: they wait to be signed, or were dispatched if somebody has them."""

import pgtrigger
from django.db import migrations
from django.db.models import Exists, OuterRef, Q

STAYED = ["refused", "cancelled"]


def sort(apps, _schema_editor):
    """One update for those that are out, one for the others, and a row for each signatory of these."""
    letter, dispatch, recipient, signing = (
        apps.get_model("letters", name) for name in ("Letter", "Dispatch", "Recipient", "Signing")
    )
    sent = Q(message__isnull=False) & ~Q(message__state__in=STAYED) | Q(acknowledged_at__isnull=False)
    ended = dispatch.objects.filter(letter=OuterRef("pk"), finished_at__isnull=False)
    out = Exists(recipient.objects.filter(sent, dispatch__letter=OuterRef("pk"))) | Exists(ended)
    with pgtrigger.ignore("letters.Letter:status_moves"):
        letter.objects.filter(out, status="cleared").update(status="dispatched")
        waiting = list(letter.objects.filter(status="cleared"))
        letter.objects.filter(status="cleared").update(status="in_signature")
    signing.objects.bulk_create(
        signing(letter=one, text_version=one.version, order=order, title=row.title, office=row.office, name=row.name)
        for one in waiting
        for order, row in enumerate(one.signatories.order_by("order", "pk"), start=1)
    )


class Migration(migrations.Migration):
    dependencies = (("letters", "0012_signing"),)
    operations = (migrations.RunPython(sort, migrations.RunPython.noop),)
