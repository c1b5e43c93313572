"""The files of a request, read once each has turned out small enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import request

from app.frontdesk.attachments import GivenFile
from app.frontdesk.clinical_errors import NoFile
from app.frontdesk.clinical_rules import LARGEST_FILE, MEGABYTE, ensure_file_fits

FIELD: Final = "file"
LARGEST_FORM: Final = 3 * LARGEST_FILE + MEGABYTE  # several at once; scripts send them one by one


def sent_files() -> Iterator[GivenFile]:
    """The files of the form's field, one in memory at a time. Refuses: NoFile, FileTooLarge."""
    sent = [file for file in request.files.getlist(FIELD) if file.filename]
    if not sent:
        raise NoFile(field=FIELD)
    for file in sent:
        content = file.stream.read(LARGEST_FILE + 1)
        ensure_file_fits(str(file.filename)[-100:], len(content))
        yield GivenFile(str(file.filename), content)
