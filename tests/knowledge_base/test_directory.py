"""Numbers come from the directory and from nowhere else, and only those that answer are called open."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from knowledge_base.directory import ABROAD, DIRECTORY_DIR, TALKING, Directory, Kind
from knowledge_base.errors import DirectoryFormatError, EntryHasNoNumberError, EntryNotFoundError
from nlu.labels import Audience

NIGHT = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)  # three in the morning in China


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory.load()


def test_s7_with_the_region_unknown_only_numbers_known_to_be_open_all_day_are_called_open(directory: Directory) -> None:
    answering = directory.answering_now(None, NIGHT)

    assert {entry.number for entry in answering} == {"110", "120"}
    assert all(entry.verified_24h for entry in answering)


def test_s7_twelve_three_five_six_is_open_at_night_only_where_that_is_known(directory: Directory) -> None:
    line = directory.get("12356")

    assert not line.verified_24h
    assert not directory.open_now(line, NIGHT)
    assert not directory.open_now(line, NIGHT, "baotou")
    assert directory.open_now(line, NIGHT, "huaian")


def test_s7_huaian_offers_its_own_line_first_and_at_every_hour(directory: Directory) -> None:
    assert [e.number for e in directory.answering_now("huaian", NIGHT, kinds=TALKING)] == ["96111", "12356"]


def test_s7_a_number_that_did_not_answer_gives_the_next_one_until_none_is_left(directory: Directory) -> None:
    tried: list[str] = []
    while (entry := directory.next_number(tried, "huaian", NIGHT, kinds=TALKING)) is not None:
        tried.append(entry.id)
    assert tried == ["huaian-96111", "12356"]


def test_s3_police_and_ambulance_answer_everywhere_in_the_mainland(directory: Directory) -> None:
    for region in (None, *(r.id for r in directory.regions if r.id != ABROAD)):
        kinds = {entry.kind for entry in directory.answering_now(region, NIGHT)}
        assert {Kind.POLICE, Kind.AMBULANCE} <= kinds


def test_outside_the_mainland_no_mainland_number_is_offered(directory: Directory) -> None:
    entries = directory.for_region(ABROAD)

    assert entries
    assert entries[0].number is None, "the first word is: call the emergency number where you are"
    assert all(entry.region == ABROAD for entry in entries)
    assert not {"12356", "12355", "120"} & {entry.number for entry in entries}


def test_a_place_offers_its_own_entries_before_the_national_ones(directory: Directory) -> None:
    regions = [entry.region for entry in directory.for_region("baotou")]
    assert regions == sorted(regions, key=lambda region: region is None)
    assert "4000472999" in {entry.number for entry in directory.for_region("baotou")}


def test_an_audience_sees_only_what_serves_it(directory: Directory) -> None:
    ids = {entry.id for entry in directory.for_region("huaian", Audience.STUDENT)}
    assert "huaian-app" not in ids
    assert "huaian-app" in {entry.id for entry in directory.for_region("huaian", Audience.PARENT)}


def test_s3_a_number_that_is_not_in_the_directory_cannot_be_shown(directory: Directory) -> None:
    with pytest.raises(EntryNotFoundError, match="nowhere"):
        directory.number("nowhere")
    with pytest.raises(EntryHasNoNumberError, match="baotou-weekend"):
        directory.number("baotou-weekend")
    assert directory.number("ningxia-psych") == "0951-2160707"
    assert directory.get("ningxia-psych").dialled == "09512160707"


def damage(folder: Path, **change: object) -> Directory:
    shutil.copytree(DIRECTORY_DIR, folder / "d")
    path = folder / "d" / "10-national.yaml"
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows[2].update(change)
    path.write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
    return Directory.load(folder / "d")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colour": "red"}, "missing or unknown: colour"),
        ({"region": "atlantis"}, "atlantis"),
        ({"verified_24h": True}, "24 h"),
        ({"number": 12356}, "in quotes"),
        ({"kind": "friend"}, "friend"),
        ({"audience": []}, "audience"),
        ({"audience": ["dog"]}, "dog"),
        ({"last_checked": "yesterday"}, "last_checked"),
        ({"hours": {"kind": "always"}}, "note"),
        ({"hours_in": {"atlantis": {"kind": "always", "note": "x"}}}, "known regions"),
        ({"id": "110"}, "twice"),
    ],
)
def test_a_damaged_entry_stops_the_start_and_says_which(
    tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    with pytest.raises(DirectoryFormatError, match=problem):
        damage(tmp_path, **change)


@pytest.mark.parametrize("text", ["{", "a: b", "- 7", "- {id: x}"])
def test_a_damaged_directory_file_is_named(tmp_path: Path, text: str) -> None:
    shutil.copytree(DIRECTORY_DIR, tmp_path / "d")
    (tmp_path / "d" / "50-more.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DirectoryFormatError, match=r"50-more\.yaml"):
        Directory.load(tmp_path / "d")


def test_a_damaged_list_of_regions_is_named(tmp_path: Path) -> None:
    (tmp_path / "regions.yaml").write_text("- {id: x}", encoding="utf-8")
    with pytest.raises(DirectoryFormatError, match=r"regions\.yaml"):
        Directory.load(tmp_path)
