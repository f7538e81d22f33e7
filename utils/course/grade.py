"""`course grade`: mark a class. Answers run in processes with limits, and are judged in others where they never ran."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from utils import shipped
from utils.course import ROOT
from utils.course.marks import COLUMNS, Mark, Marked, feedback, show, write_csv
from utils.course.plain import ENDED, Gone, receive, send
from utils.course.submissions import (
    Chapter,
    Submission,
    chapter,
    parses,
    python,
    reference,
    submissions,
)
from utils.course.symbols import Statement, imports, needed, statements
from utils.errors import CourseError
from utils.files import PACKAGE, check_place

SHORT = 2**20  # bytes of what an answer's process may tell this one
START_SECONDS = 300  # for a process to import what a lesson imports
STATUSES = ("passed", "failed", "not attempted", "tampered")
FORGED = "the answer sends what only the course may send; no points for this exercise"
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ")


@dataclass(frozen=True)
class Limits:
    """What each answer may use."""

    seconds: int
    megabytes: int


class Booth:
    """A process that has imported what a lesson imports, and makes a child for each answer and each judge."""

    def __init__(self, package: Path, lines: list[str]) -> None:
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "utils.course.booth", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=package,
                env=_environment(package),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        send(self.control, lines)
        self.control.settimeout(START_SECONDS)
        receive(self.control)

    def child(self, *lent: socket.socket) -> socket.socket:
        """A channel to a new child, which is lent other channels too."""
        mine, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self.control, [b"c"], [sock.fileno() for sock in (theirs, *lent)])
        return mine

    def end_children(self) -> None:
        """Return when no process of an answer is left."""
        self.control.send(b"e")
        receive(self.control)

    def close(self) -> None:
        self.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        self.process.wait()


def _environment(package: Path) -> dict[str, str]:
    """Only what a lesson needs: none of the teacher's variables, which may hold keys."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    own = {"COURSE_ROOT": str(package), "COURSE_HOME": str(package / "home"), "COURSE_PROGRESS": "off"}
    fixed = {"PYTHONPATH": str(package), "PYTHONHASHSEED": "0", "MPLBACKEND": "agg", "KERAS_BACKEND": "torch"}
    return {**kept, **threads, **own, **fixed, "CUDA_VISIBLE_DEVICES": ""}


