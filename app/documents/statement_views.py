"""A doctor's statement of earnings as a file."""

from __future__ import annotations

from flask import Response, current_app
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import get_locale

from app.billing.earnings_views import asked_values
from app.billing.requests import earnings_question
from app.documents.statements import earnings_statement, statement_document
from app.documents.views import sent
from app.kernel.clock import now
from app.kernel.db import transaction
from app.web.languages import reader_language, translation_into
from app.web.security import current_actor
from app.web.zones import page_zone


class EarningsStatementView(BaseView):
    """`/doctor/earnings/statement.pdf`: what the page of earnings shows, in the reader's language."""

    route_base = "/doctor/earnings"
    resource = class_permission_name = "DoctorEarnings"

    @expose("/statement.pdf", methods=["GET"])
    @has_access
    @permission_name("list")
    def statement(self) -> Response:
        question = earnings_question(asked_values(), zone=page_zone())
        with transaction(current_actor()):
            content = earnings_statement(
                question,
                locale=str(get_locale() or "en"),
                translate=translation_into(reader_language()),
                demo=current_app.config["DEMO"],
                actor=current_actor(),
                now=now(),
            )
        return sent(statement_document(content))
