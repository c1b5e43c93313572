"""Flask-AppBuilder without the pages and APIs of its own that we replace."""

from __future__ import annotations

from flask_appbuilder import AppBuilder
from flask_appbuilder.views import UtilView


class Builder(AppBuilder):
    def _add_admin_views(self) -> None:
        """The start page, the way back and signing in. Languages, menu and API document have our own views."""
        self._indexview = self.add_view_no_menu(self.indexview)
        self.add_view_no_menu(UtilView)
        self.sm.register_views()
