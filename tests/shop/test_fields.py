"""How forms are drawn, and how they say what is missing."""

import html5lib
import pytest
from django import forms
from django.utils import translation

from pupitre.shop.forms import Form


class Contact(Form):
    email = forms.EmailField(label="Email address", help_text="For example: info@example.ca")
    phone = forms.CharField(label="Phone", required=False)
    language = forms.ChoiceField(
        label="Language", choices=[("fr", "French"), ("en", "English")], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="Reason", error_messages={"required": "Say why."})
    secret = forms.CharField(label="Password", widget=forms.PasswordInput, required=False)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def page(form):
    tree = html5lib.parse(str(form), treebuilder="etree", namespaceHTMLElements=False)
    return tree.find("body")


def text(element):
    return " ".join("".join(element.itertext()).split())


def test_a_field_has_its_label_its_hint_and_no_browser_check():
    drawn = page(Contact())

    email = drawn.find(".//input[@name='email']")
    assert text(drawn.find(".//label[@for='id_email']")) == "Email address"
    assert email.attrib["aria-describedby"] == "id_email_helptext"
    assert text(drawn.find(".//*[@id='id_email_helptext']")) == "For example: info@example.ca"
    assert "required" not in email.attrib


def test_what_may_stay_empty_is_marked():
    drawn = page(Contact())

    assert text(drawn.find(".//label[@for='id_phone']")) == "Phone (optional)"


def test_a_form_where_nothing_is_required_marks_nothing():
    class Filters(Contact):
        marks_optional = False

    assert text(page(Filters()).find(".//label[@for='id_phone']")) == "Phone"


def test_choices_are_cards_in_a_named_group():
    group = page(Contact()).find(".//fieldset")

    assert text(group.find("legend")) == "Language"
    assert [text(card) for card in group.findall(".//label[@class='choice']")] == ["French", "English"]


def test_a_refused_form_links_each_error_to_its_field():
    drawn = page(Contact({"email": "info@"}))

    summary = drawn.find(".//div[@role='alert']")
    assert text(summary.find("h2")) == "There are 3 errors in the form"
    links = {link.attrib["href"]: text(link) for link in summary.findall(".//a")}
    assert links == {
        "#id_email": "Email address: Enter a full email address, such as name@example.ca.",
        "#id_language_0": "Language: Choose an option.",
        "#id_reason": "Reason: Say why.",
    }
    anchors = [drawn.find(f".//*[@id='{anchor[1:]}']") for anchor in links]
    assert [anchor.tag for anchor in anchors] == ["input", "input", "input"]


def test_the_error_is_said_again_at_the_field():
    drawn = page(Contact({"email": "info@"}))

    email = drawn.find(".//input[@name='email']")
    assert email.attrib["value"] == "info@"
    assert email.attrib["aria-invalid"] == "true"
    assert email.attrib["aria-describedby"] == "id_email_helptext id_email_error"
    assert text(drawn.find(".//*[@id='id_email_error']")) == "Enter a full email address, such as name@example.ca."


def test_a_single_error_is_counted_as_one():
    form = Contact({"email": "info@exemple.ca", "language": "fr"})

    assert text(page(form).find(".//div[@role='alert']/h2")) == "There is 1 error in the form"


def test_an_error_of_the_whole_form_is_in_the_summary_without_a_link():
    form = Contact({"email": "info@exemple.ca", "language": "fr", "reason": "x"})
    form.add_error(None, "Too <late>.")

    summary = page(form).find(".//div[@role='alert']")
    assert [text(item) for item in summary.findall(".//li")] == ["Too <late>."]
    assert summary.findall(".//a") == []


def test_a_password_is_never_sent_back():
    drawn = page(Contact({"secret": "correct horse"}))

    assert "value" not in drawn.find(".//input[@name='secret']").attrib
