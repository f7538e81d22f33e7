"""JupyterLab in a headless Chromium, for the browser test and for looking at a notebook with one's own eyes:

    python tests/screens.py chapters/03a_forward_backward.ipynb
    python tests/screens.py --run chapters/*.ipynb

The pictures, top to bottom, go to artifacts/. Stored outputs are shown; with --run all cells are executed first.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ElementHandle, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = ROOT / "artifacts"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Nothing is looked up and nothing leaves the machine.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
VIEWPORT = {"width": 1280, "height": 1400}
SCROLLER = ".jp-WindowedPanel-outer"
STARTUP_SECONDS = 90


def chromium() -> str | None:
    """Path of an installed Chromium that starts, or None. (Ubuntu has a stand-in that only says how to get one.)"""
    for path in filter(None, map(shutil.which, NAMES)):
        if subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    return None


class Lab:
    """A JupyterLab server on 127.0.0.1 with a root folder and settings of its own."""

    def __init__(self, home: Path) -> None:
        """home: an empty folder; notebooks are served from home/work, the server's output goes to home/lab.log."""
        self.home, self.work = home, home / "work"
        self.work.mkdir(parents=True)
        self.token = os.urandom(16).hex()
        self.process: subprocess.Popen | None = None
        self.url = ""

    def __enter__(self) -> "Lab":
        self._settings("apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False})
        # every cell stays in the page, so that all of it can be scrolled to; and the page ends where the notebook ends
        self._settings("notebook-extension/tracker", {"windowingMode": "none", "scrollPastEnd": False})
        folders = {
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTER_DATA_DIR": "data",
            "IPYTHONDIR": "ipython",
            "COURSE_HOME": "course",
        }
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        backend = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        own = {name: str(self.home / folder) for name, folder in folders.items()}
        options = [
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            f"--ServerApp.root_dir={self.work}",
            f"--IdentityProvider.token={self.token}",
            "--LabApp.expose_app_in_browser=True",
        ]
        with (self.home / "lab.log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *options],
                stdout=log,
                stderr=log,
                env={**os.environ, **threads, **backend, **own},
            )
        self.url = self._address()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _settings(self, plugin: str, values: dict) -> None:
        path = self.home / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def _address(self) -> str:
        """The server writes its address into a file as soon as it listens."""
        assert self.process is not None
        file = self.home / "runtime" / f"jpserver-{self.process.pid}.json"
        end = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError, ValueError):
                return json.loads(file.read_text())["url"]
            time.sleep(0.1)
        raise RuntimeError("JupyterLab did not start:\n" + (self.home / "lab.log").read_text())


