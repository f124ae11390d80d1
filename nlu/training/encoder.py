"""``make encoder``: from open weights to the file that ships. Needs the extra ``train`` and about an hour on two cores.

Steps: fetch, take the 4-bit blocks apart, keep the words that Chinese needs, distil to fewer layers, tune on the
corpus, export to int8, check. The heads must be trained again afterwards (``make train``).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from nlu.corpus import read_corpus
from nlu.encoder.load import MODELS
from nlu.training import distil, tune
from nlu.training.base import BaseModel, fetch, read_weights
from nlu.training.corpus_texts import all_texts, intent_examples, intent_names, risk_examples, unlabelled
from nlu.training.examples import openings
from nlu.training.export import MAX_TOKENS, export
from nlu.training.network import SentenceNetwork, batch_of, build
from nlu.training.vocabulary import Ids, keep, shrink

LAYERS = list(range(12))
"""Which layers of the open model stay. All of them: six, distilled, were twice as fast and missed more (ADR 12)."""
KEPT = "kept_ids.txt"
TUNED = "tuned.pt"
_ENGLISH_WORDS = 8000
_SEED = 7


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the encoder. Returns the exit status."""
    options = _options(arguments)
    torch.manual_seed(_SEED)
    torch.set_num_threads(2)
    weights, words = fetch(options.build)
    extra = unlabelled(options.unlabelled)
    if options.choose_words:
        choose_words(words, [*extra, *all_texts(read_corpus("train"), [])], options.target / KEPT)
    kept = np.loadtxt(options.target / KEPT, np.int64)
    small = options.build / "tokenizer.json"
    shrink(words, kept, small)
    tokenizer = Tokenizer.from_file(str(small))
    tokenizer.enable_truncation(MAX_TOKENS)
    base = read_weights(weights)
    teacher = build(base, list(range(base.shape.layers)), kept).eval()
    lessons = tune.Lessons(base.shape.hidden, len(intent_names()), base.shape.hidden)
    if options.resume:
        network = stored_network(options.build / TUNED)
        lessons.load_state_dict(torch.load(options.build / TUNED, weights_only=True)["lessons"])
    else:
        network = beginner(base, options.layers, kept, teacher, tokenizer, extra)
    learn(network, lessons, teacher, tokenizer, tune.Plan(seed=_SEED, epochs=options.epochs, rate=options.rate))
    stored = {"layers": len(options.layers), "state": network.state_dict(), "lessons": lessons.state_dict()}
    torch.save(stored, options.build / TUNED)
    probes = all_texts(read_corpus("train"), [])[::60]
    print(export(network, small, options.target, probes, heads=base.shape.heads))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    def layers(text: str) -> list[int]:
        return [int(number) for number in text.split(",")]

    parser = argparse.ArgumentParser(prog="make encoder", description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build/encoder"), help="where downloads and steps are kept")
    parser.add_argument("--target", type=Path, default=MODELS, help="where the finished files go")
    parser.add_argument(
        "--layers", type=layers, default=LAYERS, help="numbers of the layers that stay, e.g. 0,2,4,6,8,11"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last network instead of the open weights")
    parser.add_argument("--epochs", type=int, default=tune.Plan().epochs, help="rounds over the corpus")
    parser.add_argument("--rate", type=float, default=tune.Plan().rate, help="learning rate of the topmost layer")
    parser.add_argument("--unlabelled", type=Path, help="a text file, one message a line, to distil on (never shipped)")
    parser.add_argument("--choose-words", action="store_true", help="choose the kept words anew (needs wordfreq)")
    return parser.parse_args(arguments)


def stored_network(path: Path) -> SentenceNetwork:
    """The tuned network that ``make encoder`` left in its build folder."""
    stored = torch.load(path, weights_only=True)
    state = stored["state"]
    base = read_weights(fetch(path.parent)[0])
    words = state["bert.embeddings.word_embeddings.weight"].shape[0]
    network = build(base, list(range(stored["layers"])), np.arange(words))
    network.load_state_dict(state)
    return network


def choose_words(tokenizer: Path, texts: Sequence[str], target: Path) -> None:
    """Write the ids of the pieces that stay."""
    from wordfreq import top_n_list

    english = top_n_list("en", _ENGLISH_WORDS)
    full = Tokenizer.from_file(str(tokenizer))
    full.no_truncation()
    full.no_padding()
    common = [*english, *(word.capitalize() for word in english)]
    seen = {index for item in full.encode_batch([*texts, *common]) for index in item.ids}
    np.savetxt(target, keep(tokenizer, seen, english), "%d")


def beginner(
    base: BaseModel,
    layers: list[int],
    kept: Ids,
    teacher: SentenceNetwork,
    tokenizer: Tokenizer,
    extra: Sequence[str],
) -> SentenceNetwork:
    """The network before it knows of risk: the open one, or where layers were left out its distilled likeness."""
    network = build(base, layers, kept)
    if len(layers) < base.shape.layers:
        texts = all_texts(read_corpus("train"), extra)
        distil.distil(teacher, network, tokenizer, texts, distil.Plan(seed=_SEED), partial(print, flush=True))
    return network


def learn(
    network: SentenceNetwork, lessons: tune.Lessons, teacher: SentenceNetwork, tokenizer: Tokenizer, plan: tune.Plan
) -> None:
    """Tune on everything that the repository teaches."""
    examples = [*risk_examples("train"), *intent_examples()]
    known = sorted({item.text for item in examples})
    vectors = vectors_of(teacher, tokenizer, known)
    starts = openings(read_corpus("train").conversations)
    tune.tune(network, tokenizer, examples, starts, (known, vectors), plan, lessons, partial(print, flush=True))


@torch.no_grad()
def vectors_of(network: SentenceNetwork, tokenizer: Tokenizer, texts: Sequence[str]) -> Tensor:
    """Vectors in the order of the texts, computed in batches of about one length."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = torch.zeros((len(texts), int(network.bert.config.hidden_size)))
    for start in range(0, len(order), 64):
        chosen = order[start : start + 64]
        out[chosen] = network(*batch_of(tokenizer, [texts[i] for i in chosen]))
    return out


if __name__ == "__main__":
    sys.exit(main())
