"""A patient who came from a file is found in the browser, and walks in like everybody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.cast import Cast, build_cast, zone_at_noon
from tests.factories import PASSWORD
from tests.plugins.products import Product

MAPPING = """
[file]
repeats = true
[patient]
external_id = "Patient"
name = { template = "Patient {Patient}" }
[appointment]
doctor = "Former doctors"
service = "Former visit"
external_id = "Visit"
starts_at = { column = "Day", format = "%Y-%m-%d" }
status = { column = "Seen", values = { yes = "completed", no = "no_show" } }
"""
ROWS = "Patient,Visit,Day,Seen\n298724,v1,2016-01-05,yes\n298724,v2,2016-02-05,no\n298725,v3,2016-02-06,yes\n"


def import_the_past(product: Product, folder: Path) -> Cast:
    assert product.app is not None
    (folder / "past.csv").write_text(ROWS)
    (folder / "mapping.toml").write_text(MAPPING)
    command = ["import", "appointments", str(folder / "past.csv"), "--clinic", "main", "--apply"]
    options = ["--mapping", str(folder / "mapping.toml"), "--report", str(folder / "report.csv")]
    with product.app.app_context():
        cast = build_cast(zone_at_noon())
    result = product.app.test_cli_runner().invoke(args=[*command, *options])
    assert result.exit_code == 0, result.output
    return cast


def test_an_imported_patient_is_found_and_walks_in(
    live_server: Product, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    cast = import_the_past(live_server, tmp_path)
    page = new_page()
    page.goto(f"{live_server.url}/login/?next=/patients/list/")
    page.fill("[name=username]", "reception")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")

    search = page.locator(".topbar-search [type=search]")
    search.fill("298724")
    search.press("Enter")
    page.locator("main").get_by_role("link", name="Patient 298724").first.click()
    expect(page.locator("h1")).to_have_text("Patient 298724")
    expect(page.locator("main")).to_contain_text("Former doctors")
    expect(page.locator("main")).to_contain_text("No-show")

    page.get_by_role("link", name="Walk in").click()
    page.locator("select[name=doctor]").select_option(str(cast.doctor_id))
    page.locator("select[name=service]").select_option(str(cast.service_id))
    page.locator("main form[method=post] [type=submit]").first.click()
    expect(page.locator("h1")).to_have_text("1 · Patient 298724")
    page.goto(f"{live_server.url}/queue/")
    waiting = page.locator("[aria-labelledby=column-waiting] [data-visit]")
    expect(waiting).to_contain_text("Patient 298724")