@dataclass
class Grader:
    """Marks notebooks, several at once: each thread has a booth for the lesson that it marks."""

    package: Path
    hidden: list[str]
    limits: Limits
    apart: dict[str, dict[str, bool]] = field(default_factory=dict)
    enclosed: bool = True
    booths: dict[int, tuple[str, Booth]] = field(default_factory=dict)
    stopped: bool = False

    def booth(self, lesson: str) -> Booth:
        """This thread's booth, started anew for another lesson or after it has died."""
        if self.stopped:
            raise KeyboardInterrupt
        name, booth = self.booths.get(threading.get_ident(), ("", None))
        if booth is not None and (name != lesson or booth.process.poll() is not None):
            booth.close()
            booth = None
        if booth is None:
            lines = [line for cell in chapter(lesson).cells for line in imports(cell.source).values()]
            booth = Booth(self.package, list(dict.fromkeys(lines)))
            self.booths[threading.get_ident()] = lesson, booth
        return booth

    def close(self) -> None:
        self.stopped = True
        for _, booth in list(self.booths.values()):
            booth.close()

    def calibrate(self, lesson: str) -> None:
        """Find out with the course's own answers which exercises can be judged in a process apart."""
        own, known = reference(lesson), chapter(lesson)
        self.apart[lesson] = {}
        for exercise in known.exercises:
            for apart in (True, False):
                if self.judge(known, own, exercise, apart).status == "passed":
                    self.apart[lesson][exercise] = apart
                    break

    def mark(self, submission: Submission) -> Marked:
        """All exercises of one notebook."""
        if submission.problem:
            return Marked(submission, {}, submission.problem)
        known, apart = chapter(submission.lesson), self.apart[submission.lesson]
        marks = {}
        for exercise in known.exercises:
            if exercise in apart:
                marks[exercise] = self.judge(known, submission, exercise, apart[exercise])
            else:
                marks[exercise] = Mark("unjudged", "the course's own answer does not pass on this machine")
        return Marked(submission, marks)

    def judge(self, known: Chapter, submission: Submission, exercise: str, apart: bool) -> Mark:
        """One answer."""
        sources = submission.answers(exercise, known.stubs(exercise))
        if not sources:
            return Mark("not attempted", "its cell is not in the notebook")
        if sources == known.stubs(exercise):
            return Mark("not attempted")
        asked = shipped.read(known.name).questions[exercise]
        answer = "\n".join(map(python, sources))
        drawn_on, everything = (
            before_answer(known, submission, asked, answer, whole) for whole in (False, True)
        )
        mark = self._tried(known, asked, answer, drawn_on, apart)
        if mark.status == "failed" and everything != drawn_on:
            # what an added cell does to the rest cannot always be seen in its text
            again = self._tried(known, asked, answer, everything, apart)
            mark = again if again.status == "passed" else mark
        return mark

    def _tried(
        self, known: Chapter, asked: shipped.Question, answer: str, before: list[str], apart: bool
    ) -> Mark:
        """The mark of an answer that runs after these statements."""
        home = tempfile.mkdtemp(dir=self.package.parent)
        job = {
            "task": "answer",
            "exercise": asked.exercise,
            "answer": answer,
            "needed": before,
            "also": [statement.source for statement in given_beside(known, asked)],
            "names": [*asked.given, *asked.also],
            "apart": apart,
            "home": home,
            "hidden": self.hidden,
            **asdict(self.limits),
        }
        question = {**asdict(asked), "path": str(asked.path)}
        booth = self.booth(known.name)
        try:
            return self._verdict(booth, job, question, judges_own(known, asked))
        except TimeoutError:
            return Mark("failed", f"still running after {self.limits.seconds} s; does a loop never end?")
        except (Gone, OSError):
            return Mark("failed", ENDED)
        except (LookupError, TypeError, ValueError):
            # what came is not what the course's own code sends
            return Mark("tampered", FORGED)
        finally:
            with contextlib.suppress(Gone, OSError):
                booth.end_children()
            shutil.rmtree(home, ignore_errors=True)

    def _verdict(self, booth: Booth, job: dict, question: dict, own: list[str]) -> Mark:
        """Let a child run the answer, and then another one, or in the second place the same, judge it."""
        token = secrets.token_hex(16)
        with booth.child() as answer:
            ready = _next(answer, job, self.limits.seconds)
            self.enclosed = self.enclosed and bool(ready["enclosed"])
            if ready["tampered"]:
                return Mark("tampered", "the answer changes what judges it; no points for this exercise")
            if ready["problem"]:
                return Mark("failed", str(ready["problem"]))
            asked = {"question": question, "token": token, "seconds": self.limits.seconds}
            if not job["apart"]:
                return _mark(_next(answer, asked, self.limits.seconds), token)
            answer.settimeout(None)
            with booth.child(answer) as judge:
                asked |= {"task": "judge", "megabytes": self.limits.megabytes, "own": own}
                return _mark(_next(judge, asked, self.limits.seconds), token)


def _next(channel: socket.socket, message: Any, seconds: int) -> Any:
    """Send a message; what the other end says to it. Its own limit rings first, where it still can."""
    channel.settimeout(seconds + 3)
    send(channel, message)
    said = receive(channel, SHORT)
    if not isinstance(said, (dict, list)):
        raise Gone(ENDED)
    return said


def _mark(verdict: Any, token: str) -> Mark:
    """The mark that a judge has sent; without the token that only the judge was given it is none."""
    status, sentence, *rest = map(str, verdict)
    if status == "tampered":
        return Mark("tampered", sentence)
    if status not in STATUSES or not secrets.compare_digest("".join(rest), token):
        return Mark("tampered", FORGED)
    if status in ("passed", "not attempted"):
        return Mark(status)
    return Mark(status, sentence.split(": ", 1)[-1])


def before_answer(
    known: Chapter, submission: Submission, asked: shipped.Question, answer: str, whole: bool
) -> list[str]:
    """The statements that an answer needs: of the chapter, of earlier answers, and of cells that the learner added.

    whole: the latter two with all their statements, not only those that the answer is seen to draw on.
    """
    exercise = asked.exercise
    place = known.exercises[exercise].cell
    cells = [_with_answers(known, submission, number) for number in range(place)]
    cells += submission.own(exercise, known)
    also = [statement.source for statement in given_beside(known, asked)]
    codes = [code for code in (answer, "\n".join([*asked.given, *asked.also]), *also) if parses(code)]
    theirs = {n for n, cell in enumerate(known.cells[:place]) if cell.exercise} | set(
        range(place, len(cells))
    )
    told = [replace(s, extends=s.extends | s.changes) if s.cell in theirs else s for s in statements(cells)]
    return needed(told, len(cells), codes, theirs if whole else ()) + also


def given_beside(known: Chapter, asked: shipped.Question) -> list[Statement]:
    """What the questions use beside the answer: it stands in the same cell, where a learner may drop or change it."""
    stub = statements(["\n".join(known.stubs(asked.exercise))])
    return [statement for statement in stub if statement.defines & set(asked.also)]


