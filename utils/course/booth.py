"""Where answers are run and judged: ``python -m utils.course.booth FD``, started by `course grade` for one lesson.

The process imports what the lesson imports, once, and then makes a child for each answer and one for each judge. It
never sees an answer or a question itself: each child gets its job through a channel of its own. A child that runs an answer
hands plain values and calls over to the judge (`utils.course.plain`), which asks the questions in a process where the answer
never ran. Only an exercise whose right answer is no plain value is judged where it ran.
"""

import builtins
import contextlib
import hashlib
import linecache
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import psutil

import utils.check
import utils.questions
from utils.check import judge
from utils.course.limits import DUMPABLE, SUBREAPER, enclose, limit, process_control, refuse_connections
from utils.course.plain import SENTENCE, Foreign, Gone, Peer, receive, send
from utils.questions import told
from utils.shipped import Question

BUILTINS = tuple(vars(builtins))
TAMPERED = "this answer changes what judges it"
# questions that no answer passes
BEFORE: list[ModuleType] = []  # a module that nobody holds loses its names
CANARIES = ('c.true(False, "")', "c.close(1.0, 2.0)", "c.equal(1, 2)", "c.between(0, 1, 2)")


def main() -> None:
    """Serve one lesson until the command ends: a byte and a channel ask for a child, a byte alone ends all children."""
    control = socket.socket(fileno=int(sys.argv[1]))
    process_control(SUBREAPER, 1)
    for line in receive(control):
        with contextlib.suppress(Exception):
            exec(line, {})
    send(control, "ready")
    while True:
        byte, descriptors, *_ = socket.recv_fds(control, 1, 2)
        if not byte:
            _end_children()
            return
        if descriptors:
            if os.fork() == 0:
                control.close()
                serve([socket.socket(fileno=number) for number in descriptors])
            for number in descriptors:
                os.close(number)
        else:
            _end_children()
            send(control, "ended")


def _end_children() -> None:
    """Kill every process that began here, until there is none. Orphans of answers belong to this process (SUBREAPER)."""
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        family = psutil.Process().children(recursive=True)
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(family, timeout=1)


def serve(channels: list[socket.socket]) -> None:
    """Do one job in a child, and end."""
    try:
        with open(os.devnull, "r+") as nothing:
            for number in range(3):
                os.dup2(nothing.fileno(), number)
        job = receive(channels[0])
        run_answer(job, channels[0]) if job["task"] == "answer" else ask(job, *channels)
    except BaseException:
        os._exit(1)
    os._exit(0)


def run_answer(job: dict, channel: socket.socket) -> None:
    """Run the statements that an answer needs and the answer; then say how it went, and answer calls until the end."""
    enclosed = enclose(job["hidden"], job["home"])
    _settle(job)
    before, peer = fingerprint(), Peer(channel, BaseException)
    space = _notebook()
    problem = _run(job, space)
    for source in job["also"]:
        # the course's own again, whatever the answer has made of it
        with contextlib.suppress(Exception):
            exec(source, space)
    tampered = fingerprint() != before or space.get("check") is not utils.check.check or not canaries_fail()
    ready = {"enclosed": enclosed, "problem": problem[:SENTENCE], "tampered": tampered}
    wanted = [space.get(name, ...) for name in job["names"]]
    if job["apart"] and not problem:
        try:
            values = [peer.encode(value) for value in wanted]
        except Foreign as error:
            ready["problem"] = str(error)[:SENTENCE]
    send(channel, ready)
    if job["apart"]:
        send(channel, values)  # for the judge
        while True:
            peer.answer(receive(channel))
    asked = receive(channel)
    status, message = _judged(asked["question"], wanted, {})
    tampered = fingerprint() != before or not canaries_fail()
    send(channel, ["tampered", TAMPERED] if tampered else [status, message[:SENTENCE], asked["token"]])


def _notebook() -> dict[str, Any]:
    """The names of a new notebook: as in a kernel, they are those of `__main__`, where dataclasses and pickles look."""
    module = ModuleType("__main__")
    BEFORE.append(sys.modules["__main__"])
    sys.modules["__main__"] = module
    space = vars(module)
    space |= {"check": utils.check.check, "display": print}
    return space


