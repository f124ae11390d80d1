"""``python -m nlu.evaluate``: how well lexicon, encoder and both together read a labelled part or file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from nlu.assess import Assessor
from nlu.corpus import Corpus, read_conversations, read_corpus, read_messages
from nlu.corpus.reader import PARTS
from nlu.errors import NluError
from nlu.evaluation.answers import Answer, TalkAnswer, View, answers, talk_answers
from nlu.evaluation.report import measure, text_of
from nlu.heads import load_model
from nlu.labels import ESCALATION_LEVEL


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables. Returns 0, or 2 when a file or the model cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m nlu.evaluate", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="files in the corpus format instead of a part")
    parser.add_argument("--part", choices=PARTS, default="test", help="part of the project's corpus (default: test)")
    parser.add_argument("--json", type=Path, help="write all figures here too")
    parser.add_argument("--misses", action="store_true", help="print what was missed and what rang falsely")
    options = parser.parse_args(arguments)
    try:
        corpus = _files(options.files) if options.files else read_corpus(options.part)
        model = load_model()
        assessor = Assessor.load(model=model)
    except (NluError, OSError) as exc:
        print(exc, file=sys.stderr)
        return 2
    read = list(answers(assessor, model, corpus.messages))
    talks = list(talk_answers(assessor, model, corpus.conversations))
    figures = measure(read, talks)
    print(text_of(figures))
    if options.misses:
        print("\n".join(_misses(read, talks)))
    if options.json:
        options.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def _files(paths: Sequence[Path]) -> Corpus:
    """Files of messages and of conversations; a header with ``kind=`` tells the latter."""
    talks = [path for path in paths if "kind=" in path.read_text(encoding="utf-8", errors="replace")]
    return Corpus(
        messages=tuple(m for path in paths if path not in talks for m in read_messages(path)),
        conversations=tuple(c for path in talks for c in read_conversations(path)),
    )


def _misses(read: Sequence[Answer], talks: Sequence[TalkAnswer]) -> list[str]:
    """Only for corpora written for this purpose: these are no person's words."""
    out = []
    for answer in read:
        truth, said = answer.message.level, answer.fused.level
        if (truth >= ESCALATION_LEVEL) != (said >= ESCALATION_LEVEL) and truth != ESCALATION_LEVEL - 1:
            views = "/".join(str(int(answer.levels[view])) for view in View)
            out.append(
                f"{answer.message.place}\ttrue {int(truth)} said {views} p {answer.alarm:.2f}\t{answer.message.text!r}"
            )
    for talk in talks:
        at, wanted = talk.called_at[View.FUSION], talk.talk.escalates_at
        if (wanted is None) != (at is None) or (wanted is not None and at is not None and at > wanted):
            out.append(f"{talk.talk.place}\t{talk.talk.kind}\twanted {wanted} called {at}")
    return out


if __name__ == "__main__":
    sys.exit(main())
