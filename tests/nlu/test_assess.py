"""What the engine promises whatever it is given: no error, no lost end, the same answer, places in the original."""

import asyncio
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.assess import Assessor, fuse
from nlu.assessment import Context, Intent, Layer, Probe, RiskAssessment, Turn, Who
from nlu.dialogue import Intents
from nlu.labels import Category, RiskLevel, Subject
from nlu.lexicon import Lexicon, LexiconReading
from nlu.ports import Judged, Vector
from nlu.settings import NluSettings

ANY_TEXT = st.text(
    alphabet=st.characters(categories=["Cs", "Lo", "Lu", "Ll", "Nd", "Po", "So", "Cf", "Cc", "Zs", "Mn"])
)
WORDS = st.lists(
    st.sampled_from(
        [
            "我",
            "不想活了",
            "没有",
            "自杀",
            "今晚",
            "药",
            "哈哈",
            "他",
            "女儿",
            "说",
            "以前",
            "，",
            "。",
            "以为",
            "�",
            "跳",
            "游戏",
            "zisha",
        ]
    ),
    max_size=40,
)
LEXICON, INTENTS = Lexicon.load(), Intents.load()


class SlowModel:
    """Stands in for the model: answers a fixed level, after as long as it is told, or fails."""

    version = "slow-1"

    def __init__(self, level: RiskLevel, delay_s: float = 0.0, fails: bool = False, halves: bool = False) -> None:
        self.level, self.delay_s, self.fails, self.halves = level, delay_s, fails, halves
        self.calls = 0
        self.threads: set[str] = set()

    def steps(self, first: RiskAssessment, text: str, context: Context) -> dict[str, Vector]:
        return {}

    def judge(self, first: RiskAssessment, text: str, context: Context, *, whole: bool) -> Judged:
        self.calls += 1
        self.threads.add(threading.current_thread().name)
        time.sleep(self.delay_s)
        if self.fails:
            raise RuntimeError("the model is broken")
        level = first.level if self.halves and not whole else self.level
        categories = (Category.SUICIDE,) if level >= RiskLevel.MODERATE else ()
        answer = RiskAssessment(level=level, categories=categories, subject=Subject.SELF, layer=Layer.FUSION)
        return Judged(answer, complete=whole or not self.halves)


class BrokenLexicon(Lexicon):
    def read(self, text: str) -> LexiconReading:
        raise RuntimeError("the lexicon is broken")


def with_model(model: SlowModel, **settings: float) -> Assessor:
    return Assessor(NluSettings(**settings), LEXICON, INTENTS, model)  # type: ignore[arg-type]  # mixed int and float


def broken() -> BrokenLexicon:
    lexicon = BrokenLexicon.__new__(BrokenLexicon)
    lexicon.version = "lexicon-broken"
    return lexicon


@given(st.one_of(ANY_TEXT, WORDS.map("".join)))
def test_any_text_is_read_without_an_error_and_evidence_lies_in_the_original(text: str) -> None:
    assessor = Assessor(NluSettings(), LEXICON, INTENTS)
    read = assessor.first(text)
    assert read.layer is not Layer.FAILURE
    assert read == assessor.first(text)
    assert all(0 <= item.start < item.end <= len(text) for item in read.evidence)
    assert (read.level == 0) == (not read.categories) == (read.subject is Subject.NONE)
    if Category.EMOTIONAL in read.categories:
        assert read.level == 1
        assert read.categories == (Category.EMOTIONAL,)


@given(WORDS.map("".join), WORDS.map("".join), st.booleans())
def test_context_never_lowers_what_a_message_shows_alone(before: str, text: str, bot: bool) -> None:
    assessor = Assessor(NluSettings(), LEXICON, INTENTS)
    turns = (Turn(who=Who.USER, text=before), *((Turn(who=Who.BOT, text="你有没有想过自杀"),) if bot else ()))
    read = assessor.first(text, Context(turns=turns))
    assert read.level >= assessor.first(text).level
    assert all(0 <= item.start < item.end <= len(text) for item in read.evidence)


