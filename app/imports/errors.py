"""Why a file, its mapping or one of its rows is not taken."""

from __future__ import annotations

from app.kernel.errors import N_, Invalid, NotFound


class UnknownClinicCode(NotFound):
    code = "unknown_clinic_code"
    template = N_("There is no clinic with the code %(clinic)s; there are: %(known)s.")


class BadMapping(Invalid):
    code = "bad_mapping"
    template = N_("The mapping %(path)s cannot be used: %(reason)s.")


class FileNotUsable(Invalid):
    """Nothing, or nothing more, can be read from the file."""

    code = "file_not_usable"
    template = N_("The file cannot be read%(place)s: %(reason)s.")


class RowProblem(Invalid):
    """One cell, or a whole row, is not as it should be."""


class WrongNumberOfCells(RowProblem):
    code = "wrong_number_of_cells"
    template = N_("The row has %(found)s cells, the heading %(expected)s.")


class CellTooLarge(RowProblem):
    code = "cell_too_large"
    template = N_("A cell or line is too large; perhaps a quotation mark is missing.")


class WrongEncoding(RowProblem):
    code = "wrong_encoding"
    template = N_("The row is not written in %(encoding)s, which the mapping names.")


class UnknownValue(RowProblem):
    code = "unknown_value"
    template = N_("The mapping does not know the value %(value)s.")


class NotAMoment(RowProblem):
    code = "not_a_moment"
    template = N_("%(value)s is not written as %(format)s.")


class NotANumber(RowProblem):
    code = "not_a_number"
    template = N_("%(value)s is not a whole number.")


class OutOfRange(RowProblem):
    code = "out_of_range"
    template = N_("%(value)s is not possible here.")


class Unusual(RowProblem):
    """Taken as it is, and worth a look."""

    code = "unusual"
    template = N_("%(value)s is unusual.")


class ValueMissing(RowProblem):
    code = "value_missing"
    template = N_("This is empty and must not be.")


class RepeatedInFile(RowProblem):
    code = "repeated_in_file"
    template = N_("Line %(line)s of the file has the same %(column)s.")


class BookedAfterwards(RowProblem):
    code = "booked_afterwards"
    template = N_("It was booked on %(booked)s, after it took place on %(day)s.")


class PhoneTaken(RowProblem):
    code = "phone_taken"
    template = N_("Another patient of the clinic has this phone number (id or external id %(patient)s).")


class LiveAppointment(RowProblem):
    code = "live_appointment"
    template = N_("The clinic made an appointment with this external id itself.")


class NotACode(RowProblem):
    code = "not_a_code"
    template = N_("%(value)s is not a code: letters, digits and dots.")
