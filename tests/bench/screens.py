"""What is measured: each generated screen's pages, the forms that are saved, and the searches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from tests.bench.population import FUTURE_DAYS, Scale

Values = Callable[[int], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Screen:
    """One generated screen; `rows` is how many ids it has, `add` and `edit` give the values of the n-th save."""

    name: str
    rows: int
    searches: tuple[str, ...] = ()
    add: Values | None = None
    edit: Values | None = None


# common and rare surnames, the middle of a name, part of a phone, two words, another script
PEOPLE = ("silva", "zapata", "eire", "99601", "maria souza", "محمد", "olive")


# What a doctor with thousands of appointments looks at: by the name of the page.
PORTAL = {
    "schedule": "/doctor/schedule",
    "patients": "/doctor/patients",
    "patients: search silva": "/doctor/patients?q=silva",
    "patients: search part of a phone": "/doctor/patients?q=99601",
    "patients by appointments": "/doctor/patients?sort=appointments",
    "patients by spend": "/doctor/patients?sort=spend",
    "patients by last visit": "/doctor/patients?sort=last_visit",
    "earnings of this month": "/doctor/earnings",
    "earnings of all years": "/doctor/earnings?start_date=&end_date=",
    "API: stats": "/api/v1/dashboard/doctor/stats",
    "API: appointments": "/api/v1/dashboard/doctor/appointments",
    "API: patients": "/api/v1/doctors/patients",
    "API: customers, search silva": "/api/v1/customers?search=silva",
    "API: earnings": "/api/v1/doctors/earnings",
}


def screens(scale: Scale, today: date) -> list[Screen]:
    """Ids count from 1 in every table."""

    def patient(n: int) -> dict[str, str]:
        phone = f"+5527{930_000_000 + n * 7:09d}"
        return {"clinic": str(n % 4 + 1), "name": f"Nova Paciente {n}", "phone": phone}

    def appointment(n: int) -> dict[str, str]:
        """A time after the loaded ones, free because every n has its own."""
        doctor, slot = n % 40, n // 40
        clinic = doctor % 4 + 1
        day = today + timedelta(days=FUTURE_DAYS + 1 + slot // 16)
        half_hours = 16 + slot % 16
        return {
            "clinic": str(clinic),
            "service": str(2 * clinic - 1),
            "doctor": str(doctor + 1),
            "patient": str(clinic + 4 * (n % (scale.patients // 4 - 1))),
            "starts_at": f"{day}T{half_hours // 2:02d}:{half_hours % 2 * 30:02d}",
            "status": "confirmed",
        }

    def visit(n: int) -> dict[str, str]:
        clinic = n % 4 + 1
        patient_id = clinic + 4 * (scale.patients // 4 - 1 - n)
        return {"clinic": str(clinic), "service": str(2 * clinic), "doctor": str(clinic), "patient": str(patient_id)}

    return [
        Screen("patients", scale.patients, PEOPLE, patient, lambda n: {"whatsapp_name": f"Changed {n}"}),
        Screen("appointments", scale.appointments, PEOPLE, appointment, lambda n: {"notes": f"Changed {n}"}),
        Screen("visits", scale.visits, (), visit),
        Screen("invoices", scale.visits, PEOPLE),
        Screen("payments", scale.visits),
        Screen("doctors", 40, (), lambda n: {"name": f"Dr. New {n}"}, lambda n: {"email": f"changed{n}@bench.test"}),
        Screen("clinics", 4, (), None, lambda n: {"tax_id": f"BR {n}"}),
        Screen(
            "services",
            8,
            (),
            lambda n: {"clinic": str(n % 4 + 1), "name": f"New {n}", "duration_minutes": "20", "price_minor": "90.00"},
            lambda n: {"duration_minutes": str(20 + n % 20)},
        ),
    ]
