"""The cast of the tests is what contract.md says of the demo's logins."""

from __future__ import annotations

from typing import Any

from tests.cast import Cast


def test_everybody_reaches_their_own_clinics_alone(session: Any, cast: Cast) -> None:
    both = frozenset({cast.main_id, cast.riverside_id})
    main, riverside = frozenset({cast.main_id}), frozenset({cast.riverside_id})
    assert cast.admin.everywhere
    assert [cast.reception.clinic_ids, cast.accountant.clinic_ids, cast.riverside.clinic_ids] == [main, main, riverside]
    assert (cast.doctor.clinic_ids, cast.doctor.doctor_id) == (main, cast.doctor_id)
    assert (cast.doctor2.clinic_ids, cast.doctor2.doctor_id) == (both, cast.doctor2_id)