@contextlib.contextmanager
def browser(executable: str) -> Iterator[Browser]:
    """The installed Chromium, headless."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield started
        finally:
            started.close()


class NotebookPage:
    """One notebook open in JupyterLab. Cells are named by their ids."""

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        """name: file in the lab's work folder."""
        self.page, self.path = page, lab.work / name
        self.complaints: list[str] = []
        page.on(
            "console",
            lambda m: m.type == "error" and self.complaints.append(f"{m.text} ({m.location['url']})"),
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.set_default_timeout(60_000)
        page.goto(f"{lab.url}doc/workspaces/{self.path.stem}/tree/{name}?reset&token={lab.token}")
        self.wait("nb && nb.widgets.length && panel.context.isReady && panel.sessionContext.isReady")
        self.wait("panel.sessionContext.session.kernel.status === 'idle'")
        self.settle()

    def script(self, expression: str, *args: Any) -> Any:
        """Value of a JavaScript expression of `panel` (the open document), `nb` (its cells) and `args`."""
        return self.page.evaluate(_with_names(expression), list(args))

    def wait(self, expression: str, *args: Any, seconds: float = 60) -> None:
        """Wait until such an expression is true."""
        self.page.wait_for_function(_with_names(expression), arg=list(args), timeout=1000 * seconds)

    def settle(self) -> None:
        """Wait until formulas, diagrams and pictures are drawn: the page keeps its height and all images are there."""
        self.script("Promise.all(nb.widgets.map(cell => cell.ready))")
        self.page.evaluate("document.fonts.ready")
        last, same = None, 0
        while same < 5:
            now = self.page.evaluate(
                f"""[document.querySelector('{SCROLLER}').scrollHeight,
                    [...document.images].filter(image => !image.complete).length]"""
            )
            same = same + 1 if now == last and now[1] == 0 else 0
            last = now
            self.page.wait_for_timeout(100)

    def run_all(self, seconds: float = 300) -> None:
        """Run → Restart Kernel and Run All Cells…, confirm, and wait for every code cell."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Restart Kernel and Run All Cells…").click()
        self.page.get_by_role("button", name="Confirm Kernel Restart").click()
        # a fresh kernel counts from 1, so these counts prove that every cell ran, in order, and has ended
        self.wait(
            """JSON.stringify(nb.widgets.filter(cell => cell.model.type === 'code')
                .map(cell => [cell.model.executionCount, cell.model.executionState]))
               === JSON.stringify(nb.widgets.filter(cell => cell.model.type === 'code')
                .map((_, index) => [index + 1, 'idle']))""",
            seconds=seconds,
        )
        self.settle()

    def cell(self, cell_id: str) -> ElementHandle:
        """The place of a cell in the page, scrolled into view."""
        find = _with_names("nb.widgets.find(cell => cell.model.id === args[0])?.node")
        element = self.page.evaluate_handle(find, [cell_id]).as_element()
        if element is None:
            raise KeyError(cell_id)
        element.scroll_into_view_if_needed()
        return element

    def type_into(self, cell_id: str, source: str) -> None:
        """Replace what a code cell holds."""
        editor = self.cell(cell_id).query_selector(".cm-content")
        assert editor is not None
        editor.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)
        self.wait(
            "nb.activeCell.model.id === args[0] && nb.activeCell.model.sharedModel.source === args[1]",
            cell_id,
            source,
        )

    def run_cell(self, cell_id: str, seconds: float = 60) -> str:
        """Click into a code cell and press Shift+Enter; returns the text of its output once it has ended."""
        before = self.script(
            "nb.widgets.find(cell => cell.model.id === args[0]).model.executionCount", cell_id
        )
        editor = self.cell(cell_id).query_selector(".cm-content")
        assert editor is not None
        editor.click()
        self.page.keyboard.press("Shift+Enter")
        self.wait(
            """(model => model.executionCount > args[1] && model.executionState === 'idle')
               (nb.widgets.find(cell => cell.model.id === args[0]).model)""",
            cell_id,
            before or 0,
            seconds=seconds,
        )
        output = self.cell(cell_id).query_selector(".jp-Cell-outputWrapper")
        return output.inner_text() if output else ""

    def save(self) -> dict:
        """Save with the keyboard; returns the notebook's file."""
        self.page.keyboard.press("Control+s")
        self.wait("!panel.context.model.dirty")
        return json.loads(self.path.read_text(encoding="utf-8"))

    def pictures(self, folder: Path, stem: str) -> list[Path]:
        """Photograph the notebook from top to bottom; returns the files."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{stem}-[0-9][0-9].png"):
            old.unlink()
        made = []
        scroller = self.page.locator(SCROLLER)
        height, step = scroller.evaluate("panel => [panel.scrollHeight, panel.clientHeight - 60]")
        for number, top in enumerate(range(0, height, step), 1):
            scroller.evaluate("(panel, top) => panel.scrollTo(0, top)", top)
            self.settle()
            made.append(folder / f"{stem}-{number:02}.png")
            scroller.screenshot(path=made[-1])
        return made


def _with_names(expression: str) -> str:
    return f"""args => {{
        const panel = window.jupyterapp?.shell?.currentWidget;
        const nb = panel?.content;
        return {expression};
    }}"""


def photograph(paths: list[Path], execute: bool, report: Callable[[str], Any] = print) -> int:
    """Store pictures of notebooks in artifacts/; returns the exit status."""
    executable = chromium()
    if executable is None:
        report("No Chromium was found; on Debian: apt-get install chromium")
        return 2
    with (
        tempfile.TemporaryDirectory() as home,
        Lab(Path(home)) as lab,
        browser(executable) as started,
    ):
        for path in paths:
            shutil.copy(path, lab.work)
            page = started.new_page(viewport=VIEWPORT)
            notebook = NotebookPage(page, lab, path.name)
            if execute:
                notebook.run_all()
            made = notebook.pictures(ARTIFACTS, f"{path.resolve().parent.name}-{path.stem}")
            report(f"{path}: {len(made)} pictures, {made[0].name} to {made[-1].name} in {ARTIFACTS.name}/")
            for complaint in notebook.complaints:
                report(f"  console: {complaint}")
            page.close()
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Photograph notebooks as JupyterLab shows them, into artifacts/."
    )
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--run", action="store_true", help="run all cells first")
    chosen = parser.parse_args()
    sys.exit(photograph(chosen.notebooks, chosen.run))
