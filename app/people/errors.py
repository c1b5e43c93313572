"""Why a patient or a field of one is refused."""

from __future__ import annotations

from app.kernel.errors import N_, Conflict, Invalid, NotFound


class DuplicatePhone(Conflict):
    """`existing_id` is the patient of this clinic who has the phone, `archived` whether that record is archived."""

    code = "duplicate_phone"
    template = N_("Another patient of this clinic has this phone number.")

    def __init__(self, *, existing_id: int, archived: bool) -> None:
        super().__init__(field="phone", existing_id=existing_id, archived=archived)


class DuplicateExternalId(Conflict):
    """`existing_id` is the patient of this clinic who has the id, `archived` whether that record is archived."""

    code = "duplicate_external_id"
    template = N_("Another patient of this clinic has this external id.")

    def __init__(self, *, existing_id: int, archived: bool) -> None:
        super().__init__(field="external_id", existing_id=existing_id, archived=archived)


class Required(Invalid):
    code = "required"
    template = N_("This is required.")


class UnknownField(Invalid):
    code = "unknown_field"
    template = N_("There is no such field.")


class NameWithoutLetters(Invalid):
    code = "name_without_letters"
    template = N_("A name has at least one letter.")


class NotAPhone(Invalid):
    code = "not_a_phone"
    template = N_("This is not a phone number.")


class PhoneTooShort(Invalid):
    code = "phone_too_short"
    template = N_("This phone number is too short.")


class PhoneTooLong(Invalid):
    code = "phone_too_long"
    template = N_("This phone number is too long.")


class PhoneNeedsAreaCode(Invalid):
    code = "phone_needs_area_code"
    template = N_("Write this phone number with its area code.")


class PhoneNotInCountry(Invalid):
    code = "phone_not_in_country"
    template = N_("No phone number of the clinic's country looks like this. Add the area code or the country code.")


class PhoneHasExtension(Invalid):
    code = "phone_has_extension"
    template = N_("A phone number is kept without an extension.")


class NotAnEmail(Invalid):
    code = "not_an_email"
    template = N_("This is not an e-mail address.")


class NotADate(Invalid):
    code = "not_a_date"
    template = N_("This is not a date (YYYY-MM-DD).")


class BornInTheFuture(Invalid):
    code = "born_in_the_future"
    template = N_("A date of birth is not in the future.")


class BornTooLongAgo(Invalid):
    code = "born_too_long_ago"
    template = N_("A date of birth is not before %(earliest)s.")


class UnknownGender(Invalid):
    code = "unknown_gender"
    template = N_("This must be one of: %(known)s.")


class NotOneOf(Invalid):
    code = "not_one_of"
    template = N_("This must be one of: %(known)s.")


class NotAnId(Invalid):
    code = "not_an_id"
    template = N_("This is not an id.")


class NotAList(Invalid):
    code = "not_a_list"
    template = N_("This must be a list of texts.")


class TooManyTags(Invalid):
    code = "too_many_tags"
    template = N_("At most %(most)s tags can be kept.")


class NotAnObject(Invalid):
    code = "not_an_object"
    template = N_("This must be an object of names and values.")


class TooManyCustomFields(Invalid):
    code = "too_many_custom_fields"
    template = N_("At most %(most)s custom fields can be kept.")


class BadCustomFieldName(Invalid):
    code = "bad_custom_field_name"
    template = N_("The name of a custom field begins with a small letter; a-z, 0-9 and _ follow, at most 40 in all.")


class BadCustomFieldValue(Invalid):
    code = "bad_custom_field_value"
    template = N_("The custom field %(name)s must be a text, a number, true, false or null.")


class NotAWholeNumber(Invalid):
    code = "not_a_whole_number"
    template = N_("This must be a whole number from %(least)s to %(most)s.")


class NotYesOrNo(Invalid):
    code = "not_yes_or_no"
    template = N_("This must be true or false.")


class UnknownReference(Invalid):
    code = "unknown_reference"
    template = N_("There is no such record.")


class ContactIsThePatient(Invalid):
    code = "contact_is_the_patient"
    template = N_("A patient's contact is another patient.")


class PasswordTooShort(Invalid):
    code = "password_too_short"
    template = N_("A password has at least %(least)s characters.")


class PasswordNotKept(Invalid):
    code = "password_not_kept"
    template = N_("This cannot be a password.")


class WrongPassword(Invalid):
    code = "wrong_password"
    template = N_("This is not your present password.")


class BadUsername(Invalid):
    code = "bad_username"
    template = N_("A user name has 2 to 64 characters: a-z, 0-9 and . _ @ -")


class UnknownRole(Invalid):
    code = "unknown_role"
    template = N_("This must be one or more of: %(known)s.")


class DuplicateUsername(Conflict):
    code = "duplicate_username"
    template = N_("Somebody else has this user name.")


class DuplicateUserEmail(Conflict):
    code = "duplicate_email"
    template = N_("Somebody else has this e-mail address.")


class LastAdministrator(Conflict):
    code = "last_administrator"
    template = N_("Somebody must remain who may administer: this is the last administrator.")


class BadCode(Invalid):
    code = "bad_code"
    template = N_("A code has up to 24 characters: a-z, 0-9 and - between them.")


class UnknownCountry(Invalid):
    code = "unknown_country"
    template = N_("There is no country with this code (two letters, ISO 3166).")


class UnknownTimezone(Invalid):
    code = "unknown_timezone"
    template = N_("There is no such time zone (as in Europe/Berlin).")


class UnknownLanguage(Invalid):
    code = "unknown_language"
    template = N_("There is no such language (as in en or pt_BR).")


class NegativePrice(Invalid):
    code = "negative_price"
    template = N_("A price is not negative.")


class OtherClinic(Invalid):
    code = "other_clinic"
    template = N_("The doctor does not work at this service's clinic.")


class NoClinicCalled(NotFound):
    code = "no_clinic_called"
    template = N_("There is no clinic with the code %(clinic)s.")


class DuplicateCode(Conflict):
    code = "duplicate_code"
    template = N_("Another clinic has this code.")


class CurrencyFixed(Conflict):
    """A clinic's books are in one currency from its first invoice on."""

    code = "currency_fixed"
    template = N_("The currency cannot change any more: this clinic has invoices.")


class DuplicateName(Conflict):
    code = "duplicate_name"
    template = N_("There is one with this name already.")


class DuplicateHoliday(Conflict):
    code = "duplicate_holiday"
    template = N_("This day is a holiday of the clinic already.")


class UserIsADoctor(Conflict):
    code = "user_is_a_doctor"
    template = N_("This user is another doctor already.")


class DuplicateWorkplace(Conflict):
    code = "duplicate_workplace"
    template = N_("The doctor works at this clinic already.")


class DuplicateOffer(Conflict):
    code = "duplicate_offer"
    template = N_("The doctor offers this service already.")


class SpecialtyInUse(Conflict):
    code = "specialty_in_use"
    template = N_("There are doctors of this specialty.")


class TooShortToAnswer(Invalid):
    code = "too_short_to_answer"
    template = N_("Nobody can answer so fast: give at least %(least)s minutes, or 0 for no offers.")