def test_s1_twenty_thousand_characters_are_read_to_the_end(assessor: Assessor) -> None:
    filler = "今天老师讲了很多题目，我都记在本子上了。" * 1000
    text = filler[:19_980] + "我想自杀"
    started = time.perf_counter()
    read = assessor.first(text)
    assert time.perf_counter() - started < 2.0
    assert read.level >= 3
    assert any(text[item.start : item.end].endswith("自杀") for item in read.evidence)


@pytest.mark.parametrize("piece", ["我想死", "不", "他她", "药", "a", "wo xiang si ", "，。", "没有想过不", "我爸打"])
@pytest.mark.timeout(90)  # a tenth is enough in proportion to the length; in proportion to its square it takes hours
def test_reading_takes_time_in_proportion_to_length(assessor: Assessor, piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    assert assessor.first(text).layer is not Layer.FAILURE


def test_s2_a_broken_lexicon_calls_a_human() -> None:
    read = Assessor(NluSettings(), broken(), INTENTS).first("你好")
    assert read.unassessed
    assert read.level == RiskLevel.HIGH
    assert read.escalate


async def test_s2_a_broken_model_leaves_the_lexicon_to_decide() -> None:
    assessor = with_model(SlowModel(RiskLevel.HIGH, fails=True))
    reading = await assessor.assess("我想死")
    assert reading.assessment.level == RiskLevel.MODERATE
    assert reading.later is None
    await assessor.aclose()


async def test_a_model_in_time_may_raise_and_may_lower_what_no_decisive_rule_said() -> None:
    raising, calm = with_model(SlowModel(RiskLevel.HIGH)), with_model(SlowModel(RiskLevel.NONE))
    assert (await raising.assess("心里空空的，说不上来")).assessment.level == RiskLevel.HIGH
    assert not calm.first("我想死").decisive
    assert (await calm.assess("我想死")).assessment.level == RiskLevel.NONE
    await raising.aclose()
    await calm.aclose()


async def test_s3_a_decisive_rule_stands_whatever_the_model_says() -> None:
    calm = with_model(SlowModel(RiskLevel.NONE))
    first = calm.first("我今晚就要自杀")
    assert first.decisive
    read = await calm.assess("我今晚就要自杀")
    assert read.assessment.level == calm.read("我今晚就要自杀").level == first.level
    assert read.assessment.evidence == first.evidence
    await calm.aclose()


async def test_s1_the_rest_of_a_long_text_is_read_afterwards_and_may_only_raise() -> None:
    model = SlowModel(RiskLevel.IMMINENT, halves=True)
    assessor = with_model(model)
    reading = await assessor.assess("有点难过")
    assert reading.assessment.level == RiskLevel.LOW
    assert reading.later is not None
    late = await reading.later
    assert late is not None
    assert late.level == RiskLevel.IMMINENT
    assert model.calls == 2
    await assessor.aclose()


async def test_s2_a_late_model_raises_afterwards() -> None:
    assessor = with_model(SlowModel(RiskLevel.IMMINENT, delay_s=0.3), budget_s=0.02)
    reading = await assessor.assess("我想死")
    assert reading.assessment.level == RiskLevel.MODERATE
    assert reading.assessment.layer is Layer.LEXICON
    assert reading.later is not None
    late = await reading.later
    assert late is not None
    assert late.level == RiskLevel.IMMINENT
    assert late.layer is Layer.FUSION
    await assessor.aclose()


async def test_the_same_short_message_is_read_by_the_model_once() -> None:
    model = SlowModel(RiskLevel.HIGH)
    assessor = with_model(model)
    first, second = await assessor.assess("有点难过"), await assessor.assess("有点难过")
    assert first == second
    assert model.calls == 1
    await assessor.assess("有点难过", Context(turns=(Turn(who=Who.BOT, text="怎么了"),)))
    assert model.calls == 2
    await assessor.aclose()


async def test_the_pool_is_bounded_and_a_flood_is_answered_by_the_lexicon_alone() -> None:
    model = SlowModel(RiskLevel.HIGH, delay_s=0.05)
    assessor = with_model(model, budget_s=0.01, pool_size=1, max_pending=2)
    readings = await asyncio.gather(*(assessor.assess(f"第{n}条，有点难过") for n in range(20)))
    assert sum(reading.later is not None for reading in readings) == 2
    assert sum(reading.unheard for reading in readings) == 18, "nobody takes them for read"
    assert all(reading.assessment.level == RiskLevel.LOW for reading in readings)
    await assessor.aclose()
    assert len(model.threads) == 1
    assert model.calls == 2


async def test_closing_waits_for_late_answers() -> None:
    assessor = with_model(SlowModel(RiskLevel.HIGH, delay_s=0.1), budget_s=0.01)
    reading = await assessor.assess("有点难过")
    await assessor.aclose()
    assert reading.later is not None
    assert reading.later.done()


def test_fusion_keeps_both_kinds_of_danger() -> None:
    one = RiskAssessment(level=RiskLevel.HIGH, categories=(Category.ABUSE,), subject=Subject.SELF)
    two = RiskAssessment(level=RiskLevel.HIGH, categories=(Category.SUICIDE,), subject=Subject.SELF)
    assert set(fuse(one, two, "x").categories) == {Category.ABUSE, Category.SUICIDE}


@pytest.mark.parametrize("answer", ["嗯", "是的", "有", "想过", "经常"])
def test_s17_a_yes_to_a_safety_question_carries_what_it_affirms(assessor: Assessor, answer: str) -> None:
    asked = Turn(who=Who.BOT, text="我想直接问一句，可以吗", probe=Probe.SAFETY)
    assert assessor.first(answer, Context(turns=(asked,))).level >= 3
    assert assessor.first(answer).level == 0


@pytest.mark.parametrize("answer", ["不想说", "……", "说了也没用", "别问了", ""])
def test_s17_silence_or_evasion_is_flagged(assessor: Assessor, answer: str) -> None:
    asked = Turn(who=Who.BOT, text="你有没有想过结束生命", probe=Probe.SAFETY)
    assert assessor.first(answer, Context(turns=(asked,))).level >= 2


def test_s5_a_retraction_lowers_nothing(assessor: Assessor) -> None:
    turns = [Turn(who=Who.USER, text="我想自杀"), Turn(who=Who.USER, text="开玩笑的")]
    result = assessor.assess_conversation(turns)
    assert result.level == 3
    assert result.escalated_at == 0
    assert assessor.first("开玩笑的").intent is Intent.RETRACT


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("转人工", Intent.ASK_HUMAN),
        ("我想和真人聊聊", Intent.ASK_HUMAN),
        ("电话打不进去，一直占线", Intent.CALL_FAILED),
        ("你们会不会告诉我爸妈", Intent.ASK_PRIVACY),
        ("你是机器人吗", Intent.ASK_BOT),
        ("这里是干什么的", Intent.ASK_SERVICE),
        ("有没有热线电话", Intent.ASK_NUMBERS),
        ("谢谢你", Intent.THANKS),
        ("谢谢，那我该怎么跟他们说", Intent.NONE),
        ("谢谢你 可是我还是怕", Intent.NONE),
        ("拜拜", Intent.GOODBYE),
        ("你好", Intent.GREET),
        ("没有", Intent.DENY),
        ("嗯嗯", Intent.AFFIRM),
        ("考试没考好", Intent.NONE),
    ],
)
def test_what_the_seeker_wants_is_understood(assessor: Assessor, text: str, intent: Intent) -> None:
    assert assessor.first(text).intent is intent


def test_the_version_names_the_data(assessor: Assessor) -> None:
    assert assessor.model_version.startswith("lexicon-")
    assert len(assessor.model_version) == len("lexicon-") + 8


@pytest.mark.parametrize("wrong", [{"budget_s": 0}, {"pool_size": 0}, {"cache_size": -1}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        NluSettings(**wrong)  # type: ignore[arg-type]  # mixed settings
