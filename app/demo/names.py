"""Names as a waiting room in a large city hears them, in the scripts they are written in."""

from __future__ import annotations

from random import Random
from typing import Final

# Women's names, men's names, family names; the language that letters to them would be in.
PEOPLES: Final[tuple[tuple[str, str, str, str, str], ...]] = (
    (
        "en",
        "Emily Charlotte Grace Alice Hannah Zoë",
        "Oliver Harry George Thomas Jack Theo",
        "Smith Jones Taylor Brown Wilson Evans Walker O'Brien Fitzgerald Clarke",
        "{given} {family}",
    ),
    (
        "en",
        "Ngozi Adaeze Folake Chidinma",
        "Chinedu Tunde Olúwaṣeun Emeka",
        "Okafor Adéyẹmí Balogun Eze",
        "{given} {family}",
    ),
    (
        "pt",
        "Inês Beatriz Conceição Luísa",
        "João Gonçalo Tiago Sebastião",
        "Magalhães Simões Araújo Falcão",
        "{given} {family}",
    ),
    (
        "pl",
        "Małgorzata Agnieszka Zofia",
        "Łukasz Paweł Stanisław",
        "Wiśniewski Zieliński Dąbrowski",
        "{given} {family}",
    ),
    (
        "tr",
        "Ayşe Gülşen Çiğdem",
        "Mehmet Oğuz Işık",
        "Yıldız Öztürk Şahin",
        "{given} {family}",
    ),
    (
        "vi",
        "Thị Hương, Ngọc Ánh, Thu Thủy",
        "Văn Đức, Quốc Huy, Minh Tuấn",
        "Nguyễn Trần Phạm Lê",
        "{family} {given}",
    ),
    (
        "uk",
        "Оксана Соломія Ганна",
        "Олександр Богдан Тарас",
        "Шевченко Коваленко Бондар",
        "{given} {family}",
    ),
    (
        "el",
        "Ελένη Κατερίνα Σοφία",
        "Γιώργος Δημήτρης Νίκος",
        "Παπαδάκης Νικολάου Γεωργίου",
        "{given} {family}",
    ),
    (
        "ar",
        "فاطمة زينب ليلى مريم",
        "محمد أحمد يوسف خالد",
        "الحسن المصري حداد العلي",
        "{given} {family}",
    ),
    (
        "fa",
        "زهرا نرگس مینا",
        "رضا امیر کیوان",
        "کریمی رضایی حسینی",
        "{given} {family}",
    ),
    (
        "he",
        "נועה תמר רבקה",
        "דוד יונתן אריאל",
        "כהן לוי מזרחי",
        "{given} {family}",
    ),
    (
        "hi",
        "प्रिया सुनीता अनन्या लक्ष्मी",
        "राजेश विक्रम अमित कृष्ण",
        "शर्मा गुप्ता पटेल त्रिपाठी",
        "{given} {family}",
    ),
    (
        "bn",
        "সুমিতা রিনা ফারহানা",
        "রহিম অর্জুন তানভীর",
        "চক্রবর্তী রহমান দাস",
        "{given} {family}",
    ),
    (
        "ta",
        "மீனா கவிதா லட்சுமி",
        "கார்த்திக் முருகன் அருண்",
        "சுப்பிரமணியம் ராஜன் குமார்",
        "{given} {family}",
    ),
    (
        "zh",
        "丽 秀英 晓燕 雅婷",
        "伟 建国 志强 浩然",
        "王 李 张 陈 刘",
        "{family}{given}",
    ),
    (
        "ja",
        "美咲 陽子 さくら",
        "健太 翔 大輔",
        "佐藤 鈴木 高橋 渡辺",
        "{family} {given}",
    ),
    (
        "ko",
        "서연 지우 수진",
        "민준 도윤 현우",
        "김 이 박 최",
        "{family}{given}",
    ),
)
COMMON: Final = 0.45  # the share of the first people among all


def a_person(rng: Random) -> tuple[str, str, str]:
    """A name, "female" or "male", and a language."""
    people = PEOPLES[0] if rng.random() < COMMON else rng.choice(PEOPLES[1:])
    language, women, men, families, order = people
    gender = rng.choice(("female", "male"))
    given = rng.choice(_several(women if gender == "female" else men))
    return order.format(given=given, family=rng.choice(families.split())), gender, language


def _several(names: str) -> list[str]:
    return names.split(", ") if "," in names else names.split()
