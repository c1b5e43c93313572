"""Pages of a doctor's own: who has the role and no doctor's record is told so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from app.web.security import current_actor


def of_own_record(*, status: int = 200) -> Callable[[Any], Any]:
    """For a method of a view that shows what belongs to the reader's doctor's record: without one, a page that says so.

    `status` is what that page is answered with: 404 where the address names a row.
    """

    def guard(method: Any) -> Any:
        @wraps(method)
        def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
            if current_actor().doctor_id is None:
                return self.render_template("frontdesk/no_doctor.html", title=self.list_title), status
            return method(self, *args, **kwargs)

        return guarded

    return guard