def judges_own(known: Chapter, asked: shipped.Question) -> list[str]:
    """The statements with which the judge makes what its questions use beside the answer, where that needs no answer."""
    alone = [s.source for s in given_beside(known, asked) if not s.needs & set(asked.given)]
    place = known.exercises[asked.exercise].cell
    above = statements(["" if cell.exercise else cell.source for cell in known.cells[:place]])
    return needed(above, place, alone) + alone if alone else []


def _with_answers(known: Chapter, submission: Submission, number: int) -> str:
    """A code cell of the chapter; in the first answer cell of an exercise stands the learner's answer instead."""
    cell = known.cells[number]
    if cell.exercise is None:
        return cell.source
    if known.exercises[cell.exercise].cell != number:
        return ""
    stubs = known.stubs(cell.exercise)
    answer = "\n".join(map(python, submission.answers(cell.exercise, stubs)))
    return answer if answer and parses(answer) else "\n".join(stubs)


def hidden_folders(folder: Path) -> list[str]:
    """What no answer may see: the course but for Python's own folder, and what the class handed in."""
    prefixes = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix, tempfile.gettempdir())]
    inside = [path for path in ROOT.iterdir() if path.is_dir() and not path.is_symlink()]
    found: list[Path] = []
    for path in [path.resolve() for path in (*inside, PACKAGE / "checks", folder)]:
        covered = any(path.is_relative_to(other) for other in found)
        if path.is_dir() and not covered and not any(kept.is_relative_to(path) for kept in prefixes):
            found.append(path)
    return list(map(str, found))


@contextlib.contextmanager
def _package() -> Iterator[Path]:
    """A folder with a copy of the package that has no questions in it; beside it there is room for the answers' homes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        package = Path(folder).resolve() / "course"
        shutil.copytree(
            PACKAGE, package / "utils", ignore=shutil.ignore_patterns("checks", "__pycache__", "*.pyc")
        )
        yield package


def grade(
    folder: Path,
    *,
    csv: Path | None,
    feedback_folder: Path | None,
    workers: int,
    limits: Limits,
    console: Console,
) -> int:
    """Mark every notebook below a folder; returns the exit status: 0 when all could be judged."""
    if not hasattr(os, "fork"):
        raise CourseError("`course grade` starts processes as Linux and macOS do; run it there, or in WSL.")
    from utils.course.limits import DUMPABLE, process_control

    handed_in = submissions(folder)
    if csv is not None:
        check_place(csv, "--csv", begins=",".join(COLUMNS))
    if feedback_folder is not None:
        check_place(feedback_folder, "--feedback", folder=True)
    process_control(DUMPABLE, 0)  # no other process of this user reads the memory of this one
    with _package() as package:
        grader = Grader(package, hidden_folders(folder), limits)
        marked = _mark_all(grader, handed_in, workers)
    show(marked, console)
    _say_how(grader, console)
    if csv is not None:
        write_csv(marked, csv)
    if feedback_folder is not None:
        feedback(marked, feedback_folder)
    return 0 if all(one.judged for one in marked) else 1


def _mark_all(grader: Grader, handed_in: list[Submission], workers: int) -> list[Marked]:
    """The marks, in the order of the notebooks; lessons one after the other, because each has its own imports."""
    lessons = sorted({submission.lesson for submission in handed_in if submission.lesson})
    order = sorted(range(len(handed_in)), key=lambda n: handed_in[n].lesson)
    with ThreadPoolExecutor(workers) as pool:
        try:
            ready = [pool.submit(grader.calibrate, lesson) for lesson in lessons]
            for future in ready:
                future.result()
            futures: dict[int, Future[Marked]] = {n: pool.submit(grader.mark, handed_in[n]) for n in order}
            return [futures[n].result() for n in range(len(handed_in))]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            grader.close()


def _measured_by_answers(grader: Grader) -> list[str]:
    """Exercises whose questions use a function that calls the answer: it runs where the answer runs."""
    found = []
    for lesson, by in grader.apart.items():
        known, questions = chapter(lesson), shipped.read(lesson).questions
        for exercise in (exercise for exercise, apart in by.items() if apart):
            asked = questions[exercise]
            found += [exercise for s in given_beside(known, asked) if s.needs & set(asked.given)]
    return found


def _say_how(grader: Grader, console: Console) -> None:
    """What a teacher should know about the marks: which were given less safely than the others."""
    beside = [exercise for by in grader.apart.values() for exercise, apart in by.items() if not apart]
    if beside:
        console.print(f"judged in the answer's own process: {', '.join(beside)}", highlight=False)
    if partly := _measured_by_answers(grader):
        console.print(
            f"judged by what the answer's own process measures: {', '.join(partly)}", highlight=False
        )
    if not grader.enclosed:
        console.print(
            "this system let no answer be shut in: it could read and change what you can, and the network is closed "
            "to Python only",
            highlight=False,
            soft_wrap=True,
        )
