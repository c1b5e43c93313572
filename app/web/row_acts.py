"""Acts on one row or on chosen rows of a generated screen: only rows in scope, only for whom the act is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, flash, redirect, request
from flask_appbuilder import expose
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.kernel.db import transaction
from app.kernel.errors import NotAllowed, Refusal
from app.web.export import CsvExport
from app.web.replies import message_of
from app.web.scoped import key_of
from app.web.security import current_actor

MOST_CHOSEN = 100


class RowActs(CsvExport):
    """Flask-AppBuilder's `@action`, whose own routes look rows up without any scope."""

    def row(self, pk: object, load: Sequence[str] = ()) -> Any:
        """The row in reach with this key, or the page that says there is none."""
        return self.datamodel.get(pk, self._base_filters, select_columns=load) or abort(404)

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    def action(self, name: str, pk: str) -> Any:
        chosen = self._allowed_action(name)
        if not chosen.single:
            abort(404)
        return chosen.func(self.row(pk))

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> Any:
        chosen = self._allowed_action(request.form.get("action", ""))
        if not chosen.multiple:
            abort(404)
        keys = {key_of(pk) for pk in request.form.getlist("rowid")[:MOST_CHOSEN]}
        statement = self.datamodel.statement(self._base_filters).where(self.datamodel.get_pk().in_(keys))
        rows = self.datamodel.rows(statement, limit=MOST_CHOSEN)
        if not rows or len(rows) != len(keys):
            abort(404)
        return chosen.func(rows)

    def for_each(self, rows: Sequence[Any], command: Callable[[int], Any]) -> Response:
        """Carry a command out for each row by itself, say for how many and why not for the others, and go back."""
        refused: Counter[str] = Counter()
        for key in [row.id for row in rows]:
            try:
                with transaction(current_actor()):
                    command(key)
            except Refusal as refusal:
                refused[message_of(refusal)] += 1
        if done := len(rows) - refused.total():
            flash(ngettext("Done for one record.", "Done for %(num)d records.", done), "success")
        for reason, count in refused.items():
            words = ngettext(
                "Not for one record: %(reason)s", "Not for %(num)d records: %(reason)s", count, reason=reason
            )
            flash(words, "warning")
        return redirect(self.get_redirect())

    def _allowed_action(self, name: str) -> Any:
        chosen = self.actions.get(name) or abort(404)
        if not self.appbuilder.sm.has_access(self.get_action_permission_name(name), self.class_permission_name):
            raise NotAllowed
        return chosen
