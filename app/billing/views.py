"""The desk's screens of invoices and payments."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response

from app.billing import drafting, issuing, payments
from app.billing.errors import InvoiceNotDraft
from app.billing.forms import DraftForm, PayForm, as_typed, method_field, typed_lines
from app.billing.models import Invoice, Payment
from app.billing.queries import called
from app.billing.requests import payment_request
from app.billing.states import InvoiceStatus
from app.billing.words import METHOD_WORDS, TROUBLE_WORDS
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.kernel.money import Money
from app.people.queries import list_services_of
from app.people.roles import Role
from app.web import permissions
from app.web.crud import CommandView, ScopedInterface
from app.web.form_builder import show_refusal
from app.web.formatters import money, show_value
from app.web.record_pages import page_of
from app.web.replies import message_of
from app.web.security import current_actor

SPARE_LINES = 2
SHARES = ("doctor_share_minor", "center_share_minor", "share_bp")


def may_do(invoice: Invoice) -> set[str]:
    """What the reader may do with this invoice in its state: "edit", "issue", "discard", "pay"."""
    acts = {"edit": "edit", "issue": "issue", "discard": "delete"} if invoice.status is InvoiceStatus.DRAFT else {}
    if invoice.number is not None and invoice.balance.minor > 0:
        acts = {"pay": "pay"}
    return {name for name, act in acts.items() if permissions.allows(current_actor(), "Invoice", act)}


def sums_of(invoice: Invoice) -> list[tuple[str, int]]:
    """What stands below the lines, in order: label and minor units; what is nothing is left out."""
    sums = [
        (gettext("Subtotal"), invoice.subtotal_minor),
        (gettext("Discount"), -invoice.discount_minor),
        (gettext("Tax"), invoice.tax_minor),
        (gettext("Total"), invoice.total_minor),
        (gettext("Paid so far"), invoice.paid_minor),
    ]
    return [(label, minor) for label, minor in sums if minor or label == gettext("Total")]


def number_or_draft(number: str | None) -> Markup:
    return Markup('<span class="figure">{}</span>').format(number or gettext("Draft"))


def still_due(balance: Money) -> Markup | str:
    return money(balance) if balance.minor else show_value(None)


def method_word(method: Any) -> str:
    return gettext(METHOD_WORDS[method])


def trouble_word(failure: str | None) -> Any:
    return show_value(gettext(TROUBLE_WORDS.get(failure, failure)) if failure else None)


def invoice_link(invoice: Invoice) -> Markup:
    return Markup('<a class="figure" href="{}">{}</a>').format(url_for("InvoiceView.show", pk=invoice.id), invoice)


class PaymentView(CommandView):
    datamodel = ScopedInterface(Payment)
    resource = "Payment"
    route_base = "/payments"
    list_title, show_title = _("Payments"), _("Payment")
    list_columns = ["created_at", "patient", "invoice", "method", "amount_minor", "status", "failure"]
    show_columns = ["clinic", "patient", "doctor", "invoice", "method", "amount_minor", "status", "failure", "paid_at"]
    show_columns += ["doctor_share_minor", "center_share_minor", "share_bp", "reference", "card_brand", "card_last4"]
    show_columns += ["receipt_url", "created_at"]
    formatters_columns = {"method": method_word, "failure": trouble_word, "invoice": invoice_link}
    search_columns = ["clinic", "patient", "doctor", "status", "method", "created_at"]
    search_form_extra_fields = {"method": method_field()}
    order_columns = ["created_at"]
    base_order = ("created_at", "desc")
    fleeting_columns = ["failure", "reference", "card_brand", "card_last4", "receipt_url"]
    empty_hint = _("Payments are taken on the page of an invoice.")

    def heading(self, row: Payment) -> str:
        return f"{money(Money(row.amount_minor, row.currency)).striptags()} · {row.patient}"

    def withheld(self, act: str) -> Collection[str]:
        """What a doctor earns is the administration's and the accountant's to see."""
        return () if current_actor().has_role(Role.ADMIN, Role.ACCOUNTANT) else SHARES


class InvoiceView(CommandView):
    datamodel = ScopedInterface(Invoice)
    resource = "Invoice"
    route_base = "/invoices"
    list_title, show_title = _("Invoices"), _("Invoice")
    add_title = _("New invoice")
    show_template, list_template = "billing/invoice.html", "billing/invoices.html"
    list_columns = ["number", "patient", "issued_at", "total_minor", "balance", "status"]
    export_columns = [*list_columns, "created_at"]
    number_columns = ["balance"]
    formatters_columns = {"number": number_or_draft, "balance": still_due}
    search_hint = _("Number or patient")
    empty_hint = _("A completed visit drafts its invoice.")
    show_columns = ["patient", "doctor", "clinic", "issued_at", "due_date"]
    add_columns = ["clinic", "patient", "doctor", "due_date"]
    edit_columns = ["due_date"]
    label_columns = {"balance": _("Balance due")}
    search_columns = ["clinic", "patient", "doctor", "status", "issued_at", "due_date", "created_at"]
    order_columns = ["created_at", "issued_at"]
    base_order = ("created_at", "desc")
    load_columns = ["clinic"]
    add_row_message = _("The draft was made. Enter what it is for.")

    def search_text(self, text: str) -> ColumnElement[bool]:
        return called(text, current_actor())

    def add_command(self, values: dict[str, Any]) -> Invoice:
        asked = {name: value for name, value in values.items() if name != "revision"}
        return drafting.compose_invoice(asked | {"lines": []}, actor=current_actor(), now=clock.now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> None:
        revision = values.pop("revision")
        drafting.edit_draft(pk, values, revision=revision, actor=current_actor(), now=clock.now())

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        row = self.row(pk, self.show_columns)
        self.update_redirect()
        return self._page(row, PayForm(data={"amount": row.balance}), 200)

    @expose("/<int:pk>/payments", methods=["POST"])
    @has_access
    def pay(self, pk: int) -> Any:
        row, form = self.row(pk, self.show_columns), PayForm()
        typed = {"amount": form.amount.plain(""), "method": form.method.data, "reference": form.reference.data}
        try:
            asked = payment_request(typed, currency=row.currency)
            with transaction(current_actor()):
                payments.take_payment(
                    pk, asked.amount, asked.method, reference=asked.reference, actor=current_actor(), now=clock.now()
                )
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self._page(self.row(pk, self.show_columns), form, refusal.status)
        flash(gettext("The payment was taken."), "success")
        return self._back_to(pk)

    @expose("/<int:pk>/issue", methods=["POST"])
    @has_access
    def issue(self, pk: int) -> Response:
        return self._carry_out(pk, issuing.issue, _("The invoice was issued."))

    @action(
        "issue",
        _("Issue"),
        _("Issue these invoices? Each gets its number and cannot be changed any more."),
        icon="ti-send",
        single=False,
    )
    def issue_chosen(self, rows: list[Invoice]) -> Response:
        return self.for_each(rows, lambda pk: issuing.issue(pk, actor=current_actor(), now=clock.now()))

    @expose("/<int:pk>/discard", methods=["POST"])
    @has_access
    @permission_name("delete")
    def discard(self, pk: int) -> Response:
        return self._carry_out(pk, drafting.discard, _("The draft was discarded."))

    @expose("/edit/<pk>", methods=["GET"])
    @has_access
    def edit(self, pk: str) -> Any:
        row = self.row(pk, self.show_columns)
        if row.status is not InvoiceStatus.DRAFT:
            flash(message_of(InvoiceNotDraft()), "warning")
            return self._back_to(row.id)
        form = DraftForm(data={"revision": row.revision, "due_date": row.due_date})
        return self._draft_page(row, form, [as_typed(line, row.currency) for line in row.lines], 200)

    @expose("/edit/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, pk: str) -> Any:
        row, form = self.row(pk, self.show_columns), DraftForm()
        try:
            with transaction(current_actor()):
                self.edit_command(row.id, form.values(request.form) | {"revision": form.revision.plain("")})
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self._draft_page(row, form, typed_lines(request.form), refusal.status)
        return redirect(url_for("InvoiceView.edit", pk=pk)) if "more" in request.form else self._back_to(row.id)

    # -- pages -------------------------------------------------------------------------------------------------------

    def _page(self, row: Invoice, form: PayForm, status: int) -> Any:
        page = self.render_template(
            self.show_template,
            row=row,
            title=self.show_title,
            form=form,
            doable=may_do(row),
            sums=sums_of(row),
            amount=lambda minor: money(Money(minor, row.currency)),
            method_word=method_word,
            trouble_word=trouble_word,
            page_of=page_of,
        )
        return page, status

    def _draft_page(self, row: Invoice, form: DraftForm, lines: list[dict[str, str]], status: int) -> Any:
        spare: list[dict[str, str]] = [{} for _spare in range(SPARE_LINES)]
        page = self.render_template(
            "billing/draft.html", row=row, form=form, lines=[*lines, *spare], services=list_services_of(row.clinic_id)
        )
        return page, status

    def _carry_out(self, pk: int, command: Any, message: Any) -> Response:
        self.row(pk)
        revision = request.form.get("revision", type=int)
        try:
            with transaction(current_actor()):
                command(pk, revision=revision, actor=current_actor(), now=clock.now())
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            flash(message_of(refusal), "danger")
        else:
            flash(message, "success")
        return self._back_to(pk)

    def _back_to(self, pk: int) -> Response:
        return redirect(url_for("InvoiceView.show", pk=pk))