def _settle(job: dict) -> None:
    """Move into an empty home, without the network and with bounds."""
    home = job["home"]
    os.chdir(home)
    os.environ.update({"HOME": home, "TMPDIR": home, "COURSE_HOME": home, "CUDA_VISIBLE_DEVICES": ""})
    tempfile.tempdir = home  # Python may have chosen another one before
    os.environ["COURSE_CHECK_SECONDS"] = str(job["seconds"])
    refuse_connections()
    limit(job["megabytes"], job["seconds"])


def _run(job: dict, space: dict[str, Any]) -> str:
    """Run the lesson's part and the answer; why the answer is not there then, or ""."""
    name = f"<answer to {job['exercise']}>"
    linecache.cache[name] = (len(job["answer"]), None, job["answer"].splitlines(keepends=True), name)
    try:
        for source in job["needed"]:
            # as in a notebook: an error above does not keep the cell of the answer from running
            with contextlib.suppress(Exception):
                exec(source, space)
        exec(compile(job["answer"], name, "exec"), space)
    except BaseException as error:
        # as in a notebook: what a cell has defined before its error is there
        if all(given in space for given in job["names"]):
            return ""
        if isinstance(error, SystemExit):
            return "your code ends the program (exit); return a value instead"
        return f"your code raised {told(error)}"
    missing = [given for given in job["names"] if given not in space]
    return f"{missing[0]} is not there any more; the exercise asks for this name" if missing else ""


def ask(job: dict, channel: socket.socket, answer: socket.socket) -> None:
    """Put the questions to an answer in another process, and send the verdict."""
    process_control(DUMPABLE, 0)
    os.environ["COURSE_CHECK_SECONDS"] = str(job["seconds"])
    # a few plain values can ask for much: range(10**10) as an array
    limit(job["megabytes"], 2 * job["seconds"])
    peer = Peer(answer)
    try:
        values = [peer.decode(value) for value in receive(answer)]
        broken = "unjudged", "the judge is broken"
        verdict = _judged(job["question"], values, _own(job["own"])) if canaries_fail() else broken
    except Gone as error:
        verdict = "failed", f"✘ {job['question']['exercise']}: {error}"
    for kind in (Gone, Foreign):
        verdict = verdict[0], verdict[1].replace(f"your code raised {kind.__name__}: ", "")
    send(channel, [verdict[0], verdict[1][:SENTENCE], job["token"]])


def _own(sources: list[str]) -> dict[str, Any]:
    """The names that the course's own statements give: no answer has a say in them."""
    space: dict[str, Any] = {}
    for source in sources:
        exec(source, space)
    return space


def _judged(asked: dict, values: list, own: dict[str, Any]) -> tuple[str, str]:
    question = Question(**{**asked, "path": Path(asked["path"])})
    count = len(question.given)
    notebook = dict(zip(question.also, values[count:], strict=True))
    notebook |= {name: own[name] for name in question.also if name in own}
    return judge(question, values[:count], notebook, strict=True)


def canaries_fail() -> bool:
    """Whether checks that nobody can pass fail."""
    for source in CANARIES:
        question = Question("0.0", (), (), False, source, Path("canary"))
        if judge(question, (), {}, strict=True)[0] != "failed":
            return False
    return True


def fingerprint() -> str:
    """A digest of the code that judges: another one after an answer means that the answer has changed it."""
    import numpy as np

    digest = hashlib.sha256()
    for owner in (utils.check, utils.questions, utils.questions.Check, utils.questions.CheckFailed):
        for name, value in sorted(vars(owner).items()):
            if isinstance(value, FunctionType):
                digest.update(f"{name} {id(value)} {_code(value.__code__)}".encode())
            elif not name.startswith("__"):  # Python keeps notes of its own there
                digest.update(f"{name} {id(value)}".encode())
    known = [
        getattr(builtins, name, None) for name in BUILTINS
    ]  # new names, such as gettext's _, change nothing
    for value in (*known, np.allclose, np.isclose, np.asarray, np.array_equal):
        digest.update(str(id(value)).encode())
    return digest.hexdigest()


def _code(code: CodeType | None) -> str:
    return hashlib.sha256(code.co_code + repr(code.co_consts).encode()).hexdigest() if code else ""


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
