"""The document behind a fact: uploaded with a form, kept until it is confirmed, open to every reader of the register."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.files import store
from core.models import StoredFile
from core.tokens import seal, unseal
from core.uploads import UploadField

if TYPE_CHECKING:
    from accounts.models import User

PURPOSE = "source document"


class SourceFields(forms.Form):
    """The part of a form in which the source document is given.

    Between the form and its check page the file is in the store already; `kept` carries its id, sealed so that nobody can
    name another file.
    """

    upload = UploadField(
        label=_("Source document"),
        required=False,
        help_text=_(
            "PDF, Word, Excel, PowerPoint, OpenDocument, CSV or text, up to 20 MB. Whoever reads the register can read it."
        ),
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_kept(self) -> StoredFile | None:
        """The file uploaded a step earlier."""
        found = unseal(PURPOSE, self.cleaned_data["kept"])
        file = StoredFile.objects.filter(pk=found[0]).first() if found else None
        if file:
            self.fields["upload"].help_text = _("“%(name)s” is attached. Choose another file to replace it.") % {
                "name": file.name
            }
        return file

    def keep(self, by: User) -> None:
        """Store what was uploaded. Raises StorageFull."""
        if given := self.cleaned_data.get("upload"):
            self.cleaned_data["kept"] = store(name=given.name, content_type=given.content_type, data=given.data, by=by)

    @property
    def document(self) -> StoredFile | None:
        """The document, once it is kept."""
        file: StoredFile | None = self.cleaned_data.get("kept")
        return file

    def carried(self) -> list[tuple[str, str]]:
        """What the check page sends on."""
        return [("kept", seal(PURPOSE, self.document.pk))] if self.document else []


def backs(user: Any, pk: uuid.UUID, models: Any) -> bool:
    """Whether a fact that the user may see has this file as its source document."""
    return any(model.objects.visible_to(user).filter(document=pk).exists() for model in models)
