"""What the knowledge base raises on purpose.

KnowledgeBaseError
├── ArticleFormatError      an article cannot be read as one; says which file and what is wrong
├── ArticleNotFoundError    no served article has this slug
├── DirectoryFormatError    a directory file cannot be read; says which file and what is wrong
├── EntryNotFoundError      no directory entry has this id
├── EntryHasNoNumberError   the entry is a place or an app, not something that can be dialled
└── DataFileError           a word list, a list of questions or a file of learned numbers cannot be read
"""

from __future__ import annotations

from typing import ClassVar


class KnowledgeBaseError(Exception):
    """Root of the tree. ``code`` is stable; messages carry ids and file names, never a person's words."""

    code: ClassVar[str] = "knowledge_base_error"


class ArticleFormatError(KnowledgeBaseError):
    """An article's front matter or sections do not have the form that ``knowledge_base.article`` describes."""

    code = "article_format"

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class ArticleNotFoundError(KnowledgeBaseError):
    """No article with this slug is on the shelf, or the serving policy holds it back."""

    code = "article_not_found"

    def __init__(self, slug: str) -> None:
        super().__init__(f"no served article has the slug {slug!r}")
        self.slug = slug


class DirectoryFormatError(KnowledgeBaseError):
    """A file of the directory does not have the form that ``knowledge_base.directory`` describes."""

    code = "directory_format"

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class EntryNotFoundError(KnowledgeBaseError):
    """No directory entry has this id, so nothing may be shown for it."""

    code = "entry_not_found"

    def __init__(self, entry_id: str) -> None:
        super().__init__(f"the directory has no entry {entry_id!r}")
        self.entry_id = entry_id


class EntryHasNoNumberError(KnowledgeBaseError):
    """The entry exists, but cannot be dialled."""

    code = "entry_has_no_number"

    def __init__(self, entry_id: str) -> None:
        super().__init__(f"the directory entry {entry_id!r} has no number to dial")
        self.entry_id = entry_id


class DataFileError(KnowledgeBaseError):
    """A word list, a list of questions or learned numbers that ship with the knowledge base are damaged."""

    code = "data_file"

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem
