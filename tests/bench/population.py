"""Rows of a large clinic group, made up the same way every time: common surnames, busy doctors, years of history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random

from app.people.search_terms import terms_of
from app.scheduling.states import AppointmentStatus

CLINICS, DOCTORS = 4, 40  # a quarter of the doctors and patients at each clinic
SLOTS_A_DAY, FUTURE_DAYS = 16, 30
BIG_CLINIC, LONG_SERVICE, LONG_MINUTES = 4, 9, 45  # where thirty doctors work, twenty of them also elsewhere
ZONE, OPENS = "America/Sao_Paulo", timedelta(hours=11)  # 08:00 on the wall, in UTC
PRICE_MINOR, SHARE_BP = 18_000, 5000

SURNAMES = (
    "Silva Santos Oliveira Souza Pereira Lima Carvalho Ferreira Rodrigues Almeida Costa Gomes Martins Araújo Melo "
    "Barbosa Ribeiro Alves Cardoso Schmidt Rocha Dias Teixeira Nunes Moreira Monteiro Cavalcanti Correia Mendes "
    "Nogueira Tanaka Haddad Rossi Kowalski Nguyễn O'Brien Müller García Fernández Peña Öztürk Zapata Quispe Okafor "
    "शर्मा محمد 王 Παπαδάκης Шевченко Yıldız"
).split()
GIVEN_NAMES = (
    "Maria José Ana João Antônio Francisca Carlos Paulo Adriana Juliana Pedro Lucas Luiz Marcos Luís Gabriel Rafael "
    "Daniel Marcelo Bruno Eduardo Felipe Raimundo Rodrigo Márcia Fernanda Patrícia Aline Sandra Camila Amanda Bruna "
    "Jéssica Letícia Júlia Luciana Vanessa Mariana Gabriela Vera Vitória Larissa Cláudia Beatriz Rita Luana Sônia "
    "Renata Eliane Zoë Inês Sebastião Conceição Thiago Núbia Iracema Ubirajara Moacir Yara"
).split()


def own_clinic(doctor_id: int) -> int:
    """The clinic at which all of the doctor's loaded appointments are."""
    return (doctor_id - 1) % CLINICS + 1


def clinics_of(doctor_id: int) -> tuple[int, ...]:
    own = own_clinic(doctor_id)
    return (own, BIG_CLINIC) if own in {1, 2} else (own,)


@dataclass(frozen=True, slots=True)
class Scale:
    patients: int = 100_000
    appointments: int = 300_000
    visits: int = 200_000

    def tenth(self) -> Scale:
        """With fewer visits: the appointments to come, which have none, are as many as ever."""
        return Scale(self.patients // 10, self.appointments // 10, self.visits // 30)


@dataclass(slots=True)
class Booked:
    """One appointment, and the place of its visit among all visits, from 1."""

    id: int
    doctor: int
    patient: int
    starts_at: datetime
    status: AppointmentStatus
    number: int
    visit: int | None = None


@dataclass(slots=True)
class Person:
    id: int
    clinic: int
    name: str
    phone: str
    email: str | None

    def terms(self) -> frozenset[str]:
        return terms_of(self.name, self.phone, self.email, None)


def people(scale: Scale, rng: Random) -> Iterator[Person]:
    """Patients by id from 1; a surname is the rarer the later it stands in the list."""
    surnames = list(accumulate(1 / (rank + 2) for rank in range(len(SURNAMES))))
    given = list(accumulate(1 / (rank + 6) for rank in range(len(GIVEN_NAMES))))
    for one in range(1, scale.patients + 1):
        first = rng.choices(GIVEN_NAMES, cum_weights=given, k=1 + (rng.random() < 0.4))
        last = rng.choices(SURNAMES, cum_weights=surnames, k=1 + (rng.random() < 0.5))
        email = f"{first[0].lower()}.{one}@mail.test" if first[0].isascii() and rng.random() < 0.6 else None
        phone = f"+55119{60_000_000 + one * 331 % 39_999_989:08d}"
        yield Person(one, (one - 1) % CLINICS, " ".join(first + last), phone, email)


def bookings(scale: Scale, rng: Random, today: date) -> Iterator[Booked]:
    """Every doctor's slots, day by day without a gap, the last of them `FUTURE_DAYS` from now."""
    days = -(-scale.appointments // (DOCTORS * SLOTS_A_DAY))
    first = today + timedelta(days=FUTURE_DAYS - days + 1)
    visits = 0
    for index in range(scale.appointments):
        day, rest = divmod(index, DOCTORS * SLOTS_A_DAY)
        slot, doctor = divmod(rest, DOCTORS)
        when = datetime.combine(first + timedelta(days=day), datetime.min.time(), UTC) + OPENS
        patient = 1 + doctor % CLINICS + CLINICS * rng.randrange(scale.patients // CLINICS)
        booked = Booked(index + 1, doctor, patient, when + slot * timedelta(minutes=30), AppointmentStatus.COMPLETED, 0)
        booked.number = doctor // CLINICS * SLOTS_A_DAY + slot + 1
        if when.date() >= today:
            booked.status = _rarely(rng, 0.2, AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED)
        elif visits < scale.visits and rng.random() < 0.8:
            visits += 1
            booked.visit = visits
        else:
            booked.status = _rarely(rng, 0.5, AppointmentStatus.NO_SHOW, AppointmentStatus.CANCELLED)
        yield booked


def _rarely(rng: Random, chance: float, one: AppointmentStatus, other: AppointmentStatus) -> AppointmentStatus:
    return one if rng.random() < chance else other


def counters(scale: Scale, booked: Sequence[Booked]) -> list[list[int]]:
    """Of each patient, by id: visits, no-shows, cancellations."""
    counted = [[0, 0, 0] for _ in range(scale.patients + 1)]
    places = {AppointmentStatus.COMPLETED: 0, AppointmentStatus.NO_SHOW: 1, AppointmentStatus.CANCELLED: 2}
    for one in booked:
        if one.status in places:
            counted[one.patient][places[one.status]] += 1
    return counted
