"""The command line: ``shudong serve``, ``assess``, ``kb``, ``staff``, ``audit``, ``train-data``, ``doctor``."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from bot.errors import BotError

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. 1: it did not work; 2: called wrongly; 130: stopped by the keyboard."""
    args = _parser().parse_args(argv)
    command: Command = args.command
    try:
        return command(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of a pipe has had enough (``| head``): nothing went wrong.
        sys.stderr.close()
        return 0
    except Exception as exc:
        if not _is_ours(exc):
            raise
        print(f"shudong: {exc}", file=sys.stderr)
        return 1


def _is_ours(exc: Exception) -> bool:
    """Errors of our own trees are sentences for people; others are bugs and keep their traceback."""
    return isinstance(exc, BotError | OSError) or isinstance(getattr(exc, "code", None), str)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="shudong", description="A conversational hotline for young people.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the app")
    serve.add_argument("--demo", action="store_true", help="seed demo people and serve every article")
    serve.add_argument("--listen", metavar="HOST:PORT", help="instead of SHUDONG_LISTEN")
    serve.set_defaults(command=_serve)

    assess = commands.add_parser("assess", help="read JSON lines of messages, write their risk")
    assess.add_argument("file", nargs="?", default="-", help="a file, or - for standard input")
    assess.add_argument("--explain", action="store_true", help="add layers, rules and probabilities")
    assess.set_defaults(command=_assess)

    kb = commands.add_parser("kb", help="the knowledge base").add_subparsers(required=True, metavar="WHAT")
    search = kb.add_parser("search", help="read JSON lines of questions, write articles")
    search.add_argument("file", nargs="?", default="-", help="a file, or - for standard input")
    search.add_argument("--top", type=int, default=5, help="hits per question")
    search.set_defaults(command=_kb_search)
    kb.add_parser("check", help="check every article and the directory").set_defaults(command=_kb_check)

    staff = commands.add_parser("staff", help="people at the desk").add_subparsers(required=True, metavar="WHAT")
    add = staff.add_parser("add", help="add a person; asks for a password")
    add.add_argument("login")
    add.add_argument("--name", required=True, help="what seekers and colleagues see")
    add.add_argument("--role", action="append", required=True, choices=["counsellor", "supervisor", "editor", "admin"])
    add.set_defaults(command=_staff_add)

    audit = commands.add_parser("audit", help="the audit trail").add_subparsers(required=True, metavar="WHAT")
    audit.add_parser("verify", help="check the hash chain from its first entry").set_defaults(command=_audit_verify)

    train = commands.add_parser("train-data", help="what counsellors taught").add_subparsers(
        required=True, metavar="WHAT"
    )
    export = train.add_parser("export", help="levels that people confirmed or corrected, as lines to learn from")
    export.add_argument("folder", nargs="?", default="train-data", help="where the file of today is put")
    export.set_defaults(command=_train_data_export)

    commands.add_parser("doctor", help="check settings, database, queue, model, clock, disk").set_defaults(
        command=_doctor
    )
    commands.add_parser("settings", help="print every setting as Markdown").set_defaults(command=_settings)
    return parser


def _serve(args: argparse.Namespace) -> int:
    from bot.serve import serve
    from bot.settings import load_settings

    overrides: dict[str, object] = {}
    if args.demo:
        overrides["demo"] = True
    if args.listen:
        overrides["listen"] = args.listen
    return serve(load_settings(None, **overrides))


def _assess(args: argparse.Namespace) -> int:
    from bot.settings import load_settings
    from bot.translate_settings import nlu_settings
    from nlu.cli_assess import run_assess
    from nlu.engine import open_assessor

    assessor = open_assessor(nlu_settings(load_settings()))
    with _input(args.file) as lines:
        return run_assess(lines, _write, assessor, explain=args.explain)


def _kb_search(args: argparse.Namespace) -> int:
    from bot.settings import load_settings
    from bot.translate_settings import nlu_settings
    from knowledge_base.cli_kb import open_for_cli, run_search
    from knowledge_base.search import Meaning
    from nlu.engine import open_encoder

    settings = load_settings()
    encoder = None if settings.nlu_encoder else open_encoder(nlu_settings(settings))
    kb = open_for_cli(meaning=Meaning.load(encoder) if encoder else None)
    with _input(args.file) as lines:
        return run_search(map(_decoded, lines), _print, kb, args.top)


def _kb_check(args: argparse.Namespace) -> int:
    from knowledge_base.cli_kb import run_check

    return run_check(_print, today=datetime.now(UTC).date())


def _staff_add(args: argparse.Namespace) -> int:
    from bot.admin import add_staff
    from bot.settings import load_settings

    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    return asyncio.run(add_staff(load_settings(), login=args.login, name=args.name, roles=args.role, password=password))


def _audit_verify(args: argparse.Namespace) -> int:
    from bot.admin import verify_audit
    from bot.settings import load_settings

    return asyncio.run(verify_audit(load_settings()))


def _train_data_export(args: argparse.Namespace) -> int:
    from bot.settings import load_settings
    from bot.train_data import export

    return asyncio.run(export(load_settings(), Path(args.folder)))


def _doctor(args: argparse.Namespace) -> int:
    from bot.doctor import examine
    from bot.settings import load_settings

    return asyncio.run(examine(load_settings))


def _settings(args: argparse.Namespace) -> int:
    from bot.admin import settings_table

    print(settings_table())
    return 0


@contextmanager
def _input(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as handle:
        yield handle


def _decoded(line: bytes) -> str:
    """Bytes that are no UTF-8 stay visible as such, so that the line is answered with an error and not guessed."""
    return line.decode("utf-8", errors="surrogateescape")


def _print(line: str) -> None:
    _write(line.encode("utf-8", errors="replace"))


def _write(line: bytes) -> None:
    """One line at a time, so that a pipe sees each answer as soon as it is there."""
    sys.stdout.buffer.write(line if line.endswith(b"\n") else line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
